"""JSON bodies: the two endpoints of the contract that take them instead of form fields (2.4)."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

import orjson
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

MAX_BYTES = 65_536
MAX_LEVELS = 16
TOO_DEEP = f"must have at most {MAX_LEVELS} levels"


class StrictJson(BaseParser):
    """One JSON object. Its numbers are `Decimal`, so that no digit of them is lost."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise RequestDataTooBig
        return read_object(body)


def read_object(body: bytes) -> dict[str, Any]:
    """The object in a body. Raises ParseError for everything that programs could read differently."""
    try:
        orjson.loads(body)  # the strict judge: no NaN, no half characters, no endless nesting
        value = json.loads(
            body, parse_float=Decimal, parse_int=Decimal, object_pairs_hook=_without_repetition
        )
    except RecursionError as error:
        raise ParseError(TOO_DEEP) from error
    except (ValueError, ArithmeticError) as error:
        raise ParseError("must be JSON in UTF-8") from error
    if not _has_levels(value, MAX_LEVELS):
        raise ParseError(TOO_DEEP)
    if not isinstance(value, dict):
        raise ParseError("must be a JSON object")
    return value


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Which of two values of one key was meant, nobody knows."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ParseError("must not repeat a key")
    return found


def _has_levels(value: Any, levels: int) -> bool:
    """Whether a document nests no deeper than this; looks no deeper either."""
    if not isinstance(value, dict | list):
        return True
    children = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_has_levels(child, levels - 1) for child in children)
