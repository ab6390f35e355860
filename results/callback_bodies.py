"""What a publisher posts to a callback, taken apart: one JSON object, or the parts of a multipart form.

Every part goes to a spool, so nothing of it is held in memory; its name is its label, its type the payload's
type, whether or not it has a file name. Neither is ever the name of a file of ours.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from publishers.contract.limits import MAX_CALLBACK_PARTS, MAX_PART_HEADER_BYTES, MAX_PART_HEADERS
from rest.errors import Refused
from rest.files import Spool, TooLarge
from results.result_models import Payload

if TYPE_CHECKING:  # there is none at run time
    from python_multipart.multipart import MultipartCallbacks

JSON: Final = "application/json"
# What a part is that does not say it (RFC 7578, 4.4).
PLAIN: Final = "text/plain"
_PIECE: Final = 65_536
_JSON_TYPE: Final = re.compile(r"(application|text)/([a-z0-9!#$&^_.+-]+\+)?json")
_TYPE: Final = re.compile(r"[a-zA-Z0-9!#$&^_.+-]+/[a-zA-Z0-9!#$&^_.+-]+([ \t]*;[ -~]*)?")


class Unreadable(Refused):
    """400: not what a callback may hold. The URL stays usable, so it may be sent again, mended."""


class WrongType(Unreadable):
    """415: neither JSON nor multipart."""

    http_status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class Source(Protocol):
    """Where a body is read from."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class Body:
    """A body that waits to be read. `length`: as it was announced, 0 when it was not."""

    source: Source = field(repr=False)
    content_type: str
    length: int = 0

    @property
    def is_multipart(self) -> bool:
        return self.content_type.partition(";")[0].strip().lower() == "multipart/form-data"

    def pieces(self) -> Iterator[bytes]:
        while piece := self.source.read(_PIECE):
            yield piece


@dataclass(frozen=True, kw_only=True)
class Part:
    """One payload-to-be. Without a label it is named by its SID."""

    label: str
    content_type: str
    spool: Spool = field(repr=False)

    @property
    def is_json(self) -> bool:
        return is_json(self.content_type)


def is_json(content_type: str) -> bool:
    return _JSON_TYPE.fullmatch(content_type.partition(";")[0].strip().lower()) is not None


def read(body: Body, stack: ExitStack, *, limit: int) -> list[Part]:
    """The parts of a body, in files that are gone when the stack unwinds. A body of no form counts as JSON.

    Raises Unreadable, TooLarge, StorageDown.
    """
    if body.is_multipart:
        return _Form(body, stack, limit).parts
    spool = stack.enter_context(Spool(limit=limit, expected=body.length))
    for piece in body.pieces():
        spool.write(piece)
    return [Part(label="", content_type=JSON, spool=spool)]


class _Form:
    """A multipart body while it is read."""

    def __init__(self, body: Body, stack: ExitStack, limit: int) -> None:
        self.parts: list[Part] = []
        self._stack, self._left = stack, limit
        self._headers: dict[str, str] = {}
        self._name, self._value = b"", b""
        self._ended = False
        parser = self._parser(body.content_type)
        try:
            for piece in body.pieces():
                parser.write(piece)
            parser.finalize()
        except FormParserError as error:
            raise Unreadable("Invalid body: it is no multipart/form-data") from error
        if not self._ended:
            raise Unreadable("Invalid body: it ends before its last boundary")
        if not self.parts:
            raise Unreadable("Invalid body: it has no part")

    def _parser(self, content_type: str) -> MultipartParser:
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise Unreadable("Invalid Content-Type: it names no boundary")
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin,
            "on_header_field": self._take_name,
            "on_header_value": self._take_value,
            "on_header_end": self._take_header,
            "on_headers_finished": self._open,
            "on_part_data": self._take,
            "on_end": self._end,
        }
        try:
            return MultipartParser(
                boundary,
                callbacks,
                max_header_count=MAX_PART_HEADERS,
                max_header_size=MAX_PART_HEADER_BYTES,
            )
        except FormParserError as error:
            raise Unreadable("Invalid Content-Type: its boundary is too long") from error

    def _begin(self) -> None:
        if len(self.parts) == MAX_CALLBACK_PARTS:
            raise Unreadable(f"Invalid body: it has more than {MAX_CALLBACK_PARTS} parts")
        self._headers = {}

    def _take_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _take_header(self) -> None:
        name, self._name = self._name.decode("latin-1").strip().lower(), b""
        value, self._value = self._value.decode("latin-1").strip(), b""
        if name in self._headers:
            raise Unreadable(f"Invalid body: part {self._number} has two headers {name[:40]}")
        self._headers[name] = value

    def _open(self) -> None:
        spool = self._stack.enter_context(Spool(limit=self._left))
        label, content_type = self._label(), self._type()
        self.parts.append(Part(label=label, content_type=content_type, spool=spool))

    def _take(self, data: bytes, start: int, end: int) -> None:
        self._left -= end - start
        if self._left < 0:
            raise TooLarge
        self.parts[-1].spool.write(data[start:end])

    def _end(self) -> None:
        self._ended = True

    @property
    def _number(self) -> int:
        return len(self.parts) + 1

    def _label(self) -> str:
        kind, options = parse_options_header(self._headers.get("content-disposition", ""))
        if kind != b"form-data":
            raise Unreadable(f"Invalid body: part {self._number} has no Content-Disposition: form-data")
        try:
            label = options.get(b"name", b"").decode()
        except UnicodeDecodeError as error:
            raise Unreadable(f"Invalid body: the name of part {self._number} is not UTF-8") from error
        if len(label) > Payload.MAX_LABEL_LENGTH or not label.isprintable():
            raise Unreadable(
                f"Invalid body: the name of part {self._number} must be printable text"
                f" of at most {Payload.MAX_LABEL_LENGTH} characters"
            )
        return label

    def _type(self) -> str:
        content_type = self._headers.get("content-type") or PLAIN
        if len(content_type) > Payload.MAX_TYPE_LENGTH or not _TYPE.fullmatch(content_type):
            raise Unreadable(f"Invalid body: part {self._number} has no usable Content-Type")
        return content_type
