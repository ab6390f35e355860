"""At most so many rows of one publisher, or one account, are worked on at once, over all workers.

So one that hangs holds few workers. What comes to more than that is left as it is, and told of again by the
next of the same that ends, or by the sweeper.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.db import connection, transaction
from django.db.models import Count
from django.db.models.functions import Now

from rest.leases import LeasedQuerySet, database_time
from rest.statements import Rows, Statement


@dataclass(frozen=True, kw_only=True)
class Turns:
    """`rows`: those that may owe work. `key`: the column of whose they are, an integer. `lock`: a number that
    tells our locks from those that others take in the same database. `read`: a row with all it takes to work.
    """

    rows: Callable[[], LeasedQuerySet]
    key: str
    most: int
    lock: int
    read: Rows[Any]

    def claim(self, sid: str, *, lease: timedelta) -> Any:
        """The row, leased to us; None when it is not due, somebody has it, or enough are under way."""
        found = self._whose.rows(sid=[sid])
        if not found:
            return None
        ((whose,),) = found
        with transaction.atomic():
            self._take_turns(whose)
            if len(self._sids_under_way.rows(whose=[whose])) >= self.most:
                self.rows().filter(sid=sid).update(hinted_at=None)
                return None
            return self.read.first(sid) if self.rows().lease(sid, lease) else None

    def next_after(self, row: Any) -> str | None:
        """The oldest due row of the same of which no worker knows; it counts as told now."""
        at, whose = database_time(), {self.key: getattr(row, self.key)}
        waiting = self.rows().due(at).filter(**whose, hinted_at=None).order_by("due_at")
        for sid in waiting.values_list("sid", flat=True)[: self.most]:
            if self.rows().filter(sid=sid, hinted_at=None).update(hinted_at=at):
                return str(sid)
        return None

    def to_hint(self) -> list[str]:
        """The rows that workers should be told of, without those of whom enough are under way."""
        counted = self._under_way().values(self.key).annotate(under_way=Count("pk"))
        full = counted.filter(under_way__gte=self.most).values_list(self.key, flat=True)
        return self.rows().exclude(**{f"{self.key}__in": list(full)}).to_hint()

    @cached_property
    def _whose(self) -> Statement:
        return Statement(lambda sid: self.rows().filter(sid__in=sid).values_list(self.key), sid=str)

    @cached_property
    def _sids_under_way(self) -> Statement:
        of_these = f"{self.key}__in"
        return Statement(
            lambda whose: self._under_way().filter(**{of_these: whose}).values_list("sid"), whose=int
        )

    def _under_way(self) -> LeasedQuerySet:
        return self.rows().filter(due_at__isnull=False, leased_until__gt=Now())

    def _take_turns(self, whose: int) -> None:
        """Let one claim at a time count what is under way. SQLite has one writer anyway."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [self.lock, whose])
