"""Console pages of phone numbers, and of the add-ons assigned to them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import account_of
from marketplace import number_calls, number_runs, number_services
from marketplace.models import AssignedAddOn, IncomingPhoneNumber, InstalledAddOn
from marketplace.number_forms import NewNumberForm, NumberForm
from publishers.contract.limits import DEADLINE_MS
from publishers.contract.points import ExtensionPoint
from rest.errors import NotFound, Refused
from rest.representation import api_url
from rest.sids import is_sid

PAGE_SIZE = 25
# As many add-ons as a page can show and a person can choose from.
SHOWN_ADD_ONS = 200


@login_required
@require_http_methods(["GET", "POST"])
def number_list(request: HttpRequest) -> HttpResponse:
    """The account's numbers, newest first, a page at a time by key; and a form for one more."""
    account = account_of(request)
    form = NewNumberForm(request.POST or None)
    if form.is_valid():
        settings = {"friendly_name": form.cleaned_data["friendly_name"]}
        try:
            number = number_services.create_number(
                account=account, phone_number=form.cleaned_data["phone_number"], settings=settings
            )
        except number_services.NumberTaken as refusal:
            form.add_error("phone_number", str(refusal))
        else:
            messages.success(request, f"{number.phone_number} is added.")
            return redirect("number", sid=number.sid)
    before = request.GET.get("before", "")
    numbers = IncomingPhoneNumber.objects.of(account).annotate(assigned_count=Count("assignments"))
    if is_sid(before, "PN"):
        numbers = numbers.filter(sid__lt=before)
    page = list(numbers.order_by("-sid")[: PAGE_SIZE + 1])
    context = {
        "form": form,
        "rows": [_row(number) for number in page[:PAGE_SIZE]],
        "older": page[PAGE_SIZE - 1].sid if len(page) > PAGE_SIZE else "",
        "is_first_page": not is_sid(before, "PN"),
        "api_call": number_calls.add(account),
    }
    return render(request, "marketplace/numbers.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def number(request: HttpRequest, sid: str) -> HttpResponse:
    """One number: what runs there, what is assigned to it, and its settings."""
    own = _own_number(request, sid)
    form = NumberForm(request.POST or None, number=own)
    if form.is_valid():
        try:
            number_services.update_number(number=own, settings=form.cleaned_data)
        except NotFound as error:
            raise Http404 from error
        messages.success(request, "Saved.")
        return redirect("number", sid=sid)
    add_ons = _add_ons_of(own)
    context = {
        **add_ons,
        "number": own,
        "national": number_services.national_format(own.phone_number),
        "form": form,
        "runs": [_run(own, number_runs.MESSAGE), _run(own, number_runs.CALL)],
        "message_url": api_url("connect", "message", own.sid),
        "voice_url": api_url("connect", "voice", own.sid),
        "deadline_ms": DEADLINE_MS,
        "api_call": number_calls.change(own, [row["installed"] for row in add_ons["assignable"][:1]]),
    }
    return render(request, "marketplace/number.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def remove_number(request: HttpRequest, sid: str) -> HttpResponse:
    """Says what will happen, in counts; then does it."""
    own = _own_number(request, sid)
    if request.method == "POST":
        try:
            number_services.delete_number(number=own)
        except NotFound as error:
            raise Http404 from error
        messages.success(request, f"{own.phone_number} is removed.")
        return redirect("numbers")
    assigned = list(number_runs.add_ons_for(own).filter(is_assigned=True))
    context = {
        "number": own,
        "assigned_count": len(assigned),
        "freed": [each for each in assigned if each.number_count == 1],
        "webhooks": _webhooks(own),
        "api_call": number_calls.remove(own),
    }
    return render(request, "marketplace/release_number.html", context)


@login_required
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Assign an installed add-on to a number; both pages that offer it post here."""
    own = _own_number(request, request.POST.get("number", ""))
    installed = _own_add_on(request, request.POST.get("installed_add_on", ""))
    try:
        number_services.assign(number=own, installed=installed)
    except NotFound as error:
        raise Http404 from error
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, f"{installed.unique_name} is assigned to {own.phone_number}. {_reach(installed)}"
        )
    return _back(request, own, installed)


@login_required
@require_POST
def unassign(request: HttpRequest, sid: str, installed_sid: str) -> HttpResponse:
    """Remove the binding of an add-on to a number."""
    own = _own_number(request, sid)
    assignments = AssignedAddOn.objects.filter(number=own).select_related("installed_add_on")
    assignment = get_object_or_404(assignments, installed_add_on__sid=installed_sid)
    installed = assignment.installed_add_on
    try:
        number_services.unassign(assignment=assignment)
    except NotFound as error:
        raise Http404 from error
    gone = f"{installed.unique_name} is not assigned to {own.phone_number} any more."
    messages.success(request, f"{gone} {_reach(installed)}")
    return _back(request, own, installed)


def _own_number(request: HttpRequest, sid: str) -> IncomingPhoneNumber:
    if not is_sid(sid, "PN"):
        raise Http404
    own = IncomingPhoneNumber.objects.of(account_of(request)).select_related("account")
    return get_object_or_404(own, sid=sid)


def _own_add_on(request: HttpRequest, sid: str) -> InstalledAddOn:
    if not is_sid(sid, "XE"):
        raise Http404
    return get_object_or_404(InstalledAddOn.objects.of(account_of(request)).live(), sid=sid)


def _back(request: HttpRequest, number: IncomingPhoneNumber, installed: InstalledAddOn) -> HttpResponse:
    """To the page the button was on: the add-on's, else the number's."""
    if request.POST.get("back") == "add-on":
        return redirect("installed-add-on-page", sid=installed.sid)
    return redirect("number", sid=number.sid)


def _reach(installed: InstalledAddOn) -> str:
    return number_runs.reach(installed, installed.assignments.count())


def _row(number: IncomingPhoneNumber) -> dict[str, Any]:
    return {
        "number": number,
        "national": number_services.national_format(number.phone_number),
        "webhooks": _webhooks(number),
    }


def _webhooks(number: IncomingPhoneNumber) -> list[str]:
    """What has a webhook at this number."""
    urls = {"Messages": number.sms_url, "Calls": number.voice_url}
    return [name for name, url in urls.items() if url]


def _run(number: IncomingPhoneNumber, point: ExtensionPoint) -> dict[str, Any]:
    """What runs for an event at this number, and what hinders it."""
    is_message = point is number_runs.MESSAGE
    url, method = (
        (number.sms_url, number.sms_method) if is_message else (number.voice_url, number.voice_method)
    )
    running = list(number_runs.running_at(number, point)[: SHOWN_ADD_ONS + 1])
    return {
        "title": "Incoming message" if is_message else "Incoming call",
        "icon": "message" if is_message else "phone",
        "point": point,
        "add_ons": running[:SHOWN_ADD_ONS],
        "has_more": len(running) > SHOWN_ADD_ONS,
        "has_webhook": bool(url),
        "is_get": bool(url) and method == IncomingPhoneNumber.Method.GET,
    }


def _add_ons_of(number: IncomingPhoneNumber) -> dict[str, Any]:
    """The account's add-ons: assigned here, to be assigned, and those that cannot be, with the reason."""
    found = list(number_runs.add_ons_for(number)[: SHOWN_ADD_ONS + 1])
    rows = [
        {
            "installed": each,
            "points": [point.friendly_name for point in number_runs.points_by_number(each)],
            "why_not": number_services.why_not_assignable(each),
        }
        for each in found[:SHOWN_ADD_ONS]
    ]
    others = [row for row in rows if not row["installed"].is_assigned]
    return {
        "assigned": [row for row in rows if row["installed"].is_assigned],
        "assignable": [row for row in others if not row["why_not"]],
        "refused": [row for row in others if row["why_not"]],
        "has_more": len(found) > SHOWN_ADD_ONS,
    }
