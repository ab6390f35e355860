"""Work on a database for many requests at once: while one batch is under way, the next one gathers.

A busy process then pays a query or a commit for dozens of requests, an idle one waits for nothing: there
is no timer.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

from rest.databases import Database, Place

Item = TypeVar("Item")
Result = TypeVar("Result")

# What is made of a batch holds the event loop: some 20 µs for each add-on of each of them.
MOST_AT_ONCE = 64


class Batches(Generic[Item, Result]):
    """Items in, results out, in the same order. For one event loop."""

    def __init__(
        self, place: Place, work: Callable[[Database, Sequence[Item]], Coroutine[Any, Any, Sequence[Result]]]
    ) -> None:
        self._place = place
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._worker: asyncio.Task[None] | None = None

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
        """Finish what waits, and close the place of the work."""
        if self._worker is not None:
            await self._worker
        await self._place.close()

    async def _until_nobody_waits(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            try:
                results = await self._place.run(self._work, [item for item, _ in batch])
                for (_, done), result in zip(batch, results, strict=True):
                    if not done.done():
                        done.set_result(result)
            except Exception as error:  # noqa: BLE001 - it is theirs who asked, every one of them
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
        self._worker = None
