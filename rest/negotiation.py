"""Content negotiation: the path decides the format, `Accept` does not (contract 2.3)."""

from collections.abc import Iterable, Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, DataAndFiles
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class CountedStream:
    """A body that raises RequestDataTooBig as soon as more than the limit was read from it."""

    def __init__(self, stream: IO[Any], *, limit: int) -> None:
        self._stream, self._left = stream, limit

    def read(self, size: int | None = None) -> Any:
        # One byte more than allowed is enough to know, and no more of it comes into memory.
        most = self._left + 1
        data = self._stream.read(most if size is None or size < 0 else min(size, most))
        self._left -= len(data)
        if self._left < 0:
            raise RequestDataTooBig
        return data


class Limited(BaseParser):
    """A parser that reads no body above DATA_UPLOAD_MAX_MEMORY_SIZE.

    Django itself counts fields, but neither the file parts of a form nor what DRF reads past it.
    """

    def __init__(self, parser: BaseParser) -> None:
        self.parser, self.media_type = parser, parser.media_type

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> "Mapping[Any, Any] | DataAndFiles[Any, Any]":
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        announced = str((parser_context or {})["request"].META.get("CONTENT_LENGTH") or "0")
        if announced.isdecimal() and int(announced) > limit:
            raise RequestDataTooBig
        counted: Any = CountedStream(stream, limit=limit)
        return self.parser.parse(counted, media_type, parser_context)


class IgnoreAccept(BaseContentNegotiation):
    """Parser by content type; renderer by the path's extension, else the view's first."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        sent = (request.content_type or "").split(";")[0].strip().lower()
        if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() not in {"", "identity"}:
            return None  # 415: a compressed body would be read as it stands
        parser = next((parser for parser in parsers if parser.media_type == sent), None)
        return None if parser is None else Limited(parser)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        offered = list(renderers)
        asked = next((each for each in offered if each.format == format_suffix), offered[0])
        return asked, str(asked.media_type)
