"""The plans of lookups, read for many requests at once.

What a plan is made of is read anew each time, so a changed switch, token, version or setting counts from
the next lookup on, in every process. What is made of it (opened secrets, a compiled definition) is kept
as long as it was made of the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from threading import Lock
from typing import Any, Final, NamedTuple

from django.db.models import QuerySet

from invocations.calls import Plan, plan_of
from marketplace import services
from marketplace.models import InstalledAddOn
from rest.databases import INLINE, Database, Row, completed
from rest.statements import Query, Statement, rows_of

MOST_KEPT: Final = 20_000
# In one query.
MOST_NAMES: Final = 1_024


class Wanted(NamedTuple):
    """The add-ons of one account that a lookup names."""

    account_sid: str
    names: tuple[str, ...]


class Columns(NamedTuple):
    """What a plan is made of, by the names in a query. Secrets are still sealed."""

    pk: int
    account__sid: str
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


def plans(point: str, wanted: Wanted) -> list[Plan]:
    """Those of the named add-ons that are installed and switched on, in the order of their names."""
    return completed(_plans(INLINE, point, wanted))


async def _plans(database: Database, point: str, wanted: Wanted) -> list[Plan]:
    rows = await rows_of(database, *queries_for(point, [wanted]))
    return (await plans_from(database, [wanted], rows))[0]


def queries_for(point: str, wanted: Sequence[Wanted]) -> list[Query | None]:
    """What `plans_from` needs the rows of. A request may name a thousand, and a statement has a limit."""
    accounts = list({each.account_sid for each in wanted})
    # A text that can be nobody's name, such as one with a NUL, is not for the database.
    names = {name for each in wanted for name in each.names if services.UNIQUE_NAME_PATTERN.fullmatch(name)}
    installed = _installed(point)
    return [installed.query(account_sid=accounts, unique_name=some) for some in _parts(list(names))]


async def plans_from(
    database: Database, wanted: Sequence[Wanted], rows: Iterable[Sequence[Row]]
) -> list[list[Plan]]:
    """The plans of many lookups. Rows of accounts that are none of theirs may be among the rows."""
    accounts = {each.account_sid for each in wanted}
    columns = [Columns(*row) for some in rows for row in some]
    theirs = [each for each in columns if each.account__sid in accounts]
    planned = zip(theirs, await _planned(database, theirs), strict=True)
    found = {(each.account__sid, each.unique_name): plan for each, plan in planned if plan is not None}
    return [
        [
            found[each.account_sid, name]
            for name in dict.fromkeys(each.names)
            if (each.account_sid, name) in found
        ]
        for each in wanted
    ]


def _parts(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), MOST_NAMES):
        yield names[start : start + MOST_NAMES]


@cache
def _installed(point: str) -> Statement:
    """The columns of the installed add-ons of some accounts with one of some names, that are switched on."""

    def build(account_sid: list[str], unique_name: list[str]) -> "QuerySet[Any, Any]":
        enabled = InstalledAddOn.objects.enabled_for(point)
        named = enabled.filter(account__sid__in=account_sid, unique_name__in=unique_name)
        return named.values_list(*Columns._fields)

    return Statement(build, account_sid=str, unique_name=str)


async def _planned(database: Database, rows: Sequence[Columns]) -> list[Plan | None]:
    """The plans of these rows, made where there is none of the same columns. None: gone in between."""
    with _lock:
        made = {row.pk: kept for row in rows if (kept := _made.get(row.pk)) and kept.columns == row}
    if missing := {row.pk: row for row in rows if row.pk not in made}:
        made |= await database.apart(partial(_make, missing))
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
