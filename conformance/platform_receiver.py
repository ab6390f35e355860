"""Where recording add-ons call back while the platform tests them: the web process takes it in, the worker
that tests reads the rows.
"""

import asyncio
from base64 import b64decode
from typing import Final

from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone

from conformance.models import ReceivedCallback
from conformance.receiving import callback_url_of, callbacks_of
from conformance.suite.receiver import Received

LOOK_EVERY_SECONDS: Final = 0.25


class PlatformReceiver:
    """The callback URLs of one run about a version (`conformance.suite.receiver.Receiver`)."""

    def __init__(self, version_sid: str) -> None:
        self._version_sid = version_sid
        self._urls: dict[str, str] = {}

    def url_for(self, request_sid: str) -> str:
        if request_sid not in self._urls:
            self._urls[request_sid] = callback_url_of(self._version_sid, request_sid, since=timezone.now())
        return self._urls[request_sid]

    async def wait(self, url: str, *, seconds: float, at_least: int = 1) -> list[Received]:
        now = asyncio.get_running_loop().time
        request_sid, end = url.split("/")[-2], now() + seconds
        while True:
            received = await sync_to_async(_received)(request_sid)
            left = end - now()
            if len(received) >= at_least or left <= 0:
                return received
            await asyncio.sleep(min(LOOK_EVERY_SECONDS, left))


def _received(request_sid: str) -> list[Received]:
    received = [_as_received(each) for each in callbacks_of(request_sid)]
    if not connection.in_atomic_block:
        connection.close()  # the wait may take minutes, and others need it
    return received


def _as_received(row: ReceivedCallback) -> Received:
    return Received(
        at=row.date_created,
        status=row.status,
        method=row.method,
        is_authenticated=row.is_authentic,
        content_type=row.content_type,
        size=row.size,
        body=b64decode(row.document.get("body", "")),
    )
