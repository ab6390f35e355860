"""The life of a result: every change once, by whoever still holds it, with everything it causes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from billing.models import LedgerEntry
from billing.pricing import Charge, not_billed
from deliveries.models import Delivery
from publishers.contract.errors import BadRequest, NoResults, OwnFault, RequirementsNotMet, TimedOut
from results import settling
from results.models import AddOnResult, Event, Invocation, Payload
from results.outcomes import Step
from results.result_models import MOVES, ResultStatus
from tests.factories import make_account, make_payload, make_recording, make_result

SENT = "Signed and sent to https://service.example.com/transcripts: HTTP 202 after 12 ms."
REFUSED = (
    "Signed and sent to https://service.example.com/transcripts: HTTP 503 after 9 ms. The service failed."
)
UNREACHABLE = "Signed and sent to https://x.example/: no answer after 9 ms. The connection was not accepted."
STEP = Step("Send", True, (SENT,), 5, 12)
PAID = Charge(1, 20_000, "USD", "Billed: one started minute.")

Settle = Callable[[AddOnResult], bool]
MOVING: dict[str, Settle] = {
    "queued": settling.queued,
    "in-progress": lambda result: settling.accepted(result, step=STEP),
    "processing": settling.processing,
    "completed": lambda result: settling.complete(result, payloads=[], charge=PAID, steps=[]),
    "failed": lambda result: settling.fail(result, error=BadRequest("HTTP 404")),
    "canceled": lambda result: settling.cancel(result, reason="The add-on was uninstalled."),
    "deleted": settling.delete,
}


@pytest.fixture
def result(db: None) -> AddOnResult:
    return make_result(make_recording(duration_ms=61_000), status="queued", deadline=None, accepted_at=None)


def stored(result: AddOnResult) -> AddOnResult:
    return AddOnResult.objects.get(pk=result.pk)


def time_given(result: AddOnResult) -> timedelta:
    assert result.deadline
    assert result.accepted_at
    return result.deadline - result.accepted_at


@pytest.mark.parametrize("to", MOVING)
@pytest.mark.parametrize("status", ResultStatus.values)
def test_only_the_moves_of_the_table_are_made(db: None, status: str, to: str) -> None:
    result = make_result(make_recording(), status=status)
    before = stored(result)
    # Back to in-progress is another service.
    allowed = to == "deleted" or to in MOVES.get(ResultStatus(status), set())
    allowed &= status != "deleted"
    assert MOVING[to](result) == allowed
    assert stored(result).status == result.status == (to if allowed else status)
    if not allowed:
        assert stored(result).date_updated == before.date_updated
        assert not Invocation.objects.exists()


@pytest.mark.parametrize("to", ["in-progress", "processing", "failed", "canceled", "deleted"])
def test_who_was_overtaken_writes_nothing(result: AddOnResult, to: str) -> None:
    old = stored(result)
    settling.processing(result)
    assert not MOVING[to](old)
    assert old.status == "queued"
    assert stored(result).status == "processing"
    assert not Invocation.objects.exists()


def test_the_publisher_has_ten_times_the_length_from_when_it_accepted(result: AddOnResult) -> None:
    settling.accepted(result, step=STEP)
    assert time_given(result) == timedelta(seconds=610)
    assert (result.due_at, result.leased_until) == (None, None)
    assert stored(result).trace[0]["lines"] == [SENT]


def test_but_never_less_than_a_minute(db: None) -> None:
    result = make_result(make_recording(duration_ms=500), status="queued", deadline=None)
    settling.accepted(result, step=STEP)
    assert time_given(result) == timedelta(seconds=60)


def test_a_retry_keeps_the_result_queued_and_frees_it(result: AddOnResult) -> None:
    later = timezone.now() + timedelta(seconds=5)
    AddOnResult.objects.update(leased_until=later, hinted_at=later)
    assert settling.retry(result, step=STEP._replace(ok=False, lines=("Busy.", REFUSED)), due_at=later)
    now = stored(result)
    assert (now.status, now.due_at, now.leased_until, now.hinted_at) == ("queued", later, None, None)
    assert [step["lines"] for step in now.trace] == [["Busy.", REFUSED]]


def test_completing_writes_the_payloads_the_charge_the_invocation_and_the_notice(result: AddOnResult) -> None:
    settling.accepted(result, step=STEP)
    settling.processing(result)
    payload = Payload(result=result, label="a", content_type="text/plain", size=5, sha256="0" * 64, data="x")
    assert settling.complete(result, payloads=[payload], charge=PAID, steps=[])
    now = stored(result)
    assert (now.status, now.code, now.message, now.due_at) == ("completed", None, "", None)
    assert now.date_completed is not None
    entry = LedgerEntry.objects.get()
    assert (entry.request_sid, entry.payer, entry.amount_micros) == (result.sid, result.account, 20_000)
    invocation = Invocation.objects.get()
    assert (invocation.sid, invocation.answer_bytes, invocation.http_status) == (result.sid, 5, 202)
    assert (invocation.extension, invocation.reference_sid) == ("recording-verb", result.recording.sid)
    assert Delivery.objects.get().reference_sid == result.sid
    assert not Event.objects.exists()


def test_a_free_result_has_no_ledger_entry(result: AddOnResult) -> None:
    settling.processing(result)
    settling.complete(result, payloads=[], charge=not_billed("it is free."), steps=[])
    assert not LedgerEntry.objects.exists()
    assert Invocation.objects.get().charge_reason == "Not billed: it is free."


@pytest.mark.parametrize(
    ("error", "code", "counts"),
    [
        (TimedOut("Late."), 61001, True),
        (NoResults("Nothing."), 61004, True),
        (RequirementsNotMet("No audio."), 61003, False),
        (OwnFault("A bug."), 61000, False),
    ],
)
def test_a_failure_is_recorded_unbilled_and_told(
    result: AddOnResult, error: Any, code: int, counts: bool
) -> None:
    assert settling.fail(result, error=error, steps=[STEP._replace(ok=False)])
    now = stored(result)
    assert (now.status, now.code, now.reason) == ("failed", code, error.reason)
    invocation = Invocation.objects.get()
    assert (invocation.code, invocation.charge_micros) == (code, 0)
    assert invocation.counts_in_service_level == counts
    assert invocation.charge_reason == "Not billed: failed uses are free."
    assert not LedgerEntry.objects.exists()
    assert Delivery.objects.count() == 1
    assert Event.objects.get().code == code


def test_a_reason_is_cut_where_the_column_ends(result: AddOnResult) -> None:
    assert settling.fail(result, error=TimedOut("x" * 1000))
    assert len(stored(result).reason) == 250


def test_the_tries_of_sending_are_one_step_of_the_invocation(result: AddOnResult) -> None:
    later = timezone.now()
    settling.retry(result, step=Step("Send", False, ("Busy.", REFUSED), 5, 9), due_at=later)
    settling.retry(result, step=Step("Send", False, ("Away.", UNREACHABLE), 1020, 9), due_at=later)
    settling.fail(result, error=BadRequest("HTTP 404"), steps=[Step("Send", False, (SENT,), 6050, 10)])
    invocation = Invocation.objects.get()
    assert (invocation.attempts, invocation.http_status) == (3, 202)
    assert invocation.trace == [
        {
            "name": "Send",
            "ok": False,
            "lines": ["Busy.", REFUSED, "Away.", UNREACHABLE, SENT],
            "started_ms": 5,
            "duration_ms": 6055,
        }
    ]


def test_cancelling_costs_nothing_and_tells_nobody(result: AddOnResult) -> None:
    assert settling.cancel(result, reason="The add-on was uninstalled.")
    now = stored(result)
    assert (now.status, now.code, now.reason) == ("canceled", None, "The add-on was uninstalled.")
    invocation = Invocation.objects.get()
    assert (invocation.status, invocation.message, invocation.charge_micros) == ("failed", "Canceled", 0)
    assert not invocation.counts_in_service_level
    assert not Delivery.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize("status", ["queued", "processing"])
def test_deleting_an_open_result_records_that_it_was_canceled(db: None, status: str) -> None:
    result = make_result(make_recording(), status=status)
    assert settling.delete(result)
    assert (stored(result).status, Invocation.objects.get().message) == ("deleted", "Canceled")


def test_deleting_a_completed_result_keeps_what_was_recorded_and_hides_its_payloads(
    result: AddOnResult,
) -> None:
    settling.processing(result)
    settling.complete(result, payloads=[], charge=PAID, steps=[])
    make_payload(result)
    assert Payload.objects.kept().count() == 1
    assert settling.delete(result)
    assert Payload.objects.kept().count() == 0
    assert Payload.objects.to_remove().count() == 1
    assert Invocation.objects.get().status == "successful"
    assert LedgerEntry.objects.count() == 1


def test_who_gives_a_result_back_has_no_lease_on_it_any_more(result: AddOnResult) -> None:
    settling.processing(result)
    held = stored(result)
    assert held.leased_until is not None
    assert held.deadline is not None
    assert settling.released(result)
    assert (stored(result).status, stored(result).leased_until) == ("in-progress", None)
    assert not settling.complete(held, payloads=[], charge=PAID, steps=[])


def test_the_row_of_another_result_is_left_alone(result: AddOnResult) -> None:
    other = make_result(make_recording(make_account()), status="queued")
    settling.fail(result, error=BadRequest("HTTP 404"))
    assert stored(other).status == "queued"


@pytest.mark.parametrize("to", ["in-progress", "processing", "failed", "canceled", "deleted"])
def test_who_lost_the_lease_writes_nothing_although_the_status_is_the_same(
    result: AddOnResult, to: str
) -> None:
    AddOnResult.objects.update(tries=1)
    assert not MOVING[to](result)
    assert not settling.retry(result, step=STEP, due_at=timezone.now())
    assert (stored(result).status, stored(result).trace) == ("queued", [])


def test_a_reader_that_lost_its_lease_to_another_cannot_complete(result: AddOnResult) -> None:
    settling.processing(result)
    second = stored(result)
    settling.released(second)
    settling.processing(second)
    assert not settling.complete(result, payloads=[], charge=PAID, steps=[])
    assert settling.complete(second, payloads=[], charge=PAID, steps=[])


def test_no_notice_of_a_deleted_result_is_sent_any_more(result: AddOnResult) -> None:
    settling.fail(result, error=BadRequest("HTTP 404"))
    assert Delivery.objects.get().due_at is not None
    settling.delete(result)
    assert not Delivery.objects.filter(due_at__isnull=False).exists()
