"""What the plans of lookups cost the database, and who may ask for them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.authentication import Credentials, callers_of
from accounts.models import Account
from accounts.services import create_api_key
from invocations import lookup_app, plans
from marketplace.models import InstalledAddOn
from rest.databases import INLINE, Inline, OnLoop, completed
from results.models import Invocation
from tests.conftest import basic
from tests.factories import make_account
from tests.fake_publisher import FakePublisher
from tests.invocations.fronts import Front, scope_of
from tests.invocations.test_lookup_api import URL, install_for
from tests.invocations.test_plans import results

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(transactional_db: None) -> Account:
    return make_account()


@pytest.fixture
def service() -> Iterator[FakePublisher]:
    with FakePublisher({"answer": 42}).in_thread() as service:
        yield service


class Counted:
    """Statements, run in whichever place."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read: list[str] = []
        self.rows = 0
        self.written: list[str] = []
        for place in (Inline, OnLoop):
            monkeypatch.setattr(place, "fetch", self._counting_reads(place.fetch))
            monkeypatch.setattr(place, "execute", self._counting_writes(place.execute))

    def _counting_reads(self, fetch: Any) -> Any:
        async def counted(place: Any, queries: Any) -> Any:
            self.read += [sql for sql, _ in queries]
            found = await fetch(place, queries)
            self.rows += sum(map(len, found))
            return found

        return counted

    def _counting_writes(self, execute: Any) -> Any:
        async def counted(place: Any, sql: str, parameters: Any) -> Any:
            self.written.append(sql)
            return await execute(place, sql, parameters)

        return counted


@pytest.mark.parametrize(("add_ons", "callers"), [(1, 1), (4, 1), (1, 12)])
def test_a_lookup_reads_twice_however_many_add_ons_it_asks(
    front: Front, service: FakePublisher, monkeypatch: pytest.MonkeyPatch, add_ons: int, callers: int
) -> None:
    scopes = []
    for _ in range(callers):
        account = make_account()
        names = [install_for(account, service).unique_name for _ in range(add_ons)]
        scopes.append(scope_of(f"{URL}?" + "&".join(f"AddOns={name}" for name in names), account))
    front.all(scopes)
    counted = Counted(monkeypatch)
    front.all(scopes)
    # Of many at once the first one may go alone, the rest together.
    assert 0 < len(counted.read) <= 2 * min(callers, 2)


