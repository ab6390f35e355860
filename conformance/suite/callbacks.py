"""What a recording add-on posted to its callback, taken apart: JSON, or a form with several parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

JSON_TYPE: Final = "application/json"
FORM_TYPE: Final = "multipart/form-data"


class Unreadable(ValueError):
    """No multipart/form-data that could be read."""


@dataclass
class Part:
    """One part of a form: its name, its type, and what it holds."""

    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def name(self) -> str:
        _, options = parse_options_header(self.headers.get("content-disposition", ""))
        return options.get(b"name", b"").decode("utf-8", "replace")

    @property
    def is_json(self) -> bool:
        return base_type(self.headers.get("content-type", "")) == JSON_TYPE


def base_type(content_type: str) -> str:
    """The type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def is_multipart(content_type: str) -> bool:
    """Whether a header announces a form of several parts."""
    return base_type(content_type) == FORM_TYPE


def multipart_fault(content_type: str, body: bytes) -> str:
    """Why a form cannot be read; "" when it can."""
    try:
        parts = parts_of(content_type, body)
    except Unreadable as error:
        return str(error)
    return "" if parts else "The form has no part."


def parts_of(content_type: str, body: bytes) -> list[Part]:
    """The parts of a form. Raises Unreadable."""
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise Unreadable("The Content-Type names no boundary.")
    collector = _Collector()
    try:
        parser = MultipartParser(boundary, collector.callbacks())  # type: ignore[arg-type]  # a TypedDict
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise Unreadable("The body is no multipart/form-data.") from error
    if not collector.has_ended:
        raise Unreadable("The form ends before its last boundary.")
    return collector.parts


class _Collector:
    """Puts together what the parser tells piece by piece."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.has_ended = False
        self._name, self._value = b"", b""

    def callbacks(self) -> Mapping[str, object]:
        """What the parser calls."""
        return {
            "on_part_begin": lambda: self.parts.append(Part()),
            "on_header_field": self._take_name,
            "on_header_value": self._take_value,
            "on_header_end": self._take_header,
            "on_part_data": self._take_data,
            "on_end": self._end,
        }

    def _take_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _take_header(self) -> None:
        name, value = self._name.decode("latin-1").strip().lower(), self._value.decode("latin-1").strip()
        self.parts[-1].headers[name] = value
        self._name, self._value = b"", b""

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].content += data[start:end]

    def _end(self) -> None:
        self.has_ended = True
