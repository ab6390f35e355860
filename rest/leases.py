"""Rows that owe work. The row is the truth, a message of the broker the hint that it is time.

A row says when something is to be done next (`due_at`). Whoever does it takes a lease first, by an UPDATE
that only one can win: on SQLite `select_for_update` does nothing. Who dies leaves a lease that runs out.
`tries` counts the leases, so it also names one: what a process writes that was overtaken is not taken.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone

log = logging.getLogger(__name__)

# A clock that jumped leaves times far ahead; nobody sets such on purpose.
LONGEST_LEASE: Final = timedelta(hours=1)
LONGEST_PAUSE: Final = timedelta(hours=48)
# A hint that nobody followed for so long is given again: the broker lost it, or its queue is long.
HINT_LASTS: Final = timedelta(seconds=30)
MOST_AT_ONCE: Final = 500


def database_time() -> datetime:
    """What time it is by the one clock that all processes share."""
    if connection.vendor != "postgresql":
        return timezone.now()  # the file is on this machine
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at


class LeasedQuerySet(models.QuerySet[Any, Any]):
    """Queries of a model that is `Leased`."""

    def due(self, at: datetime) -> Self:
        """What is to be done by now, and nobody is doing."""
        is_due = Q(due_at__lte=at) | Q(due_at__gt=at + LONGEST_PAUSE)
        is_free = Q(leased_until=None) | Q(leased_until__lte=at) | Q(leased_until__gt=at + LONGEST_LEASE)
        return self.filter(is_due, is_free)

    def claim(self, sid: str, *, lease: timedelta) -> Any:
        """The row, leased to the caller; None when it is not due, somebody has it, or it is gone."""
        return self.get(sid=sid) if self.lease(sid, lease) else None

    def lease(self, sid: str, lease: timedelta) -> bool:
        """The same, for those who have a quicker way to read the row."""
        at = database_time()
        mine = self.due(at).filter(sid=sid)
        return bool(mine.update(leased_until=at + lease, hinted_at=None, tries=F("tries") + 1))

    def held(self, row: "Leased") -> Self:
        """The row, if nobody else took it since: what its holder writes goes through this."""
        return self.filter(pk=row.pk, tries=row.tries)

    def to_hint(self) -> list[str]:
        """The SIDs of rows that are due and of which no worker was told lately; they count as told now."""
        at = database_time()
        untold = Q(hinted_at=None) | Q(hinted_at__lte=at - HINT_LASTS) | Q(hinted_at__gt=at)
        sids = list(
            self.due(at).filter(untold).order_by("due_at").values_list("sid", flat=True)[:MOST_AT_ONCE]
        )
        self.filter(sid__in=sids).update(hinted_at=at)
        return sids


class Leased(models.Model):
    """A row that may owe work; `due_at` is None when it owes none."""

    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    hinted_at = models.DateTimeField(null=True, blank=True, editable=False)
    tries = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True


def hint(task: Any, sids: Sequence[str]) -> None:
    """Tell workers about rows, once what was written is committed. A broker that is away delays them only."""
    transaction.on_commit(lambda: _send(task, sids))


def _send(task: Any, sids: Sequence[str]) -> None:
    for sid in sids:
        try:
            task.apply_async((sid,), retry=False)
        except Exception as error:  # noqa: BLE001 - whatever the broker's client raises: the sweeper tells them again
            log.warning("the broker took no hint: %s", type(error).__name__)
            return
