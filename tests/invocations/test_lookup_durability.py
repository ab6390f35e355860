"""Lookups in front of the site: what was answered is kept, and what is not kept is not answered."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from accounts.models import Account
from billing.models import LedgerEntry
from invocations import lookup_app
from marketplace.models import InstalledAddOn, SavedConfiguration, TermsAcceptance
from results.models import Event, Invocation
from tests.factories import make_account
from tests.fake_publisher import Answer, FakePublisher, Received
from tests.invocations.fronts import PATIENCE, Answered, Front, answered, running, scope_of
from tests.invocations.test_lookup_api import URL, install_for

pytestmark = pytest.mark.django_db(transaction=True)

# Contract 9.6, in its order.
ENGINE_FAILED = {"status": "fail", "message": "Internal server error", "code": 61000, "results": {}}


@pytest.fixture
def account(transactional_db: None) -> Account:
    return make_account()


class Service:
    """A publisher's service that does something between the question and its answer."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], Any] = lambda: None

    def __call__(self, request: Received) -> Answer:
        # In a thread of its own: the service's has an event loop, where Django allows no query.
        thread = threading.Thread(target=self._run)
        thread.start()
        thread.join()
        return Answer(200, {"ok": 1})

    def _run(self) -> None:
        try:
            self.meanwhile()
        finally:
            connection.close()


@pytest.fixture
def doing() -> Service:
    return Service()


@pytest.fixture
def service(doing: Service) -> Iterator[FakePublisher]:
    with FakePublisher(doing).in_thread() as service:
        yield service


def target_of(*installed: InstalledAddOn) -> str:
    return f"{URL}?" + "&".join(f"AddOns={each.unique_name}" for each in installed)


def kept() -> tuple[int, int, int]:
    return Invocation.objects.count(), LedgerEntry.objects.count(), Event.objects.count()


def is_unavailable(answer: Answered) -> bool:
    return (answer.status, answer.header("retry-after"), answer.json()["code"]) == (503, "1", 20503)


def test_every_row_is_there_before_the_answer_leaves(
    front: Front, account: Account, service: FakePublisher
) -> None:
    with FakePublisher(404).in_thread() as broken:
        scope = scope_of(target_of(install_for(account, service), install_for(account, broken)), account)
        seen: list[Any] = []

        def look() -> None:
            seen.append(kept())
            connection.close()

        async def send(message: Any) -> None:
            await asyncio.to_thread(look)

        async def receive() -> Any:
            raise AssertionError("nobody asks for a body")

        front.run(front.server(scope, receive, send))
    assert seen == [(2, 1, 1), (2, 1, 1)]


def test_who_hangs_up_while_publishers_are_asked_is_recorded_all_the_same(
    front: Front, account: Account, service: FakePublisher
) -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise ConnectionResetError

    scope = scope_of(target_of(install_for(account, service)), account)
    with pytest.raises(ConnectionResetError):
        front.run(front.server(scope, receive, send))
    assert kept() == (1, 1, 0)
    assert front.answer(scope).status == 200


