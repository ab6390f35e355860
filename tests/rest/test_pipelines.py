"""A connection that an event loop reads: whatever happens to it, no answer is taken for another one's."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any

import psycopg
import pytest
import uvloop
from django.db import connection, connections

from rest.databases import connected
from rest.pipelines import Asked, Pipeline

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 20
MEGABYTES = 8


@pytest.fixture
def postgresql(transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("a connection to PostgreSQL needs one")


@pytest.fixture
async def pipeline(postgresql: None) -> AsyncIterator[Pipeline]:
    opened = await connected(connections["default"])
    yield opened
    opened.close()


async def selected(pipeline: Pipeline, *values: Any) -> list[Any]:
    rows = await pipeline.fetch([("SELECT %s", [value]) for value in values])
    return [value for ((value,),) in rows]


@pytest.fixture
def parents(postgresql: None) -> Iterator[None]:
    """A table whose foreign key is checked when its transaction commits, as all of Django's are."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE parents_of_tests (id integer PRIMARY KEY)")
        cursor.execute(
            "CREATE TABLE children_of_tests (id integer PRIMARY KEY, parent integer NOT NULL"
            " REFERENCES parents_of_tests DEFERRABLE INITIALLY DEFERRED)"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE children_of_tests, parents_of_tests")


INSERT_PARENT = "INSERT INTO parents_of_tests (id) VALUES (%s)"
INSERT_CHILD = "INSERT INTO children_of_tests (id, parent) VALUES (%s, %s)"
COUNT: Asked = (
    "SELECT (SELECT count(*) FROM parents_of_tests), (SELECT count(*) FROM children_of_tests)",
    [],
)


async def test_what_the_commit_refuses_is_an_error_and_nothing_is_there(
    parents: None, pipeline: Pipeline
) -> None:
    """The statements themselves have succeeded by then."""
    for _ in range(2):  # newly prepared, and prepared
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            await pipeline.fetch([(INSERT_PARENT, [1]), (INSERT_CHILD, [1, 2])])
    assert await pipeline.fetch([COUNT]) == [[(0, 0)]]
    assert await pipeline.fetch([(INSERT_PARENT, [1]), (INSERT_CHILD, [1, 1])]) == [[], []]
    assert await pipeline.fetch([COUNT]) == [[(1, 1)]]


async def test_statements_that_are_asked_together_are_one_transaction(
    parents: None, pipeline: Pipeline
) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        await pipeline.fetch([(INSERT_PARENT, [1]), (INSERT_PARENT, [1]), COUNT])
    assert await pipeline.fetch([COUNT]) == [[(0, 0)]]
    assert pipeline.is_open


async def test_a_statement_behind_one_that_fails_is_prepared_the_next_time(
    parents: None, pipeline: Pipeline
) -> None:
    await pipeline.fetch([(INSERT_PARENT, [1])])
    behind: Asked = ("SELECT 'behind', %s", ["x"])
    with pytest.raises(psycopg.errors.UniqueViolation):
        await pipeline.fetch([("SELECT 'before', %s", ["x"]), (INSERT_PARENT, [1]), behind])
    assert await pipeline.fetch([("SELECT 'before', %s", ["y"]), behind]) == [
        [("before", "y")],
        [("behind", "x")],
    ]


async def test_a_statement_is_prepared_once_for_the_types_of_its_parameters(pipeline: Pipeline) -> None:
    values = [1, 2, 70_000, 2**40, -5, "text", None, True, "more", 3]
    for _ in range(3):
        assert await selected(pipeline, *values) == values
    ((names,),) = await pipeline.fetch(
        [("SELECT count(*) FROM pg_prepared_statements WHERE statement = %s", ["SELECT $1"])]
    )
    assert names == (5,)  # small, middle and large integers, a truth value, and what is a text or nothing


async def test_percent_signs_are_as_in_the_driver(pipeline: Pipeline) -> None:
    sql = "SELECT 'a%%b' LIKE 'a%%', 7 %% 4, %s"
    assert await pipeline.fetch([(sql, ["%s %% $1"])]) == [[(True, 3, "%s %% $1")]]


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_more_than_a_socket_takes_at_once_goes_both_ways(postgresql: None, loop: str) -> None:
    async def sizes() -> list[Any]:
        opened = await connected(connections["default"])
        try:
            text = "ä€" * (MEGABYTES << 18)
            ((one,),), ((two,),) = await opened.fetch(
                [("SELECT %s || 'x'", [text]), ("SELECT length(%s)", [text])]
            )
            return [one == f"{text}x", two == len(text), await selected(opened, 7)]
        finally:
            opened.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop if loop == "uvloop" else None) as runner:
        assert runner.run(sizes()) == [True, True, [7]]


async def within_patience(work: Awaitable[Any]) -> Any:
    async with asyncio.timeout(PATIENCE):
        return await work


async def test_who_gives_up_leaves_no_answer_to_the_next_one(pipeline: Pipeline) -> None:
    waiting = asyncio.create_task(pipeline.fetch([("SELECT pg_sleep(0.2)", []), ("SELECT 'late'", [])]))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not pipeline.is_open


async def test_an_end_while_an_answer_is_due_is_an_error(pipeline: Pipeline) -> None:
    with pytest.raises(psycopg.OperationalError):
        await within_patience(
            pipeline.fetch([("SELECT pg_terminate_backend(pg_backend_pid())", []), ("SELECT 1", [])])
        )
    assert not pipeline.is_open


async def test_an_end_while_it_lies_idle_is_seen_at_once(pipeline: Pipeline) -> None:
    other = await connected(connections["default"])
    await other.fetch([("SELECT pg_terminate_backend(%s, 5000)", [pipeline.backend_pid])])
    other.close()
    async with asyncio.timeout(PATIENCE):
        while pipeline.is_open:  # noqa: ASYNC110 - nothing tells of it but this
            await asyncio.sleep(0.01)


async def test_what_comes_unasked_is_no_answer(pipeline: Pipeline) -> None:
    other = await connected(connections["default"])
    await pipeline.fetch([("LISTEN tests", [])])
    for number in range(3):
        await other.fetch([("SELECT pg_notify('tests', %s)", [str(number)])])
        await asyncio.sleep(0.05)
        assert await selected(pipeline, number) == [number]
    await pipeline.fetch([("DO $$ BEGIN RAISE NOTICE 'listen'; END $$", [])])
    assert await selected(pipeline, 7) == [7]
    other.close()


async def test_a_value_that_no_text_can_hold_sends_nothing(pipeline: Pipeline) -> None:
    with pytest.raises(psycopg.DataError):
        await selected(pipeline, 1, "a\x00b", 2)
    assert await selected(pipeline, 3, "b") == [3, "b"]


async def test_to_close_it_twice_ends_nobody_else(pipeline: Pipeline) -> None:
    """Another connection has the number of its socket by then."""
    pipeline.close()
    other = await connected(connections["default"])
    assert other._socket == pipeline._socket
    pipeline.close()
    assert await within_patience(selected(other, 7)) == [7]
    other.close()
    with pytest.raises(psycopg.OperationalError):
        await pipeline.fetch([("SELECT 1", [])])
