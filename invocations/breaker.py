"""A service that is down is not asked again and again: a circuit breaker for each listing version (61002).

Closed: every call asks. Open, after failures in a row: no call asks. Half-open, after a pause: one call asks
to see whether the service is back; a failure opens again, for longer. An answer always closes.
The state is that of this process, in memory.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from itertools import count
from threading import Lock

from publishers.contract.errors import AddressNotAllowed, ContractError, TimedOut, VendorFailed
from publishers.contract.limits import BREAKER_FAILURES, BREAKER_PAUSES_MS, BREAKER_WINDOW_MS
from publishers.contract.send import Crowded


class NotAsked(VendorFailed):
    """61002: the breaker is open. The publisher never saw the call, so it does not count against them."""

    counts_against_publisher = False
    counts_in_service_level = False


class End(Enum):
    """How a call ended, as far as it tells about the service."""

    ANSWERED = "it lives"
    FAILED = "no answer, a 5xx, or too late"
    NOTHING_SHOWN = "it had no chance to answer"


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, kw_only=True)
class Breaker:
    """What one version's service did lately, and whether it may be asked. Times are seconds of one clock."""

    since: float
    state: State = State.CLOSED
    failures: int = 0
    failed_at: tuple[float, ...] = ()
    probe_at: float = 0
    probe: int = 0
    probes_failed: int = 0

    def admits(self, at: float) -> bool:
        """Whether a call may ask now."""
        return self.state is State.CLOSED or (self.state is State.OPEN and at >= self.probe_at)

    def asked(self, at: float, *, call: int) -> "Breaker":
        """After a call was admitted. In an open breaker it is the probe."""
        if self.state is State.CLOSED:
            return self
        return replace(self, state=State.HALF_OPEN, since=at, probe=call)

    def ended(self, at: float, *, call: int, end: End) -> "Breaker":
        """After the end of a call. Failures of calls asked before it opened change nothing any more."""
        match end:
            case End.ANSWERED:
                return Breaker(since=at)
            case End.FAILED if self._is_probe(call):
                return self._failed(at, probes_failed=self.probes_failed + 1, opens=True)
            case End.FAILED if self.state is State.CLOSED:
                return self._failed(at, opens=self._is_last_straw(at))
            case End.NOTHING_SHOWN if self._is_probe(call):  # the next call may probe instead
                return replace(self, state=State.OPEN, since=at, probe_at=at)
        return self

    def _is_probe(self, call: int) -> bool:
        return self.state is State.HALF_OPEN and self.probe == call

    def _is_last_straw(self, at: float) -> bool:
        """Whether a failure now is one too many in a row."""
        before = self.failed_at[1 - BREAKER_FAILURES :]
        return len(before) == BREAKER_FAILURES - 1 and at - before[0] <= BREAKER_WINDOW_MS / 1000

    def _failed(self, at: float, *, opens: bool, probes_failed: int = 0) -> "Breaker":
        after = replace(
            self,
            failures=self.failures + 1,
            failed_at=(*self.failed_at, at)[-BREAKER_FAILURES:],
            probes_failed=probes_failed,
        )
        if not opens:
            return after
        pause_ms = BREAKER_PAUSES_MS[: probes_failed + 1][-1]
        return replace(after, state=State.OPEN, since=at, probe_at=at + pause_ms / 1000)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The state of one version's breaker as a page shows it. Seconds count from now."""

    version_sid: str
    state: State
    failures: int
    since_seconds: float
    next_probe_seconds: float | None

    def __str__(self) -> str:
        """A sentence for operators."""
        if self.state is State.CLOSED:
            return f"Asked; failed {_times(self.failures)} in a row."
        probed = "is being probed now"
        if self.next_probe_seconds is not None:
            probed = f"is probed by the next call after {self.next_probe_seconds:.1f} s"
        ago = f"{self.since_seconds:.1f} s"
        return f"Not asked ({self.state} for {ago}): it failed {_times(self.failures)} in a row and {probed}."


class Breakers:
    """The breakers of one process. Versions without a recent failure have none. Safe in several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._calls = count(1)
        self._known: dict[str, Breaker] = {}

    def asking(self, version_sid: str) -> "Asking":
        """The block asks the version's service; how it ends moves the breaker. Entering raises NotAsked.

        Every answer but a 5xx, 4xx included, shows that the service lives.
        """
        return Asking(self, version_sid)

    def states(self) -> list[Shown]:
        """The versions that failed lately, or are not asked."""
        with self._lock:
            at, known = self._clock(), sorted(self._known.items())
        return [_shown(version_sid, breaker, at) for version_sid, breaker in known]

    def state_of(self, version_sid: str) -> Shown | None:
        """The same for one version; None when nothing failed."""
        return next((each for each in self.states() if each.version_sid == version_sid), None)

    def admit(self, version_sid: str) -> int:
        """The number of a call that may ask. Raises NotAsked."""
        call = next(self._calls)
        if version_sid not in self._known:
            return call
        with self._lock:
            at, known = self._clock(), self._known.get(version_sid)
            if known is not None:
                if not known.admits(at):
                    raise NotAsked(_refusal(known, at))
                self._known[version_sid] = known.asked(at, call=call)
        return call

    def ended(self, version_sid: str, call: int, end: End) -> None:
        """After the end of an admitted call."""
        if version_sid not in self._known and end is not End.FAILED:
            return  # nothing failed lately, and nothing did now
        with self._lock:
            at = self._clock()
            known = self._known.pop(version_sid, Breaker(since=at)).ended(at, call=call, end=end)
            if known.failures:
                self._known[version_sid] = known


class Asking:
    """One call to a version's service."""

    __slots__ = ("_breakers", "_call", "_version_sid")

    def __init__(self, breakers: Breakers, version_sid: str) -> None:
        self._breakers, self._version_sid = breakers, version_sid

    def __enter__(self) -> None:
        self._call = self._breakers.admit(self._version_sid)

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        end = End.ANSWERED
        if error is not None:
            end = _end(error) if isinstance(error, ContractError) else End.NOTHING_SHOWN
        self._breakers.ended(self._version_sid, self._call, end)


def _end(error: ContractError) -> End:
    match error:
        case AddressNotAllowed() | Crowded():
            return End.NOTHING_SHOWN
        case VendorFailed() | TimedOut():
            return End.FAILED
    return End.ANSWERED


def _shown(version_sid: str, breaker: Breaker, at: float) -> Shown:
    return Shown(
        version_sid=version_sid,
        state=breaker.state,
        failures=breaker.failures,
        since_seconds=at - breaker.since,
        next_probe_seconds=max(0.0, breaker.probe_at - at) if breaker.state is State.OPEN else None,
    )


def _refusal(breaker: Breaker, at: float) -> str:
    """Why a call is not made, in words for the trace."""
    again = "One call is asking it again just now."
    if breaker.state is State.OPEN:
        again = f"In {breaker.probe_at - at:.1f} s one call asks it again."
    return f"The publisher is not asked, because it failed {_times(breaker.failures)} in a row. {again}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


breakers = Breakers()
"""Those of this process."""
