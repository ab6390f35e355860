"""How much of a request is taken in at all.

Django keeps the whole body on disk before it looks at anything, so the limit of its settings comes too
late for somebody who sends gigabytes without credentials. This stands in front of it.
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse

from rest.errors import error_answer, is_api

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class BodyTooLarge(Exception):
    """More was sent than is read."""


class BodyLimit:
    """An ASGI application that answers 413 itself, by the announced length or while reading."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if scope["type"] != "http":
            return await self.application(scope, receive, send)
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > limit:
            return await _refuse(scope, send)
        try:
            await self.application(scope, _counted(receive, limit), send)
        except BodyTooLarge:
            await _refuse(scope, send)


def _counted(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise BodyTooLarge
        return message

    return counted


async def _refuse(scope: Scope, send: Send) -> None:
    request = ASGIRequest({**scope, "headers": []}, BytesIO())
    reason, status = "Request Entity Too Large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    answer = (
        error_answer(request, status, 20413, reason)
        if is_api(request)
        else HttpResponse(f"{reason}\n", status=status, content_type="text/plain")
    )
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
    headers += [(b"connection", b"close"), (b"content-length", str(len(answer.content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})
