"""Take a publisher's callback: read it, judge it, store it, and complete the result (contract 11.3).

The row says `processing` while that goes on, under a lease, so that a second callback waits. Whatever goes
wrong on our side gives the URL back: the publisher sends again. Files are stored before the rows that name
them, so a row without its file there never is; a file without a row is swept (`retention`).
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Final

from django.db import DatabaseError, connection

from accounts.models import Account
from billing.pricing import Charge, charge_for_recording, not_billed
from publishers.compiled import definition_of
from publishers.contract.errors import BodyTooLarge, ContractError, NoResults, TimedOut
from publishers.contract.limits import MAX_CALLBACK_BYTES, MAX_JSON_JUDGED_HERE
from publishers.models import RUNS
from recordings.models import Recording
from rest.errors import Forbidden, NotFound, Refused
from rest.files import Spool, TooLarge, as_refusals
from rest.leases import LONGEST_LEASE, database_time
from rest.sids import new_sid
from rest.statements import Rows
from results import judging, settling
from results.callback_bodies import Body, Part, Unreadable, WrongType, is_json, read
from results.callbacks import digest_of
from results.models import AddOnResult, Invocation, Payload
from results.result_models import ResultStatus
from results.steps import Steps

log = logging.getLogger(__name__)

# Each holds a thread, and a file for each part.
AT_ONCE: Final = 8
WAIT_SECONDS: Final = 20
TOO_LARGE: Final = f"The callback has more than {MAX_CALLBACK_BYTES} bytes."
_RUNNING: Final = BoundedSemaphore(AT_ONCE)
# What the acceptance changes, and what is written on.
_MOVING: Final = ["status", "tries", "accepted_at", "deadline", "trace"]


class NotYours(Forbidden):
    """403: the add-on is another publisher's."""


class ComeAgain(Refused):
    """503: another callback of the same result is being read, or too many are. Nothing was taken."""

    http_status = HTTPStatus.SERVICE_UNAVAILABLE
    code = 20503


_BY_DIGEST: Final[Rows[AddOnResult]] = Rows(
    lambda digest: AddOnResult.objects.filter(callback_digest=digest).select_related(
        "account", "recording", "installed_add_on", "version__listing__publisher"
    )
)


def result_of(token: str, *, account: Account) -> AddOnResult:
    """The result that a token belongs to. Raises NotFound, NotYours.

    One query, whether or not there is one: the time it takes tells nothing.
    """
    result = _BY_DIGEST.first(digest_of(token))
    if result is None:
        raise NotFound
    if result.version.listing.publisher.account_id != account.pk:
        raise NotYours("Forbidden: this callback is for the publisher of the add-on")
    return result


def receive(result: AddOnResult, body: Body) -> None:
    """Take what the publisher posted; at the end the result is completed or failed.

    Raises NotFound when it is not awaited any more, ComeAgain, Unreadable, TooLarge, StorageDown.
    """
    _wait_for_turn()
    try:
        at = _begin(result)
        if body.length > MAX_JSON_JUDGED_HERE:
            _leave_connection()
        with _given_back(result):
            _take(result, body, Steps(result, at=at))
    finally:
        _RUNNING.release()


def _wait_for_turn() -> None:
    if _RUNNING.acquire(blocking=False):
        return
    _leave_connection()
    if not _RUNNING.acquire(timeout=WAIT_SECONDS):
        raise ComeAgain("Service unavailable: many callbacks are being read")


def _leave_connection() -> None:
    """Others need it meanwhile: this thread reads a file, or waits."""
    if not connection.in_atomic_block:
        connection.close()


def refuse_too_large(result: AddOnResult) -> None:
    """More was announced or sent than is read: the result fails, if it was awaited."""
    if result.status in {ResultStatus.QUEUED, ResultStatus.IN_PROGRESS}:
        settling.fail(result, error=BodyTooLarge(TOO_LARGE))


def why_void(result: AddOnResult) -> str:
    """Why nobody waits for it any more; empty when somebody does."""
    if result.recording.status == Recording.Status.DELETED:
        return "The recording was deleted."
    if result.installed_add_on.removed_at is not None:
        return "The add-on was uninstalled."
    if result.version.listing.availability not in RUNS:
        return "The add-on was suspended."
    return ""


def _begin(result: AddOnResult) -> datetime:
    """Take the result over; the time at which that was. Raises NotFound, ComeAgain."""
    at = database_time()
    if result.status == ResultStatus.PROCESSING:
        is_alive = result.leased_until and at < result.leased_until <= at + LONGEST_LEASE
        if is_alive or not settling.released(result):
            raise ComeAgain("Service unavailable: another callback of this result is being read")
    if result.status not in {ResultStatus.QUEUED, ResultStatus.IN_PROGRESS}:
        raise NotFound
    if reason := why_void(result):
        settling.cancel(result, reason=reason)
        raise NotFound
    if result.deadline and result.deadline <= at:
        settling.fail(result, error=TimedOut(settling.late_reason(result)))
        raise NotFound
    if not settling.processing(result, at=at) and not _processing_after_all(result, at):
        raise ComeAgain("Service unavailable: another callback of this result is being read")
    return at


def _processing_after_all(result: AddOnResult, at: datetime) -> bool:
    """A quick publisher's callback met our note that it has accepted: it counts as if it came after."""
    if result.status != ResultStatus.QUEUED:
        return False
    result.refresh_from_db(fields=_MOVING)
    return result.status == ResultStatus.IN_PROGRESS and settling.processing(result, at=at)


