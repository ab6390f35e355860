"""What the platform asks, and the ways to say no.

Refused               the request is wrong: 4xx
  BadRequest          400, a parameter is missing or makes no sense
  BadCredentials      401, our own credential is missing or wrong
  BadSignature        403, not signed with our auth token
  BodyTooLarge        413
  TooSlow, Busy       408 and 503, in transcript/
CannotAnswer          the request is fine, we just do not know: 200 and an "error"
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

JSON = dict[str, object]

WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}")
DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
SWITCH = {"true": True, "false": False}


class Refused(Exception):
    """The request is wrong; the text says how."""

    status: int = HTTPStatus.BAD_REQUEST


class BadRequest(Refused):
    """400: a parameter is missing or makes no sense."""


class BadCredentials(Refused):
    """401: our own credential is missing or wrong."""

    status = HTTPStatus.UNAUTHORIZED


class BadSignature(Refused):
    """403: not signed with our auth token."""

    status = HTTPStatus.FORBIDDEN


class BodyTooLarge(Refused):
    """413: more than any honest question needs."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class CannotAnswer(Exception):
    """We understood and do not know. The platform counts 4xx against us, so this is a 200 with an "error"."""


@dataclass(frozen=True)
class Question:
    """The parameters of one request. A query string holds only texts, JSON keeps types: both will do."""

    parameters: Mapping[str, object]

    def text(self, name: str) -> str:
        """A text that must be there, though it may be empty."""
        value = self.parameters.get(name)
        if value is None:
            raise BadRequest(f"parameter {name} is missing")
        if not isinstance(value, str):
            raise BadRequest(f"parameter {name} must be text")
        if not _is_plain(value):
            raise BadRequest(f"parameter {name} holds characters that are not text")
        return value

    def choice(self, name: str, options: Sequence[str], *, default: str) -> str:
        """One of a few words."""
        if self.is_absent(name):
            return default
        value = self.text(name)
        if value not in options:
            raise CannotAnswer(f"{name} must be one of {', '.join(options)}")
        return value

    def integer(self, name: str, allowed: range, *, default: int) -> int:
        """A whole number, or its digits."""
        if self.is_absent(name):
            return default
        value = self.parameters[name]
        if isinstance(value, str) and WHOLE_NUMBER.fullmatch(value):
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            raise BadRequest(f"parameter {name} must be a whole number from {allowed[0]} to {allowed[-1]}")
        return value

    def fraction(self, name: str, *, default: float) -> float:
        """A number from 0 to 1, or its decimal text."""
        if self.is_absent(name):
            return default
        value = self.parameters[name]
        if isinstance(value, str) and DECIMAL.fullmatch(value):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise BadRequest(f"parameter {name} must be a number from 0 to 1")
        return float(value)

    def switch(self, name: str, *, default: bool) -> bool:
        """Yes or no; in a query string the words true and false."""
        if self.is_absent(name):
            return default
        value = self.parameters[name]
        if isinstance(value, str):
            value = SWITCH.get(value.lower())
        if not isinstance(value, bool):
            raise BadRequest(f"parameter {name} must be true or false")
        return value

    def is_absent(self, name: str) -> bool:
        """Whether nothing was said. Left blank is nothing too."""
        return self.parameters.get(name) in (None, "")


def _is_plain(text: str) -> bool:
    """Without NUL and without the halves of a broken emoji: neither survives storage or UTF-8."""
    return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text)
