"""SIDs: two letters and 32 hex digits (contract section 1).

The digits are a UUIDv7, so a SID sorts by the time it was made. Lists page by it and
fast-growing tables insert at the end of their index.
"""

import re
from functools import partial
from typing import Any

import uuid_utils
from django.db import models

HEX_DIGITS = 32
LENGTH = 2 + HEX_DIGITS
PATTERN = r"[A-Z]{2}[0-9a-fA-F]{32}"


def new_sid(prefix: str) -> str:
    """A new SID such as `XE0192…`; later calls sort after earlier ones."""
    return prefix + uuid_utils.uuid7().hex


def is_sid(text: str, prefix: str) -> bool:
    """Whether the text has the shape of a SID of this kind, in either letter case of its digits."""
    return text.startswith(prefix) and re.fullmatch(PATTERN, text) is not None


class SidConverter:
    """The path converter `sid`. Any other shape does not resolve, which is a 404 as the contract asks."""

    regex = PATTERN

    def to_python(self, value: str) -> str:
        return value[:2] + value[2:].lower()

    def to_url(self, value: str) -> str:
        return value


class SidField(models.CharField[str, str]):
    """A unique SID column that fills itself."""

    def __init__(self, *, prefix: str = "", **options: Any) -> None:
        self.prefix = prefix
        if prefix:
            options["default"] = partial(new_sid, prefix)
        super().__init__(**{"max_length": LENGTH, "unique": True, "editable": False, **options})
