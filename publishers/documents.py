"""Reading a document of which nothing is known yet: what has another shape counts as not there."""

import json
from collections.abc import Mapping
from typing import Any


def mapping_in(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def entries_in(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def texts_in(value: Any) -> list[str]:
    """The texts of a list."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def text_in(value: Any) -> str:
    return value if isinstance(value, str) else ""


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same; unlike for Python, 1 is not true."""
    return one == other and text_of(one) == text_of(other)


def text_of(value: Any) -> str:
    """A JSON value as text, the same for the same value."""
    return json.dumps(value, sort_keys=True)
