"""What hangs on a listing now, in counts: said before an operator or its publisher changes who may have it.

Read by the names of relations: the apps of installs, numbers and calls are above this one.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Account
from publishers.contract.points import POINTS
from publishers.models import Listing


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What stops when a listing is suspended, in counts."""

    installs: int
    accounts: int
    points_on: int
    numbers: int
    calls_in_24_hours: int


def effect_of_suspension(listing: Listing) -> Effect:
    """What a suspension stops."""
    live = listing.installs.filter(
        installed_add_ons__isnull=False, installed_add_ons__removed_at__isnull=True
    )
    since = timezone.now() - timedelta(hours=24)
    called = listing.installs.filter(installed_add_ons__invocations__started_at__gte=since)
    points = listing.extensions.filter(
        switches__enabled=True, switches__installed_add_on__removed_at__isnull=True
    )
    return Effect(
        installs=live.values("installed_add_ons").distinct().count(),
        accounts=accounts_with(listing),
        points_on=points.values("switches").distinct().count(),
        numbers=_numbers_served(listing),
        calls_in_24_hours=called.values("installed_add_ons__invocations").distinct().count(),
    )


def accounts_with(listing: Listing) -> int:
    """How many accounts have it installed."""
    live = listing.installs.filter(
        installed_add_ons__isnull=False, installed_add_ons__removed_at__isnull=True
    )
    return live.distinct().count()


def _numbers_served(listing: Listing) -> int:
    """The phone numbers it runs for: those it is assigned to; assigned to none, all of its account."""
    runs: dict[str, Any] = {
        "unique_name__in": [name for name, point in POINTS.items() if point.number_scoped],
        "switches__enabled": True,
        "switches__installed_add_on__removed_at__isnull": True,
    }
    points = listing.extensions
    assigned = points.filter(**runs).values_list("switches__installed_add_on__assignments__number", flat=True)
    everywhere = points.filter(**runs, switches__installed_add_on__assignments__isnull=True)
    accounts = Account.objects.filter(pk__in=everywhere.values("switches__installed_add_on__account"))
    of_all = accounts.values_list("incoming_phone_numbers", flat=True)
    return len({number for number in (*assigned, *of_all) if number is not None})
