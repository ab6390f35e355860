"""Console pages of deliveries: what an account was told, and how each attempt ended."""

from typing import Any, Final

import orjson
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import account_of
from deliveries import services
from deliveries.models import Delivery, DeliveryAttempt, DeliveryQuerySet
from rest.curl import curl
from rest.errors import Refused
from rest.leases import hint
from rest.representation import api_url
from rest.sids import is_sid
from results.delivering import deliver
from results.models import AddOnResult
from results.tree import Node, tree_of

PAGE_SIZE: Final = 25
MOST_SHOWN_ATTEMPTS: Final = 50
_ICONS: Final = {
    Delivery.Status.PENDING: "in-progress",
    Delivery.Status.DELIVERED: "successful",
    Delivery.Status.GIVEN_UP: "failed",
    Delivery.Status.WITHDRAWN: "paused",
}


@login_required
@require_GET
def delivery_list(request: HttpRequest) -> HttpResponse:
    """The account's deliveries, newest first, a page at a time by key."""
    rows = Delivery.objects.of(account_of(request)).to_customers()
    return render(request, "deliveries/deliveries.html", page_of(request, rows))


def page_of(request: HttpRequest, deliveries: DeliveryQuerySet) -> dict[str, Any]:
    """What a list of notices shows: those that the filter of the request leaves, a page of them."""
    last = DeliveryAttempt.objects.filter(delivery=OuterRef("pk")).order_by("-pk")
    rows = deliveries.newest_first().annotate(
        attempt_count=Count("attempts"), last_error=Subquery(last.values("error")[:1])
    )
    status, before = request.GET.get("status", ""), request.GET.get("before", "")
    if status in Delivery.Status.values:
        rows = rows.filter(status=status)
    if is_sid(before, "DE"):
        rows = rows.filter(sid__lt=before)
    page = list(rows[: PAGE_SIZE + 1])
    return {
        "deliveries": page[:PAGE_SIZE],
        "older": page[PAGE_SIZE - 1].sid if len(page) > PAGE_SIZE else "",
        "is_first_page": not is_sid(before, "DE"),
        "status": status if status in Delivery.Status.values else "",
        "statuses": [(each.value, each.label, icon) for each, icon in _ICONS.items()],
    }


@login_required
@require_http_methods(["GET", "POST"])
def delivery(request: HttpRequest, sid: str) -> HttpResponse:
    """One delivery: what it says, to whom, each attempt; and a button that sends it once more."""
    own = Delivery.objects.of(account_of(request)).to_customers()
    shown = get_object_or_404(own, sid=sid)
    if request.method == "POST":
        return replayed(request, shown, back="delivery")
    result = AddOnResult.objects.of(shown.account).kept().filter(sid=shown.reference_sid).first()
    context = {**facts_of(shown), "result": result}
    return render(request, "deliveries/delivery.html", context)


def facts_of(shown: Delivery) -> dict[str, Any]:
    """What the page of one notice shows, whatever it tells about."""
    attempts = list(shown.attempts.order_by("-pk")[: MOST_SHOWN_ATTEMPTS + 1])
    return {
        "delivery": shown,
        "attempts": attempts[:MOST_SHOWN_ATTEMPTS],
        "has_more_attempts": len(attempts) > MOST_SHOWN_ATTEMPTS,
        "most_attempts": shown.most_attempts,
        "parameters": [_parameter(name, value) for name, value in shown.parameters],
        "api_call": curl("POST", api_url("marketplace", "replay-delivery", shown.sid)),
    }


def replayed(request: HttpRequest, shown: Delivery, *, back: str) -> HttpResponse:
    """Send it once more, and go back to its page, the view of this name."""
    try:
        services.replay(delivery=shown)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        hint(deliver, [shown.sid])
        messages.success(request, "It is being sent again. Reload this page to see how that ends.")
    return redirect(back, sid=shown.sid)


def _parameter(name: str, value: str) -> dict[str, Any]:
    """A parameter of the form, drawn as a tree where it is a document."""
    return {"name": name, "value": value, "tree": _tree(value)}


def _tree(value: str) -> Node | None:
    try:
        return tree_of(orjson.loads(value))
    except orjson.JSONDecodeError:
        return None
