"""Work on a database for many requests at once: while one batch is under way, the next one gathers.

A busy process then pays a query or a commit for dozens of requests, an idle one waits for nothing: there
is no timer. The thread and its database connection are the batches' own.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from django.db import connection

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_AT_ONCE = 256
# A connection that lay idle this long is tried before it is used: the server or a firewall may have ended it.
IDLE_SECONDS = 30


class Batches(Generic[Item, Result]):
    """Items in, results out, in the same order. For one event loop; opens nothing before the first item."""

    def __init__(self, name: str, work: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._worker: asyncio.Task[None] | None = None
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._used_at = 0.0

    async def do(self, item: Item) -> Result:
        """This item's result. Raises what the work raises; then no item of its batch has a result.

        Once begun it goes on, also when whoever asked has gone.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((item, done))
        if self._worker is None:
            self._worker = loop.create_task(self._until_nobody_waits())
        return await done

    async def close(self) -> None:
        """Finish what waits, and give the connection back."""
        if self._worker is not None:
            await self._worker
        await asyncio.get_running_loop().run_in_executor(self._executor, _close_connection)
        self._executor.shutdown()

    async def _until_nobody_waits(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            try:
                results = await loop.run_in_executor(
                    self._executor, self._worked, [item for item, _ in batch]
                )
                for (_, done), result in zip(batch, results, strict=True):
                    if not done.done():
                        done.set_result(result)
            except Exception as error:  # noqa: BLE001 - it is theirs who asked, every one of them
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
        self._worker = None

    def _worked(self, items: Sequence[Item]) -> Sequence[Result]:
        """In the thread: the work, on a connection that lives."""
        at = time.monotonic()
        if at - self._used_at > IDLE_SECONDS and not (connection.connection and connection.is_usable()):
            connection.close()
        self._used_at = at
        try:
            return self._work(items)
        finally:
            # Also when the work told of it in its results. Not for a row that was refused.
            if connection.errors_occurred:
                connection.close()  # the next batch opens another


def _close_connection() -> None:
    """That of the thread it runs in: `connection.close` itself is that of the thread that says it."""
    connection.close()
