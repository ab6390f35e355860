"""The life of a result (contract 11.5): each change is one transaction with everything it causes.

A change is an UPDATE of the row as the caller read it: still in that status, and still under that lease.
False means that it came too late; then nothing was written, and what the caller knows is worth nothing.
Whoever ends a result records its invocation, its charge and the notice with it, so none can be without the
others.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from billing.pricing import FAILED, Charge
from publishers.contract.errors import ContractError
from publishers.contract.limits import ASYNC_DEADLINE_FACTOR, ASYNC_DEADLINE_FLOOR_MS
from rest.leases import database_time
from results.models import AddOnResult, Payload
from results.notices import owe_notice, withdraw_notices
from results.outcomes import Step
from results.result_models import MOVES, ResultStatus
from results.result_records import OVERTOOK, milliseconds, record_canceled, record_end

# How long a callback is read, judged and stored, at most; who died at it leaves the URL usable after that.
PROCESSING_LEASE: Final = timedelta(minutes=5)


def queued(result: AddOnResult, *, steps: Sequence[Step] = ()) -> bool:
    """It is about to be sent. The caller keeps its lease."""
    return _move(result, ResultStatus.QUEUED, at=database_time(), steps=steps)


def accepted(result: AddOnResult, *, step: Step) -> bool:
    """The publisher took it; its time runs from now."""
    at = database_time()
    return _move(
        result,
        ResultStatus.IN_PROGRESS,
        at=at,
        steps=[step],
        accepted_at=at,
        deadline=deadline_of(result, since=at),
        **_NOBODYS,
    )


def retry(result: AddOnResult, *, step: Step, due_at: datetime) -> bool:
    """Sending it failed; it is tried again then."""
    at = database_time()
    return _write(result, result.status, at=at, steps=[step], **{**_NOBODYS, "due_at": due_at})


def processing(result: AddOnResult, *, at: datetime | None = None) -> bool:
    """The callback came. Its reader has the lease; whoever had one has lost it."""
    at = at or database_time()
    overtook = result.status == ResultStatus.QUEUED
    since = milliseconds(at - result.date_created)
    return _move(
        result,
        ResultStatus.PROCESSING,
        at=at,
        steps=[Step("Send", ok=True, lines=(OVERTOOK,), started_ms=since, duration_ms=0)] if overtook else (),
        **{**_NOBODYS, "leased_until": at + PROCESSING_LEASE},
        tries=result.tries + 1,
        accepted_at=result.accepted_at or at,
        deadline=result.deadline or deadline_of(result, since=at),
    )


def released(result: AddOnResult, *, deadline: datetime | None = None) -> bool:
    """What came was nothing, or its reader died: the publisher may call back again."""
    at = database_time()
    return _move(
        result,
        ResultStatus.IN_PROGRESS,
        at=at,
        **_NOBODYS,
        tries=result.tries + 1,
        deadline=deadline or result.deadline,
    )


def complete(
    result: AddOnResult, *, payloads: Sequence[Payload], charge: Charge, steps: Sequence[Step]
) -> bool:
    """What the publisher sent is the developer's from now on. The payloads' files are stored already."""
    at = database_time()
    with _all_or_nothing(result):
        if not _end(result, ResultStatus.COMPLETED, at=at, steps=steps):
            return False
        Payload.objects.bulk_create(payloads)
        size = sum(payload.size for payload in payloads)
        record_end(result, at=at, charge=charge, answer_bytes=size)
        owe_notice(result, payloads)
    return True


def fail(
    result: AddOnResult, *, error: ContractError, steps: Sequence[Step] = (), answer_bytes: int = 0
) -> bool:
    """It has no result, for this reason, and costs nothing."""
    at = database_time()
    with _all_or_nothing(result):
        why = {"code": error.code, "message": error.message, "reason": _cut(error.reason)}
        if not _end(result, ResultStatus.FAILED, at=at, steps=steps, **why):
            return False
        record_end(result, at=at, charge=FAILED, answer_bytes=answer_bytes, error=error)
        owe_notice(result)
    return True


def cancel(result: AddOnResult, *, reason: str) -> bool:
    """Nobody waits for it any more. No notice: whoever uninstalled or deleted knows."""
    at = database_time()
    with _all_or_nothing(result):
        if not _end(result, ResultStatus.CANCELED, at=at, reason=_cut(reason)):
            return False
        record_canceled(result, at=at)
    return True


def delete(result: AddOnResult) -> bool:
    """It does not exist any more, whatever it was; what still comes for it is not taken.

    Its payloads are marked: nobody reads them, and `retention` removes their files.
    """
    at = database_time()
    was_open = result.is_open
    with _all_or_nothing(result):
        if result.status == ResultStatus.DELETED or not _write(
            result,
            ResultStatus.DELETED,
            at=at,
            **_NOBODYS,
            tries=result.tries + 1,
            date_completed=result.date_completed or at,
        ):
            return False
        Payload.objects.filter(result=result, removed_at=None).update(removed_at=at)
        withdraw_notices([result.sid])
        if was_open:
            record_canceled(result, at=at)
    return True


def late_reason(result: AddOnResult) -> str:
    """That the publisher did not call back in time, in words."""
    by = f"{result.deadline:%Y-%m-%d %H:%M:%S} UTC" if result.deadline else "its deadline"
    return f"The publisher did not call back by {by}."


def deadline_of(result: AddOnResult, *, since: datetime) -> datetime:
    """By when the publisher has to call back (contract 11.3)."""
    allowed = ASYNC_DEADLINE_FACTOR * result.recording.duration_ms
    return since + timedelta(milliseconds=max(allowed, ASYNC_DEADLINE_FLOOR_MS))


@contextmanager
def _all_or_nothing(result: AddOnResult) -> Iterator[None]:
    """One transaction; when it fails, the caller's copy of the row is what it was before, too."""
    before = dict(result.__dict__)
    try:
        with transaction.atomic():
            yield
    except BaseException:
        result.__dict__.update(before)
        raise


_NOBODYS: Final[Mapping[str, Any]] = {"due_at": None, "leased_until": None, "hinted_at": None}
"""A row that owes no work, and of which nobody has the lease."""


def _end(
    result: AddOnResult, to: ResultStatus, *, at: datetime, steps: Sequence[Step] = (), **why: Any
) -> bool:
    return _move(result, to, at=at, steps=steps, **_NOBODYS, date_completed=at, **why)


def _move(
    result: AddOnResult, to: ResultStatus, *, at: datetime, steps: Sequence[Step] = (), **changes: Any
) -> bool:
    """Where the status may follow. False also for one that may not: then the caller's row is old."""
    is_allowed = to in MOVES.get(ResultStatus(result.status), ())
    return is_allowed and _write(result, to, at=at, steps=steps, **changes)


def _write(result: AddOnResult, to: str, *, at: datetime, steps: Sequence[Step] = (), **changes: Any) -> bool:
    """Change the row, and then the caller's copy of it, if the copy is still true."""
    changes |= {"status": to, "date_updated": at}
    if steps:
        changes["trace"] = [*result.trace, *(step.as_json() for step in steps)]
    still = AddOnResult.objects.held(result).filter(status=result.status)
    if not still.update(**changes):
        return False
    for name, value in changes.items():
        setattr(result, name, value)
    return True


def _cut(reason: str) -> str:
    return reason[: AddOnResult.MAX_REASON_LENGTH]
