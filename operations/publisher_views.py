"""Operators' pages of publishers: who applied, who they are, and the decisions on them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import actor_of
from operations.access import operator_required
from operations.forms import ReasonForm, RenameForm, SuspendPublisherForm
from operations.pages import chosen, history_of, page_of, typed
from publishers import applications
from publishers.models import RUNS, Publisher
from rest.errors import Refused

Status = Publisher.Status

DONE = {
    Status.APPROVED: "{} is approved: its versions are taken for review.",
    Status.DECLINED: "The application of {} is declined.",
    Status.SUSPENDED: "{} is suspended.",
}


@operator_required
@require_GET
def publishers(request: HttpRequest) -> HttpResponse:
    """Every publisher, the newest first, a page at a time by key; those who wait for a decision by filter."""
    words, status = typed(request, "q"), chosen(request, "status", Status.values)
    found = Publisher.objects.filter(applications.search(words)).select_related("account")
    if status:
        found = found.filter(status=status)
    counts = dict(Publisher.objects.order_by().values_list("status").annotate(Count("pk")))
    context = {
        **page_of(found.annotate(listing_count=Count("listings")), request, prefix="AC", key="account__sid"),
        "words": words,
        "status": status,
        "statuses": [(each.value, each.label, counts.get(each.value, 0)) for each in Status],
    }
    return render(request, "operate/publishers.html", context)


@operator_required
@require_http_methods(["GET", "POST"])
def publisher(request: HttpRequest, sid: str) -> HttpResponse:
    """One publisher: who it is, its listings, and what can be decided. `sid`: its account's."""
    shown = _publisher(sid)
    form = ReasonForm(request.POST or None, required=False, reader="the publisher")
    if request.method == "POST" and _decided(request, shown, form):
        return redirect("operate-publisher", sid=sid)
    return render(request, "operate/publisher.html", _context(shown, form))


def _decided(request: HttpRequest, shown: Publisher, form: ReasonForm) -> bool:
    """Whether the decision was made; else the form says why not."""
    status = request.POST.get("status", "")
    if status not in Status.values or status == Status.SUSPENDED:  # that has its own page
        raise BadRequest("The page sent no decision that exists.")
    form.fields["reason"].required = status in applications.NEED_A_REASON
    if not form.is_valid():
        return False
    try:
        applications.decide(
            publisher=shown,
            status=status,
            reason=form.given,
            seen=request.POST.get("seen"),
            actor=actor_of(request),
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, DONE[Status(status)].format(shown.name))
    return True


@operator_required
@require_http_methods(["GET", "POST"])
def suspend_publisher(request: HttpRequest, sid: str) -> HttpResponse:
    """Says what a suspension stops, in counts, and suspends."""
    shown = _publisher(sid)
    form = SuspendPublisherForm(request.POST or None, reader="the publisher")
    if form.is_valid():
        try:
            applications.decide(
                publisher=shown,
                status=Status.SUSPENDED,
                reason=form.given,
                with_listings=form.cleaned_data["with_listings"],
                actor=actor_of(request),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, DONE[Status.SUSPENDED].format(shown.name))
            return redirect("operate-publisher", sid=sid)
    running = shown.listings.filter(availability__in=RUNS)
    context = {
        "publisher": shown,
        "form": form,
        "running_count": running.count(),
        "account_count": running.filter(installs__installed_add_ons__removed_at__isnull=True)
        .values("installs__account")
        .exclude(installs__account=None)
        .distinct()
        .count(),
    }
    return render(request, "operate/suspend_publisher.html", context)


@operator_required
@require_POST
def rename_publisher(request: HttpRequest, sid: str) -> HttpResponse:
    """Another name, as customers see it."""
    shown = _publisher(sid)
    form = RenameForm(request.POST)
    if not form.is_valid():
        context = {**_context(shown, ReasonForm(required=False, reader="the publisher")), "rename_form": form}
        return render(request, "operate/publisher.html", context)
    applications.rename(publisher=shown, name=form.cleaned_data["name"], actor=actor_of(request))
    messages.success(request, "The publisher’s name is changed.")
    return redirect("operate-publisher", sid=sid)


def _publisher(sid: str) -> Publisher:
    return get_object_or_404(Publisher.objects.select_related("account"), account__sid=sid)


def _context(shown: Publisher, form: ReasonForm) -> dict[str, Any]:
    return {
        "publisher": shown,
        "form": form,
        "rename_form": RenameForm(initial={"name": shown.name}),
        "decisions": applications.DECISIONS[shown.status],
        "listings": list(shown.listings.select_related("published_version").order_by("unique_name")),
        "history": history_of(account_sid=shown.account.sid),
        "members": list(shown.account.memberships.select_related("user").order_by("pk")),
    }
