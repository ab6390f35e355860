"""What the door to the network refused, kept in memory until somebody writes it down.

An operator wants to know that a publisher's URL, redirect or DNS leads to a place we never connect to. The
host is noted, never the rest of a URL: that holds what developers gave.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Final, NamedTuple
from urllib.parse import urlsplit

# Whoever redirects to a new name each time is noted so often, and no memory is filled.
MOST: Final = 500
MAX_HOST_CHARS: Final = 255
UNREADABLE: Final = "(unreadable)"


class Refusal(NamedTuple):
    """Where a request would have gone, and why it did not. `publisher`: its account's SID; empty for a
    webhook, a notice or a recording."""

    host: str
    port: int
    reason: str
    publisher: str


@dataclass(frozen=True)
class Noted:
    """How often it was refused, the first time and the last."""

    times: int
    first_at: datetime
    last_at: datetime

    def together(self, other: "Noted") -> "Noted":
        return Noted(
            self.times + other.times,
            min(self.first_at, other.first_at),
            max(self.last_at, other.last_at),
        )


class Refusals:
    """Those of one process. Safe in several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._noted: dict[Refusal, Noted] = {}
        self.left_out = 0

    def note(self, url: str, reason: str, *, publisher: str = "") -> None:
        """One more request that was not made."""
        at = datetime.now(UTC)
        self.put({Refusal(*_place(url), reason, publisher): Noted(1, at, at)})

    def put(self, noted: dict[Refusal, Noted]) -> None:
        """Add these; also how they come back when they could not be written."""
        with self._lock:
            for refusal, new in noted.items():
                known = self._noted.get(refusal)
                if known is not None:
                    self._noted[refusal] = known.together(new)
                elif len(self._noted) < MOST:
                    self._noted[refusal] = new
                else:
                    self.left_out += new.times

    def take(self) -> dict[Refusal, Noted]:
        """All that were noted; they are the caller's now."""
        with self._lock:
            taken, self._noted = self._noted, {}
        return taken


def _place(url: str) -> tuple[str, int]:
    """The host and the port of a URL that may be anything. Login, path and query are left out."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return UNREADABLE, 0
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in host)
    return shown[:MAX_HOST_CHARS] or UNREADABLE, port or {"https": 443, "http": 80}.get(parts.scheme, 0)


refusals: Final = Refusals()
"""Those of this process."""
