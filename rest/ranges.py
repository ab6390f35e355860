"""A stored file as an answer: the whole of it or the part asked for, a piece in memory at a time.

Django would read a file to its end before it sends the first byte under ASGI, because its iterator is a
synchronous one; here the server has the iterator it can wait for.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Self

from django.core.files.storage import Storage, default_storage
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from rest.files import PIECE, Readable, open_from

# Several ranges at once would be a multipart answer; the whole is a right answer to them too.
ONE_RANGE: Final = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """Which bytes of a file are sent."""

    start: int
    length: int

    def header(self, size: int) -> str:
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


@dataclass(frozen=True)
class StoredFile:
    """A file, and what its row knows of it."""

    name: str
    size: int
    sha256: str
    storage: Storage = default_storage


class Unsatisfiable(Exception):
    """A range behind the file's end."""


def file_answer(
    request: HttpRequest | Request, stored: StoredFile, *, headers: Mapping[str, str]
) -> HttpResponseBase:
    """200 with the whole file, 206 with the part that `Range` names, or 416. Raises FileNotFoundError."""
    asked = request._request if isinstance(request, Request) else request  # noqa: SLF001 - DRF has no public way
    size, etag = stored.size, f'"{stored.sha256}"'
    common = {**headers, "Accept-Ranges": "bytes", "ETag": etag}
    try:
        part = _part_of(asked, size, etag)
    except Unsatisfiable:
        status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        return HttpResponse(status=status, headers={**common, "Content-Range": f"bytes */{size}"})
    sent = part or Part(0, size)
    if part is not None:
        common["Content-Range"] = part.header(size)
    common["Content-Length"] = str(sent.length)
    status = HTTPStatus.OK if part is None else HTTPStatus.PARTIAL_CONTENT
    if asked.method == "HEAD":
        return HttpResponse(status=status, headers=common)
    file = open_from(stored.storage, stored.name, start=sent.start)
    kind = PiecesLater if isinstance(asked, ASGIRequest) else Pieces
    return StreamingHttpResponse(kind(file, sent.length), status=status, headers=common)


def _part_of(request: HttpRequest, size: int, etag: str) -> Part | None:
    """The part asked for; None when all of it is. A header that cannot be read is not there (RFC 9110)."""
    found = ONE_RANGE.fullmatch(request.headers.get("Range", ""))
    if found is None or request.method != "GET" or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = found.groups()
    if not first:
        return _tail(int(last), size) if last else None
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable
    end = min(int(last), size - 1) if last else size - 1
    return Part(int(first), end - int(first) + 1)


def _tail(length: int, size: int) -> Part:
    if not length or not size:
        raise Unsatisfiable
    return Part(size - min(length, size), min(length, size))


class Pieces:
    """A file's bytes from where it stands, for a server that waits in a thread."""

    def __init__(self, file: Readable, length: int) -> None:
        self._file, self._left = file, length

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if piece := self.read():
            return piece
        raise StopIteration

    def read(self) -> bytes:
        piece = self._file.read(min(PIECE, self._left)) if self._left else b""
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """The answer calls it in the end, also when nobody wanted the rest."""
        self._file.close()


class PiecesLater:
    """The same for a server that waits in an event loop."""

    def __init__(self, file: Readable, length: int) -> None:
        self._pieces = Pieces(file, length)
        self.close = self._pieces.close

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if piece := await asyncio.to_thread(self._pieces.read):
            return piece
        raise StopAsyncIteration
