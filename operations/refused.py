"""Writes down what the door to the network refused in this process, so that an operator sees it."""

import logging
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from operations.models import RefusedAddress
from publishers.contract.refusals import Noted, Refusal, Refusals, refusals

log = logging.getLogger(__name__)

# Whoever redirects to a new name each time fills no disk: the ones that were not seen for longest go.
MOST_ROWS: Final = 5_000


def write_down(noted: Refusals = refusals) -> int:
    """Add what was noted to the table; returns how many places. What could not be written is noted again.

    Raises DatabaseError.
    """
    taken = noted.take()
    if not taken:
        return 0
    try:
        with transaction.atomic():
            for refusal, seen in taken.items():
                _add(refusal, seen)
            _forget_old()
    except BaseException:
        noted.put(taken)
        raise
    log.warning("the door refused %d places, such as %s", len(taken), next(iter(taken)).host)
    return len(taken)


def _add(refusal: Refusal, seen: Noted) -> None:
    place = {
        "host": refusal.host,
        "port": refusal.port,
        "reason": refusal.reason[:250],
        "publisher_sid": refusal.publisher,
    }
    first = {"times": 0, "first_at": seen.first_at, "last_at": seen.last_at}
    row, _ = RefusedAddress.objects.get_or_create(**place, defaults=first)
    RefusedAddress.objects.filter(pk=row.pk).update(
        times=F("times") + seen.times, last_at=Greatest("last_at", seen.last_at)
    )


def _forget_old() -> None:
    """They are kept as long as results, and no more than so many."""
    since = timezone.now() - timedelta(days=settings.RESULT_RETENTION_DAYS)
    RefusedAddress.objects.filter(last_at__lt=since).delete()
    too_many = RefusedAddress.objects.order_by("-last_at", "-pk").values_list("pk", flat=True)[MOST_ROWS:]
    RefusedAddress.objects.filter(pk__in=list(too_many)).delete()
