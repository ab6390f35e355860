"""How much of a request is taken in at all, and how slowly it may come.

Django keeps the whole body on disk before it looks at anything, so the limit of its settings comes too
late for somebody who sends gigabytes without credentials. This stands in front of it. A few addresses take
more than the others, from whom they belong to: that is asked before anything of the body is read.
"""

import asyncio
import errno
import logging
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpResponse

from rest.errors import RETRY_AFTER_SECONDS, error_answer, is_api

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Found = TypeVar("Found")

# Where the views find how much of their request may be read.
LIMIT: Final = "patchbay.body_limit"
# A body that has been coming for this long must have come this fast on average: 100 MB in 27 minutes.
GRACE_SECONDS: Final = 30.0
SLOWEST_BYTES_PER_SECOND: Final = 65_536
# Of one account in one process, beyond the ordinary limit: each may lie on the disk for as long.
LARGE_AT_ONCE: Final = 8
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def nothing() -> None:
    """What is to be done when nothing is."""


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """That a request may have a larger body. `of`: whose it is; `exceeded`: what follows from even more."""

    limit: int
    of: str
    exceeded: Callable[[], object] = nothing


Allow = Callable[[Scope], Allowance | None]
"""Whether a request may have a larger body, by its head alone; it may ask the database."""


class Refusal(Exception):
    """The body is not read to its end."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = 20413
    reason = "Request Entity Too Large"


class BodyTooLarge(Refusal):
    """More was sent than is read."""


class TooManyAtOnce(Refusal):
    """The account has as many large bodies on their way as it may have."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = 20503
    reason = "Service unavailable: too many large requests at once"


class NoRoom(Refusal):
    """The disk is full."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = 20503
    reason = "Service unavailable: there is no room for the request"


class TooSlow(Refusal):
    """It comes more slowly than is waited for."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code = 20001
    reason = "Invalid request: its body came too slowly"


class BodyLimit:
    """An ASGI application that answers 413 itself, by the announced length or while reading.

    `larger`: which addresses may take more, and from whom.
    """

    def __init__(
        self, application: Application, *, larger: Sequence[tuple[re.Pattern[str], Allow]] = ()
    ) -> None:
        self._application = application
        self._larger = larger
        self._large: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._application(scope, receive, send)
        announced = _announced(scope)
        ordinary: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        allow = None
        if announced is None or announced > ordinary:
            allow = next((allow for path, allow in self._larger if path.fullmatch(scope["path"])), None)
        if allow is None:
            return await self._read(scope, receive, send, announced, None)
        allowance = await _in_thread(partial(allow, scope))
        if allowance is None and announced is not None:
            # It says why, and needs no body for that.
            return await self._application(scope, _no_body(), _closing(send))
        return await self._read(scope, receive, send, announced, allowance)

    async def _read(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        announced: int | None,
        allowance: Allowance | None,
    ) -> None:
        limit: int = allowance.limit if allowance else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        with self._counted(allowance) as count:
            body = _Body(receive, limit, count)
            if announced is not None and announced > limit:
                body.refusal = BodyTooLarge()
            else:
                await self._pass_on({**scope, LIMIT: limit}, body, send)
        if isinstance(body.refusal, BodyTooLarge) and allowance is not None:
            await _in_thread(allowance.exceeded)
        if body.refusal is not None:
            await _refuse(body.refusal, scope, send)

    async def _pass_on(self, scope: Scope, body: "_Body", send: Send) -> None:
        try:
            await self._application(scope, body.receive, send)
        except OSError as error:
            if body.ended or error.errno not in FULL:
                raise
            log.error("there was no room on the disk for a request")  # noqa: TRY400 - nothing is wrong here
            body.refusal = NoRoom()

    @contextmanager
    def _counted(self, allowance: Allowance | None) -> Iterator[Callable[[], None]]:
        """What a body calls that turns out to be large."""
        counted = False

        def count() -> None:
            nonlocal counted
            if allowance is None or counted:
                return
            if self._large[allowance.of] >= LARGE_AT_ONCE:
                raise TooManyAtOnce
            self._large[allowance.of] += 1
            counted = True

        try:
            yield count
        finally:
            if counted and allowance:
                self._large -= Counter({allowance.of: 1})


class _Body:
    """A body on its way: counted, and watched. To the site, one that is refused is one that was broken off:
    it throws away what it has, and answers nothing.
    """

    def __init__(self, receive: Receive, limit: int, is_large: Callable[[], None]) -> None:
        self._receive, self._limit, self._is_large = receive, limit, is_large
        self._ordinary: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        self._taken = 0
        self._since = time.monotonic()
        self.ended = False
        self.refusal: Refusal | None = None

    async def receive(self) -> Message:
        if self.ended:  # the next message is that the client is gone: nobody waits for that
            return await self._receive()
        try:
            return await self._next()
        except Refusal as refusal:
            self.refusal = refusal
            return {"type": "http.disconnect"}

    async def _next(self) -> Message:
        message = await self._in_time()
        self._taken += len(message.get("body", b""))
        self.ended = not message.get("more_body", False)
        if self._taken > self._limit:
            raise BodyTooLarge
        if self._taken > self._ordinary:
            self._is_large()
        return message

    async def _in_time(self) -> Message:
        until = self._since + GRACE_SECONDS + self._taken / SLOWEST_BYTES_PER_SECOND
        try:
            async with asyncio.timeout(until - time.monotonic()):
                return await self._receive()
        except TimeoutError as error:
            raise TooSlow from error


def _announced(scope: Scope) -> int | None:
    """The length that a request says it has; None for one that comes in chunks."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if b"transfer-encoding" in headers:
        return None
    return int(length) if length.isdigit() else 0


def _no_body() -> Receive:
    """An empty body. Behind it nothing comes: Django listens for the client's end while it works."""
    has_ended = False

    async def receive() -> Message:
        nonlocal has_ended
        if has_ended:
            await asyncio.Event().wait()
        has_ended = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


def _closing(send: Send) -> Send:
    """What comes behind the answer is the rest of a body that nobody reads."""

    async def closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [pair for pair in message.get("headers", ()) if pair[0].lower() != b"connection"]
            message = {**message, "headers": [*headers, (b"connection", b"close")]}
        await send(message)

    return closing


async def _in_thread(work: Callable[[], Found]) -> Found:
    """Ask the database, on a thread of its own, which leaves no connection behind."""

    def closed_after() -> Found:
        try:
            return work()
        finally:
            connection.close()

    return await sync_to_async(closed_after, thread_sensitive=False)()


async def _refuse(refusal: Refusal, scope: Scope, send: Send) -> None:
    request = ASGIRequest({**scope, "headers": []}, BytesIO())
    answer = (
        error_answer(request, refusal.status, refusal.code, refusal.reason)
        if is_api(request)
        else HttpResponse(f"{refusal.reason}\n", status=refusal.status, content_type="text/plain")
    )
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
    if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", RETRY_AFTER_SECONDS.encode()))
    headers += [(b"connection", b"close"), (b"content-length", str(len(answer.content)).encode())]
    await send({"type": "http.response.start", "status": int(refusal.status), "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})
