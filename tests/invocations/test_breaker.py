"""The circuit breaker: as a state machine with a clock of its own, and on the wire."""

import asyncio
from contextlib import contextmanager, suppress

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from invocations import breaker, engine
from invocations.breaker import Breaker, Breakers, End, NotAsked, State
from publishers.contract.errors import (
    AddressNotAllowed,
    BadRequest,
    BodyTooLarge,
    TimedOut,
    TooManyRedirects,
    Unexpected,
    VendorFailed,
)
from publishers.contract.limits import BREAKER_FAILURES, BREAKER_PAUSES_MS, BREAKER_WINDOW_MS
from publishers.contract.send import Crowded
from tests.factories import make_listing, make_user
from tests.fake_publisher import Answer, FakePublisher
from tests.invocations.direct_calls import ask, call_to
from tests.publishers.contract import hostile

FIRST_PAUSE = BREAKER_PAUSES_MS[0] / 1000
LONGEST_PAUSE = BREAKER_PAUSES_MS[-1] / 1000


class Clock:
    """Stands still until it is moved."""

    def __init__(self):
        self.at = 1_000.0

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breakers(clock, monkeypatch):
    """Breakers of this test alone, used by the engine too."""
    own = Breakers(clock)
    monkeypatch.setattr(engine, "breakers", own)
    monkeypatch.setattr(breaker, "breakers", own)
    return own


def end(breakers, error=None, version="XC1"):
    """Ask, and end with this error or with an answer. Raises NotAsked."""
    with breakers.asking(version):
        if error is not None:
            raise error


def fail(breakers, times=1, error=VendorFailed, version="XC1"):
    for _ in range(times):
        with pytest.raises(error):
            end(breakers, error("down"), version)


@contextmanager
def is_refused():
    with pytest.raises(NotAsked) as refused:
        yield refused
    assert refused.value.code == 61002


# --- The machine -----------------------------------------------------------------------------


class Model(RuleBasedStateMachine):
    """Any order of calls, ends and pauses keeps the promises."""

    under_way = Bundle("under_way")

    def __init__(self):
        super().__init__()
        self.at, self.serial = 0.0, 0
        self.breaker = Breaker(since=0.0)
        self.failures_in_a_row = 0
        self.probes = set()

    @rule(seconds=st.floats(0, 20))
    def time_passes(self, seconds):
        self.at += seconds

    @rule(target=under_way)
    def a_call_wants_to_ask(self):
        return self.a_call_asks()

    def a_call_asks(self):
        before = self.breaker
        admitted = before.admits(self.at)
        assert admitted == (
            before.state is State.CLOSED or (before.state is State.OPEN and self.at >= before.probe_at)
        )
        if not admitted:
            return 0
        self.serial += 1
        self.breaker = before.asked(self.at, call=self.serial)
        if before.state is State.OPEN:
            assert self.breaker.state is State.HALF_OPEN
            self.probes.add(self.serial)
        return self.serial

    @rule()
    def calls_fail_in_a_row(self):
        """So that it opens often enough to see what comes after."""
        while self.breaker.state is State.CLOSED:
            self.a_call_ends_so(self.a_call_asks(), End.FAILED)
            self.it_opens_only_after_enough_failures_in_a_row()

    @rule(call=consumes(under_way), how=st.sampled_from(End))
    def a_call_ends(self, call, how):
        self.a_call_ends_so(call, how)

    def a_call_ends_so(self, call, how):
        if not call:
            return
        before, self.breaker = self.breaker, self.breaker.ended(self.at, call=call, end=how)
        if how is End.ANSWERED:
            assert self.breaker == Breaker(since=self.at)
            self.failures_in_a_row, self.probes = 0, set()
        elif call in self.probes:
            self.probes.discard(call)
            assert self.breaker.state is State.OPEN
            if how is End.FAILED:
                self.failures_in_a_row += 1
                self.the_pause_grows(before)
        elif before.state is not State.CLOSED or how is End.NOTHING_SHOWN:
            assert self.breaker == before
        else:
            self.failures_in_a_row += 1

    def the_pause_grows(self, before):
        pause = self.breaker.probe_at - self.at
        assert FIRST_PAUSE <= round(pause, 6) <= LONGEST_PAUSE
        assert self.breaker.probes_failed == before.probes_failed + 1

    @invariant()
    def one_probe_at_most(self):
        assert len(self.probes) == (self.breaker.state is State.HALF_OPEN)

    @invariant()
    def it_opens_only_after_enough_failures_in_a_row(self):
        assert self.breaker.failures == self.failures_in_a_row
        if self.breaker.state is not State.CLOSED:
            assert self.failures_in_a_row >= BREAKER_FAILURES

    @invariant()
    def it_remembers_little(self):
        assert len(self.breaker.failed_at) <= BREAKER_FAILURES


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)


