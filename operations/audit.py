"""Reading the record of decisions: which entries are asked for, and what each of them changed."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from django.db.models import Q

from accounts.models import AuditEntry, AuditEntryQuerySet
from rest.renderers import FORMULA
from rest.sids import is_sid

MAX_WORDS: Final = 254
# Bounds what one entry may show; a definition has some hundred values.
MOST_CHANGES: Final = 500
# Rows of a file that are read at once.
PIECE: Final = 500
COLUMNS: Final = (
    "sid",
    "date_created",
    "action",
    "actor",
    "credential",
    "ip_address",
    "subject_sid",
    "subject",
    "account_sid",
    "reason",
    "before",
    "after",
)
_ABSENT: Final = object()
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What is asked for; an empty one asks for all. Days are whole ones, in UTC."""

    action: str = ""
    person: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Filter":
        """From the query of an address; what cannot be read asks for nothing."""
        return cls(
            action=_words(query.get("action", "")),
            person=_words(query.get("person", "")),
            subject=_words(query.get("subject", "")),
            since=_day(query.get("since", "")),
            until=_day(query.get("until", "")),
        )

    @property
    def is_empty(self) -> bool:
        return self == Filter()

    def entries(self) -> AuditEntryQuerySet:
        """Those that fit, newest first."""
        rows = AuditEntry.objects.newest_first()
        if self.action:
            rows = rows.filter(action=self.action)
        if self.person:
            rows = rows.filter(Q(actor__icontains=self.person) | Q(credential__iexact=self.person))
        if is_sid(self.subject, self.subject[:2]):
            rows = rows.filter(Q(subject_sid__iexact=self.subject) | Q(account_sid__iexact=self.subject))
        elif self.subject:
            rows = rows.filter(subject__icontains=self.subject)
        if self.since:
            rows = rows.filter(sid__gte=_first_sid(self.since))
        if self.until:
            rows = rows.filter(sid__lt=_first_sid(self.until, days=1))
        return rows


@dataclass(frozen=True, kw_only=True)
class Change:
    """One value that is not what it was. `path`: where it stands. None: it was not there, or is gone."""

    path: str
    before: str | None
    after: str | None


def changes(before: Any, after: Any) -> list[Change]:
    """What differs between two JSON values, by path, at most `MOST_CHANGES` of it. None is nothing at all."""
    if before is None and isinstance(after, dict):
        before = {}
    if after is None and isinstance(before, dict):
        after = {}
    found = []
    for change in _changes(before, after, ""):
        found.append(change)
        if len(found) == MOST_CHANGES:
            break
    return found


def csv_pieces(entries: AuditEntryQuerySet) -> Iterator[str]:
    """A CSV table of these, newest first, in pieces of so many rows that a file of any length takes little
    memory. A cell that a spreadsheet would run as a formula gets an apostrophe.
    """
    yield _table([COLUMNS])
    rows = list(entries[:PIECE])
    while rows:
        yield _table([_cell(getattr(entry, name)) for name in COLUMNS] for entry in rows)
        rows = list(entries.filter(sid__lt=rows[-1].sid)[:PIECE])


def _changes(before: Any, after: Any, path: str) -> Iterator[Change]:
    """Without recursion: a definition may be nested as deeply as JSON may."""
    waiting = [(before, after, path)]
    while waiting:
        old, new, at = waiting.pop()
        if isinstance(old, dict) and isinstance(new, dict):
            keys = sorted({*old, *new}, reverse=True)
            waiting += [
                (old.get(key, _ABSENT), new.get(key, _ABSENT), f"{at}.{key}" if at else key) for key in keys
            ]
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            waiting += [
                (*pair, f"{at}[{index}]")
                for index, pair in reversed(list(enumerate(zip(old, new, strict=True))))
            ]
        elif _differs(old, new):
            yield Change(path=at or "(all)", before=_shown(old), after=_shown(new))


def _differs(old: Any, new: Any) -> bool:
    """As JSON: true is not 1."""
    return old is not new and (type(old) is not type(new) or old != new)


def _shown(value: Any) -> str | None:
    if value is _ABSENT or value is None:
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _words(text: str) -> str:
    """What a person typed; a database refuses NUL."""
    return text.replace("\0", "").strip()[:MAX_WORDS]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _first_sid(day: date, *, days: int = 0) -> str:
    """That of an entry made as the day so many days later began: a SID begins with milliseconds."""
    began = datetime.combine(day, time(), tzinfo=UTC).timestamp() + days * _DAY_SECONDS
    return f"AU{max(0, int(began * 1000)):012x}"


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    text = _shown(value) or ""
    return f"'{text}" if FORMULA.match(text) else text


def _table(rows: Iterable[Iterable[str]]) -> str:
    target = io.StringIO(newline="")
    csv.writer(target).writerows(rows)
    return target.getvalue()
