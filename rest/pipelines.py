"""A connection to PostgreSQL that an event loop reads, for the few statements that are asked all day.

psycopg's AsyncConnection would be the obvious choice, and was ours. It tells the loop of its socket anew for
each wait and sends every statement of a pipeline by itself: some 20 system calls for what is here one write
and one read. psycopg still opens the connection, converts the values and names the errors; what is spoken to
here is its `pq`, the interface to libpq.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, Final, NamedTuple

import psycopg
from psycopg.adapt import Buffer, PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult

Row = tuple[Any, ...]
Asked = tuple[str, Sequence[Any]]
"""A statement in the style of the drivers (`%s`), and its parameters."""

_REFUSED: Final = frozenset({ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED})
_PLACE: Final = re.compile("%([s%])")

Key = tuple[str, tuple[int, ...]]
"""What a prepared statement is told by: its text, and the types of its parameters."""

Names = dict[Key, bytes]
"""Those of prepared statements."""


class _Statement(NamedTuple):
    """A statement with its parameters as they are sent."""

    key: Key
    values: Sequence[Buffer | None]
    formats: Sequence[Format]


class Pipeline:
    """Takes an open connection over. One `fetch` at a time, on one event loop."""

    def __init__(self, opened: "psycopg.AsyncConnection[Row]") -> None:
        self._opened, self._libpq = opened, opened.pgconn
        self._converter = Transformer(opened)
        self._new_names = map(b"patchbay_%d".__mod__, count())
        self._names: Names = {}
        self._results: list[PGresult] = []
        self._answered: asyncio.Future[None] | None = None
        self._loop, self._socket = asyncio.get_running_loop(), self._libpq.socket
        self._is_writing = False
        self.is_open = True
        """Whether it can be asked. That the server has ended it is seen as soon as it has."""
        self._libpq.enter_pipeline_mode()
        self._loop.add_reader(self._socket, self._read)

    @property
    def backend_pid(self) -> int:
        """The process that serves it."""
        return self._libpq.backend_pid

    async def fetch(self, queries: Iterable[Asked]) -> list[list[Row]]:
        """The rows of each of these statements: one transaction, and one round trip once they are prepared.

        Raises psycopg.Error; then none of them is done. It is closed when no answer came, or nobody waited.
        """
        statements = [self._converted(*query) for query in queries]
        new = {each.key: next(self._new_names) for each in statements if each.key not in self._names}
        self._answered = self._loop.create_future()
        try:
            self._send(statements, new)
            self._write()
            await self._answered
        except BaseException:
            self.close()  # what is on its way would be taken for the answer to the next
            raise
        finally:
            results, self._results, self._answered = iter(self._results), [], None
        return self._rows(statements, new, results)

    def close(self) -> None:
        """End the connection now."""
        if self.is_open:  # once: another connection may have the socket's number by now
            self.is_open = False
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._libpq.finish()

    def _converted(self, sql: str, parameters: Sequence[Any]) -> _Statement:
        """Raises psycopg.DataError for a text with a NUL."""
        converter = self._converter
        values = converter.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
        return _Statement((sql, converter.types or ()), values, converter.formats or ())

    def _send(self, statements: Iterable[_Statement], new: Names) -> None:
        """Ask for all of them in the next write, and have the new ones prepared before."""
        for (sql, types), name in new.items():
            self._libpq.send_prepare(name, _numbered(sql), types)
        for each in statements:
            name = self._names.get(each.key) or new[each.key]
            self._libpq.send_query_prepared(name, each.values, each.formats)
        self._libpq.pipeline_sync()

    def _rows(
        self, statements: Iterable[_Statement], new: Names, results: Iterator[PGresult]
    ) -> list[list[Row]]:
        for key, name in new.items():
            _accepted(next(results))
            self._names[key] = name
        rows = [self._loaded(_accepted(next(results))) for _ in statements]
        for result in results:
            _accepted(result)  # what the commit was refused for, such as a foreign key
        return rows

    def _loaded(self, result: PGresult) -> list[Row]:
        self._converter.set_pgresult(result)
        try:
            return self._converter.load_rows(0, result.ntuples, tuple)
        finally:
            self._converter.set_pgresult(None)

    # --- The loop's part -----------------------------------------------------------------------

    def _write(self) -> None:
        """Write what the socket takes, and the rest as soon as it takes more."""
        try:
            is_left = bool(self._libpq.flush())
        except psycopg.Error as error:
            self._end(error)
        else:
            if is_left != self._is_writing:
                self._is_writing = is_left
                if is_left:
                    self._loop.add_writer(self._socket, self._write)
                else:
                    self._loop.remove_writer(self._socket)

    def _read(self) -> None:
        try:
            self._libpq.consume_input()
            self._take_results()
        except psycopg.Error as error:
            self._end(error)
        else:
            if self._opened.closed:
                self._end(psycopg.OperationalError("what the server said makes no sense"))

    def _take_results(self) -> None:
        """Those that are complete. Each statement has one, and None behind it."""
        was_one = False
        while not self._libpq.is_busy():
            result = self._libpq.get_result()
            if result is None and not was_one:
                return
            was_one = result is not None
            if result is None:
                continue
            if result.status != ExecStatus.PIPELINE_SYNC:
                self._results.append(result)
            elif self._answered is not None and not self._answered.done():
                self._answered.set_result(None)

    def _end(self, error: psycopg.Error) -> None:
        self.close()
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error)


def _accepted(result: PGresult) -> PGresult:
    if result.status in _REFUSED:
        raise error_from_result(result)
    return result


@lru_cache
def _numbered(sql: str) -> bytes:
    """The places of the parameters as libpq wants them: `$1`, `$2` and so on."""
    numbers = count(1)
    return _PLACE.sub(lambda place: f"${next(numbers)}" if place[1] == "s" else "%", sql).encode()
