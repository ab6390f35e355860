"""Where statements run: on Django's connection in the thread that asks, or on an event loop's own.

What batches do is written once, as coroutines that are given a `Database`. `completed` runs them where nobody
waits for anything but the database; on PostgreSQL an event loop runs them itself. A thread in between would
have to get the interpreter's lock from a busy loop several times for each statement: that was a tenth of the
processor time of a lookup, and made the loop wait for its own batches.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import cache, partial
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.types.datetime import TimestamptzLoader

from rest.pipelines import Asked, Pipeline, Row

__all__ = [
    "INLINE",
    "Asked",
    "Database",
    "InThread",
    "OnLoop",
    "Place",
    "Row",
    "completed",
    "connected",
    "is_postgresql",
    "places",
]

Result = TypeVar("Result")
Words = ParamSpec("Words")

# A connection that lay idle this long is tried before it is used: the server or a firewall may have ended it.
IDLE_SECONDS = 30
# What a refused row raises; the connection is as good as before.
_OF_THE_ROWS: Final = (psycopg.DataError, psycopg.IntegrityError)


class Database(Protocol):
    """Statements, each a transaction of its own. In one that is open they take nothing of it back.

    They raise what Django raises: OperationalError, IntegrityError and so on.
    """

    async def fetch(self, queries: Sequence[Asked]) -> list[list[Row]]:
        """The rows of each of these queries."""

    async def execute(self, sql: str, parameters: Sequence[Any]) -> None:
        """Run what has no rows."""

    async def apart(self, work: Callable[[], Result]) -> Result:
        """Do what needs the ORM, or a transaction of several statements."""


Work = Callable[Concatenate[Database, Words], Coroutine[Any, Any, Result]]


class Place(Protocol):
    """Where such work runs, with a connection of its own that is opened by the first statement.

    One work at a time, for one event loop.
    """

    async def run(self, work: "Work[Words, Result]", *args: Words.args, **kwargs: Words.kwargs) -> Result:
        """What the work returns, or raises. On SQLite it may wait for nothing but the database."""

    async def close(self) -> None:
        """Finish what is under way, and give the connection back."""


def places(name: str, most: int) -> list[Place]:
    """Those of the database in use: so many, or one on SQLite, which has one writer.

    Who works on SQLite waits for a disk, so that is done in a thread.
    """
    return [OnLoop(name) for _ in range(most)] if is_postgresql() else [InThread(name)]


@cache
def is_postgresql() -> bool:
    """Whether the database is one. To ask Django's `connection` in a new task makes another one for it."""
    return connection.vendor == "postgresql"


class Inline:
    """Django's connection of the thread that asks. Nothing of it waits: `completed` runs what is given it."""

    async def fetch(self, queries: Sequence[Asked]) -> list[list[Row]]:
        return [_fetch(*query) for query in queries]

    async def execute(self, sql: str, parameters: Sequence[Any]) -> None:
        with _savepoint(), connection.wrap_database_errors, _cursor() as cursor:
            cursor.execute(sql, parameters)

    async def apart(self, work: Callable[[], Result]) -> Result:
        return work()


INLINE: Final = Inline()


def completed(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine that waits for nobody, such as one that was given `INLINE`."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # what the coroutine returns
    work.close()
    raise RuntimeError("a coroutine waits for somebody, and nobody can wait here")


class InThread:
    """A place: a thread with a connection of Django's, which is closed after an error and at the end."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._used_at = 0.0

    async def run(self, work: "Work[Words, Result]", *args: Words.args, **kwargs: Words.kwargs) -> Result:
        return await self.call(lambda: completed(work(INLINE, *args, **kwargs)))

    async def call(self, work: Callable[[], Result]) -> Result:
        """The same for a function."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._called, work)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._executor, _close_connection)
        self._executor.shutdown()

    def _called(self, work: Callable[[], Result]) -> Result:
        at = time.monotonic()
        if at - self._used_at > IDLE_SECONDS and not (connection.connection and connection.is_usable()):
            connection.close()
        self._used_at = at
        try:
            return work()
        finally:
            # Also when the work told of it in its results. Not for a row that was refused.
            if connection.errors_occurred:
                connection.close()  # the next one opens another


class OnLoop:
    """A place: the event loop itself, with a connection to PostgreSQL; and a thread for what needs the ORM.

    After an error that is not of the rows the next statement has another connection.
    """

    def __init__(self, name: str) -> None:
        self._thread = InThread(name)
        self._django = connections[DEFAULT_DB_ALIAS]
        self._opened: Pipeline | None = None
        self._used_at = 0.0

    async def run(self, work: "Work[Words, Result]", *args: Words.args, **kwargs: Words.kwargs) -> Result:
        return await work(self, *args, **kwargs)

    async def fetch(self, queries: Sequence[Asked]) -> list[list[Row]]:
        """In one round trip."""
        return await self._asked(queries)

    async def execute(self, sql: str, parameters: Sequence[Any]) -> None:
        await self._asked([(sql, parameters)])

    async def apart(self, work: Callable[[], Result]) -> Result:
        return await self._thread.call(partial(_and_give_back, work))

    async def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
        await self._thread.close()

    async def _asked(self, statements: Sequence[Asked]) -> list[list[Row]]:
        at = time.monotonic()
        idle, self._used_at = at - self._used_at, at
        with self._django.wrap_database_errors:
            opened = await self._living(idle)
            try:
                return await opened.fetch(statements)
            except _OF_THE_ROWS:
                raise
            except psycopg.Error:
                opened.close()
                raise

    async def _living(self, idle: float) -> Pipeline:
        """The connection, tried if it lay idle so many seconds; another one if it has ended."""
        opened = self._opened
        if opened is None or not opened.is_open or (idle > IDLE_SECONDS and not await _lives(opened)):
            opened = self._opened = await connected(self._django)
        return opened


async def connected(django: BaseDatabaseWrapper) -> Pipeline:
    """A connection as Django opens one, by its wrapper of the database."""
    parameters = django.get_connection_params()
    del parameters["cursor_factory"]  # that of Django does not wait for a loop
    opened = await psycopg.AsyncConnection.connect(**parameters, autocommit=True)
    opened.adapters.register_loader("timestamptz", TimestamptzLoader)  # that of Django is not written in C
    await opened.execute("SELECT set_config('TimeZone', %s, false)", [django.timezone_name])
    return Pipeline(opened)


async def _lives(opened: Pipeline) -> bool:
    try:
        await opened.fetch([("SELECT 1", [])])
    except psycopg.Error:
        opened.close()
        return False
    return True


def _fetch(sql: str, parameters: Sequence[Any]) -> list[Row]:
    with connection.wrap_database_errors, _cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _savepoint() -> AbstractContextManager[None]:
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def _cursor() -> Any:
    """Django's own tells those who count queries; nobody else pays for that."""
    is_watched = connection.queries_logged or connection.execute_wrappers
    if is_watched or not is_postgresql():
        return connection.cursor()
    connection.ensure_connection()
    opened = connection.connection
    opened.prepare_threshold = 0
    return psycopg.Cursor(opened)


def _and_give_back(work: Callable[[], Result]) -> Result:
    """What is done once in a while keeps no connection meanwhile."""
    try:
        return work()
    finally:
        _close_connection()


def _close_connection() -> None:
    """That of the thread it runs in: `connection.close` itself is that of the thread that says it."""
    connection.close()
