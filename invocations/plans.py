"""The plans of lookups, read for many requests at once.

What a plan is made of is read anew each time, so a changed switch, token, version or setting counts from
the next lookup on, in every process. What is made of it (opened secrets, a compiled definition) is kept
as long as it was made of the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any, Final, NamedTuple

from django.db.models import QuerySet

from invocations.calls import Plan, plan_of
from marketplace import services
from marketplace.models import InstalledAddOn
from rest.statements import Statement

MOST_KEPT: Final = 20_000
# In one query.
MOST_NAMES: Final = 1_024


class Wanted(NamedTuple):
    """The add-ons of one account that a lookup names."""

    account_id: int
    point: str
    names: tuple[str, ...]


class Columns(NamedTuple):
    """What a plan is made of, by the names in a query. Secrets are still sealed."""

    pk: int
    account_id: int
    unique_name: str
    sealed_configuration: str
    version_id: int
    version__status: str
    version__date_updated: Any
    version__listing__sealed_credentials: str
    version__listing__publisher__account__auth_token: str


@dataclass(frozen=True)
class _Made:
    columns: Columns
    plan: Plan


_made: Final[dict[int, _Made]] = {}
_lock: Final = Lock()


def plans(wanted: Wanted) -> list[Plan]:
    """Those of the named add-ons that are installed and switched on, in the order of their names."""
    return plans_for_all([wanted])[0]


def plans_for_all(wanted: Sequence[Wanted]) -> list[list[Plan]]:
    """The same for many lookups, with one query for each extension point."""
    found: dict[tuple[str, int, str], Plan] = {}
    for point in {each.point for each in wanted}:
        of_point = [each for each in wanted if each.point == point]
        rows = _rows(point, of_point)
        for columns, plan in zip(rows, _planned(rows), strict=True):
            if plan is not None:
                found[point, columns.account_id, columns.unique_name] = plan
    return [
        [
            found[key]
            for name in dict.fromkeys(each.names)
            if (key := (each.point, each.account_id, name)) in found
        ]
        for each in wanted
    ]


def _rows(point: str, wanted: Sequence[Wanted]) -> list[Columns]:
    # A text that can be nobody's name, such as one with a NUL, is not for the database.
    names = {name for each in wanted for name in each.names if services.UNIQUE_NAME_PATTERN.fullmatch(name)}
    accounts = list({each.account_id for each in wanted})
    # A request may name a thousand, a batch has many requests, and a statement has a limit.
    rows = [
        row
        for some in _parts(list(names))
        for row in _installed(point).rows(account_id=accounts, unique_name=some)
    ]
    return [Columns(*row) for row in rows]


def _parts(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), MOST_NAMES):
        yield names[start : start + MOST_NAMES]


@cache
def _installed(point: str) -> Statement:
    """The columns of the installed add-ons of some accounts with one of some names, that are switched on."""

    def build(account_id: list[int], unique_name: list[str]) -> "QuerySet[Any, Any]":
        enabled = InstalledAddOn.objects.enabled_for(point)
        named = enabled.filter(account_id__in=account_id, unique_name__in=unique_name)
        return named.values_list(*Columns._fields)

    return Statement(build, account_id=int, unique_name=str)


def _planned(rows: Sequence[Columns]) -> list[Plan | None]:
    """The plans of these rows, made where there is none of the same columns. None: gone in between."""
    with _lock:
        made = {row.pk: kept for row in rows if (kept := _made.get(row.pk)) and kept.columns == row}
    if missing := {row.pk: row for row in rows if row.pk not in made}:
        made |= _make(missing)
    return [made[row.pk].plan if row.pk in made else None for row in rows]


def _make(rows: Mapping[int, Columns]) -> dict[int, _Made]:
    """What is read here may be newer than the columns; then the next look makes it again."""
    installed = InstalledAddOn.objects.with_listing().in_bulk(list(rows))
    made = {pk: _Made(rows[pk], plan_of(each)) for pk, each in installed.items()}
    with _lock:
        _made.update(made)
        while len(_made) > MOST_KEPT:
            del _made[next(iter(_made))]
    return made
