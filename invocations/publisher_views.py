"""Pages for publishers: the calls to their add-ons, and whether their services are asked now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.requests import account_of
from invocations.breaker import Shown, State, breakers
from publishers.models import Listing, ListingVersion, Publisher
from rest.sids import is_sid
from results import publisher_log
from results.event_codes import CODES
from results.models import Invocation
from results.publisher_log import MIN_CALLS, ServiceLevel

PAGE_SIZE: Final = 25


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """How one version does: its calls, and whether this process asks its service."""

    version: ListingVersion
    level: ServiceLevel
    breaker: Shown | None

    @property
    def is_asked(self) -> bool:
        return self.breaker is None or self.breaker.state is State.CLOSED


@login_required
@require_GET
def call_list(request: HttpRequest) -> HttpResponse:
    """The calls to the publisher's add-ons, newest first, a page at a time by key; and how they do."""
    versions = versions_of(request)
    wanted, outcome = request.GET.get("of", ""), request.GET.get("outcome", "")
    chosen = [each for each in versions if wanted in {each.sid, each.listing.sid}]
    if not chosen:
        wanted, chosen = "", versions
    if not (outcome in Invocation.Status.values or publisher_log.is_code(outcome)):
        outcome = ""
    rows = publisher_log.with_outcome(publisher_log.calls_to(chosen), outcome)
    before = request.GET.get("before", "")
    if is_sid(before, "XR"):
        rows = rows.filter(sid__lt=before)
    page = publisher_log.newest(rows, chosen, count=PAGE_SIZE + 1)
    levels = publisher_log.service_levels(versions, account_sid=account_of(request).sid)
    context = {
        "calls": page[:PAGE_SIZE],
        "older": page[PAGE_SIZE - 1].sid if len(page) > PAGE_SIZE else "",
        "is_first_page": not is_sid(before, "XR"),
        "of": wanted,
        "outcome": outcome,
        "listings": by_listing(versions),
        "codes": publisher_log.CODES_OF_CALLS.values(),
        "version_rows": _version_rows(chosen, levels),
        "min_calls": MIN_CALLS,
    }
    return render(request, "publish/calls.html", context)


@login_required
@require_GET
def call(request: HttpRequest, sid: str) -> HttpResponse:
    """One call: its tries and what the answer was found to be; nothing of who asked but the SIDs."""
    rows = publisher_log.calls_to(versions_of(request))
    shown = get_object_or_404(rows, sid=sid)
    trace = Invocation.objects.values_list("trace", flat=True).get(pk=shown.pk)
    context: dict[str, Any] = {
        "call": shown,
        "course": publisher_log.course_of(trace),
        "meaning": CODES[shown.code] if shown.code else None,
    }
    return render(request, "publish/call.html", context)


def versions_of(request: HttpRequest) -> list[ListingVersion]:
    """All versions of the account's add-ons, newest first; 404 for an account that publishes nothing."""
    publisher = get_object_or_404(Publisher, account=account_of(request))
    versions = ListingVersion.objects.filter(listing__publisher=publisher).select_related("listing")
    return list(versions.defer("definition").order_by("listing__unique_name", "-number"))


def by_listing(versions: list[ListingVersion]) -> dict[Listing, list[ListingVersion]]:
    found: dict[Listing, list[ListingVersion]] = {}
    for each in versions:
        found.setdefault(each.listing, []).append(each)
    return found


def _version_rows(versions: list[ListingVersion], levels: Mapping[int, ServiceLevel]) -> list[VersionRow]:
    """Those that are offered, were called lately, or are not asked."""
    states = {each.version_sid: each for each in breakers.states()}
    nothing = ServiceLevel(by_code={}, durations={})
    return [
        VersionRow(version=each, level=levels.get(each.pk, nothing), breaker=states.get(each.sid))
        for each in versions
        if each.pk in levels or each.sid in states or each.pk == each.listing.published_version_id
    ]
