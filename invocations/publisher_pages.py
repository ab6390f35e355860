"""The publisher's overview, the service level of its versions, and who has its add-ons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.requests import account_of
from invocations.customers import customers, installed_of
from invocations.publisher_overview import month_began, overview
from invocations.publisher_views import by_listing, versions_of
from invocations.service_level import (
    BAR,
    HEIGHT,
    PERIODS,
    Budget,
    Percentile,
    Period,
    budget_of,
    course,
    percentiles,
)
from publishers.contract.limits import DEADLINE_MS
from publishers.models import ListingVersion, Publisher
from rest.sids import is_sid
from results.publisher_log import MIN_CALLS, ServiceLevel, service_levels

PAGE_SIZE: Final = 25
NOTHING: Final = ServiceLevel(by_code={}, durations={})


@dataclass(frozen=True, kw_only=True)
class VersionLevel:
    """How one version did over the period that the page shows."""

    version: ListingVersion
    level: ServiceLevel

    @property
    def percentiles(self) -> list[Percentile]:
        return percentiles(self.level)

    @property
    def budget(self) -> Budget:
        return budget_of(self.level)


@login_required
@require_GET
def publish(request: HttpRequest) -> HttpResponse:
    """How each add-on of the account stands. An account that is no publisher yet may become one."""
    account = account_of(request)
    publisher = Publisher.objects.select_related("account").filter(account=account).first()
    if publisher is None:
        return redirect("publisher-profile")
    context = {
        "publisher": publisher,
        "rows": overview(publisher, versions_of(request)),
        "month_began": month_began(timezone.now()),
    }
    return render(request, "publish/overview.html", context)


@login_required
@require_GET
def service_level(request: HttpRequest) -> HttpResponse:
    """The versions side by side, and one of them in detail: times, causes, error budget."""
    versions = versions_of(request)
    period = PERIODS.get(request.GET.get("period", ""), PERIODS["24h"])
    levels = service_levels(versions, account_sid=account_of(request).sid, period=period.length)
    chosen = _chosen(request.GET.get("of", ""), versions, levels)
    context: dict[str, Any] = {
        "listings": by_listing(versions),
        "period": period,
        "periods": PERIODS.values(),
        "rows": [
            VersionLevel(version=each, level=levels.get(each.pk, NOTHING))
            for each in versions
            if each.pk in levels or each == chosen or each.pk == each.listing.published_version_id
        ],
        "chosen": _detail(chosen, period, levels) if chosen else None,
        "deadline_ms": DEADLINE_MS,
        "bar": BAR,
        "height": HEIGHT,
        "min_calls": MIN_CALLS,
    }
    return render(request, "publish/service_level.html", context)


@login_required
@require_GET
def customer_list(request: HttpRequest) -> HttpResponse:
    """The live installs of the publisher's add-ons, newest first, a page at a time by key."""
    versions = versions_of(request)
    wanted = request.GET.get("of", "")
    chosen = [each for each in versions if wanted in {each.sid, each.listing.sid}]
    if not chosen:
        wanted, chosen = "", versions
    installed = installed_of(chosen)
    before = request.GET.get("before", "")
    if is_sid(before, "XE"):
        installed = installed.filter(sid__lt=before)
    page = list(installed[: PAGE_SIZE + 1])
    context = {
        "customers": customers(page[:PAGE_SIZE]),
        "older": page[PAGE_SIZE - 1].sid if len(page) > PAGE_SIZE else "",
        "is_first_page": not is_sid(before, "XE"),
        "of": wanted,
        "listings": by_listing(versions),
    }
    return render(request, "publish/customers.html", context)


def _chosen(
    wanted: str, versions: Sequence[ListingVersion], levels: Mapping[int, ServiceLevel]
) -> ListingVersion | None:
    """The version asked for; else the one that was asked most, and of unasked ones the published first."""
    found = next((each for each in versions if each.sid == wanted), None)
    if found is not None:
        return found
    weights = {
        each: (levels.get(each.pk, NOTHING).calls, each.pk == each.listing.published_version_id)
        for each in versions
    }
    return max(versions, key=weights.__getitem__, default=None)


def _detail(version: ListingVersion, period: Period, levels: Mapping[int, ServiceLevel]) -> dict[str, Any]:
    row = VersionLevel(version=version, level=levels.get(version.pk, NOTHING))
    return {
        "version": version,
        "level": row.level,
        "percentiles": row.percentiles,
        "budget": row.budget,
        "course": course(version, period),
    }
