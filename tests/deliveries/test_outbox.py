"""Rows of the outbox: owed, taken, settled, asked for anew, withdrawn."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Account
from deliveries import services
from deliveries.models import Delivery, DeliveryAttempt
from deliveries.pauses import LEASE, MOST_ATTEMPTS, MOST_PER_HOST, PAUSES
from deliveries.sending import Attempt
from deliveries.services import Settled
from rest.leases import HINT_LASTS, database_time
from rest.sids import new_sid
from tests.deliveries.rows import make_attempt, make_delivery, make_due

pytestmark = pytest.mark.django_db


def failed(status: int | None = 500, **changes: Any) -> Attempt:
    error = f"The answer was {status}." if status else "The connection was not accepted."
    return Attempt(at=datetime.now(UTC), duration_ms=5, http_status=status, error=error, **changes)


def taken() -> Attempt:
    return Attempt(at=datetime.now(UTC), duration_ms=5, http_status=200)


def claimed(delivery: Delivery) -> Delivery:
    row = services.claim(delivery.sid)
    assert row is not None
    return row


def lapse(delivery: Delivery) -> None:
    """Its holder died a while ago."""
    Delivery.objects.filter(pk=delivery.pk).update(leased_until=database_time() - timedelta(seconds=1))


def the(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


# --- Owing -----------------------------------------------------------------------------------


def test_what_is_owed_twice_is_one_row_and_keeps_what_it_said_first(account: Account) -> None:
    owed: dict[str, Any] = {"account": account, "kind": "result", "reference_sid": new_sid("XR")}
    callbacks = [
        services.Callback(url=f"https://{each}.example/", method="POST", parameters=[("a", each)])
        for each in "ab"
    ]
    first, is_new = services.owe(callback=callbacks[0], **owed)
    second, is_new_again = services.owe(callback=callbacks[1], **owed)
    assert (is_new, is_new_again) == (True, False)
    assert second == first
    assert (the(first).url, the(first).parameters) == ("https://a.example/", [["a", "a"]])


def test_what_is_not_committed_is_not_owed(account: Account) -> None:
    with transaction.atomic():
        make_delivery(account)
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Hooks.Acme.Example:8443/a", "hooks.acme.example"),
        ("https://[::1]/", "::1"),
        ("https://[", ""),
        ("nonsense", ""),
        (f"https://{'a' * 300}.example/", "a" * 255),
    ],
)
def test_the_host_is_read_from_whatever_is_given(account: Account, url: str, host: str) -> None:
    assert make_delivery(account, url).host == host


# --- Taking ----------------------------------------------------------------------------------


def test_one_worker_gets_it(account: Account) -> None:
    delivery = make_delivery(account)
    assert services.claim(delivery.sid) == delivery
    assert services.claim(delivery.sid) is None


@pytest.mark.parametrize("change", [{"due_at": None}, {"due_at": timezone.now() + timedelta(hours=1)}])
def test_what_is_not_due_is_not_taken(account: Account, change: dict[str, Any]) -> None:
    assert services.claim(make_delivery(account, **change).sid) is None


def test_a_lease_outlives_an_attempt_and_then_runs_out(account: Account) -> None:
    delivery = make_delivery(account)
    before = database_time()
    leased_until = claimed(delivery).leased_until
    assert leased_until is not None
    assert before + LEASE <= leased_until <= database_time() + LEASE
    lapse(delivery)
    assert services.claim(delivery.sid) == delivery


def test_only_so_many_go_to_one_host_at_once(account: Account) -> None:
    deliveries = [make_delivery(account) for _ in range(MOST_PER_HOST + 2)]
    elsewhere = make_delivery(account, "https://other.example/")
    held = [services.claim(each.sid) for each in deliveries]
    assert held == [*deliveries[:MOST_PER_HOST], None, None]
    assert services.claim(elsewhere.sid) == elsewhere
    assert services.settle(claimed_again(held[0]), taken()) is Settled.DELIVERED
    assert services.claim(deliveries[-1].sid) == deliveries[-1]


def claimed_again(delivery: Delivery | None) -> Delivery:
    assert delivery is not None
    return delivery


def test_who_was_refused_is_the_next_at_the_host(account: Account) -> None:
    deliveries = [make_delivery(account) for _ in range(MOST_PER_HOST + 1)]
    make_delivery(account, "https://other.example/")
    for each in deliveries:
        services.claim(each.sid)
    assert Delivery.objects.next_at(deliveries[0].host) == deliveries[-1].sid
    assert Delivery.objects.next_at(deliveries[0].host) is None  # a worker was told


def test_one_that_a_worker_was_told_of_is_not_told_again(account: Account) -> None:
    delivery = make_delivery(account)
    assert Delivery.objects.next_at(delivery.host) is None
    assert Delivery.objects.to_hint() == []
    Delivery.objects.update(hinted_at=database_time() - HINT_LASTS)
    assert Delivery.objects.to_hint() == [delivery.sid]


def test_the_sweeper_leaves_out_hosts_that_have_as_many_as_may_be(account: Account) -> None:
    for each in [make_delivery(account) for _ in range(MOST_PER_HOST + 3)]:
        services.claim(each.sid)
    healthy = make_delivery(account, "https://other.example/", hinted_at=None)
    assert Delivery.objects.to_hint() == [healthy.sid]


# --- Settling --------------------------------------------------------------------------------


def test_one_that_was_taken_is_done(account: Account) -> None:
    delivery = make_delivery(account)
    assert services.settle(claimed(delivery), taken()) is Settled.DELIVERED
    row = the(delivery)
    assert (row.status, row.due_at, row.leased_until) == ("delivered", None, None)
    assert row.date_completed is not None
    [attempt] = row.attempts.all()
    assert (attempt.http_status, attempt.error, attempt.by_hand) == (200, "", False)


def test_one_that_failed_waits_as_the_table_says_until_it_is_given_up(account: Account) -> None:
    delivery, came = make_delivery(account), []
    for _ in range(MOST_ATTEMPTS):
        make_due(delivery)
        row = claimed(delivery)
        came.append(services.settle(row, failed()))
        if row.due_at is not None:
            wait = row.due_at - database_time()
            assert 0.9 * PAUSES[row.failures] < wait < 1.2 * PAUSES[row.failures]
    waiting = [Settled.WAITING] * (MOST_ATTEMPTS - 4)
    assert came == [*[Settled.WAITING] * 2, Settled.IN_TROUBLE, *waiting, Settled.GIVEN_UP]
    row = the(delivery)
    assert (row.status, row.due_at, row.failures) == ("given-up", None, MOST_ATTEMPTS)
    assert row.date_completed is not None
    assert row.attempts.count() == MOST_ATTEMPTS


def test_a_receiver_that_is_gone_is_given_up_at_once(account: Account) -> None:
    delivery = make_delivery(account)
    assert services.settle(claimed(delivery), failed(410)) is Settled.GIVEN_UP
    assert the(delivery).status == "given-up"


def test_a_receiver_that_is_busy_is_left_alone_as_long_as_it_asks(account: Account) -> None:
    delivery = make_delivery(account)
    services.settle(claimed(delivery), failed(503, retry_after=timedelta(minutes=2)))
    due_at = the(delivery).due_at
    assert due_at is not None
    assert due_at > database_time() + timedelta(seconds=110)


def test_whoever_was_overtaken_changes_nothing_but_the_attempt_is_told(account: Account) -> None:
    delivery = make_delivery(account)
    slow = claimed(delivery)
    lapse(delivery)
    quick = claimed(delivery)
    assert services.settle(slow, failed()) is Settled.STALE
    assert services.settle(quick, taken()) is Settled.DELIVERED
    assert the(delivery).status == "delivered"
    assert delivery.attempts.count() == 2


def test_one_over_which_processes_die_is_given_up_like_any_other(account: Account) -> None:
    delivery = make_delivery(account)
    for _ in range(MOST_ATTEMPTS):
        assert not services.is_worn_out(claimed(delivery))
        lapse(delivery)
    worn = claimed(delivery)
    assert services.is_worn_out(worn)
    assert services.give_up(worn) is Settled.GIVEN_UP
    assert services.claim(delivery.sid) is None


# --- Asking anew -----------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["pending", "delivered", "given-up"])
def test_one_is_sent_again_as_if_it_were_new_because_somebody_asks(account: Account, status: str) -> None:
    delivery = make_delivery(
        account, status=status, due_at=None, failures=7, date_completed=timezone.now(), hinted_at=None
    )
    row = services.replay(delivery=delivery)
    assert (row.status, row.failures, row.date_completed) == ("pending", 0, None)
    services.settle(claimed(delivery), failed())
    services.settle(claimed_now(delivery), taken())
    assert [each.by_hand for each in delivery.attempts.all()] == [True, False]
    assert the(delivery).status == "delivered"


def claimed_now(delivery: Delivery) -> Delivery:
    make_due(delivery)
    return claimed(delivery)


def test_one_that_is_being_sent_cannot_be_asked_for(account: Account) -> None:
    delivery = make_delivery(account)
    held = claimed(delivery)
    with pytest.raises(services.NotReplayable, match="right now"):
        services.replay(delivery=delivery)
    assert services.settle(held, taken()) is Settled.DELIVERED


def test_whoever_held_it_too_long_does_not_undo_what_was_asked(account: Account) -> None:
    delivery = make_delivery(account)
    slow = claimed(delivery)
    lapse(delivery)
    services.replay(delivery=delivery)
    assert services.settle(slow, taken()) is Settled.STALE
    assert the(delivery).due_at is not None


# --- Withdrawing -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"), [("pending", "withdrawn"), ("given-up", "withdrawn"), ("delivered", "delivered")]
)
def test_what_tells_of_something_deleted_is_sent_no_more(account: Account, before: str, after: str) -> None:
    delivery, other = make_delivery(account, status=before), make_delivery(account)
    services.withdraw(kind="result", reference_sids=[delivery.reference_sid])
    assert the(delivery).status == after
    assert the(other).status == "pending"
    if after == "withdrawn":
        assert services.claim(delivery.sid) is None
        with pytest.raises(services.NotReplayable, match="deleted"):
            services.replay(delivery=the(delivery))
        with pytest.raises(services.NotReplayable):
            services.replay(delivery=delivery)  # as it was read before


def test_one_that_is_withdrawn_while_it_is_sent_stays_withdrawn(account: Account) -> None:
    delivery = make_delivery(account)
    held = claimed(delivery)
    services.withdraw(kind="result", reference_sids=[delivery.reference_sid])
    assert services.settle(held, failed()) is Settled.STALE
    assert (the(delivery).status, the(delivery).due_at) == ("withdrawn", None)


# --- Retention -------------------------------------------------------------------------------


def test_old_ones_go_with_their_attempts(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    limit = timezone.now()
    for _ in range(3):
        make_attempt(make_delivery(account, date_created=limit - timedelta(seconds=1)))
    kept = make_delivery(account, date_created=limit)
    assert services.drop_before(limit) == 6
    assert list(Delivery.objects.all()) == [kept]
    assert not DeliveryAttempt.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_the_index_of_what_is_owed_is_used(account: Account) -> None:
    make_delivery(account)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Delivery.objects.filter(due_at__lte=database_time(), host="a", hinted_at=None).explain()
    assert "deliveries_owed" in plan