@contextmanager
def _given_back(result: AddOnResult) -> Iterator[None]:
    """However it ends, the row does not stay `processing`: what is too large fails, others may come again."""
    try:
        yield
    except TooLarge:
        settling.fail(result, error=BodyTooLarge(TOO_LARGE))
        raise
    except BaseException:
        try:
            settling.released(result)
        except DatabaseError:  # it is why we are here; the sweeper gives back what has a dead lease
            log.warning("%s could not be given back", result.sid)
        raise


def _take(result: AddOnResult, body: Body, steps: Steps) -> None:
    with ExitStack() as stack:
        with steps.step("Callback") as told:
            parts = read(body, stack, limit=MAX_CALLBACK_BYTES)
            told.append(_came(parts, body))
        size = sum(part.spool.size for part in parts)
        try:
            parts, charge = _judge(result, parts, body, stack, steps)
        except ContractError as error:
            if not settling.fail(result, error=error, steps=steps.done, answer_bytes=size):
                raise NotFound from error
            return
        _keep(result, parts, charge, steps)


def _came(parts: Sequence[Part], body: Body) -> str:
    if not body.is_multipart:
        return f"The publisher posted {parts[0].spool.size} bytes."
    each = ", ".join(f"{part.content_type} of {part.spool.size} bytes" for part in parts[:5])
    more = f" and {len(parts) - 5} more" if len(parts) > 5 else ""  # noqa: PLR2004 - as many as a line holds
    return f"The publisher posted {len(parts)} parts: {each}{more}."


def _judge(
    result: AddOnResult, parts: Sequence[Part], body: Body, stack: ExitStack, steps: Steps
) -> tuple[list[Part], Charge]:
    """The parts as they are delivered, and what they cost. The first JSON part is the result that is judged.

    Raises Unreadable, or the ContractError that the result fails with.
    """
    definition = definition_of(result.version)
    judged, charge = [], None
    removed = 0
    with steps.step("Check") as told:
        first = next((part for part in parts if part.is_json), None)
        if first is None and definition.response_schema is not None:
            raise NoResults("The callback has no JSON part, and the response schema asks for one.")
        for part in parts:
            if not part.is_json:
                judged.append(part)
                continue
            cleaned, found = _judge_json(result, part, stack, is_result=part is first, body=body)
            charge, removed = charge or found.charge, removed + found.removed
            told.append(found.checked)
            judged.append(cleaned)
        told.extend([] if first else ["There is no JSON in it to check."])
    with steps.step("Charge") as told:
        charge = charge or charge_for_recording(
            definition.pricing,
            http_status=judging.CALLBACK_STATUS,
            document=None,
            duration_ms=result.recording.duration_ms,
        )
        if result.purpose == Invocation.Purpose.TEST:
            charge = not_billed("tests are free.")
        told.append(charge.reason)
    with steps.step("Clean") as told:
        told.append(f"{removed} removed." if removed else "Nothing to remove: delivered as it came.")
    return judged, charge


def _judge_json(
    result: AddOnResult, part: Part, stack: ExitStack, *, is_result: bool, body: Body
) -> tuple[Part, judging.Judged]:
    """One JSON part. When something was removed from it, the rest is in a spool of its own."""
    task = judging.Task(
        definition=result.version.definition,
        is_result=is_result,
        duration_ms=result.recording.duration_ms,
    )
    definition = definition_of(result.version)
    rest = stack.enter_context(Spool(limit=MAX_CALLBACK_BYTES)) if definition.remove else part.spool
    try:
        found = judging.judge(
            part.spool.file,
            part.spool.size,
            task,
            definition=definition,
            cleaned=rest.write,
        )
    except judging.NotJson as error:
        if not body.is_multipart and not is_json(body.content_type or "application/json"):
            raise WrongType(
                "Invalid Content-Type: send application/json or multipart/form-data; what came is no JSON"
            ) from error
        name = f"part {part.label}" if part.label else "body"
        raise Unreadable(f"Invalid {name}: {error}") from error
    except judging.Busy as error:
        raise ComeAgain("Service unavailable: much is being judged") from error
    spool = rest if found.removed else part.spool
    return Part(label=part.label, content_type=part.content_type, spool=spool), found


def _keep(result: AddOnResult, parts: Sequence[Part], charge: Charge, steps: Steps) -> None:
    """Store the files, then complete the result. Raises NotFound when it ended meanwhile."""
    stored: list[Payload] = []
    try:
        with steps.step("Store") as told:
            for part in parts:
                stored.append(payload := _payload(result, part))
                with as_refusals():
                    payload.data.save("", part.spool.content(), save=False)
            told.append(f"{len(stored)} payload{'' if len(stored) == 1 else 's'} stored.")
    except BaseException:
        _forget(stored)
        raise
    # From here on a file may be named by a row: when the commit fails, nobody knows whether it did.
    if not settling.complete(result, payloads=stored, charge=charge, steps=steps.done):
        _forget(stored)
        raise NotFound


def _payload(result: AddOnResult, part: Part) -> Payload:
    sid = new_sid("XH")
    return Payload(
        sid=sid,
        result=result,
        label=part.label or sid,
        content_type=part.content_type,
        size=part.spool.size,
        sha256=part.spool.sha256,
    )


def _forget(stored: Sequence[Payload]) -> None:
    """Remove files that no row names."""
    for payload in stored:
        if payload.data:
            try:
                payload.data.storage.delete(str(payload.data.name))
            except Exception as error:  # noqa: BLE001 - whatever a store raises: it is swept later
                log.warning("%s was not removed: %s", payload.data.name, error)
