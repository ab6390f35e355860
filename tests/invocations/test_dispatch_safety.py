"""Recordings are handed to publishers once, whatever happens meanwhile and whoever dies (safety 4)."""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.models import Account
from deliveries.models import Delivery
from invocations import dispatch
from invocations.breaker import breakers
from invocations.dispatch import LEASE, TURNS, dispatch_one
from invocations.points.recording import start
from marketplace import services
from publishers.contract.errors import VendorFailed
from publishers.contract.limits import ASYNC_ATTEMPT_MS, MAX_DISPATCH_LEASES, MAX_DISPATCHES_PER_VERSION
from publishers.models import Availability
from results import settling
from results.models import AddOnResult, Invocation
from tests.factories import make_account, make_recording
from tests.fake_publisher import Answer, FakePublisher, Received
from tests.invocations.owed_results import again, dispatched, install_for, now_due, owed, tried

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Iterator[FakePublisher]:
    """A publisher that takes everything."""
    with FakePublisher(202).in_thread() as service:
        yield service


# --- What happens meanwhile ------------------------------------------------------------------


def meanwhile(do: Callable[[], Any]) -> Callable[[Received], Answer]:
    """A publisher during whose answer something happens elsewhere."""

    def run() -> None:
        try:
            do()
        finally:
            connection.close()

    def answer(_: Received) -> Answer:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return Answer(202)

    return answer


@pytest.mark.django_db(transaction=True)
def test_while_the_publisher_is_asked_the_row_says_so_and_no_connection_is_held(account: Account) -> None:
    seen: list[Any] = []
    ours = connections["default"]

    def look() -> None:
        row = AddOnResult.objects.get()
        assert row.leased_until
        lasts_ms = (row.leased_until - timezone.now()).total_seconds() * 1000
        seen.extend([row.status, lasts_ms > ASYNC_ATTEMPT_MS, ours.connection])

    tried(account, meanwhile(look))
    assert seen == ["queued", True, None]


@pytest.mark.django_db(transaction=True)
def test_a_callback_that_overtakes_the_answer_counts(account: Account) -> None:
    result, _ = tried(account, meanwhile(lambda: settling.processing(AddOnResult.objects.get())))
    assert result.status == "processing"


@pytest.mark.django_db(transaction=True)
def test_what_is_canceled_meanwhile_stays_canceled(account: Account) -> None:
    result, _ = tried(account, meanwhile(lambda: settling.cancel(AddOnResult.objects.get(), reason="gone")))
    assert result.status == "canceled"


# --- Deaths and second runs ------------------------------------------------------------------


def test_who_dies_at_it_is_followed_by_another_when_the_lease_is_over(
    account: Account, service: FakePublisher
) -> None:
    result = owed(account, service)
    claimed = AddOnResult.objects.claim(result.sid, lease=LEASE)
    settling.queued(claimed)
    dispatch_one(result.sid)
    assert service.requests == []  # somebody is at it
    result = dispatched(result)
    assert (result.status, result.tries, len(service.requests)) == ("in-progress", 2, 1)
    assert not settling.accepted(claimed, step=dispatch._step(claimed, "Send", timezone.now()))


def test_a_second_message_does_nothing(account: Account, service: FakePublisher) -> None:
    result = dispatched(owed(account, service))
    dispatch_one(result.sid)
    assert len(service.requests) == 1


def test_a_row_that_kills_everybody_who_takes_it_ends(account: Account, service: FakePublisher) -> None:
    result = owed(account, service)
    for _ in range(MAX_DISPATCH_LEASES):
        now_due(result)
        assert AddOnResult.objects.claim(result.sid, lease=LEASE) is not None
    result = dispatched(result)
    assert (result.status, result.code, service.requests) == ("failed", 61002, [])
    assert not Invocation.objects.get(sid=result.sid).counts_in_service_level


