"""Operators’ pages of listings: each in whatever state, the kill switch, and upgrades that cannot wait."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import actor_of
from marketplace import upgrades
from marketplace.models import InstalledAddOn
from operations.access import operator_required
from operations.forms import ReasonForm
from operations.pages import chosen, history_of, page_of, typed
from publishers import availability
from publishers.models import Availability, Listing, ListingVersion
from rest.errors import Refused


@operator_required
@require_GET
def listings(request: HttpRequest) -> HttpResponse:
    """Every listing, newest first, a page at a time by key; searched, and filtered by its state."""
    words, state = typed(request, "q"), chosen(request, "availability", Availability.values)
    found = Listing.objects.search(words).with_publisher()
    if state:
        found = found.filter(availability=state)
    context = {
        **page_of(found, request, prefix="XB"),
        "words": words,
        "state": state,
        "states": Availability.choices,
    }
    return render(request, "operate/listings.html", context)


@operator_required
@require_GET
def listing(request: HttpRequest, sid: str) -> HttpResponse:
    """One listing: where it stands, its versions and installs, and what was decided about it."""
    shown = _listing(sid)
    live = InstalledAddOn.objects.live().filter(version__listing=shown)
    by_version = dict(live.order_by().values_list("version").annotate(Count("pk")))
    versions = shown.versions.select_related("assigned_to").defer("definition").order_by("-number")
    context = {
        "listing": shown,
        "versions": [(each, by_version.get(each.pk, 0)) for each in versions],
        "install_count": sum(by_version.values()),
        "behind_count": sum(by_version.values()) - by_version.get(shown.published_version_id, 0),
        "drafts": ListingVersion.Status.DRAFT,
        "history": history_of(subject_sid=shown.sid),
    }
    return render(request, "operate/listing.html", context)


@operator_required
@require_http_methods(["GET", "POST"])
def suspend_listing(request: HttpRequest, sid: str) -> HttpResponse:
    """The kill switch: says what stops, in counts, and stops it."""
    shown = _listing(sid)
    if shown.availability == Availability.SUSPENDED and request.method == "GET":
        return redirect("operate-listing", sid=sid)
    form = ReasonForm(request.POST if request.method == "POST" else None, reader="its publisher")
    if form.is_valid():
        try:
            availability.suspend(listing=shown, reason=form.given, actor=actor_of(request))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{shown.name} is suspended: nobody sees, installs or asks it.")
            return redirect("operate-listing", sid=sid)
    context = {"listing": shown, "form": form, "effect": availability.effect_of_suspension(shown)}
    return render(request, "operate/suspend_listing.html", context)


@operator_required
@require_http_methods(["GET", "POST"])
def lift_suspension(request: HttpRequest, sid: str) -> HttpResponse:
    """Ends a suspension: says what runs again, in counts, and lets it."""
    shown = _listing(sid)
    if shown.availability != Availability.SUSPENDED and request.method == "GET":
        return redirect("operate-listing", sid=sid)
    form = ReasonForm(request.POST if request.method == "POST" else None, required=False)
    if form.is_valid():
        try:
            lifted = availability.lift(listing=shown, reason=form.given, actor=actor_of(request))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            present = lifted.get_availability_display()
            messages.success(request, f"{shown.name} is no longer suspended. It is “{present}” again.")
            return redirect("operate-listing", sid=sid)
    context = {"listing": shown, "form": form, "effect": availability.effect_of_suspension(shown)}
    return render(request, "operate/lift_suspension.html", context)


@operator_required
@require_http_methods(["GET", "POST"])
def upgrade_installs(request: HttpRequest, sid: str) -> HttpResponse:
    """For a security fix: says which installs can be upgraded without asking, in counts, and does it."""
    shown = _listing(sid)
    form = ReasonForm(request.POST if request.method == "POST" else None, reader="")
    if form.is_valid():
        try:
            done = upgrades.force(listing=shown, reason=form.given, actor=actor_of(request))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            left = done.need_settings + done.need_consent
            stay = f" {left} stay on their version until their accounts upgrade." if left else ""
            messages.success(request, f"Upgraded: {done.upgraded}.{stay}")
            return redirect("operate-listing", sid=sid)
    effect = upgrades.effect_of_force(shown) if shown.published_version_id else None
    return render(
        request, "operate/upgrade_installs.html", {"listing": shown, "form": form, "effect": effect}
    )


def _listing(sid: str) -> Listing:
    return get_object_or_404(
        Listing.objects.select_related("publisher__account", "published_version"), sid=sid
    )
