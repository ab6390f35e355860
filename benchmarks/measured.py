"""What the rounds of the benchmark of lookups came to, in values."""

from dataclasses import dataclass, field
from statistics import median
from typing import Final

from benchmarks.contenders import BARE, NGINX, ORDINARY, PRODUCT, PUBLISHER
from benchmarks.load import Result

ROWS_PER_LOOKUP = 2


@dataclass(frozen=True)
class Phase:
    """How hard is asked, and how many milliseconds the publishers take."""

    delay: str
    connections: int

    def __str__(self) -> str:
        took = "at once" if self.delay == "0" else f"after {self.delay} ms"
        return f"{self.connections} connections, publishers answer {took}"


SATURATED: Final = Phase("0", 64)
BUSY: Final = Phase("50", 64)
CALM: Final = Phase("50", 8)
PHASES: Final = (SATURATED, BUSY, CALM)


@dataclass
class Rounds:
    """The rounds of one contender in one phase. Noise only slows down, so the best round counts."""

    results: list[Result] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> list[float]:
        return [result.per_second for result in self.results]

    @property
    def p50_ms(self) -> list[float]:
        return [result.p50_ms for result in self.results]

    @property
    def p99_ms(self) -> list[float]:
        return [result.p99_ms for result in self.results]


Measured = dict[Phase, dict[str, Rounds]]


@dataclass(frozen=True)
class Goal:
    """One thing that must hold: as measured in the best rounds, and in the median ones."""

    name: str
    best: float
    middle: float
    must: float
    aim: float
    unit: str = "×"
    more_is_better: bool = True

    @property
    def verdict(self) -> str:
        if self._reaches(self.aim):
            return "aim reached"
        return "ok" if self._reaches(self.must) else "MISSED"

    def _reaches(self, bound: float) -> bool:
        return self.best >= bound if self.more_is_better else self.best <= bound


@dataclass(frozen=True)
class Durability:
    """The good answers that were read, and the rows that must be in the database for them."""

    answers: int
    faults: int
    invocations: int
    ledger_entries: int

    @property
    def holds(self) -> bool:
        return (
            not self.faults and min(self.invocations, self.ledger_entries) >= self.answers * ROWS_PER_LOOKUP
        )


def goals(measured: Measured) -> list[Goal]:
    """What must hold, and what is aimed at. A comparison with what is not installed is left out."""
    found = [
        _throughput(measured, SATURATED, BARE, must=0.5, aim=0.8),
        _throughput(measured, SATURATED, ORDINARY, must=5, aim=10),
        _throughput(measured, BUSY, NGINX, must=0.75, aim=0.9),
        _added(measured, "p50", must=5, aim=3),
        _added(measured, "p99", must=20, aim=10),
        _cpu(measured, must=2, aim=1.4),
    ]
    return [goal for goal in found if goal is not None]


def _throughput(measured: Measured, phase: Phase, other: str, *, must: float, aim: float) -> Goal | None:
    if other not in measured[phase]:
        return None
    own, theirs = measured[phase][PRODUCT].per_second, measured[phase][other].per_second
    middle = median(one / two for one, two in zip(own, theirs, strict=True))
    name = f"lookups a second, of the {other} ({phase})"
    return Goal(name, max(own) / max(theirs), middle, must, aim)


def _added(measured: Measured, which: str, *, must: float, aim: float) -> Goal:
    """Over the publisher's own median, asked directly."""
    own = measured[CALM][PRODUCT]
    times = own.p50_ms if which == "p50" else own.p99_ms
    publisher = measured[CALM][PUBLISHER].p50_ms
    best, middle = min(times) - min(publisher), median(times) - median(publisher)
    name = f"{which} over the publisher's own time ({CALM})"
    return Goal(name, best, middle, must, aim, unit="ms", more_is_better=False)


def _cpu(measured: Measured, *, must: float, aim: float) -> Goal:
    own, bare = measured[SATURATED][PRODUCT].cpu_ms, measured[SATURATED][BARE].cpu_ms
    middle = median(one / two for one, two in zip(own, bare, strict=True))
    name = f"processor time a lookup, of the {BARE} ({SATURATED})"
    return Goal(name, min(own) / min(bare), middle, must, aim, more_is_better=False)
