"""What a run of the contract tester found: one result per check, each with why it matters and how to mend it.

`Report.as_json()` is what is stored and what `--json` prints; `Report.from_json()` reads it back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Self

Severity = Literal["fail", "warn", "info"]
Outcome = Literal["passed", "warned", "failed", "skipped"]
Verdict = Literal["green", "amber", "red"]

AREAS: Final[Mapping[str, str]] = {
    "manifest": "Manifest",
    "schemas": "Schemas",
    "transport": "Transport",
    "signature": "Credentials and signature",
    "sync": "Synchronous answers",
    "async": "Asynchronous results",
    "billing": "Billing",
    "resilience": "Resilience",
}
"""The areas in their order, with their titles."""

# What a report may show of one exchange, and of one check: nobody reads further, and a row has to hold it.
MAX_LINES: Final = 60
MAX_LINE_CHARACTERS: Final = 2_000
MAX_EXCHANGES: Final = 4
MAX_MESSAGE_CHARACTERS: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request on the wire and what came back, line by line, secrets masked. `ms`: how long it took."""

    request: tuple[str, ...]
    response: tuple[str, ...]
    ms: int

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            request=tuple(document["request"]), response=tuple(document["response"]), ms=document["ms"]
        )


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one check came to.

    `section`: where in the editor it is mended, a slug of `publishers.sections`. `severity`: what it comes to
    at worst: a failure of severity `warn` is `warned`, one of `info` is `passed` with a message.
    """

    id: str
    area: str
    severity: Severity
    title: str
    outcome: Outcome
    message: str
    why: str
    fix: str
    section: str
    exchanges: tuple[Exchange, ...] = ()

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        exchanges = tuple(Exchange.from_json(each) for each in document["exchanges"])
        return cls(**{**document, "exchanges": exchanges})


@dataclass(frozen=True, kw_only=True)
class Report:
    """A finished run. `target`: the scheme, host and port that were asked; `total_ms`: how long it took.

    `is_complete`: every check had its turn, so the verdict is about all of the contract.
    """

    checks: tuple[Result, ...]
    target: str
    total_ms: int
    is_complete: bool = True

    @property
    def verdict(self) -> Verdict:
        """Red: a check failed, or none passed. Amber: a check warns. Green: neither."""
        counts = self.counts
        if counts["failed"] or not counts["passed"] + counts["warned"]:
            return "red"
        return "amber" if counts["warned"] else "green"

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many checks came to what."""
        outcomes: tuple[Outcome, ...] = ("passed", "warned", "failed", "skipped")
        return {outcome: sum(each.outcome == outcome for each in self.checks) for outcome in outcomes}

    @property
    def by_area(self) -> list[tuple[str, tuple[Result, ...]]]:
        """The titles of the areas with their results, in the order of the contract."""
        grouped = {
            title: tuple(each for each in self.checks if each.area == area) for area, title in AREAS.items()
        }
        return [(title, results) for title, results in grouped.items() if results]

    def as_json(self) -> dict[str, Any]:
        """Everything, with the verdict and the counts for readers that do not count themselves."""
        return {"verdict": self.verdict, "counts": self.counts, **asdict(self)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The report of a document that `as_json` wrote, or that went through JSON since."""
        return cls(
            checks=tuple(Result.from_json(each) for each in document["checks"]),
            target=document["target"],
            total_ms=document["total_ms"],
            is_complete=document["is_complete"],
        )


def bounded(lines: Iterable[str]) -> tuple[str, ...]:
    """The lines of a request or an answer, as far as a report shows them."""
    kept = [_shortened(line) for line in lines]
    if len(kept) > MAX_LINES:
        kept[MAX_LINES:] = [f"… and {len(kept) - MAX_LINES} lines more"]
    return tuple(kept)


def _shortened(line: str) -> str:
    if len(line) <= MAX_LINE_CHARACTERS:
        return line
    return f"{line[:MAX_LINE_CHARACTERS]}… and {len(line) - MAX_LINE_CHARACTERS:,} characters more"
