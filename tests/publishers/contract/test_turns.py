import asyncio

import pytest

from publishers.contract.turns import Turns


async def waiting_for(turns, number):
    """So many who wait, in the order in which they came."""
    tasks = [asyncio.create_task(turns.wait()) for _ in range(number)]
    await asyncio.sleep(0)
    return tasks


async def done(tasks):
    """Who of them has a turn by now."""
    await asyncio.sleep(0)
    return [task.done() for task in tasks]


async def test_there_are_so_many_and_no_more():
    turns = Turns(2)
    assert [turns.take() for _ in range(3)] == [True, True, False]
    turns.give_back()
    assert [turns.take(), turns.take()] == [True, False]


async def test_who_comes_first_is_let_in_first():
    turns = Turns(1)
    assert turns.take()
    tasks = await waiting_for(turns, 3)
    turns.give_back()
    assert await done(tasks) == [True, False, False]
    assert not turns.take()
    turns.give_back()
    assert await done(tasks) == [True, True, False]
    tasks[2].cancel()


async def test_a_free_turn_is_not_waited_for():
    turns = Turns(1)
    await asyncio.wait_for(turns.wait(), 1)
    assert not turns.take()


async def test_who_gives_up_waiting_is_passed_over():
    turns = Turns(1)
    assert turns.take()
    tasks = await waiting_for(turns, 2)
    tasks[0].cancel()
    assert await done(tasks) == [True, False]
    turns.give_back()
    assert await done(tasks) == [True, True]
    turns.give_back()
    assert turns.take()


async def test_a_turn_that_comes_as_one_gives_up_is_the_next_ones():
    turns = Turns(1)
    assert turns.take()
    tasks = await waiting_for(turns, 2)
    turns.give_back()
    tasks[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    assert await done(tasks) == [True, True]
