"""Places for work on a database: a connection that is kept, left after an error, tried when it lay idle."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import DatabaseError, DataError, IntegrityError, OperationalError, connection, transaction

from accounts.models import Account
from rest import databases
from rest.databases import INLINE, Asked, Database, InThread, OnLoop, completed, places
from tests.factories import make_account

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["thread", "loop"])
def making(request: pytest.FixtureRequest, transactional_db: None) -> Any:
    """What makes a place, for a test's own loop."""
    if request.param == "thread":
        return InThread
    if connection.vendor != "postgresql":
        pytest.skip("only the driver of PostgreSQL waits for a loop")
    return OnLoop


@pytest.fixture
async def somewhere(making: Any) -> AsyncIterator[Any]:
    opened = making("numbers")
    yield opened
    await opened.close()


async def selected(database: Database, *values: Any) -> list[Any]:
    rows = await database.fetch([("SELECT %s", [value]) for value in values])
    return [value for ((value,),) in rows]


async def number_of_connection(database: Database) -> int:
    """Unlike for every connection that there ever was."""
    if isinstance(database, OnLoop):
        await selected(database, 1)
        assert database._opened is not None
        return database._opened.backend_pid

    def here() -> int:
        connection.ensure_connection()
        return id(connection.connection)

    return await database.apart(here)


async def test_the_rows_of_several_queries_are_those_of_each(somewhere: Any) -> None:
    assert await somewhere.run(selected, 7) == [7]
    assert await somewhere.run(selected, *range(40)) == [*range(40)]
    assert await somewhere.run(selected) == []


async def test_a_query_may_have_no_rows_or_many(somewhere: Any) -> None:
    async def sids(database: Database) -> list[list[Any]]:
        sql = "SELECT sid FROM accounts_account WHERE friendly_name = %s ORDER BY sid"
        return await database.fetch([(sql, [name]) for name in ("nobody", "two", "one", "nobody")])

    made = [await asyncio.to_thread(made_account, name) for name in ("one", "two", "two")]
    assert await somewhere.run(sids) == [[], [(made[1],), (made[2],)], [(made[0],)], []]


def made_account(name: str) -> str:
    try:
        return make_account(name).sid
    finally:
        connection.close()


