"""Who has a publisher's add-ons, as far as it may know: SIDs, never accounts, names or settings."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from accounts import credentials
from invocations.service_level import DAY, MONTH
from marketplace.models import InstalledAddOn
from publishers.models import ListingVersion
from results.event_codes import CODES, Code
from results.models import Invocation

# Enough to tell two configurations apart.
HASH_DIGITS: Final = 12


@dataclass(frozen=True, kw_only=True)
class LastError:
    """The newest call of the month that failed."""

    sid: str
    code: Code
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Customer:
    """One installed add-on. `configuration_hash` tells only whether two configurations are the same."""

    installed: InstalledAddOn
    configuration_hash: str
    day: int
    month: int
    last_error: LastError | None

    @property
    def is_behind(self) -> bool:
        """Whether a newer version than its own is published."""
        version = self.installed.version
        return version.pk != version.listing.published_version_id


def installed_of(versions: Collection[ListingVersion]) -> QuerySet[InstalledAddOn]:
    """The live installs that are on these versions, newest first."""
    live = InstalledAddOn.objects.live().filter(version__in=versions).order_by("-sid")
    return live.select_related("install", "version__listing").defer("version__definition")


def customers(page: Sequence[InstalledAddOn]) -> list[Customer]:
    """What is known of these, in two queries."""
    now = timezone.now()
    today = f"XR{int((now - DAY).timestamp() * 1000):012x}"
    calls = Invocation.objects.since(now - MONTH.length).filter(
        installed_add_on__in=page, purpose=Invocation.Purpose.LIVE
    )
    failed = Q(status=Invocation.Status.FAILED)
    counts = (
        calls.order_by()
        .values_list("installed_add_on")
        .annotate(
            month=Count("pk"), day=Count("pk", filter=Q(sid__gte=today)), last=Max("sid", filter=failed)
        )
    )
    used = {installed: (month, day, last) for installed, month, day, last in counts}
    errors = _errors([last for _, _, last in used.values() if last])
    return [_customer(each, *used.get(each.pk, (0, 0, None)), errors) for each in page]


def _customer(
    installed: InstalledAddOn, month: int, day: int, last: str | None, errors: dict[str, LastError]
) -> Customer:
    return Customer(
        installed=installed,
        configuration_hash=configuration_hash(installed),
        day=day,
        month=month,
        last_error=errors.get(last or ""),
    )


def configuration_hash(installed: InstalledAddOn) -> str:
    """Keyed, so that nobody finds a configuration by trying: most have few possible values. Each listing
    has its own, so that two publishers cannot compare theirs."""
    document = json.dumps(installed.configuration, sort_keys=True, separators=(",", ":"))
    return credentials.digest(f"{installed.listing.sid}:{document}")[:HASH_DIGITS]


def _errors(sids: list[str]) -> dict[str, LastError]:
    rows = Invocation.objects.filter(sid__in=sids).values_list("sid", "code", "started_at")
    return {sid: LastError(sid=sid, code=CODES[code], at=at) for sid, code, at in rows if code}
