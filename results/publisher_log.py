"""What a publisher sees of the calls to its add-ons (contract 12).

Each call with its outcome, its tries and their times. Of who asked, only the SIDs of the install and of its
configuration, which the request told as well: neither account nor names, settings, values or answers.
"""

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.core.cache import cache
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.utils import timezone
from redis.exceptions import RedisError

from publishers.models import ListingVersion
from results.event_codes import CODES, NOT_CONNECTED, RETRIEVAL_FAILED, WEBHOOK_USES_GET, Code
from results.models import Invocation

log = logging.getLogger(__name__)

# Of the service levels; and how long their numbers are shown without being counted again: for a day's, and
# for those of a longer time so many times as long.
RECENT: Final = timedelta(hours=24)
KEPT_SECONDS: Final = 60
_KEPT_TIMES: Final = 10
# What a call can end with; the other codes are of the asker's own webhook.
CODES_OF_CALLS: Final = {
    code: CODES[code] for code in CODES if code not in {RETRIEVAL_FAILED, NOT_CONNECTED, WEBHOOK_USES_GET}
}
# Percentiles of fewer calls say nothing.
MIN_CALLS: Final = 50
MEDIAN: Final = 50
SLOW: Final = 95
SLOWEST: Final = 99
_SHOWN: Final = (
    "sid",
    "extension",
    "purpose",
    "status",
    "code",
    "http_status",
    "attempts",
    "started_at",
    "duration_ms",
    "answer_bytes",
    "counts_in_service_level",
    "installed_add_on__sid",
    "installed_add_on__install__sid",
    "version__sid",
    "version__number",
    "version__listing__sid",
    "version__listing__unique_name",
    "version__listing__module_info",
)
_SENT: Final = re.compile(
    r"Signed and sent to .*: (?:HTTP (?P<status>\d{3})|no answer) after (?P<ms>\d+) ms\.(?: (?P<error>.*))?",
    re.DOTALL,
)
_REFUSED_BY_SCHEMA: Final = "The response schema refuses "
_VERDICTS: Final = ("A JSON object of ", "The body is ", "The JSON has ")

_Row = TypeVar("_Row")
_Count = tuple[int, int | None, int, int]
"""The key of a version, a code, a duration in ms, and how many calls had them."""


@dataclass(frozen=True, kw_only=True)
class Try:
    """One request on the wire. Its URL is left out: the asker's settings and values may stand in it."""

    status: int | None
    ms: int
    error: str


@dataclass(frozen=True, kw_only=True)
class Course:
    """What a publisher may know of how a call went: the notes of sending, its tries, and the verdict."""

    notes: tuple[str, ...] = ()
    tries: tuple[Try, ...] = ()
    verdict: str = ""
    is_good: bool = False


