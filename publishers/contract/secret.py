"""A value that must not be seen: credentials and tokens travel in this type until the bytes are written."""

from dataclasses import dataclass, field
from typing import Final

MASK: Final = "••••"


@dataclass(frozen=True)
class Secret:
    """Prints as `••••` in every way of printing; JSON refuses it. `reveal()` is the only way to the text."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """The text itself. For bytes on their way out, and nothing else."""
        return self._text

    def __repr__(self) -> str:
        return MASK


def revealed(value: str | Secret) -> str:
    """The text to send."""
    return value.reveal() if isinstance(value, Secret) else value


def masked(value: str | Secret) -> str:
    """The text to show."""
    return MASK if isinstance(value, Secret) else value
