"""Work on a database for many requests at once: while one batch is under way, the next one gathers.

A busy process then pays a query or a commit for dozens of requests. A few have a connection each: who shares
a batch waits for the one before it, is answered together with the others, and comes back together with them.
There is no timer.
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
    """Items in, results out. For one event loop.

    Each place does one work at a time. While `are_few`, and no more than there are places, each item has a
    place of its own and waits for nobody; of more than that, one place takes all that have come.
    """

    def __init__(
        self,
        places: Sequence[Place],
        work: Callable[[Database, Sequence[Item]], Coroutine[Any, Any, Sequence[Result]]],
        *,
        are_few: Callable[[], bool] = lambda: True,
    ) -> None:
        self._callers_are_few = are_few
        self._places, self._idle = places, list(places)
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._under_way = 0
        self._workers: set[asyncio.Task[None]] = set()

    async def do(self, item: Item) -> Result:
        """This item's result. Raises what the work raises; then no item of its batch has a result.

        Once begun it goes on, also when whoever asked has gone.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((item, done))
        self._under_way += 1
        if self._idle and (self._are_few or len(self._idle) == len(self._places)):
            worker = loop.create_task(self._until_nobody_waits(self._idle.pop()))
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        return await done

    async def close(self) -> None:
        """Finish what waits, and close the places of the work."""
        await asyncio.gather(*self._workers)
        for place in self._places:
            await place.close()

    @property
    def _are_few(self) -> bool:
        return self._under_way <= len(self._places) and self._callers_are_few()

    async def _until_nobody_waits(self, place: Place) -> None:
        """Or until there are many, and another one goes on with them."""
        is_wanted = True
        while self._waiting and is_wanted:
            most = 1 if self._are_few else MOST_AT_ONCE
            batch, self._waiting = self._waiting[:most], self._waiting[most:]
            try:
                results = await place.run(self._work, [item for item, _ in batch])
                for (_, done), result in zip(batch, results, strict=True):
                    if not done.done():
                        done.set_result(result)
            except Exception as error:  # noqa: BLE001 - it is theirs who asked, every one of them
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
            self._under_way -= len(batch)
            is_wanted = self._are_few or len(self._idle) + 1 == len(self._places)
        self._idle.append(place)
