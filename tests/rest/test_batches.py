"""Batches: one piece of work for everybody who came while the last one was under way."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from rest import batches
from rest.batches import Batches
from rest.databases import INLINE, Database

PATIENCE = 20


class Here:
    """Work runs where it is asked for, and has no need of a database."""

    is_closed = False

    async def run(self, work: Any, *args: Any, **kwargs: Any) -> Any:
        return await work(INLINE, *args, **kwargs)

    async def close(self) -> None:
        self.is_closed = True


class Work:
    """Remembers what it was given, and waits to be let go on."""

    def __init__(self, then: Callable[[int], Any] = lambda item: item * 10) -> None:
        self.given: list[list[int]] = []
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self._then = then

    async def __call__(self, _: Database, items: Sequence[int]) -> list[Any]:
        self.given.append(list(items))
        self.begun.set()
        await self.go_on.wait()
        return [self._then(item) for item in items]


async def asked(given: Batches[int, Any], *items: int) -> list[asyncio.Task[Any]]:
    """Tasks that wait for these items."""
    tasks = [asyncio.create_task(given.do(item)) for item in items]
    await asyncio.sleep(0)
    return tasks


async def test_what_comes_while_one_is_under_way_is_the_next_one_in_its_order() -> None:
    work = Work()
    numbers = Batches[int, int]([Here()], work)
    first = await asked(numbers, 1)
    await work.begun.wait()
    later = await asked(numbers, *range(2, 30))
    work.go_on.set()
    assert await asyncio.gather(*first, *later) == [item * 10 for item in range(1, 30)]
    assert work.given == [[1], list(range(2, 30))]
    assert await numbers.do(30) == 300
    await numbers.close()


async def test_a_batch_has_so_many_items_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_AT_ONCE", 3)
    work = Work()
    numbers = Batches[int, int]([Here()], work)
    first = await asked(numbers, 0)
    await work.begun.wait()
    later = await asked(numbers, *range(1, 9))
    work.go_on.set()
    assert await asyncio.gather(*first, *later) == [item * 10 for item in range(9)]
    assert work.given == [[0], [1, 2, 3], [4, 5, 6], [7, 8]]
    await numbers.close()


async def test_a_few_have_a_place_each_and_do_not_wait_for_each_other() -> None:
    work = Work()
    numbers = Batches[int, int]([Here(), Here(), Here()], work)
    together = await asked(numbers, 1, 2)
    await work.begun.wait()
    third = await asked(numbers, 3)
    await asyncio.sleep(0)
    assert work.given == [[1], [2], [3]]
    work.go_on.set()
    assert await asyncio.gather(*together, *third) == [10, 20, 30]
    await numbers.close()


async def test_more_than_there_are_places_are_one_batch_at_one_place() -> None:
    work = Work()
    numbers = Batches[int, int]([Here(), Here()], work)
    first = await asked(numbers, 1, 2)
    await asyncio.sleep(0)
    later = await asked(numbers, *range(3, 10))
    assert work.given == [[1], [2]]
    work.go_on.set()
    assert await asyncio.gather(*first, *later) == [item * 10 for item in range(1, 10)]
    assert work.given == [[1], [2], list(range(3, 10))]
    assert await asyncio.gather(*await asked(numbers, 10, 11)) == [100, 110]
    assert work.given[3:] == [[10], [11]]
    await numbers.close()


async def test_of_many_no_second_batch_is_under_way_beside_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_AT_ONCE", 3)
    at_once: list[int] = []
    running = 0

    async def work(_: Database, items: Sequence[int]) -> Sequence[int]:
        nonlocal running
        running += 1
        at_once.append(running)
        for _turn in range(3):
            await asyncio.sleep(0)
        running -= 1
        return items

    numbers = Batches[int, int]([Here(), Here()], work)
    first, later = await asked(numbers, 0, 1), await asked(numbers, *range(2, 20))
    answers = await asyncio.gather(*first, *later)
    assert answers == [*range(20)]
    assert at_once == [1, 2, *[1] * 6]
    await numbers.close()


async def test_where_many_may_come_one_place_takes_the_few_that_have_come() -> None:
    work = Work()
    numbers = Batches[int, int]([Here(), Here(), Here()], work, are_few=lambda: False)
    first = await asked(numbers, 1)
    await work.begun.wait()
    later = await asked(numbers, 2, 3)
    await asyncio.sleep(0)
    assert work.given == [[1]]
    work.go_on.set()
    assert await asyncio.gather(*first, *later) == [10, 20, 30]
    assert work.given == [[1], [2, 3]]
    await numbers.close()


async def test_a_crowd_at_many_places_is_answered_whoever_ends_first() -> None:
    async def work(_: Database, items: Sequence[int]) -> list[int]:
        for _turn in range(items[0] % 5):
            await asyncio.sleep(0)
        return [item * 10 for item in items]

    places = [Here() for _ in range(4)]
    numbers = Batches[int, int](places, work)
    tasks: list[asyncio.Task[int]] = []
    for start in range(0, 600, 15):
        tasks += await asked(numbers, *range(start, start + start % 15 + start // 15 % 13))
    answers = await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)
    assert len(answers) == len(tasks) > 200
    await numbers.close()
    assert all(place.is_closed for place in places)


def refuse(item: int) -> int:
    if item == 2:
        raise LookupError(item)
    return item


async def test_an_exception_reaches_all_of_its_batch_and_nobody_else() -> None:
    work = Work(refuse)
    numbers = Batches[int, int]([Here()], work)
    first = await asked(numbers, 1)
    await work.begun.wait()
    second = await asked(numbers, 2, 3)
    work.go_on.set()
    answers = await asyncio.gather(*first, *second, return_exceptions=True)
    assert answers[0] == 1
    assert [type(each) for each in answers[1:]] == [LookupError, LookupError]
    assert await numbers.do(4) == 4
    await numbers.close()


async def test_too_few_results_are_an_error_for_who_has_none_and_the_work_goes_on() -> None:
    async def some(_: Database, items: Sequence[int]) -> list[int]:
        return [item for item in items if item < 3]

    numbers = Batches[int, int]([Here()], some)
    answers = await asyncio.gather(*await asked(numbers, 1, 2, 3), return_exceptions=True)
    assert answers[:2] == [1, 2]
    assert isinstance(answers[2], ValueError)
    assert await asyncio.wait_for(numbers.do(1), PATIENCE) == 1
    await numbers.close()


async def test_who_does_not_wait_any_more_harms_nobody_and_the_work_is_done() -> None:
    work = Work()
    numbers = Batches[int, int]([Here()], work)
    gone = await asked(numbers, 1)
    await work.begun.wait()
    also_gone, *others = await asked(numbers, 2, 3, 4)
    for task in (*gone, also_gone):
        task.cancel()
    await asyncio.sleep(0)
    work.go_on.set()
    assert await asyncio.gather(*others) == [30, 40]
    assert work.given == [[1], [2, 3, 4]]
    await numbers.close()


async def test_closing_ends_what_waits_also_when_nobody_waits_for_it_any_more() -> None:
    work = Work()
    place = Here()
    numbers = Batches[int, int]([place], work)
    first = await asked(numbers, 1)
    await work.begun.wait()
    later = await asked(numbers, 2, 3)
    later[0].cancel()
    closing = asyncio.create_task(numbers.close())
    await asyncio.sleep(0)
    assert not closing.done()
    assert not vars(place)
    work.go_on.set()
    await closing
    assert place.is_closed
    assert (await first[0], await later[1]) == (10, 30)
    assert work.given == [[1], [2, 3]]


async def test_closing_waits_for_what_a_few_have_begun() -> None:
    work = Work()
    places = [Here(), Here()]
    numbers = Batches[int, int](places, work)
    gone, waits = await asked(numbers, 1, 2)
    await work.begun.wait()
    gone.cancel()
    closing = asyncio.create_task(numbers.close())
    await asyncio.sleep(0)
    assert not closing.done()
    work.go_on.set()
    await closing
    assert all(place.is_closed for place in places)
    assert (await waits, work.given) == (20, [[1], [2]])


async def test_closing_what_was_never_used() -> None:
    places = [Here(), Here()]
    await Batches[int, int](places, Work()).close()
    assert all(place.is_closed for place in places)
