"""Where a recording add-on calls back while it is tested: the interface, and a server on a port of our own.

The server is the only place of the tester that listens; nothing here asks anybody.
"""

import asyncio
import hmac
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from secrets import token_urlsafe
from typing import Final, Protocol

from aiohttp import web

from conformance.suite.callbacks import is_multipart, multipart_fault
from publishers.contract.check import parsed
from publishers.contract.errors import Unexpected
from publishers.contract.limits import MAX_CALLBACK_BYTES, MAX_JSON_JUDGED_HERE
from publishers.contract.secret import Secret

MAX_KEPT_BYTES: Final = MAX_JSON_JUDGED_HERE
"""Of the body of a callback; more is counted, not kept."""


@dataclass(frozen=True, kw_only=True)
class Received:
    """One callback as it came. `status`: what it was answered (contract 11.3).

    `is_authenticated`: it signed in as the account that owns the add-on. `size`: bytes of the body;
    `body`: the first MAX_KEPT_BYTES of them. `at`: when it was complete (aware).
    """

    at: datetime
    status: int
    method: str
    is_authenticated: bool
    content_type: str
    size: int
    body: bytes = field(repr=False)

    @property
    def is_taken(self) -> bool:
        """Whether it was the one that used the URL up."""
        return self.status == HTTPStatus.ACCEPTED


class Receiver(Protocol):
    """Takes in callbacks as contract 11.3 says: 202 once, 401 or 403 for strangers, 404 from then on."""

    def url_for(self, request_sid: str) -> str:
        """The one-time URL for a request; the same one each time it is asked for the same SID."""

    async def wait(self, url: str, *, seconds: float, at_least: int = 1) -> list[Received]:
        """All that came to a URL, oldest first: as soon as `at_least` did, or after `seconds`."""


@dataclass
class _Place:
    """A one-time URL: what came to it, and whether it is used up."""

    received: list[Received] = field(default_factory=list)
    is_used: bool = False
    has_news: asyncio.Event = field(default_factory=asyncio.Event)


class LoopbackReceiver:
    """A server of our own, for the command line. `user` and `password`: the account that owns the add-on."""

    def __init__(self, *, user: str, password: Secret) -> None:
        pair = f"{user}:{password.reveal()}".encode()
        self._authorization = f"Basic {b64encode(pair).decode()}".encode()
        self._base = ""
        self._tokens: dict[str, str] = {}
        self._places: dict[str, _Place] = {}

    def url_for(self, request_sid: str) -> str:
        token = self._tokens.setdefault(request_sid, token_urlsafe())
        self._places.setdefault(token, _Place())
        return f"{self._base}/addons/callbacks/{token}"

    async def wait(self, url: str, *, seconds: float, at_least: int = 1) -> list[Received]:
        place = self._places[url.rpartition("/")[2]]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(place.received) < at_least:
                    place.has_news.clear()
                    await place.has_news.wait()
        return list(place.received)

    @asynccontextmanager
    async def listening(self, host: str, port: int, *, base: str = "") -> AsyncIterator[None]:
        """Serve until the block ends. `port` 0 takes a free one. `base`: how the service reaches us.

        Raises OSError when the address is taken.
        """
        application = web.Application(client_max_size=MAX_CALLBACK_BYTES)
        application.router.add_route("*", "/addons/callbacks/{token}", self._take)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            self._base = base.rstrip("/") or f"http://{host}:{runner.addresses[0][1]}"
            yield
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        place = self._places.get(request.match_info["token"])
        if place is None:
            return web.json_response({"message": "not found"}, status=HTTPStatus.NOT_FOUND)
        is_authenticated = self._knows(request)
        body, size = await _read(request)
        status = _status(
            request, is_authenticated=is_authenticated, is_used=place.is_used, body=body, size=size
        )
        place.is_used = place.is_used or status == HTTPStatus.ACCEPTED
        place.received.append(
            Received(
                at=datetime.now(UTC),
                status=status,
                method=request.method,
                is_authenticated=is_authenticated,
                content_type=request.headers.get("Content-Type", ""),
                size=size,
                body=body,
            )
        )
        place.has_news.set()
        return web.Response(status=status)

    def _knows(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given, self._authorization)


async def _read(request: web.Request) -> tuple[bytes, int]:
    """What is kept of a body, and its size; one that is too large is not read to its end."""
    kept, size = bytearray(), 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        kept += chunk[: MAX_KEPT_BYTES - len(kept)]
        if size > MAX_CALLBACK_BYTES:
            break
    return bytes(kept), size


def _status(request: web.Request, *, is_authenticated: bool, is_used: bool, body: bytes, size: int) -> int:
    """What contract 11.3 answers."""
    if request.method != "POST":
        return HTTPStatus.METHOD_NOT_ALLOWED
    if not is_authenticated:
        has_tried = "Authorization" in request.headers
        return HTTPStatus.FORBIDDEN if has_tried else HTTPStatus.UNAUTHORIZED
    if is_used:
        return HTTPStatus.NOT_FOUND
    if size > MAX_CALLBACK_BYTES:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if is_multipart(request.headers.get("Content-Type", "")):
        is_readable = size > len(body) or not multipart_fault(request.headers["Content-Type"], body)
    else:
        is_readable = size > len(body) or _is_json(body)
    return HTTPStatus.ACCEPTED if is_readable else HTTPStatus.BAD_REQUEST


def _is_json(body: bytes) -> bool:
    try:
        return isinstance(parsed(body), dict)
    except Unexpected:
        return False
