"""Ends what is waited for when its time is over: one timer for everybody who waits."""

import asyncio
import time
from typing import Any, Final

from publishers.contract.errors import TimedOut

now = time.monotonic
"""The clock of every deadline here, in seconds: that of the loops of asyncio and of uvloop. To find the loop
first, and then to ask it, costs a system call each time."""

_NEVER: Final = float("inf")
# What is due within a tick of the loop's timers (uvloop's have whole milliseconds) is due now.
_TICK_SECONDS: Final = 0.001


class Deadlines:
    """The deadlines of the answers that are under way. For one event loop.

    A timer for each, made and cancelled, costs as much as to send a request and to read its answer. This one
    goes off at the earliest deadline it knew of when it was set: about once in the time an answer has.
    """

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[Any], float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = _NEVER

    def watch(self, waiting: "asyncio.Future[Any]", deadline: float) -> None:
        """Fail the future with TimedOut at its deadline, a time of `now()`."""
        self._waiting[waiting] = deadline
        if deadline < self._due:
            self._set(deadline)

    def forget(self, waiting: "asyncio.Future[Any]") -> None:
        """Its wait is over."""
        self._waiting.pop(waiting, None)

    def close(self) -> None:
        """Watch nothing any more."""
        self._waiting.clear()
        self._stop()

    def _set(self, deadline: float) -> None:
        self._stop()
        self._due = deadline
        self._timer = asyncio.get_running_loop().call_at(deadline, self._end_overdue)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._due = None, _NEVER

    def _end_overdue(self) -> None:
        due = now() + _TICK_SECONDS
        self._stop()
        for waiting in [waiting for waiting, deadline in self._waiting.items() if deadline <= due]:
            del self._waiting[waiting]
            if not waiting.done():
                waiting.set_exception(TimedOut("There was no complete answer in time."))
        if self._waiting:
            self._set(min(self._waiting.values()))