def test_who_is_dropped_while_the_rows_are_written_harms_nobody(
    front: Front, account: Account, service: FakePublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as by a server that ends: what was begun is ended, and the others of the batch have answers."""
    scope = scope_of(target_of(install_for(account, service)), account)
    records = front.server._lookups._records
    held, all_given = asyncio.Event(), asyncio.Event()
    given: list[Any] = []
    do = records.do

    def when_let(run: Any) -> Any:
        async def run_when_let(*work: Any) -> Any:
            await held.wait()
            return await run(*work)

        return run_when_let

    async def noted(item: Any) -> Any:
        given.append(item)
        if len(given) == 4:
            all_given.set()
        return await do(item)

    async def dropped() -> list[Answered]:
        tasks = [asyncio.create_task(answered(front.server, scope)) for _ in range(4)]
        await all_given.wait()
        tasks[0].cancel()
        tasks[1].cancel()
        await asyncio.sleep(0)
        held.set()
        return list(await asyncio.gather(*tasks[2:]))

    monkeypatch.setattr(records, "do", noted)
    for place in records._places:
        monkeypatch.setattr(place, "run", when_let(place.run))
    assert [each.status for each in front.run(dropped())] == [200, 200]
    assert kept() == (4, 4, 0)


def test_at_its_end_the_connections_are_given_back(
    account: Account, service: FakePublisher, settings: Any, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    with running() as front:
        assert front.get(target_of(install_for(account, service)), account).status == 200
        opened = connections_of(front)
        assert [is_closed(each) for each in opened] == [False, False]
    assert [is_closed(each) for each in opened] == [True, True]


def connections_of(front: Front) -> list[Any]:
    """Those that the front reads and writes with, when one asks at a time."""
    lookups = front.server._lookups
    places: list[Any] = [each._places[-1] for each in (lookups._reads, lookups._records)]  # used first
    if connection.vendor == "postgresql":
        return [each._opened for each in places]
    return [each._executor.submit(lambda: connections[DEFAULT_DB_ALIAS]).result() for each in places]


def is_closed(one: Any) -> bool:
    """Of a connection of the driver, or what Django has instead."""
    return not one.is_open if connection.vendor == "postgresql" else one.connection is None


def erase(installed: InstalledAddOn) -> None:
    """As if it had never been: no record can point to it any more."""
    TermsAcceptance.objects.filter(installed_add_on=installed).delete()
    SavedConfiguration.objects.filter(installed_add_on=installed).delete()
    InstalledAddOn.objects.filter(pk=installed.pk).delete()


def test_a_row_that_the_database_refuses_fails_its_own_lookup_only(
    front: Front, service: FakePublisher, doing: Service
) -> None:
    erased, *others = [install_for(make_account(), service) for _ in range(2 * lookup_app.FEW)]
    doing.meanwhile = lambda: erase(erased)
    scopes = [scope_of(target_of(each), each.account) for each in (others[0], erased, *others[1:])]
    answers = front.all(scopes)
    assert [each.json()["add_ons"]["status"] for each in answers] == [
        "successful",
        "fail",
        *["successful"] * (len(others) - 1),
    ]
    assert [each.status for each in answers] == [200] * len(scopes)
    assert answers[1].json()["add_ons"] == ENGINE_FAILED
    assert kept() == (len(others), len(others), 0)
    assert set(LedgerEntry.objects.values_list("payer", flat=True)) == {each.account_id for each in others}


@pytest.mark.parametrize("broken", ["invocations.engine.ask_all", "results.services._invocation"])
def test_a_failing_engine_gives_nothing_away(
    front: Front, account: Account, service: FakePublisher, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """Nor does it fail the lookup: what else it says is right (contract 9.6)."""

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a bug of ours")

    scope = scope_of(target_of(install_for(account, service)), account)
    monkeypatch.setattr(broken, fail)
    for answer in (front.answer(scope), front.of_site(scope)):
        assert (answer.status, answer.header("content-type")) == (200, "application/json")
        resource = answer.json()
        assert resource["add_ons"] == ENGINE_FAILED
        assert resource["phone_number"] == "+14155552671"
    assert kept() == (0, 0, 0)


# --- A database that is not there --------------------------------------------------------------


def backends_of(front: Front) -> list[int]:
    """The server processes of the front's two connections."""
    return [each.backend_pid for each in connections_of(front)]


def end(backends: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) AS pid", [backends])


@pytest.fixture
def postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("nobody but us can end a connection to SQLite")


def test_a_connection_that_was_ended_costs_nobody_an_answer(
    postgresql: None, front: Front, account: Account, service: FakePublisher
) -> None:
    target = target_of(install_for(account, service))
    assert front.get(target, account).status == 200
    end(backends_of(front))
    front.run(asyncio.sleep(0.1))  # a server's loop always turns
    assert [front.get(target, account).status for _ in range(2)] == [200, 200]
    assert kept() == (3, 3, 0)


def test_a_connection_that_ends_while_publishers_are_asked_costs_nobody_an_answer(
    postgresql: None, front: Front, account: Account, service: FakePublisher, doing: Service
) -> None:
    target = target_of(install_for(account, service))
    assert front.get(target, account).status == 200
    backends = backends_of(front)
    doing.meanwhile = lambda: end(backends)
    assert front.get(target, account).status == 200
    assert (kept(), len(service.requests)) == ((2, 2, 0), 2)


def test_a_connection_that_ends_in_the_commit_is_503_once_and_bills_nothing(
    postgresql: None, front: Front, account: Account, service: FakePublisher, doing: Service
) -> None:
    target = target_of(install_for(account, service))
    assert front.get(target, account).status == 200
    _, writer = backends_of(front)
    is_locked = threading.Event()

    def lock_and_end() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {Invocation._meta.db_table}")
                is_locked.set()
                while not waits_for_a_lock(writer):
                    time.sleep(0.01)
                end([writer])
        finally:
            connection.close()

    ending = threading.Thread(target=lock_and_end)

    def meanwhile() -> None:
        ending.start()
        assert is_locked.wait(PATIENCE)

    doing.meanwhile = meanwhile
    assert is_unavailable(front.get(target, account))
    ending.join()
    assert (kept(), len(service.requests)) == ((1, 1, 0), 2)
    doing.meanwhile = lambda: None
    assert front.get(target, account).status == 200
    assert kept() == (2, 2, 0)


def waits_for_a_lock(backend: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT wait_event_type FROM pg_stat_activity WHERE pid = %s", [backend])
        return bool(cursor.fetchall() == [("Lock",)])


def test_a_database_that_is_locked_for_too_long_is_503_and_bills_nothing(
    front: Front, account: Account, service: FakePublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has many writers")
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.2)
    target = target_of(install_for(account, service))
    with transaction.atomic():  # takes the lock of the one writer
        answers = front.all([scope_of(target, account)] * 3)
        assert [is_unavailable(each) for each in answers] == [True] * 3
        assert front.get(URL, account).status == 200  # reading needs no lock
    assert kept() == (0, 0, 0)
    assert front.get(target, account).status == 200
    assert kept() == (1, 1, 0)


# --- Too many ----------------------------------------------------------------------------------


def test_more_lookups_than_a_process_takes_are_503_before_anybody_is_asked(
    front: Front, account: Account, service: FakePublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup_app, "MAX_LOOKUPS", 1)
    scope = scope_of(target_of(install_for(account, service)), account)
    first, *others = front.all([scope] * 3)
    assert first.status == 200
    assert [is_unavailable(each) for each in others] == [True, True]
    assert len(service.requests) == 1
    assert [front.answer(scope).status for _ in range(2)] == [200, 200]


def test_a_refused_lookup_makes_room_again(
    front: Front, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup_app, "MAX_LOOKUPS", 1)
    targets = [URL, f"{URL}?CountryCode=XX", "/v1/PhoneNumbers/hello"]
    assert [front.get(target).status for target in targets] == [401, 401, 401]
    assert [front.get(target, account).status for target in targets] == [200, 400, 404]


def test_a_count_that_several_processes_share_counts_too(
    front: Front, account: Account, settings: Any
) -> None:
    settings.CACHE_URL, settings.REQUESTS_PER_MINUTE = "redis://set", 2
    statuses = [front.get(URL, account).status for _ in range(6)]
    assert statuses.count(429) >= 2
    assert statuses[0] == 200
