"""A publisher's service for tests: a real server on a loopback port, well-behaved or hostile.

    async with FakePublisher({"anagrams": []}) as publisher:          # 200 with this JSON, for every request
    async with FakePublisher([500, 503, {"ok": True}]) as publisher:  # one after the other, the last for ever
    async with FakePublisher(lambda request: Answer(201, {"you": request.json()})) as publisher:
    async with FakePublisher(raw=hostile.drip_body) as publisher:     # bytes on a socket
    with FakePublisher({"ok": True}).in_thread() as publisher:        # for tests without an event loop

`publisher.url("/path")` is its address, `publisher.requests` what it was asked. The outgoing client refuses
loopback addresses unless the operator allows them; `tests.settings` allows 127.0.0.1.
"""

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

RawHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Received:
    """A request as it came over the wire. Header names are in lower case."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path as sent, still percent-encoded."""
        return urlsplit(self.url).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query parameters, decoded."""
        return parse_qsl(urlsplit(self.url).query, keep_blank_values=True)

    @property
    def form(self) -> list[tuple[str, str]]:
        """The form parameters, decoded."""
        return parse_qsl(self.body.decode(), keep_blank_values=True)

    def json(self) -> Any:
        """The JSON body."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What to answer. A body that is not bytes is sent as JSON. `delay` is in seconds."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0

    def response(self) -> web.Response:
        """The same for aiohttp."""
        is_bytes = isinstance(self.body, bytes)
        return web.Response(
            status=self.status,
            body=self.body if is_bytes else json.dumps(self.body).encode(),
            headers={"Content-Type": "application/json", **self.headers},
        )


Said = Answer | dict[str, Any] | int | bytes
"""An answer, or short for one: JSON with 200, a status with `{}`, bytes with 200."""

Script = Said | Sequence[Said] | Callable[[Received], Said]


class FakePublisher:
    """Serves while its `async with` (or `with ... .in_thread()`) lasts. Use once."""

    def __init__(
        self,
        answer: Script | None = None,
        *,
        raw: RawHandler | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self._answer = {} if answer is None else answer
        self._raw = raw
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        """An address of it."""
        return f"{self.origin}{path}"

    async def __aenter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._closing = asyncio.Event()
        self._running = self._serve_raw() if self._raw else self._serve()
        await self._running.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        for _ in range(5):  # a connection that was just accepted begins, so that it can be ended
            await asyncio.sleep(0)
        await self._running.__aexit__(None, None, None)
        self._socket.close()

    @contextmanager
    def in_thread(self) -> Iterator[Self]:
        """Serve from a thread with an event loop of its own."""
        ready = threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self._serve_until_closed(ready)), daemon=True)
        thread.start()
        assert ready.wait(5)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._closing.set)
            thread.join(5)

    async def _serve_until_closed(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        async with self:
            ready.set()
            await self._closing.wait()

    # --- HTTP --------------------------------------------------------------------------------

    @asynccontextmanager
    async def _serve(self) -> AsyncIterator[None]:
        application = web.Application(client_max_size=200_000_000)
        application.router.add_route("*", "/{path:(?s:.*)}", self._handle)
        runner = web.AppRunner(application, shutdown_timeout=0)
        await runner.setup()
        await web.SockSite(runner, self._socket, ssl_context=self._tls).start()
        try:
            yield
        finally:
            self._closing.set()
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        self.connections += 1
        received = Received(
            method=request.method,
            url=f"{self.origin}{request.raw_path}",
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        self.requests.append(received)
        answer = self._next(received)
        with suppress(TimeoutError):
            async with asyncio.timeout(answer.delay):
                await self._closing.wait()
        return answer.response()

    def _next(self, received: Received) -> Answer:
        said = self._answer
        if callable(said):
            said = said(received)
        elif isinstance(said, list | tuple):
            said = said[min(len(self.requests), len(said)) - 1]
        match said:
            case Answer():
                return said
            case int():
                return Answer(said)
            case _:
                return Answer(body=said)

    # --- Bytes on a socket -------------------------------------------------------------------

    @asynccontextmanager
    async def _serve_raw(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._handle_raw, sock=self._socket, ssl=self._tls)
        try:
            yield
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await server.wait_closed()

    async def _handle_raw(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert self._raw is not None
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._raw(reader, writer)
        finally:
            writer.close()
            self._tasks.discard(task)
