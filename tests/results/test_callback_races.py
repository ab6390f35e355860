"""Callbacks at the same moment: one is taken, whatever the others say (safety 4, row 22)."""

from collections.abc import Callable
from io import BytesIO
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from billing.models import LedgerEntry
from deliveries.models import Delivery
from results import receiving, settling
from results.callback_bodies import Body
from results.models import AddOnResult, Invocation, Payload
from results.outcomes import Step
from tests.results.calling_back import Awaited, make_awaited

AT_ONCE = 6


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each of these comes to, all started at the same moment."""
    barrier = Barrier(len(works))
    came: list[Any] = [None] * len(works)

    def run(place: int) -> None:
        try:
            barrier.wait()
            came[place] = works[place]()
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return came


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_one_is_taken() -> None:
    awaited = make_awaited()
    posts = [lambda number=number: awaited.post(f'{{"text": "{number}"}}') for number in range(AT_ONCE)]
    statuses = [answer.status_code for answer in at_once(*posts)]
    assert statuses.count(202) == 1
    assert set(statuses) <= {202, 404, 503}
    assert awaited.status == "completed"
    rows: list[Any] = [Payload, LedgerEntry, Invocation, Delivery]
    assert [model.objects.count() for model in rows] == [1, 1, 1, 1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_a_callback_and_whoever_deletes_the_result_never_both_have_their_way(round_: int) -> None:
    awaited = make_awaited()
    old = AddOnResult.objects.get(pk=awaited.result.pk)
    answer, deleted = at_once(awaited.post, lambda: settling.delete(old))
    check_one_end(awaited, answer.status_code, ended=deleted, by="deleted")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_a_callback_and_the_sweeper_that_cancels_never_both_have_their_way(round_: int) -> None:
    awaited = make_awaited()
    old = AddOnResult.objects.get(pk=awaited.result.pk)
    answer, canceled = at_once(
        awaited.post, lambda: settling.cancel(old, reason="The add-on was uninstalled.")
    )
    check_one_end(awaited, answer.status_code, ended=canceled, by="canceled")


def test_a_callback_that_meets_the_note_of_its_acceptance_is_taken(db: None) -> None:
    """A publisher that answers and calls back at once need not come again."""
    awaited = make_awaited(status="queued", accepted_at=None, deadline=None)
    read_before = AddOnResult.objects.get(pk=awaited.result.pk)
    sent = Step("Send", ok=True, lines=("Sent.",), started_ms=1, duration_ms=1)
    assert settling.accepted(AddOnResult.objects.get(pk=awaited.result.pk), step=sent)
    source = BytesIO(b'{"text": "hello"}')
    receiving.receive(read_before, Body(source=source, content_type="application/json"))
    assert awaited.status == "completed"
    assert [step["name"] for step in awaited.now().trace][:2] == ["Send", "Callback"]


def check_one_end(awaited: Awaited, status: int, *, ended: object, by: str) -> None:
    assert Invocation.objects.count() == 1
    if ended:
        assert (awaited.status, status in {404, 503}) == (by, True)
        assert not LedgerEntry.objects.exists()
        assert not Payload.objects.exists()
    else:
        assert (awaited.status, status) == ("completed", 202)
        assert LedgerEntry.objects.count() == Payload.objects.count() == 1
