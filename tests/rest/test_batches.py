"""Batches: one piece of work in a thread for everybody who came while the last one was under way."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections

from rest import batches
from rest.batches import Batches

PATIENCE = 20


class Work:
    """Remembers what it was given, and waits to be let go on."""

    def __init__(self, then: Callable[[int], Any] = lambda item: item * 10) -> None:
        self.given: list[list[int]] = []
        self.threads: set[str] = set()
        self.begun, self.go_on = threading.Event(), threading.Event()
        self._then = then

    def __call__(self, items: Sequence[int]) -> list[Any]:
        self.given.append(list(items))
        self.threads.add(threading.current_thread().name)
        self.begun.set()
        assert self.go_on.wait(PATIENCE)
        return [self._then(item) for item in items]

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, PATIENCE)


async def asked(given: Batches[int, Any], *items: int) -> list[asyncio.Task[Any]]:
    """Tasks that wait for these items."""
    tasks = [asyncio.create_task(given.do(item)) for item in items]
    await asyncio.sleep(0)
    return tasks


async def test_what_comes_while_one_is_under_way_is_the_next_one_in_its_order() -> None:
    work = Work()
    numbers = Batches[int, int]("numbers", work)
    first = await asked(numbers, 1)
    await work.has_begun()
    later = await asked(numbers, *range(2, 30))
    work.go_on.set()
    assert await asyncio.gather(*first, *later) == [item * 10 for item in range(1, 30)]
    assert work.given == [[1], list(range(2, 30))]
    assert len(work.threads) == 1
    assert await numbers.do(30) == 300
    await numbers.close()


async def test_a_batch_has_so_many_items_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_AT_ONCE", 3)
    work = Work()
    work.go_on.set()
    numbers = Batches[int, int]("numbers", work)
    assert await asyncio.gather(*await asked(numbers, *range(8))) == [item * 10 for item in range(8)]
    assert work.given == [[0, 1, 2], [3, 4, 5], [6, 7]]
    await numbers.close()


def refuse(item: int) -> int:
    if item == 2:
        raise LookupError(item)
    return item


async def test_an_exception_reaches_all_of_its_batch_and_nobody_else() -> None:
    work = Work(refuse)
    numbers = Batches[int, int]("numbers", work)
    first = await asked(numbers, 1)
    await work.has_begun()
    second = await asked(numbers, 2, 3)
    work.go_on.set()
    answers = await asyncio.gather(*first, *second, return_exceptions=True)
    assert answers[0] == 1
    assert [type(each) for each in answers[1:]] == [LookupError, LookupError]
    assert await numbers.do(4) == 4
    await numbers.close()


async def test_too_few_results_are_an_error_for_who_has_none_and_the_work_goes_on() -> None:
    numbers = Batches[int, int]("numbers", lambda items: [item for item in items if item < 3])
    answers = await asyncio.gather(*await asked(numbers, 1, 2, 3), return_exceptions=True)
    assert answers[:2] == [1, 2]
    assert isinstance(answers[2], ValueError)
    assert await asyncio.wait_for(numbers.do(1), PATIENCE) == 1
    await numbers.close()


async def test_who_does_not_wait_any_more_harms_nobody_and_the_work_is_done() -> None:
    work = Work()
    numbers = Batches[int, int]("numbers", work)
    gone = await asked(numbers, 1)
    await work.has_begun()
    also_gone, *others = await asked(numbers, 2, 3, 4)
    for task in (*gone, also_gone):
        task.cancel()
    await asyncio.sleep(0)
    work.go_on.set()
    assert await asyncio.gather(*others) == [30, 40]
    assert work.given == [[1], [2, 3, 4]]
    await numbers.close()


async def test_closing_ends_what_waits() -> None:
    work = Work()
    numbers = Batches[int, int]("numbers", work)
    first = await asked(numbers, 1)
    await work.has_begun()
    later = await asked(numbers, 2, 3)
    closing = asyncio.create_task(numbers.close())
    await asyncio.sleep(0)
    assert not closing.done()
    work.go_on.set()
    await closing
    assert [task.result() for task in (*first, *later)] == [10, 20, 30]


async def test_closing_what_was_never_used() -> None:
    await Batches[int, int]("numbers", lambda items: items).close()


# --- The connection of its thread --------------------------------------------------------------


def in_turn(*works: Callable[[Sequence[int]], list[Any]]) -> Callable[[Sequence[int]], list[Any]]:
    """One work after the other, a batch each."""
    left = list(works)

    def next_one(items: Sequence[int]) -> list[Any]:
        return left.pop(0)(items)

    return next_one


def number_of_connection(_: Sequence[int]) -> list[int]:
    connection.ensure_connection()
    return [id(connection.connection)]


@pytest.mark.django_db(transaction=True)
async def test_a_connection_is_kept_from_batch_to_batch_and_given_back_at_the_end() -> None:
    wrappers: list[Any] = []

    def noted(items: Sequence[int]) -> list[int]:
        wrappers.append(connections[DEFAULT_DB_ALIAS])
        return number_of_connection(items)

    numbers = Batches[int, int]("numbers", noted)
    assert await numbers.do(1) == await numbers.do(2)
    assert wrappers[-1].connection is not None
    await numbers.close()
    assert wrappers[-1].connection is None


def fail_at_the_database(_: Sequence[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM a_table_that_is_not_there")
    return []


def tell_of_a_failure(items: Sequence[int]) -> list[Any]:
    try:
        fail_at_the_database(items)
    except DatabaseError as error:
        return [error]
    return [None]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fail", [fail_at_the_database, tell_of_a_failure])
async def test_after_an_error_of_the_database_the_next_batch_has_another_connection(
    fail: Callable[[Sequence[int]], list[Any]],
) -> None:
    works = [number_of_connection, fail, is_open, number_of_connection]
    numbers = Batches[int, Any]("numbers", in_turn(*works))
    await numbers.do(1)
    answers = await asyncio.gather(numbers.do(2), return_exceptions=True)
    assert [isinstance(each, DatabaseError) for each in answers] == [True]
    assert await numbers.do(3) is False
    await numbers.do(4)
    await numbers.close()


def is_open(_: Sequence[int]) -> list[bool]:
    return [connection.connection is not None]


def end_it_from_below(_: Sequence[int]) -> list[int]:
    connection.ensure_connection()
    connection.connection.close()
    return [0]


def ask(_: Sequence[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 7")
        return [cursor.fetchone()[0]]


@pytest.mark.django_db(transaction=True)
async def test_a_connection_that_lay_idle_is_tried_before_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("nobody but us can end a connection to SQLite")
    works = [end_it_from_below, ask]
    numbers = Batches[int, int]("numbers", in_turn(*works))
    await numbers.do(1)
    monkeypatch.setattr(batches, "IDLE_SECONDS", -1)
    assert await numbers.do(2) == 7
    await numbers.close()
