"""Console pages of events: what went wrong, why, and how to mend it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.requests import account_of
from marketplace.models import IncomingPhoneNumber
from rest.sids import is_sid
from results.models import Event, Invocation

PAGE_SIZE = 25


@login_required
@require_GET
def event_list(request: HttpRequest) -> HttpResponse:
    """The account's events, newest first, a page at a time by key."""
    rows = Event.objects.of(account_of(request)).newest_first()
    level, before = request.GET.get("level", ""), request.GET.get("before", "")
    if level in Event.Level.values:
        rows = rows.filter(level=level)
    if is_sid(before, "NO"):
        rows = rows.filter(sid__lt=before)
    page = list(rows[: PAGE_SIZE + 1])
    context = {
        "events": page[:PAGE_SIZE],
        "older": page[PAGE_SIZE - 1].sid if len(page) > PAGE_SIZE else "",
        "is_first_page": not is_sid(before, "NO"),
        "level": level if level in Event.Level.values else "",
    }
    return render(request, "results/events.html", context)


@login_required
@require_GET
def event(request: HttpRequest, sid: str) -> HttpResponse:
    """One event: its cause, what mends it, and the results of the add-ons that were asked with it."""
    account = account_of(request)
    shown = get_object_or_404(Event.objects.of(account), sid=sid)
    results = Invocation.objects.of(account).with_add_on().without_bodies().filter(event_id=shown.event_id)
    context = {
        "event": shown,
        "number": IncomingPhoneNumber.objects.of(account).filter(sid=shown.number_sid).first(),
        "results": results.order_by("sid"),
    }
    return render(request, "results/event.html", context)