async def test_dates_come_in_utc_as_the_orm_gives_them(
    somewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever zone the server is set to."""
    if connection.vendor == "postgresql":
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", "-c TimeZone=Asia/Tokyo")

    async def dates(database: Database) -> Any:
        ((row,),) = await database.fetch([("SELECT date_created FROM accounts_account", [])])
        return row

    def dates_of_orm() -> Any:
        try:
            return Account.objects.get().date_created
        finally:
            connection.close()

    await asyncio.to_thread(made_account, "one")
    if connection.vendor == "postgresql":  # SQLite has texts, which the ORM converts
        found = (await somewhere.run(dates))[0]
        expected = await asyncio.to_thread(dates_of_orm)
        assert (found, found.tzinfo) == (expected, expected.tzinfo)


async def test_a_connection_is_kept_from_work_to_work(somewhere: Any) -> None:
    first = await somewhere.run(number_of_connection)
    assert await somewhere.run(number_of_connection) == first


async def missing(database: Database) -> None:
    await database.fetch([("SELECT 1 FROM a_table_that_is_not_there", [])])


async def missing_among_others(database: Database) -> None:
    await database.fetch(
        [("SELECT 1", []), ("SELECT 1 FROM a_table_that_is_not_there", []), ("SELECT 2", [])]
    )


async def told_of_in_a_result(database: Database) -> None:
    with pytest.raises(DatabaseError):
        await missing(database)


@pytest.mark.parametrize("fail", [missing, missing_among_others, told_of_in_a_result])
async def test_after_an_error_of_the_database_the_next_work_has_another_connection(
    somewhere: Any, fail: Callable[[Database], Awaitable[None]]
) -> None:
    before = await somewhere.run(number_of_connection)
    with suppress(DatabaseError):
        await somewhere.run(fail)
    assert await somewhere.run(selected, 1, 2) == [1, 2]
    assert await somewhere.run(number_of_connection) != before


async def twice(database: Database) -> None:
    for _ in range(2):
        await database.execute("INSERT INTO numbers_of_tests (id) VALUES (%s)", [1])


@pytest.fixture
def numbers(transactional_db: None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE numbers_of_tests (id integer PRIMARY KEY)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE numbers_of_tests")


async def test_a_row_that_is_refused_is_an_error_of_django_and_costs_no_connection(
    numbers: None, somewhere: Any
) -> None:
    before = await somewhere.run(number_of_connection)
    with pytest.raises(IntegrityError):
        await somewhere.run(twice)
    assert await somewhere.run(number_of_connection) == before
    # Each statement is a transaction of its own.
    count: Asked = ("SELECT count(*) FROM numbers_of_tests", [])
    assert await somewhere.run(lambda database: database.fetch([count])) == [[(1,)]]


async def test_a_value_that_is_refused_costs_no_connection(somewhere: Any) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps NULs")
    before = await somewhere.run(number_of_connection)
    with pytest.raises(DataError):
        await somewhere.run(selected, 1, "a\x00b")
    assert await somewhere.run(selected, 1, "b") == [1, "b"]
    assert await somewhere.run(number_of_connection) == before


def end(pid: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        connection.close()


async def pid(database: Database) -> int:
    (((found,),),) = await database.fetch([("SELECT pg_backend_pid()", [])])
    return int(found)


@pytest.fixture
def postgresql(transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is a file: nobody but us can end a connection to it, or keep us from one")


async def test_a_connection_that_was_ended_fails_one_work_at_most(postgresql: None, somewhere: Any) -> None:
    """None on a loop, which sees the end as it comes."""
    await asyncio.to_thread(end, await somewhere.run(pid))
    if isinstance(somewhere, InThread):
        with pytest.raises(OperationalError):
            await somewhere.run(selected, 1)
    assert await somewhere.run(selected, 1) == [1]


async def test_a_connection_that_lay_idle_is_tried_before_it_is_used(
    postgresql: None, somewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await somewhere.run(pid)
    monkeypatch.setattr(databases, "IDLE_SECONDS", -1)
    assert await somewhere.run(pid) == before
    await asyncio.to_thread(end, before)
    assert await somewhere.run(selected, 7) == [7]


async def test_a_database_that_cannot_be_reached_is_an_error_of_django_until_it_can(
    postgresql: None, somewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "PORT", "1")
        with pytest.raises(OperationalError):
            await somewhere.run(selected, 1)
    assert await somewhere.run(selected, 1) == [1]


async def test_what_needs_the_orm_runs_apart(somewhere: Any) -> None:
    async def named(database: Database) -> tuple[list[str], str]:
        names = await database.apart(lambda: [account.friendly_name for account in Account.objects.all()])
        return names, await database.apart(lambda: threading.current_thread().name)

    await asyncio.to_thread(made_account, "one")
    names, thread = await somewhere.run(named)
    assert names == ["one"]
    assert thread.startswith("numbers")


async def test_a_loop_gives_the_connection_of_what_runs_apart_back(postgresql: None) -> None:
    """Eight places would hold eight of the pool's, for what they need once in a while."""
    place = OnLoop("numbers")
    for work in (Account.objects.count, lambda: Account.objects.get(sid="none")):
        with suppress(Account.DoesNotExist):
            await place.apart(work)
        assert await place._thread.call(lambda: connection.connection) is None
    await place.close()


async def test_a_place_that_nobody_used_can_be_closed(making: Any) -> None:
    await making("numbers").close()


async def test_the_places_are_those_of_the_database(transactional_db: None) -> None:
    chosen = places("numbers", 3)
    kinds = [OnLoop] * 3 if connection.vendor == "postgresql" else [InThread]  # SQLite has one writer
    assert [type(each) for each in chosen] == kinds
    for each in chosen:
        await each.close()


# --- In the thread that asks -------------------------------------------------------------------


def test_inline_is_the_connection_of_django_and_its_transaction(db: None) -> None:
    with transaction.atomic():
        account = make_account("one")
        sql = "SELECT sid FROM accounts_account WHERE friendly_name = %s"
        assert completed(INLINE.fetch([(sql, ["one"])])) == [[(account.sid,)]]
    assert completed(INLINE.apart(lambda: connection)) is connection


def test_a_coroutine_that_waits_cannot_be_completed() -> None:
    with pytest.raises(RuntimeError, match="waits for somebody"):
        completed(asyncio.sleep(0))


def test_a_statement_that_is_refused_takes_nothing_of_a_transaction_back(numbers: None) -> None:
    sql = "INSERT INTO numbers_of_tests (id) VALUES (%s)"
    with transaction.atomic():
        completed(INLINE.execute(sql, [1]))
        with pytest.raises(IntegrityError):
            completed(INLINE.execute(sql, [1]))
        completed(INLINE.execute(sql, [2]))
    assert completed(INLINE.fetch([("SELECT count(*) FROM numbers_of_tests", [])])) == [[(2,)]]
