import asyncio

import pytest

from publishers.contract.deadlines import Deadlines, now
from publishers.contract.errors import TimedOut


@pytest.fixture
async def deadlines():
    deadlines = Deadlines()
    yield deadlines
    deadlines.close()


def watched(deadlines, seconds):
    """Something that is waited for, with a deadline so far away."""
    waiting = asyncio.get_running_loop().create_future()
    deadlines.watch(waiting, now() + seconds)
    return waiting


async def test_what_is_waited_for_too_long_ends_and_the_rest_goes_on(deadlines):
    late, never, soon = (watched(deadlines, seconds) for seconds in (0.1, 60, 0.02))
    started = now()
    for waiting, seconds in ((soon, 0.02), (late, 0.1)):
        with pytest.raises(TimedOut, match="in time"):
            await asyncio.wait_for(waiting, 5)
        assert now() - started > seconds - 0.005
    assert not never.done()


async def test_a_deadline_that_has_passed_ends_at_once(deadlines):
    with pytest.raises(TimedOut):
        await asyncio.wait_for(watched(deadlines, -1), 5)


async def test_a_wait_that_is_over_is_left_alone(deadlines):
    answered, forgotten, late = (watched(deadlines, 0.02) for _ in range(3))
    answered.set_result("ok")
    deadlines.forget(forgotten)
    with pytest.raises(TimedOut):
        await asyncio.wait_for(late, 5)
    assert answered.result() == "ok"
    assert not forgotten.done()


async def test_an_earlier_deadline_that_comes_later_is_kept(deadlines):
    """And a later one behind it, after the timer was set anew."""
    late = watched(deadlines, 0.1)
    for waiting in (watched(deadlines, 0.01), late):
        with pytest.raises(TimedOut):
            await asyncio.wait_for(waiting, 5)


async def test_when_nobody_waits_there_is_no_timer(deadlines):
    with pytest.raises(TimedOut):
        await asyncio.wait_for(watched(deadlines, 0.01), 5)
    assert deadlines._timer is None
    watched(deadlines, 60)
    deadlines.close()
    assert deadlines._timer is None
