"""Console pages that raise events: run a lookup."""

import re

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import Account
from accounts.requests import account_of
from invocations.forms import LookupForm
from invocations.points import lookup
from marketplace.models import InstalledAddOn
from rest.curl import curl
from rest.representation import api_url
from results.models import Invocation
from results.views import detail


@login_required
@require_http_methods(["GET", "POST"])
def lookups(request: HttpRequest) -> HttpResponse:
    """Ask the account's add-ons about a number, and see every answer with how it came about.

    A lookup is answered by a redirect to its results: a reload asks, and pays, nobody again.
    """
    account = account_of(request)
    installed = InstalledAddOn.objects.of(account).enabled_for(lookup.POINT).with_listing()
    form = LookupForm(request.POST or None, installed=installed.order_by("unique_name"))
    if form.is_valid():
        return redirect(f"{reverse('lookups')}?event={_run(account, form)}")
    rows = _results_of(account, request.GET.get("event", ""))
    if rows and not form.is_bound:
        form.propose(rows[0].primary_address, [row.installed_add_on.unique_name for row in rows])
    context = {
        "form": form,
        "results": [{"result": row, **detail(row)} for row in rows],
        "has_installed": bool(form.installed) or InstalledAddOn.objects.of(account).live().exists(),
        "api_call": _api_call(form),
    }
    return render(request, "invocations/lookups.html", context)


def _run(account: Account, form: LookupForm) -> str:
    """Run the lookup a valid form asks for. Returns the id of its event; empty when nobody was asked."""
    asked = lookup.AddOnsAsked(tuple(form.cleaned_data["add_ons"]), form.parameters())
    outcomes = lookup.run(account=account, number=form.cleaned_data["number"], asked=asked)
    sids = [outcome.request_sid for outcome in outcomes]
    event_ids = Invocation.objects.of(account).filter(sid__in=sids).values_list("event_id", flat=True)
    return next(iter(event_ids), "")


def _results_of(account: Account, event_id: str) -> list[Invocation]:
    """The account's results of one event, in the order they were asked."""
    if not re.fullmatch("[0-9a-f]{32}", event_id):
        return []
    return list(Invocation.objects.of(account).with_add_on().filter(event_id=event_id).order_by("sid"))


def _api_call(form: LookupForm) -> str:
    """The same lookup as an API call, as the form proposes it."""
    data = [("AddOns", name) for name in form.fields["add_ons"].initial]
    return curl("GET", api_url("lookups", "lookup-number", form.fields["number"].initial), data)
