"""What one invocation came to, in values: the engine makes it, the record and the envelope read it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from billing.pricing import Charge


@dataclass(frozen=True)
class Asked:
    """Which installed add-on was asked, in the keys of the database: what its record points to."""

    account_id: int
    installed_add_on_id: int
    version_id: int
    publisher_account_id: int
    unique_name: str


class Step(NamedTuple):
    """One step of the pipeline, as the result page tells it, in lines that hold no secret."""

    name: str
    ok: bool
    lines: tuple[str, ...]
    started_ms: int
    duration_ms: int

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "ok": self.ok,
            "lines": self.lines,
            "started_ms": self.started_ms,
            "duration_ms": self.duration_ms,
        }


@dataclass(slots=True, kw_only=True)
class Outcome:
    """The end of one invocation. `code` is None for a success, else 61000 to 61009 (contract 9.4)."""

    request_sid: str
    unique_name: str
    code: int | None
    message: str
    answer: bytes
    charge: Charge
    started_at: datetime
    duration_ms: int
    http_status: int | None
    attempts: int
    answer_bytes: int
    trace: tuple[Step, ...]
    counts_in_service_level: bool

    @property
    def succeeded(self) -> bool:
        return self.code is None
