"""How far a recording's result is, and what came of it, as one would tell it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from results.models import AddOnResult
from results.result_models import ResultStatus


@dataclass(frozen=True)
class Progress:
    """The way of an open result. `percent`: of the publisher's time that has passed, once it accepted."""

    stages: list[dict[str, str]]
    percent: int | None
    deadline: datetime | None


_STAGES: Final = ("Sent", "Accepted", "Answered", "Stored")
# Which stage a status stands at.
_PLACES: Final = {
    ResultStatus.INIT: 0,
    ResultStatus.QUEUED: 0,
    ResultStatus.IN_PROGRESS: 2,
    ResultStatus.PROCESSING: 3,
}


def progress_of(result: AddOnResult, at: datetime) -> Progress | None:
    """None once it has ended."""
    if not result.is_open:
        return None
    reached = _PLACES[ResultStatus(result.status)]
    stages = [{"label": label, "state": _state(place, reached)} for place, label in enumerate(_STAGES)]
    if result.accepted_at is None or result.deadline is None:
        return Progress(stages, None, None)
    allowed = (result.deadline - result.accepted_at).total_seconds()
    passed = (at - result.accepted_at).total_seconds()
    percent = max(0, min(100, round(100 * passed / allowed))) if allowed > 0 else 100
    return Progress(stages, percent, result.deadline)


def _state(place: int, reached: int) -> str:
    if place < reached:
        return "done"
    return "current" if place == reached else "to do"


def sentence(result: AddOnResult) -> str:
    """What happened so far, in words."""
    name = result.version.listing.name
    match ResultStatus(result.status):
        case ResultStatus.INIT | ResultStatus.QUEUED:
            return f"{name} is being given the recording."
        case ResultStatus.IN_PROGRESS:
            return f"{name} has accepted the recording and works on it."
        case ResultStatus.PROCESSING:
            return f"{name} has answered; the answer is being checked and stored."
        case ResultStatus.COMPLETED:
            return f"{name} has answered."
        case ResultStatus.CANCELED:
            return f"Canceled: {result.reason or 'nobody waits for the answer any more.'}"
    return f"{name} gave no answer: {result.message} ({result.code}). {result.reason}".rstrip()
