"""Text with `{{fields}}`, parsed once into literals and placeholders and filled in one pass (contract 8.4).

A value that itself looks like a template stays text: what a field holds is never parsed.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

JSON = Any
"""A value that came out of a JSON document."""

_TEMPLATE = re.compile(r"\{\{[ \t]*(SHA256:[ \t]*)?([A-Za-z0-9_.-]{1,64})[ \t]*\}\}")


class IllFormed(ValueError):
    """Two opening braces that no field name and two closing braces follow."""


@dataclass(frozen=True)
class Placeholder:
    """`{{name}}`, or `{{SHA256:name}}` when `hashed`."""

    name: str
    hashed: bool = False

    def text(self, value: JSON) -> str:
        """The value as text; hashed, the SHA-256 of that text in UTF-8 as lower-case hex."""
        text = text_of(value)
        return hashlib.sha256(text.encode()).hexdigest() if self.hashed else text


@dataclass(frozen=True)
class Template:
    """Literals and placeholders in their order."""

    parts: tuple[str | Placeholder, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises IllFormed."""
        parts: list[str | Placeholder] = []
        end = 0
        for match in _TEMPLATE.finditer(text):
            parts += [_literal(text[end : match.start()]), Placeholder(match[2], hashed=match[1] is not None)]
            end = match.end()
        parts.append(_literal(text[end:]))
        return cls(tuple(part for part in parts if part != ""))

    @cached_property
    def names(self) -> frozenset[str]:
        """The fields it needs."""
        return frozenset(part.name for part in self.parts if isinstance(part, Placeholder))

    @cached_property
    def sole(self) -> Placeholder | None:
        """The placeholder, when there is nothing else: only then can a value keep its JSON type."""
        match self.parts:
            case (Placeholder() as placeholder,):
                return placeholder
        return None

    def fill(self, value_of: Callable[[str], JSON]) -> str | None:
        """The text, or None when any of its fields has no value."""
        texts: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                texts.append(part)
            elif (value := value_of(part.name)) is None:
                return None
            else:
                texts.append(part.text(value))
        return "".join(texts)


def _literal(text: str) -> str:
    if "{{" in text:
        raise IllFormed(
            "Write a template as {{name}} or {{SHA256:name}}: letters, digits, '_', '-', '.', at most 64."
        )
    return text


def text_of(value: JSON) -> str:
    """A JSON value as text: `true`/`false`, numbers without exponent, objects and lists as JSON."""
    if isinstance(value, str):
        return value
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return format(Decimal(repr(value)), "f")
    return json.dumps(value)
