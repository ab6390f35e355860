"""What a difference between two versions means for those who have the add-on, gravest first."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self


class Level(StrEnum):
    """How closely an operator looks."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Risk(StrEnum):
    """One kind of difference, in the order in which a review shows them."""

    label: str
    level: Level

    def __new__(cls, value: str, label: str, level: Level) -> Self:
        risk = str.__new__(cls, value)
        risk._value_ = value
        risk.label, risk.level = label, level
        return risk

    DATA = "data", "New data leaves the account", Level.HIGH
    HOST = "host", "Another host", Level.HIGH
    PRICE = "price", "Price up", Level.HIGH
    CONFIGURATION = "configuration", "Settings narrowed", Level.MEDIUM
    VALIDATION = "validation", "Events narrowed", Level.MEDIUM
    RESPONSE = "response", "Answer changed", Level.MEDIUM
    POINTS = "points", "Extension points", Level.MEDIUM
    TERMS = "terms", "Terms changed", Level.MEDIUM
    REQUEST = "request", "Request changed", Level.LOW
    EASED = "eased", "More offered, or less asked", Level.LOW
    COSMETIC = "cosmetic", "Texts", Level.LOW


ORDER: Final = {risk: position for position, risk in enumerate(Risk)}
# How the publisher's service is asked, and what stands in the catalogue: nothing a customer decides on.
INTERNAL: Final = frozenset({Risk.REQUEST, Risk.COSMETIC})


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One sentence about what is new. `section`: a slug of `publishers.sections.SECTIONS`.

    `before` and `after` are JSON values; None where there is or was nothing.
    """

    section: str
    risk: Risk
    sentence: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True)
class RiskGroup:
    """The differences of one risk."""

    risk: Risk
    differences: list[Difference] = field(default_factory=list)


def grouped(differences: Iterable[Difference]) -> list[RiskGroup]:
    """The differences by their risk, gravest first; only risks there are."""
    groups: dict[Risk, RiskGroup] = {}
    for each in sorted(differences, key=lambda each: ORDER[each.risk]):
        groups.setdefault(each.risk, RiskGroup(each.risk)).differences.append(each)
    return list(groups.values())


def risks_of(differences: Iterable[Difference]) -> list[Risk]:
    """The badges of a version in the queue: every risk worth a second look, once, gravest first."""
    found = {each.risk for each in differences}
    return [risk for risk in Risk if risk in found and risk.level is not Level.LOW]


def summary_of(differences: Iterable[Difference], *, is_first: bool) -> str:
    """What an operator reads first: how many differences of which weight, and which the gravest are."""
    found = list(differences)
    if not found:
        return "The first version." if is_first else "Nothing differs from the version before."
    begin = "The first version" if is_first else _counted(len(found), "difference")
    names = [risk.label.lower() for risk in risks_of(found)]
    if not names:
        return f"{begin}, none of weight."
    *most, last = names
    listed = f"{', '.join(most)} and {last}" if most else last
    return f"{begin}. To look at: {listed}."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