# --- What counts -----------------------------------------------------------------------------


@pytest.mark.parametrize("error", [VendorFailed, TimedOut])
def test_failures_in_a_row_open_it(breakers, error):
    fail(breakers, BREAKER_FAILURES, error)
    with is_refused() as refused:
        end(breakers)
    assert f"failed {BREAKER_FAILURES} times in a row" in refused.value.reason
    assert "In 1.0 s one call asks it again." in refused.value.reason


def test_one_failure_less_leaves_it_closed(breakers):
    fail(breakers, BREAKER_FAILURES - 1)
    end(breakers)
    assert breakers.states() == []


@pytest.mark.parametrize("error", [None, BadRequest, Unexpected, BodyTooLarge, TooManyRedirects])
def test_any_answer_but_a_5xx_begins_a_new_row(breakers, error):
    fail(breakers, BREAKER_FAILURES - 1)
    if error is None:
        end(breakers)
    else:
        fail(breakers, error=error)
    fail(breakers, BREAKER_FAILURES - 1)
    assert breakers.state_of("XC1").state is State.CLOSED


@pytest.mark.parametrize("error", [AddressNotAllowed, Crowded, asyncio.CancelledError, RuntimeError])
def test_what_the_service_had_no_chance_to_answer_shows_nothing(breakers, error):
    fail(breakers, BREAKER_FAILURES - 1)
    fail(breakers, 20, error)
    assert breakers.state_of("XC1").failures == BREAKER_FAILURES - 1
    fail(breakers)
    with is_refused():
        end(breakers)


@pytest.mark.parametrize(("late_ms", "state"), [(0, State.OPEN), (1, State.CLOSED)])
def test_failures_far_apart_do_not_open_it(breakers, clock, late_ms, state):
    fail(breakers)
    clock.at += (BREAKER_WINDOW_MS + late_ms) / 1000
    fail(breakers, BREAKER_FAILURES - 1)
    assert breakers.state_of("XC1").state is state


def test_versions_are_apart(breakers):
    fail(breakers, BREAKER_FAILURES, version="XC1")
    end(breakers, version="XC2")
    assert [shown.version_sid for shown in breakers.states()] == ["XC1"]


# --- Probes ----------------------------------------------------------------------------------


def test_after_the_pause_one_call_asks_and_its_answer_closes(breakers, clock):
    fail(breakers, BREAKER_FAILURES)
    clock.at += FIRST_PAUSE
    with breakers.asking("XC1"):
        with is_refused() as refused:
            end(breakers)
        assert breakers.state_of("XC1").state is State.HALF_OPEN
        assert "asking it again just now" in refused.value.reason
    assert breakers.states() == []
    end(breakers)


def test_the_pause_grows_to_its_limit(breakers, clock):
    fail(breakers, BREAKER_FAILURES)
    pauses = []
    for _ in range(len(BREAKER_PAUSES_MS) + 2):
        pauses.append(breakers.state_of("XC1").next_probe_seconds * 1000)
        clock.at += pauses[-1] / 1000
        fail(breakers)
    assert [round(pause) for pause in pauses] == [
        *BREAKER_PAUSES_MS,
        BREAKER_PAUSES_MS[-1],
        BREAKER_PAUSES_MS[-1],
    ]
    assert breakers.state_of("XC1").failures == BREAKER_FAILURES + len(pauses)


def test_a_cancelled_probe_leaves_its_place_to_the_next_call(breakers, clock):
    fail(breakers, BREAKER_FAILURES)
    clock.at += FIRST_PAUSE
    fail(breakers, error=asyncio.CancelledError)
    end(breakers)
    assert breakers.states() == []


def test_a_late_failure_of_an_older_call_does_not_lengthen_the_pause(breakers, clock):
    with suppress(TimedOut), breakers.asking("XC1"):
        fail(breakers, BREAKER_FAILURES)
        clock.at += 0.5
        raise TimedOut("late")
    shown = breakers.state_of("XC1")
    assert (shown.failures, shown.next_probe_seconds) == (BREAKER_FAILURES, FIRST_PAUSE - 0.5)


@pytest.mark.parametrize("error", [TimedOut, asyncio.CancelledError])
def test_an_older_call_that_ends_during_a_probe_is_not_taken_for_it(breakers, clock, error):
    with suppress(error), breakers.asking("XC1"):
        fail(breakers, BREAKER_FAILURES)
        clock.at += FIRST_PAUSE
        probe = breakers.asking("XC1")
        probe.__enter__()
        raise error("late")
    assert breakers.state_of("XC1").state is State.HALF_OPEN
    with is_refused():
        end(breakers)
    probe.__exit__(None, None, None)
    assert breakers.states() == []


# --- What a page shows -----------------------------------------------------------------------


