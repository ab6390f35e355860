"""So many at once: whoever comes later waits, and is let in in the order of coming."""

import asyncio
from collections import deque


class Turns:
    """What asyncio's semaphore does, and a turn that is free costs no coroutine. For one event loop."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self) -> bool:
        """Take a turn, if there is one at once."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def wait(self) -> None:
        """Take a turn as soon as there is one."""
        if self.take():
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.give_back()  # it was ours already when we were called off
            raise

    def give_back(self) -> None:
        """End a turn: it is the next one's who waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
