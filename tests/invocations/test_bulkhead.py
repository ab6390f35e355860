"""A publisher that hangs holds a few of our connections and nobody else's lookups (safety G6)."""

import asyncio
import time

import pytest

from invocations import engine
from invocations.breaker import Breakers
from publishers.contract import egress, send
from publishers.contract.limits import BREAKER_FAILURES, DEADLINE_MS, MAX_CALLS_PER_PUBLISHER
from tests.fake_publisher import Answer, FakePublisher
from tests.invocations.direct_calls import ask, call_to
from tests.publishers.contract import hostile

CROWD = 200


@pytest.fixture(autouse=True)
def breakers(monkeypatch):
    own = Breakers()
    monkeypatch.setattr(engine, "breakers", own)
    return own


@pytest.fixture
def two_turns(monkeypatch):
    """Two calls to a publisher at once, no more."""
    monkeypatch.setattr(egress, "MAX_CALLS_PER_PUBLISHER", 2)
    monkeypatch.setattr(send, "MAX_CALLS_PER_PUBLISHER", 2)


async def timed(call):
    began = time.monotonic()
    return await ask(call), time.monotonic() - began


@pytest.mark.parametrize("behaviour", [hostile.hang, hostile.BEHAVIOURS["drip-head"]], ids=["hangs", "drips"])
async def test_two_hundred_hanging_lookups_do_not_delay_those_of_others(behaviour):
    async def counted(reader, writer):
        arrived.release()
        await behaviour(reader, writer)

    arrived = asyncio.Semaphore(0)
    async with FakePublisher(raw=counted) as dead, FakePublisher({"ok": 1}) as quick:
        call = call_to(dead.url(), version="XC1", publisher="AC1")
        hanging = [asyncio.create_task(timed(call)) for _ in range(CROWD)]
        for _ in range(MAX_CALLS_PER_PUBLISHER):
            await arrived.acquire()
        quickly = [await timed(call_to(quick.url(), version="XC2", publisher="AC2")) for _ in range(10)]
        assert dead.connections == MAX_CALLS_PER_PUBLISHER
        assert not any(task.done() for task in hanging)
        ended = await asyncio.gather(*hanging)
    assert [outcome.code for outcome, _ in quickly] == [None] * 10
    assert {outcome.code for outcome, _ in ended} == {61001}
    assert min(seconds for _, seconds in ended) > 0.9 * DEADLINE_MS / 1000


@pytest.mark.usefixtures("two_turns")
async def test_whoever_waits_for_a_turn_waits_inside_the_clock():
    async with FakePublisher(raw=hostile.hang) as dead:
        calls = [call_to(dead.url(), limits={"timeout_ms": ms}) for ms in (1_500, 1_500, 100)]
        began = time.monotonic()
        outcomes = await asyncio.gather(*map(ask, calls))
        assert time.monotonic() - began < 4
        assert dead.connections == 2
    assert [outcome.code for outcome in outcomes] == [61001] * 3
    assert [outcome.attempts for outcome in outcomes] == [1, 1, 0]
    assert outcomes[2].trace[-1].lines[0].startswith("There was no turn in time: 2 calls to this publisher")


@pytest.mark.usefixtures("two_turns")
async def test_a_call_that_had_its_turn_late_says_so():
    async with FakePublisher(Answer(200, {}, delay=0.1)) as slow:
        calls = [call_to(slow.url()) for _ in range(3)]
        outcomes = await asyncio.gather(*map(ask, calls))
    assert [outcome.code for outcome in outcomes] == [None] * 3
    first_lines = [outcome.trace[1].lines[0].split()[0] for outcome in outcomes]
    assert first_lines == ["Signed", "Signed", "Waited"]


@pytest.mark.usefixtures("two_turns")
async def test_being_late_after_a_wait_is_no_failure_of_the_publisher(breakers):
    async with FakePublisher(Answer(200, {}, delay=0.9)) as slow:
        calls = [call_to(slow.url(), limits={"timeout_ms": 1_500}) for _ in range(2 + BREAKER_FAILURES)]
        outcomes = await asyncio.gather(*map(ask, calls))
    late = outcomes[2:4]
    assert [(outcome.code, outcome.attempts) for outcome in late] == [(61001, 1)] * 2
    assert not any(outcome.counts_in_service_level for outcome in late)
    assert "after a wait of" in late[0].trace[-1].lines[0]
    assert breakers.states() == []


@pytest.mark.usefixtures("two_turns")
async def test_a_cancelled_lookup_gives_its_turn_back():
    async with FakePublisher([Answer(200, {}, delay=5)] * 2 + [{"ok": 1}]) as publisher:
        first = [asyncio.create_task(ask(call_to(publisher.url()))) for _ in range(2)]
        waiting = asyncio.create_task(ask(call_to(publisher.url())))
        await asyncio.sleep(0.1)
        for task in first:
            task.cancel()
        assert (await waiting).code is None
        assert all(
            isinstance(each, asyncio.CancelledError)
            for each in await asyncio.gather(*first, return_exceptions=True)
        )


@pytest.mark.usefixtures("two_turns")
async def test_the_add_ons_of_a_publisher_share_its_turns_and_other_publishers_have_their_own():
    async with FakePublisher(Answer(200, {}, delay=0.15)) as service:
        owners = ["AC1", "AC1", "AC1", "AC2"]
        calls = [call_to(service.url(), publisher=each, version=f"XC{n}") for n, each in enumerate(owners)]
        outcomes = await engine.ask_all(calls, egress.EgressPolicy.from_hosts(["127.0.0.1"]))
    waited = [outcome.trace[1].lines[0].startswith("Waited") for outcome in outcomes]
    assert waited == [False, False, True, False]