def test_the_same_name_in_other_accounts_is_not_read(
    front: Front, account: Account, service: FakePublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = install_for(account, service)
    for _ in range(3):
        theirs = install_for(make_account(), service)
        InstalledAddOn.objects.filter(pk=theirs.pk).update(unique_name=mine.unique_name)
    results(front, account, mine.unique_name)
    counted = Counted(monkeypatch)
    assert list(results(front, account, mine.unique_name)) == [mine.unique_name]
    assert counted.rows == 2  # the account and its add-on


def test_a_lookup_by_key_reads_the_key_and_then_the_add_ons(
    front: Front, account: Account, service: FakePublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, secret = create_api_key(account=account, friendly_name="k")
    name = install_for(account, service).unique_name
    scope = scope_of(f"{URL}?AddOns={name}", authorization=basic(key.sid, secret))
    front.answer(scope)
    counted = Counted(monkeypatch)
    assert list(front.answer(scope).json()["add_ons"]["results"]) == [name]
    assert len(counted.read) == 2


def test_keys_and_tokens_in_one_batch_get_their_own_add_ons(front: Front, service: FakePublisher) -> None:
    expected, scopes = [], []
    for number in range(8):
        installed = install_for(make_account(), service)
        key, secret = create_api_key(account=installed.account, friendly_name="k")
        target, own = f"{URL}?AddOns={installed.unique_name}", basic(key.sid, secret)
        by_token = scope_of(target, installed.account)
        scopes.append(scope_of(target, authorization=own) if number % 2 else by_token)
        expected.append([installed.unique_name])
    answers = front.all(scopes)
    assert [list(each.json()["add_ons"]["results"]) for each in answers] == expected


def test_whoever_knows_a_sid_but_no_token_has_no_plan_made(
    front: Front, account: Account, service: FakePublisher
) -> None:
    """Its add-ons are read with the credentials, but no secret of theirs is opened."""
    installed = install_for(account, service)
    plans._made.clear()
    scope = scope_of(f"{URL}?AddOns={installed.unique_name}", authorization=basic(account.sid, "wrong"))
    assert front.answer(scope).status == 401
    assert not plans._made
    assert not service.requests


def test_many_names_of_nobody_are_no_work_for_the_database(
    front: Front, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor for the event loop: they wait until it is known who asks."""
    monkeypatch.setattr(lookup_app, "FEW_NAMES", 3)
    target = f"{URL}?" + "&".join(f"AddOns=name{number}" for number in range(4))
    wrong = scope_of(target, authorization=basic(account.sid, "wrong"))
    assert front.answer(wrong).status == 401
    counted = Counted(monkeypatch)
    assert front.answer(wrong).status == 401
    assert len(counted.read) == 1


@pytest.mark.parametrize("by_key", [False, True])
def test_who_names_many_gets_what_they_have(
    front: Front, account: Account, service: FakePublisher, monkeypatch: pytest.MonkeyPatch, by_key: bool
) -> None:
    monkeypatch.setattr(lookup_app, "FEW_NAMES", 3)
    names = [install_for(account, service).unique_name for _ in range(5)]
    other = install_for(make_account(), service)
    key, secret = create_api_key(account=account, friendly_name="k")
    own = basic(key.sid, secret) if by_key else basic(account.sid, account.auth_token)
    target = f"{URL}?" + "&".join(f"AddOns={name}" for name in (*names, other.unique_name))
    few = scope_of(f"{URL}?AddOns={other.unique_name}", other.account)
    answers = front.all([scope_of(target, authorization=own), few, scope_of(target, authorization=own)])
    found = [list(each.json()["add_ons"]["results"]) for each in answers]
    assert found == [names, [other.unique_name], names]


def test_a_lookup_writes_once_to_each_table_in_one_transaction(
    front: Front, account: Account, service: FakePublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [install_for(account, service).unique_name for _ in range(3)]
    results(front, account, *names)
    counted, said = Counted(monkeypatch), said_by_the_writer(front)
    results(front, account, *names)
    if connection.vendor == "sqlite":
        written = [sql for sql in said if not sql.startswith(("SAVEPOINT", "RELEASE"))]
        assert [sql.split()[0] for sql in written] == ["BEGIN", "INSERT", "INSERT"]
    else:
        assert [sql.count("INSERT INTO") for sql in counted.written] == [2]  # one statement for both
    assert Invocation.objects.count() == 6


def said_by_the_writer(front: Front) -> list[str]:
    """What the thread that writes to SQLite says through Django's cursors from now on."""
    said: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        said.append(sql)
        return execute(sql, *rest)

    place: Any = front.server._lookups._records._places[-1]
    if connection.vendor == "sqlite":
        place._executor.submit(lambda: connection.execute_wrappers.append(note)).result()
    return said


def test_a_lookup_that_names_no_add_ons_asks_only_who_it_is(
    front: Front, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.get(URL, account)
    counted = Counted(monkeypatch)
    assert front.get(URL, account).status == 200
    assert len(counted.read) == 1


def test_a_busy_key_is_noted_once_for_a_batch(account: Account) -> None:
    key, secret = create_api_key(account=account, friendly_name="k")
    with CaptureQueriesContext(connection) as asked:
        callers = completed(callers_of(INLINE, [Credentials(key.sid, secret)] * 20))
    assert [caller and caller.api_key for caller in callers] == [key] * 20
    assert len([each for each in asked if each["sql"].startswith("UPDATE")]) == 1
