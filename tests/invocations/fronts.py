"""The server's ASGI application without the wire: driven in this process, by a thread with an event loop.

    with running() as front:
        answer = front.get("/v1/PhoneNumbers/+14155552671", account)
        front.all([scope_of(...), scope_of(...)])   # at the same time

`front.site` is the same site without the front, to compare with; `front.passed_on` what the front left to it.
"""

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar
from urllib.parse import unquote

from django.core.handlers.asgi import ASGIHandler

from accounts.models import Account
from config.serving import Server
from rest.body_limit import Application, BodyLimit, Message, Receive, Scope, Send
from tests.conftest import basic

T = TypeVar("T")
PATIENCE = 30


@dataclass(frozen=True)
class Answered:
    """An answer as it left the application. The names of headers are in lower case, the order is theirs."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return dict(self.headers).get(name)


def scope_of(
    target: str,
    account: Account | None = None,
    *,
    authorization: str = "",
    method: str = "GET",
    headers: Sequence[tuple[str, str]] = (),
    host: str = "127.0.0.1:8000",
    **more: Any,
) -> Scope:
    """A request as uvicorn hands it over. `target`: path and query, as they are on the wire."""
    path, _, query = target.partition("?")
    if account is not None:
        authorization = basic(account.sid, account.auth_token)
    sent = [("host", host)] if host else []
    sent += [("authorization", authorization)] if authorization else []
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50_000),
        "root_path": "",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in (*sent, *headers)],
        "state": {},
        **more,
    }


class Front:
    """A server between its start and its end."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.passed_on = 0
        self._heard: asyncio.Queue[Message] = asyncio.Queue()
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        self._django: Any = ASGIHandler()
        self.server = Server(self._counted)
        self.site = BodyLimit(self._django)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.passed_on += 1
        await self._django(scope, receive, send)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run this in the loop of the server, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    def get(self, target: str, account: Account | None = None, **request: Any) -> Answered:
        return self.answer(scope_of(target, account, **request))

    def answer(self, scope: Scope, body: bytes = b"") -> Answered:
        return self.run(answered(self.server, scope, body))

    def of_site(self, scope: Scope, body: bytes = b"") -> Answered:
        """What the site answers by itself."""
        return self.run(answered(self.site, scope, body))

    def all(self, scopes: Sequence[Scope]) -> list[Answered]:
        """The answers to requests that come at the same moment."""

        async def gathered() -> list[Answered]:
            return list(await asyncio.gather(*(answered(self.server, each) for each in scopes)))

        return self.run(gathered())

    async def start(self) -> Self:
        self._life = asyncio.create_task(
            self.server({"type": "lifespan", "state": {}}, self._said.get, self._heard.put)
        )
        self._said.put_nowait({"type": "lifespan.startup"})
        assert (await self._heard.get())["type"] == "lifespan.startup.complete"
        return self

    async def end(self) -> None:
        self._said.put_nowait({"type": "lifespan.shutdown"})
        assert (await self._heard.get())["type"] == "lifespan.shutdown.complete"
        await self._life


async def answered(application: Application, scope: Scope, body: bytes = b"") -> Answered:
    """One request. The body comes at once, and nobody hangs up."""
    sent: list[Message] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    await application({**scope, "headers": list(scope["headers"])}, receive, send)
    start, *bodies = sent
    headers = tuple((name.decode().lower(), value.decode("latin-1")) for name, value in start["headers"])
    return Answered(start["status"], headers, b"".join(each.get("body", b"") for each in bodies))


@contextmanager
def running() -> Iterator[Front]:
    """A server on a loop of its own. At its end its connections to the database are closed."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    front = Front(loop)
    try:
        front.run(front.start())
        try:
            yield front
        finally:
            front.run(front.end())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
