"""What a check is, what it can find, and the table of all. They stand in the files of their areas."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conformance.suite.report import (
    MAX_EXCHANGES,
    MAX_MESSAGE_CHARACTERS,
    Exchange,
    Outcome,
    Result,
    Severity,
)

if TYPE_CHECKING:  # the tester holds what the checks share, and imports this
    from conformance.suite.tester import Tester

MAX_CHECK_SECONDS: Final = 30
"""Of one check; those that wait for a callback have a clock of their own."""


class Skip(Exception):
    """The check has nothing to look at; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check found. `outcome` "failed" comes to what the severity of the check says."""

    outcome: Outcome
    message: str
    exchanges: Sequence[Exchange] = ()


Look = Callable[["Tester"], Finding | Awaitable[Finding]]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One line of the report. `seconds`: how long it may take."""

    id: str
    area: str
    severity: Severity
    title: str
    why: str
    fix: str
    section: str
    seconds: float
    look: Look

    def result(self, finding: Finding) -> Result:
        """What the report says of it."""
        return Result(
            id=self.id,
            area=self.area,
            severity=self.severity,
            title=self.title,
            outcome=self._outcome(finding.outcome),
            message=finding.message[:MAX_MESSAGE_CHARACTERS],
            why=self.why,
            fix=self.fix,
            section=self.section,
            exchanges=tuple(finding.exchanges[-MAX_EXCHANGES:]),
        )

    def _outcome(self, found: Outcome) -> Outcome:
        if found != "failed":
            return found
        worst: dict[Severity, Outcome] = {"fail": "failed", "warn": "warned", "info": "passed"}
        return worst[self.severity]


CHECKS: Final[dict[str, Check]] = {}
"""All of them by id."""


def check(  # noqa: PLR0913 - what a line of the report says
    id_: str,
    area: str,
    severity: Severity,
    *,
    title: str,
    why: str,
    fix: str,
    section: str = "test",
    seconds: float = MAX_CHECK_SECONDS,
) -> Callable[[Look], Look]:
    """Put a function into the table. It returns a Finding or raises Skip."""

    def register(look: Look) -> Look:
        CHECKS[id_] = Check(
            id=id_,
            area=area,
            severity=severity,
            title=title,
            why=why,
            fix=fix,
            section=section,
            seconds=seconds,
            look=look,
        )
        return look

    return register


def good(message: str, exchanges: Sequence[Exchange] = ()) -> Finding:
    """As the contract asks."""
    return Finding(outcome="passed", message=message, exchanges=exchanges)


def bad(message: str, exchanges: Sequence[Exchange] = ()) -> Finding:
    """Not as the contract asks: the severity of the check says how much that matters."""
    return Finding(outcome="failed", message=message, exchanges=exchanges)


def doubtful(message: str, exchanges: Sequence[Exchange] = ()) -> Finding:
    """A warning, also where the check could fail."""
    return Finding(outcome="warned", message=message, exchanges=exchanges)


def listed(messages: Sequence[str], *, most: int = 5) -> str:
    """Several faults in one message."""
    shown = " ".join(messages[:most])
    left = len(messages) - most
    return f"{shown} And {left} more." if left > 0 else shown
