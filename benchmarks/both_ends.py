"""Both ends of a recording's way, in one process that costs little: a publisher and a developer.

    /audio/small    202; then calls back with a small JSON object (`form`, `json`: with 100 MB)
    /audio/none     202, and never calls back
    /notices        204
    /counts         what came so far, as JSON

The publisher finds the callback URL in the form's field `callback`, which must come before the audio. Its
account is in the environment variable AUTHORIZATION. `python -m benchmarks.both_ends PORT` serves.
"""

import asyncio
import json
import os
import re
import sys
from collections import Counter
from typing import cast
from urllib.parse import urlsplit

import uvloop

HEAD_END = b"\r\n\r\n"
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
NOTICE = re.compile(rb"\r\nwebhook-id: *(\w+)", re.IGNORECASE)
CALLBACK = re.compile(rb'name="callback"\r\n(?:[^\r\n]+\r\n)*\r\n([^\r\n]+)\r\n')
# Where the callback URL is looked for.
BEGINNING = 4_096
# Callbacks that are under way at once, and the pause before one is sent again.
AT_ONCE = 16
PAUSE_SECONDS = 0.1
TAKEN, COME_AGAIN = 202, 503

LARGE = 100 * 1024 * 1024 - 4_096
WORDS = [f"word{number}" for number in range(12)]
FOUND = [{"word": word, "start": place / 2, "confidence": 0.9} for place, word in enumerate(WORDS)]
SMALL = json.dumps({"text": " ".join(WORDS), "words": FOUND}).encode()
FORM_HEAD = b'--BOUNDARY\r\nContent-Disposition: form-data; name="sound"\r\nContent-Type: audio/x-wav\r\n\r\n'
FORM = "multipart/form-data; boundary=BOUNDARY"
JSON = "application/json"


def payload(kind: str) -> tuple[str, bytes]:
    """The type and the body of a callback."""
    if kind == "form":
        return FORM, b"".join((FORM_HEAD, bytes(LARGE), b"\r\n--BOUNDARY--\r\n"))
    if kind == "json":
        return JSON, b'{"text": "%s"}' % (b"w" * LARGE)
    return JSON, SMALL


class Publisher:
    """Calls back what it accepted, over a few connections that are kept."""

    def __init__(self, authorization: str) -> None:
        self.counts = Counter[str]()
        self._authorization = authorization
        self._queue: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def accept(self, kind: str, beginning: bytes) -> None:
        self.counts["accepted"] += 1
        if kind != "none" and (found := CALLBACK.search(beginning)):
            self._queue.put_nowait((found[1].decode(), kind))

    async def call_back(self) -> None:
        """Work for ever on what is to be called back."""
        connection = None
        while True:
            url, kind = await self._queue.get()
            status = 0
            while status != TAKEN:
                try:
                    connection = connection or await _connected(url)
                    status = await self._posted(connection, url, kind)
                except (OSError, asyncio.IncompleteReadError):  # an idle connection was ended
                    connection = None
                    continue
                self.counts[f"callbacks answered {status}"] += 1
                if status not in {TAKEN, COME_AGAIN}:
                    break
                if status == COME_AGAIN:
                    await asyncio.sleep(PAUSE_SECONDS)

    async def _posted(
        self, connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], url: str, kind: str
    ) -> int:
        reader, writer = connection
        content_type, body = payload(kind)
        parts = urlsplit(url)
        head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: {self._authorization}\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        answer = await reader.readuntil(HEAD_END)
        found = LENGTH.search(answer)
        await reader.readexactly(int(found[1]) if found else 0)
        return int(answer.split(b" ", 2)[1])


async def _connected(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    return await asyncio.open_connection(parts.hostname, parts.port)


class Service(asyncio.Protocol):
    """Answers when a whole body came. Keeps nothing of it but its beginning."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._received = bytearray()
        self._left = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._left < 0:
            self._received += data
            end = self._received.find(HEAD_END)
            if end < 0:
                return
            self._head = bytes(self._received[: end + 2])
            self._beginning = bytes(self._received[end + 4 : end + 4 + BEGINNING])
            found = LENGTH.search(self._head)
            self._left = (int(found[1]) if found else 0) - (len(self._received) - end - 4)
            self._received.clear()
        else:
            self._left -= len(data)
            if len(self._beginning) < BEGINNING:
                self._beginning += data[: BEGINNING - len(self._beginning)]
        if self._left <= 0:
            self._left = -1
            self._answer(self._head.split(b" ", 2)[1].decode())

    def _answer(self, path: str) -> None:
        counts = self._publisher.counts
        if path.startswith("/audio/"):
            self._publisher.accept(path.removeprefix("/audio/"), self._beginning)
            self._transport.write(ACCEPTED)
        elif path == "/counts":
            body = json.dumps(counts).encode()
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            self._transport.write(head % len(body) + body)
        else:
            counts["notices"] += 1
            self._transport.write(NO_CONTENT)
        if b"connection: close" in self._head.lower():
            self._transport.close()


async def main(port: int) -> None:
    publisher = Publisher(os.environ["AUTHORIZATION"])
    loop = asyncio.get_running_loop()
    # All of 127.0.0.0/8 leads here: each address is another developer's host.
    server = await loop.create_server(lambda: Service(publisher), "0.0.0.0", port, backlog=1_000)  # noqa: S104
    async with server, asyncio.TaskGroup() as tasks:
        for _ in range(AT_ONCE):
            tasks.create_task(publisher.call_back())


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
