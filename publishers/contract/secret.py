"""A value that must not be seen: credentials and tokens travel in this type until the bytes are written."""

import hmac
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

MASK: Final = "••••"


@dataclass(frozen=True)
class Secret:
    """Prints as `••••` in every way of printing; JSON refuses it. `reveal()` is the only way to the text."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """The text itself. For bytes on their way out, and nothing else."""
        return self._text

    def hmac_sha1(self, message: str) -> bytes:
        """The HMAC-SHA1 of a message with this key. What the key alone decides is worked out once."""
        code = self._key.copy()
        code.update(message.encode())
        return code.digest()

    @cached_property
    def _key(self) -> hmac.HMAC:
        return hmac.new(self._text.encode(), digestmod="sha1")

    def __repr__(self) -> str:
        return MASK


def revealed(value: str | Secret) -> str:
    """The text to send."""
    return value.reveal() if isinstance(value, Secret) else value


def masked(value: str | Secret) -> str:
    """The text to show."""
    return MASK if isinstance(value, Secret) else value