@dataclass(frozen=True, kw_only=True)
class ServiceLevel:
    """The live calls of one version that count, and their failures. `durations` counts calls by their ms."""

    by_code: Mapping[int, int]
    durations: Mapping[int, int] = field(repr=False)

    @property
    def calls(self) -> int:
        return sum(self.durations.values())

    @property
    def failures(self) -> list[tuple[Code, int]]:
        """Each code with its number of calls; not all of them count against the publisher."""
        return [(CODES[code], count) for code, count in sorted(self.by_code.items())]

    @property
    def failed(self) -> int:
        """How many count against the publisher."""
        return sum(count for code, count in self.failures if code.counts_against_publisher)

    @property
    def failed_percent(self) -> float:
        return 100 * self.failed / self.calls if self.calls else 0

    @property
    def good_percent(self) -> float | None:
        """How many in a hundred did not fail by the publisher's fault; None of no calls."""
        return 100 - self.failed_percent if self.calls else None

    @property
    def median_ms(self) -> int | None:
        return self.percentile(MEDIAN)

    @property
    def slow_ms(self) -> int | None:
        return self.percentile(SLOW)

    @classmethod
    def together(cls, levels: Iterable["ServiceLevel"]) -> "ServiceLevel":
        """Several versions as one."""
        by_code: Counter[int] = Counter()
        durations: Counter[int] = Counter()
        for each in levels:
            by_code.update(each.by_code)
            durations.update(each.durations)
        return cls(by_code=by_code, durations=durations)

    def percentile(self, percent: int) -> int | None:
        """The shortest time within which so many of a hundred calls ended; None of too few calls."""
        if self.calls < MIN_CALLS:
            return None
        wanted, seen = -(-self.calls * percent // 100), 0
        for ms in sorted(self.durations):
            seen += self.durations[ms]
            if seen >= wanted:
                break
        return ms


def calls_to(versions: Collection[ListingVersion]) -> QuerySet[Invocation]:
    """The calls to these versions. Nothing else of a row is read than what may be shown."""
    rows = Invocation.objects.filter(version__in=versions)
    return rows.select_related("installed_add_on__install", "version__listing").only(*_SHOWN)


def with_outcome(rows: QuerySet[Invocation], outcome: str) -> QuerySet[Invocation]:
    """Those that ended so: `successful`, `failed` or one of the codes; all for any other word."""
    if outcome in Invocation.Status.values:
        return rows.filter(status=outcome)
    if is_code(outcome):
        return rows.filter(status=Invocation.Status.FAILED, code=int(outcome))
    return rows


def is_code(outcome: str) -> bool:
    return outcome.isascii() and outcome.isdigit() and int(outcome) in CODES_OF_CALLS


def newest(
    rows: QuerySet[Invocation], versions: Collection[ListingVersion], *, count: int
) -> list[Invocation]:
    """The newest so many of `rows`, which are calls to these versions.

    First, by one step in the index for each version, the SID behind which no row can be among them; so no
    version has more than `count` left. To ask for them in order at once would be to invite a database to
    read the calls of all others from the newest on, where a publisher was not asked for long.
    """
    of_version = rows.filter(version=OuterRef("pk")).order_by("-sid").values("sid")
    oldest = Subquery(of_version[count - 1 : count])
    reach = ListingVersion.objects.filter(pk__in=[each.pk for each in versions]).annotate(oldest=oldest)
    limit = reach.aggregate(limit=Max("oldest"))["limit"]
    sids = rows.filter(sid__gte=limit or "").order_by().values_list("sid", flat=True)
    return list(rows.filter(sid__in=sorted(sids, reverse=True)[:count]).order_by("-sid"))


def service_levels(
    versions: Collection[ListingVersion], *, account_sid: str, period: timedelta = RECENT
) -> dict[int, ServiceLevel]:
    """How the versions did in the last 24 hours, or another time; by their keys, of those that had a call.

    `versions`: all that the publisher with this account has. Counting a million calls takes a second, so the
    numbers are kept for a minute, those of ten days or more for ten.
    """
    key = f"service-levels:{account_sid}:{period.days}"
    counts = counted_once(key, period=period, count=lambda: _counts(versions, since=timezone.now() - period))
    return _levels(counts)


def counted_once(key: str, *, period: timedelta, count: Callable[[], list[_Row]]) -> list[_Row]:
    """What was counted lately over this time, else what `count` finds now."""
    counts: list[_Row] | None = _kept(key)
    if counts is None:
        counts = count()
        _keep(key, counts, seconds=KEPT_SECONDS * min(max(period.days, 1), _KEPT_TIMES))
    return counts


def live_calls(versions: Collection[ListingVersion], *, since: datetime) -> QuerySet[Invocation]:
    """Those that developers paid for or could have: neither tests nor the demo's."""
    live = Invocation.objects.since(since).filter(version__in=list(versions), purpose=Invocation.Purpose.LIVE)
    return live.order_by()


def _counts(versions: Collection[ListingVersion], *, since: datetime) -> list[_Count]:
    """The live calls that count. To count equal durations suits every database."""
    calls = live_calls(versions, since=since).filter(counts_in_service_level=True)
    return list(calls.values_list("version_id", "code", "duration_ms").annotate(Count("pk")))


def _levels(counts: Iterable[_Count]) -> dict[int, ServiceLevel]:
    by_code: defaultdict[int, Counter[int]] = defaultdict(Counter)
    durations: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for version, code, ms, count in counts:
        durations[version][ms] += count
        if code is not None:
            by_code[version][code] += count
    return {
        version: ServiceLevel(by_code=by_code[version], durations=counted)
        for version, counted in durations.items()
    }


def _kept(key: str) -> list[Any] | None:
    """A cache that is down makes the page slow, not impossible."""
    try:
        found: list[Any] | None = cache.get(key)
    except RedisError as error:
        log.warning("service levels are not kept: %s", error)
        return None
    return found


def _keep(key: str, counts: list[Any], *, seconds: int) -> None:
    with suppress(RedisError):  # `_kept` has told
        cache.set(key, counts, timeout=seconds)


def course_of(trace: Iterable[Mapping[str, Any]]) -> Course:
    """What may be told of a trace. Other steps are not for publishers: they show what the asker gave."""
    steps = {step["name"]: step for step in trace}
    sending, checking = steps.get("Send", {}), steps.get("Check", {})
    lines = [str(line) for line in sending.get("lines", ())]
    tries = [found for line in lines if (found := _SENT.fullmatch(line))]
    verdict = _verdict(checking) if checking else ""
    return Course(
        notes=tuple(line for line in lines if not line.startswith("Signed and sent to ")),
        tries=tuple(_try(each) for each in tries),
        verdict=verdict,
        is_good=bool(checking.get("ok")),
    )


def _try(found: re.Match[str]) -> Try:
    status = found["status"]
    return Try(status=int(status) if status else None, ms=int(found["ms"]), error=found["error"] or "")


def _verdict(step: Mapping[str, Any]) -> str:
    """The sentence of the check, without any value of the answer: that may repeat what the asker sent."""
    line = str(next(iter(step["lines"]), ""))
    if line.startswith(_REFUSED_BY_SCHEMA):
        return line.partition(": ")[0] + "."
    if line.startswith(_VERDICTS):
        return line
    return "The answer is usable." if step["ok"] else "The answer is not usable."
