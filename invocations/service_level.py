"""How a version does over a day, a week or a month: times against their targets, causes, the error budget.

Numbers and sentences for the publisher's pages. Only live calls are looked at; which of them count is
decided when they are recorded (contract 12).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count
from django.db.models.functions import TruncDay, TruncHour
from django.utils import timezone

from publishers.contract.limits import (
    DEADLINE_MS,
    FAILURES_PER_HUNDRED,
    TARGET_MEDIAN_MS,
    TARGET_SLOW_MS,
)
from publishers.models import ListingVersion
from results.event_codes import CODES
from results.publisher_log import MEDIAN, SLOW, SLOWEST, ServiceLevel, counted_once, live_calls

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
# Of a bar in the picture of calls over time: its width, where the next begins, and its height at most.
BAR: Final = 8
STEP: Final = 10
HEIGHT: Final = 100

_Cell = tuple[datetime, int | None, bool, int]
"""The beginning of an hour or a day, how its calls ended, whether they count, and how many they were."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """How far the numbers look back, and by which steps a picture shows it."""

    slug: str
    name: str
    length: timedelta
    step: timedelta


PERIODS: Final = {
    each.slug: each
    for each in (
        Period(slug="24h", name="24 hours", length=DAY, step=HOUR),
        Period(slug="7d", name="7 days", length=7 * DAY, step=DAY),
        Period(slug="30d", name="30 days", length=30 * DAY, step=DAY),
    )
}
MONTH: Final = PERIODS["30d"]


@dataclass(frozen=True, kw_only=True)
class Percentile:
    """Within which time so many of a hundred calls ended, and within which they should."""

    percent: int
    name: str
    ms: int
    target_ms: int

    @property
    def is_met(self) -> bool:
        return self.ms <= self.target_ms


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How many of these calls may fail by the publisher's fault, and how many did."""

    calls: int
    failed: int

    @property
    def allowed(self) -> int:
        return self.calls * FAILURES_PER_HUNDRED // 100

    @property
    def left(self) -> int:
        """Less than nothing when it is overdrawn."""
        return self.allowed - self.failed

    @property
    def left_percent(self) -> int | None:
        """None where so few calls came that none may fail."""
        return max(0, 100 * self.left // self.allowed) if self.allowed else None

    @property
    def is_spent(self) -> bool:
        return self.left < 0

    @property
    def overdrawn(self) -> int:
        return max(0, -self.left)

    @property
    def words(self) -> str:
        """The budget as sentences."""
        if not self.calls:
            return "No live call counted in this time, so there is no budget to spend."
        may = (
            f"Of {_calls(self.calls)}, {self.allowed} may fail by your fault ({FAILURES_PER_HUNDRED} in 100)."
        )
        failed = f" {self.failed} did" if self.failed else " None did"
        if self.is_spent:
            return f"{may}{failed}: that is {self.overdrawn} too many."
        return f"{may}{failed}: {self.left} may still fail."


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One way in which calls ended: whether it counts, and who pays for it."""

    code: int | None
    title: str
    calls: int
    effect: str
    pays: str
    is_against: bool = False


@dataclass(frozen=True, kw_only=True)
class Step:
    """An hour or a day of the picture: the calls that count, and how high they stand in it."""

    begins: datetime
    calls: int
    failed: int
    x: int
    high: float
    failed_high: float

    @property
    def top(self) -> float:
        return HEIGHT - self.high

    @property
    def failed_top(self) -> float:
        return HEIGHT - self.failed_high


@dataclass(frozen=True, kw_only=True)
class Course:
    """What a version's calls came to over a period."""

    causes: list[Cause]
    steps: list[Step]

    @property
    def width(self) -> int:
        return STEP * len(self.steps)

    @property
    def most(self) -> int:
        return max((each.calls for each in self.steps), default=0)


def percentiles(level: ServiceLevel) -> list[Percentile]:
    """The three that have a target; none of too few calls."""
    wanted = (
        (MEDIAN, "Half of the calls", TARGET_MEDIAN_MS),
        (SLOW, f"{SLOW} of 100 calls", TARGET_SLOW_MS),
        (SLOWEST, f"{SLOWEST} of 100 calls", DEADLINE_MS),
    )
    found = ((level.percentile(percent), percent, name, target) for percent, name, target in wanted)
    return [
        Percentile(percent=percent, name=name, ms=ms, target_ms=target)
        for ms, percent, name, target in found
        if ms is not None
    ]


def budget_of(level: ServiceLevel) -> Budget:
    return Budget(calls=level.calls, failed=level.failed)


def course(version: ListingVersion, period: Period) -> Course:
    """The causes and the picture of one version. Numbers are kept as those of the service levels are."""
    since = timezone.now() - period.length
    cells = counted_once(
        f"service-level-course:{version.sid}:{period.slug}",
        period=period.length,
        count=lambda: _cells(version, period, since),
    )
    return Course(causes=_causes(cells, version), steps=_steps(cells, period, since))


def _cells(version: ListingVersion, period: Period, since: datetime) -> list[_Cell]:
    begins = TruncHour("started_at") if period.step == HOUR else TruncDay("started_at")
    calls = live_calls([version], since=since).annotate(begins=begins)
    return list(
        calls.values_list("begins", "code", "counts_in_service_level").annotate(Count("pk")).order_by()
    )


def _causes(cells: Iterable[_Cell], version: ListingVersion) -> list[Cause]:
    """The good ones first, then what went wrong by its code; of one code, those that count first."""
    ended: Counter[tuple[int | None, bool]] = Counter()
    for _, code, counts, calls in cells:
        ended[code, counts] += calls
    order = sorted(ended.items(), key=lambda each: (each[0][0] or 0, not each[0][1]))
    return [_cause(code, calls, version, counts=counts) for (code, counts), calls in order]


def _cause(code: int | None, calls: int, version: ListingVersion, *, counts: bool) -> Cause:
    if code is None:
        is_free = version.pricing_type == "free"
        pays = "Nobody: it is free" if is_free else "The customer, where your price rule charges"
        return Cause(code=None, title="A good answer", calls=calls, effect="Counts for you", pays=pays)
    meaning = CODES[code]
    is_against = counts and meaning.counts_against_publisher
    effect = "Counts against you" if is_against else "Counts as a call, not against you"
    if not counts:
        effect = "Does not count: your service was not asked, or had no chance to answer"
    pays = "Nobody: a failed call is free"
    return Cause(code=code, title=meaning.title, calls=calls, effect=effect, pays=pays, is_against=is_against)


def _steps(cells: Iterable[_Cell], period: Period, since: datetime) -> list[Step]:
    """Every hour or day of the period, those without a call too."""
    calls: Counter[datetime] = Counter()
    failed: Counter[datetime] = Counter()
    for at, code, counts, number in cells:
        if counts:
            calls[at] += number
        if counts and code is not None and CODES[code].counts_against_publisher:
            failed[at] += number
    most = max(calls.values(), default=0) or 1
    begins = _beginning(since, period)
    count = -(-(timezone.now() - begins) // period.step)
    times = [begins + index * period.step for index in range(count)]
    return [_step(index, at, calls, failed, most) for index, at in enumerate(times)]


def _step(
    index: int, at: datetime, calls: Mapping[datetime, int], failed: Mapping[datetime, int], most: int
) -> Step:
    return Step(
        begins=at,
        calls=calls[at],
        failed=failed[at],
        x=index * STEP,
        high=round(HEIGHT * calls[at] / most, 2),
        failed_high=round(HEIGHT * failed[at] / most, 2),
    )


def _beginning(at: datetime, period: Period) -> datetime:
    """Of the hour or day that a moment lies in. The site keeps one zone, UTC."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    return hour if period.step == HOUR else hour.replace(hour=0)


def _calls(number: int) -> str:
    return "1 call that counts" if number == 1 else f"{number} calls that count"