def test_a_result_that_does_not_exist_is_nothing_to_do(db: None) -> None:
    assert dispatch_one(f"XR{'0' * 32}") is None


# --- Nobody waits any more -------------------------------------------------------------------


def suspend(result: AddOnResult) -> None:
    result.version.listing.availability = Availability.SUSPENDED
    result.version.listing.save()


def forget(result: AddOnResult) -> None:
    result.recording.status = "deleted"
    result.recording.save()


def uninstall(result: AddOnResult) -> None:
    services.uninstall(installed=result.installed_add_on)


@pytest.mark.parametrize("end", [suspend, forget, uninstall])
def test_what_nobody_waits_for_is_canceled_and_not_sent(
    account: Account, service: FakePublisher, end: Callable[[AddOnResult], None]
) -> None:
    result = owed(account, service)
    end(result)
    result = dispatched(result)
    assert (result.status, service.requests) == ("canceled", [])
    assert not Delivery.objects.exists()


# --- One publisher beside the others ---------------------------------------------------------


def test_an_open_breaker_leaves_the_publisher_in_peace_and_its_tries_to_it(account: Account) -> None:
    with FakePublisher(503).in_thread() as service:
        result = owed(account, service)
        for _ in range(5):
            with suppress(VendorFailed), breakers.asking(result.version.sid):
                raise VendorFailed("down")
        result = dispatched(result)
        assert (result.status, service.requests) == ("queued", [])
        assert re.match("The publisher is not asked", result.trace[-1]["lines"][0])
        for version in list(breakers._known):
            del breakers._known[version]
        for _ in range(4):
            result = dispatched(result)
    assert (result.status, len(service.requests)) == ("failed", 4)


def crowd(account: Account, service: FakePublisher) -> list[AddOnResult]:
    """One result more than may be handed to a publisher at once; all but the last are under way."""
    install_for(account, service)
    results = [start(make_recording(account))[0] for _ in range(MAX_DISPATCHES_PER_VERSION + 1)]
    for result in results:
        now_due(result)
    for result in results[:-1]:
        assert AddOnResult.objects.claim(result.sid, lease=LEASE) is not None
    return results


def test_a_publisher_that_hangs_holds_so_many_workers_and_no_more(
    account: Account, service: FakePublisher
) -> None:
    *_, waiting = crowd(account, service)
    assert dispatch_one(waiting.sid) is None
    assert (service.requests, again(waiting).tries, TURNS.to_hint()) == ([], 0, [])


@pytest.mark.django_db(transaction=True)
def test_workers_that_begin_at_once_are_no_more_either(account: Account, service: FakePublisher) -> None:
    install_for(account, service)
    results = [start(make_recording(account))[0] for _ in range(3 * MAX_DISPATCHES_PER_VERSION)]
    together = threading.Barrier(len(results))

    def begin(result: AddOnResult) -> bool:
        try:
            together.wait(10)
            return TURNS.claim(result.sid, lease=LEASE) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(len(results)) as pool:
        assert sum(pool.map(begin, results)) == MAX_DISPATCHES_PER_VERSION


def test_the_others_have_their_turn_beside_it(account: Account, service: FakePublisher) -> None:
    crowd(account, service)
    with FakePublisher(202).in_thread() as other:
        result = owed(make_account(), other)
        now_due(result)
        assert TURNS.to_hint() == [result.sid]
        assert dispatched(result).status == "in-progress"


def test_who_ends_tells_of_the_next_that_waits(account: Account, service: FakePublisher) -> None:
    first, *_, waiting = crowd(account, service)
    now_due(first)
    assert dispatch_one(first.sid) == waiting.sid
    assert dispatch_one(waiting.sid) is None
    assert len(service.requests) == 2


def test_the_queries_of_a_try(
    account: Account, service: FakePublisher, django_assert_max_num_queries: Any
) -> None:
    result = owed(account, service)
    now_due(result)
    with django_assert_max_num_queries(16):
        dispatch_one(result.sid)
