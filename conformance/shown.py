"""A contract report as pages show it."""

import shlex
from dataclasses import dataclass
from typing import Any, Final

from conformance.suite.report import Report, Result
from publishers.models import ContractReport, Listing, ListingVersion

# The order in which somebody mends: what blocks a submission comes first.
_ORDER: Final = ("failed", "warned", "passed", "skipped")
# States of the product, and the words for them here.
_MARKS: Final = {
    "failed": ("failed", "Failed"),
    "warned": ("late", "Warning"),
    "passed": ("successful", "Passed"),
    "skipped": ("not-billed", "Skipped"),
}


@dataclass(frozen=True, kw_only=True)
class ShownExchange:
    """One request and its answer as text, each with its label on the page."""

    request_label: str
    request: str
    response_label: str
    response: str
    ms: int


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check, and the sign and word for what it came to."""

    result: Result
    state: str
    word: str

    @property
    def needs_work(self) -> bool:
        return self.result.outcome in {"failed", "warned"}

    @property
    def exchanges(self) -> list[ShownExchange]:
        number_of = f"of {self.result.id}"
        return [
            ShownExchange(
                request_label=f"Request {number} {number_of}",
                request="\n".join(each.request),
                response_label=f"Answer {number} {number_of}",
                response="\n".join(each.response),
                ms=each.ms,
            )
            for number, each in enumerate(self.result.exchanges, start=1)
        ]


@dataclass(frozen=True, kw_only=True)
class Area:
    """The checks of one area, what is to be mended first."""

    title: str
    checks: tuple[Check, ...]

    @property
    def to_mend(self) -> int:
        """How many checks failed or warn."""
        return sum(each.needs_work for each in self.checks)


@dataclass(frozen=True, kw_only=True)
class ShownReport:
    """A report with everything a page says about it. `made`: None as long as, or when, nothing was found."""

    row: ContractReport
    made: Report | None
    error: str
    is_stale: bool
    command: str

    @property
    def areas(self) -> list[Area]:
        """Grouped as the contract is, each area's failures first."""
        if self.made is None:
            return []
        return [
            Area(title=title, checks=tuple(sorted(map(_check, results), key=_rank)))
            for title, results in self.made.by_area
        ]

    @property
    def skipped(self) -> int:
        return self.made.counts["skipped"] if self.made else 0

    @property
    def passed(self) -> int:
        return self.made.counts["passed"] if self.made else 0


def shown(report: ContractReport) -> ShownReport:
    """A report as pages show it. From a report with its version and the version's listing."""
    document: dict[str, Any] = report.document
    version = report.version
    return ShownReport(
        row=report,
        made=Report.from_json(document) if "checks" in document else None,
        error=str(document.get("error", "")),
        is_stale=report.definition_sha256 != version.definition_sha256,
        command=command_of(version.listing, version),
    )


def command_of(listing: Listing, version: ListingVersion) -> str:
    """The same run on the publisher's own machine, without an account."""
    request = version.definition.get("request")
    url = str(request.get("url", "")) if isinstance(request, dict) else ""
    scheme, separator, rest = url.partition("://")
    host = rest.partition("/")[0]
    target = f"{scheme}://{host}" if separator and host else "https://your-service.example"
    file = shlex.quote(f"{listing.unique_name}.json")
    return f"python manage.py test_add_on {file} --target {shlex.quote(target)}"


def _check(result: Result) -> Check:
    state, word = _MARKS[result.outcome]
    return Check(result=result, state=state, word=word)


def _rank(check: Check) -> int:
    return _ORDER.index(check.result.outcome)