def test_the_states_say_what_operators_ask(breakers, clock):
    fail(breakers, version="XC2")
    fail(breakers, BREAKER_FAILURES, version="XC1")
    clock.at += 0.5
    opened, closed = breakers.states()
    assert str(opened) == (
        "Not asked (open for 0.5 s): it failed 5 times in a row and is probed by the next call after 0.5 s."
    )
    assert str(closed) == "Asked; failed once in a row."
    assert breakers.state_of("XC3") is None
    clock.at += 0.5
    with breakers.asking("XC1"):
        assert str(breakers.state_of("XC1")) == (
            "Not asked (half-open for 0.0 s): it failed 5 times in a row and is being probed now."
        )


@pytest.mark.django_db
def test_the_admin_shows_the_state_on_the_version_and_in_the_list(breakers):
    version = make_listing().published_version
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    pages = [
        reverse("admin:publishers_listingversion_change", args=[version.pk]),
        reverse("admin:publishers_listingversion_changelist"),
    ]
    assert all(b"Asked; no recent failure." in client.get(page).content for page in pages)
    fail(breakers, BREAKER_FAILURES, version=version.sid)
    assert all(b"Not asked (open for 0.0 s)" in client.get(page).content for page in pages)


# --- On the wire -----------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["hangs", "drops"])
async def test_a_dead_service_is_asked_no_more_until_it_is_probed(breakers, clock, service):
    raw = {"hangs": hostile.hang, "drops": hostile.reset}[service]
    async with FakePublisher(raw=raw) as publisher:
        call = call_to(publisher.url(), limits={"timeout_ms": 300})
        outcomes = [await ask(call) for _ in range(BREAKER_FAILURES)]
        connections = publisher.connections
        refused = await ask(call)
        assert publisher.connections == connections
        clock.at += FIRST_PAUSE
        await ask(call)
        assert publisher.connections > connections
    assert {outcome.code for outcome in outcomes} == {61001 if service == "hangs" else 61002}
    assert (refused.code, refused.attempts, refused.http_status) == (61002, 0, None)
    assert refused.charge.amount_micros == 0
    assert not refused.counts_in_service_level
    assert all(outcome.counts_in_service_level for outcome in outcomes)
    step = refused.trace[-1]
    assert (step.name, step.ok) == ("Send", False)
    assert "is not asked, because it failed 5 times in a row" in step.lines[0]


async def test_only_the_last_of_the_tries_is_a_failure(breakers):
    async with FakePublisher([503, 503, {}] * BREAKER_FAILURES) as publisher:
        for _ in range(BREAKER_FAILURES):
            assert (await ask(call_to(publisher.url()))).code is None
    assert breakers.states() == []


async def test_a_burst_probes_once(breakers, clock):
    async with FakePublisher([*[500] * 3 * BREAKER_FAILURES, Answer(200, {}, delay=0.1)]) as publisher:
        calls = [call_to(publisher.url()) for _ in range(BREAKER_FAILURES)]
        await asyncio.gather(*map(ask, calls))
        asked = len(publisher.requests)
        clock.at += FIRST_PAUSE
        codes = [outcome.code for outcome in await asyncio.gather(*map(ask, calls))]
        assert len(publisher.requests) == asked + 1
        assert sorted(codes, key=str) == [*[61002] * (BREAKER_FAILURES - 1), None]
        assert (await ask(calls[0])).code is None


REFUSING = {"type": "object", "properties": {"country": {"const": "DE"}}, "required": ["country"]}
NEVER_COUNTED = {
    "4xx": (400, {}, 61005),
    "the request schema": ({}, {"request_schema": REFUSING}, 61003),
    "the response schema": ({}, {"response_schema": REFUSING}, 61004),
    "no JSON": (b"<html>", {}, 61000),
}


@pytest.mark.parametrize(("answer", "sections", "code"), NEVER_COUNTED.values(), ids=NEVER_COUNTED)
async def test_what_is_no_death_never_counts(breakers, answer, sections, code):
    async with FakePublisher(answer) as publisher:
        for _ in range(BREAKER_FAILURES + 1):
            assert (await ask(call_to(publisher.url(), **sections))).code == code
    assert breakers.states() == []


async def test_a_test_neither_moves_nor_heeds_the_breaker(breakers):
    async with FakePublisher([*[500] * 3 * BREAKER_FAILURES, {"ok": 1}]) as publisher:
        call = call_to(publisher.url())
        for _ in range(BREAKER_FAILURES):
            await ask(call, is_test=True)
        assert breakers.states() == []
        fail(breakers, BREAKER_FAILURES)
        assert (await ask(call, is_test=True)).code is None
        assert (await ask(call)).code == 61002
    assert breakers.state_of("XC1").state is State.OPEN
