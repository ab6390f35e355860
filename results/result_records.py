"""What an ended result leaves in the log of invocations: one row, as a lookup does, under the same SID."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from billing.pricing import Charge, not_billed
from publishers.contract.errors import ContractError, Unexpected
from results.models import AddOnResult, Invocation
from results.outcomes import Asked, Outcome, Step
from results.services import Happening, record

CANCELED: Final = "Canceled"
OVERTOOK: Final = "The publisher called back before its answer to the request was noted."
_SENT: Final = re.compile(r"Signed and sent to .*: (?:HTTP (\d{3})|no answer) after \d+ ms\.", re.DOTALL)


def record_end(
    result: AddOnResult,
    *,
    at: datetime,
    charge: Charge,
    answer_bytes: int,
    error: ContractError | None = None,
) -> None:
    """The invocation with its charge, or with the event that tells why it failed. Payloads are the answer."""
    happening = Happening(
        extension=result.extension,
        purpose=result.purpose,
        primary_address="",
        reference_sid=result.recording.sid,
        event_id=result.event_id,
    )
    asked = Asked(
        account_id=result.account_id,
        installed_add_on_id=result.installed_add_on_id,
        version_id=result.version_id,
        publisher_account_id=result.version.listing.publisher.account_id,
        unique_name=result.installed_add_on.unique_name,
    )
    trace = trace_of(result)
    sent = _sent(trace)
    outcome = Outcome(
        request_sid=result.sid,
        unique_name=asked.unique_name,
        code=error.code if error else None,
        message=error.message if error else "",
        answer=b"",
        charge=charge,
        started_at=result.date_created,
        duration_ms=milliseconds(at - result.date_created),
        http_status=sent[-1] if sent else None,
        attempts=len(sent),
        answer_bytes=answer_bytes,
        trace=trace,
        counts_in_service_level=error is None or error.counts_in_service_level,
    )
    record(happening, [(asked, outcome)])


def record_canceled(result: AddOnResult, *, at: datetime) -> None:
    """A row that says so, and no event: nothing went wrong."""
    trace = trace_of(result)
    sent = _sent(trace)
    Invocation.objects.create(
        sid=result.sid,
        event_id=result.event_id,
        account_id=result.account_id,
        installed_add_on_id=result.installed_add_on_id,
        version_id=result.version_id,
        extension=result.extension,
        purpose=result.purpose,
        reference_sid=result.recording.sid,
        status=Invocation.Status.FAILED,
        code=Unexpected.code,
        message=CANCELED,
        http_status=sent[-1] if sent else None,
        attempts=len(sent),
        started_at=result.date_created,
        duration_ms=milliseconds(at - result.date_created),
        answer_bytes=0,
        answer=b"",
        trace=[step.as_json() for step in trace],
        counts_in_service_level=False,
        charge_micros=0,
        charge_reason=not_billed("it was canceled.").reason,
    )


def trace_of(result: AddOnResult) -> tuple[Step, ...]:
    """Its steps, each name once: the tries of sending are one step of many lines, as in a lookup."""
    merged: dict[str, Step] = {}
    for step in _steps(result):
        before = merged.get(step.name)
        merged[step.name] = step if before is None else _merged(before, step)
    return tuple(merged.values())


def _merged(first: Step, last: Step) -> Step:
    took = last.started_ms + last.duration_ms - first.started_ms
    return first._replace(ok=last.ok, lines=(*first.lines, *last.lines), duration_ms=max(took, 0))


def _steps(result: AddOnResult) -> Iterable[Step]:
    for each in result.trace:
        yield Step(**{**each, "lines": tuple(each["lines"])})


def _sent(trace: Sequence[Step]) -> list[int | None]:
    """The status of each try, None where no answer came; read from the lines that tell of them."""
    sent: list[int | None] = []
    for line in (line for step in trace for line in step.lines):
        if found := _SENT.match(line):
            sent.append(int(found[1]) if found[1] else None)
        elif line == OVERTOOK:
            sent.append(None)
    return sent


def milliseconds(time: timedelta) -> int:
    """Never below zero: the row may have been made by a clock that is ahead of the database's."""
    return max(0, round(time.total_seconds() * 1000))
