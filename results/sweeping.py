"""What ends by itself: results that are late, that nobody waits for any more, whose reader died.

Called every few seconds, from any process. Each round does so much and no more; each result is a
transaction of its own, and decided by the row: two sweepers at once do no harm.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import InterfaceError, OperationalError
from django.db.models import Q

from publishers.contract.errors import TimedOut
from publishers.models import RUNS
from recordings.models import Recording
from rest.leases import database_time
from results import retention, settling
from results.models import AddOnResult
from results.receiving import why_void
from results.result_models import OPEN, AddOnResultQuerySet, ResultStatus

log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 200
# A publisher whose callback died with us came in time: it gets so long to come again,
GIVEN_BACK_FOR: Final = timedelta(minutes=1)
# unless so many died with it.
MOST_READERS: Final = 20
# Whoever deleted a recording longer ago than this was swept, or is by the hourly purge.
LOOKED_BACK: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Swept:
    """How many results a round ended, or gave back."""

    late: int
    canceled: int
    given_back: int
    deleted: int


def sweep() -> Swept:
    """One round."""
    at = database_time()
    return Swept(
        given_back=_each(AddOnResult.objects.abandoned(at), lambda result: _give_back(result, at)),
        late=_each(AddOnResult.objects.late(at).order_by("deadline"), _fail_late),
        canceled=_each(_void(at), lambda result: settling.cancel(result, reason=why_void(result))),
        deleted=_each(_of_deleted_recordings(at), _delete),
    )


def _give_back(result: AddOnResult, at: datetime) -> bool:
    """The publisher's next callback is taken."""
    again = at + GIVEN_BACK_FOR
    is_late = result.deadline is None or result.deadline < again
    deadline = again if is_late and result.tries < MOST_READERS else result.deadline
    return settling.released(result, deadline=deadline)


def _fail_late(result: AddOnResult) -> bool:
    return settling.fail(result, error=TimedOut(settling.late_reason(result)))


def _delete(result: AddOnResult) -> bool:
    retention.delete_result(result)
    return True


def _void(at: datetime) -> AddOnResultQuerySet:
    """Those that nobody waits for any more. One that is being read is finished: it was dispatched in time."""
    gone = Q(installed_add_on__removed_at__isnull=False) | Q(recording__status=Recording.Status.DELETED)
    suspended = ~Q(version__listing__availability__in=RUNS)
    waiting: AddOnResultQuerySet = AddOnResult.objects.filter(status__in=OPEN - {ResultStatus.PROCESSING})
    return waiting.filter(gone | suspended)


def _of_deleted_recordings(at: datetime) -> AddOnResultQuerySet:
    lately = Recording.objects.filter(status=Recording.Status.DELETED, date_updated__gte=at - LOOKED_BACK)
    keys = list(lately.order_by("date_updated").values_list("pk", flat=True))
    ended: AddOnResultQuerySet = AddOnResult.objects.filter(recording__in=keys)
    return ended.exclude(status__in=OPEN | {ResultStatus.DELETED})


def _each(results: AddOnResultQuerySet, settle: Callable[[AddOnResult], bool]) -> int:
    """How many were settled. What fails in one is logged, and keeps no other from its turn.

    Raises OperationalError or InterfaceError when the database is gone.
    """
    rows: Any = results.select_related(
        "account", "recording", "installed_add_on", "version__listing__publisher"
    )
    settled = 0
    for result in rows[:MOST_AT_ONCE]:
        try:
            settled += settle(result)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("%s could not be swept", result.sid)
    return settled
