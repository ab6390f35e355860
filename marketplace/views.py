"""Console pages of installed add-ons."""

import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings as site
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import account_of, actor_of
from marketplace import configuration as configurations
from marketplace import services
from marketplace.catalogue_views import replacement_of
from marketplace.forms import explain, name_form
from marketplace.models import AssignedAddOn, InstalledAddOn, InstalledExtension
from publishers.compiled import definition_of
from publishers.contract.points import POINTS
from rest.curl import curl
from rest.errors import Refused
from rest.representation import api_path, api_url
from schema_forms.forms import SchemaForm

# Enough to see which numbers hold an add-on; the count says how many more there are.
SHOWN_NUMBERS = 20


@login_required
@require_GET
def installed_list(request: HttpRequest) -> HttpResponse:
    """The account's installed add-ons, by name."""
    account = account_of(request)
    installed = (
        InstalledAddOn.objects.of(account).live().with_listing().prefetch_related("switches__extension")
    )
    rows = [
        {"installed": each, "on": [_point_name(row) for row in _in_order(each.switches.all()) if row.enabled]}
        for each in installed.order_by("unique_name")
    ]
    return render(request, "marketplace/installed.html", {"rows": rows})


@login_required
@require_http_methods(["GET", "POST"])
def installed_add_on(request: HttpRequest, sid: str) -> HttpResponse:
    """Configure one installed add-on."""
    installed = _own(request, sid)
    data = request.POST or None
    name = name_form(data, installed)
    shown = configurations.masked(installed.version, installed.configuration)
    settings = SchemaForm(definition_of(installed.version).configuration_schema, data, document=shown)
    forms: list[Form] = [name, settings]
    if data is not None and all([form.is_valid() for form in forms]):
        try:
            services.update(
                installed=installed,
                configuration=settings.document(),
                unique_name=name.unique_name,
                actor=actor_of(request),
            )
        except Refused as refusal:
            explain(refusal, name=name, settings=settings)
        else:
            messages.success(request, "Saved.")
            return redirect("installed-add-on-page", sid=sid)
    last_saved = installed.saved_configurations.select_related("saved_by").order_by("-sid").first()
    context = {
        "installed": installed,
        "name_form": name,
        "settings_form": settings,
        "forms": forms,
        "switches": _switches(installed),
        "off_everywhere": _is_off_everywhere(installed),
        "replacement": replacement_of(installed.listing, installed.account),
        "api_call": _update_call(installed, shown),
        "last_saved": last_saved,
        "saved_count": installed.saved_configurations.count(),
    }
    return render(request, "marketplace/installed_add_on.html", context)


@login_required
@require_POST
def switch(request: HttpRequest, sid: str, extension_sid: str) -> HttpResponse:
    """Turn one extension point on or off; htmx gets just the switch back."""
    installed = _own(request, sid)
    extension = get_object_or_404(
        installed.switches.select_related("extension"), extension__sid=extension_sid
    )
    try:
        services.switch(extension=extension, enabled=request.POST.get("enabled") == "true")
    except Refused as refusal:
        # The page is drawn anew, with the sentence and the switch as it is; htmx follows to it as well.
        messages.error(request, str(refusal))
        return redirect("installed-add-on-page", sid=sid)
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware adds it
        context = {
            "installed": installed,
            "switch": _switch(extension),
            "saved": True,
            "off_everywhere": _is_off_everywhere(installed),
        }
        return render(request, "marketplace/switch.html", context)
    state = "on" if extension.enabled else "off"
    messages.success(request, f"{_point_name(extension)} is {state}.")
    return redirect("installed-add-on-page", sid=sid)


@login_required
@require_http_methods(["GET", "POST"])
def uninstall(request: HttpRequest, sid: str) -> HttpResponse:
    """Says what will happen, in counts; then does it."""
    installed = _own(request, sid)
    if request.method == "POST":
        try:
            services.uninstall(installed=installed)
        except services.StillAssigned as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{installed.unique_name} is uninstalled.")
            return redirect("installed")
    assignments = installed.assignments.select_related("number").order_by("number__phone_number")
    points_on = [_point_name(each) for each in _in_order(_switch_rows(installed)) if each.enabled]
    context = {
        "installed": installed,
        "points_on": points_on,
        "result_count": installed.invocations.count(),
        "assigned_count": assignments.count(),
        "assigned": [_assignment(each) for each in assignments[:SHOWN_NUMBERS]],
    }
    return render(request, "marketplace/uninstall.html", context)


def _own(request: HttpRequest, sid: str) -> InstalledAddOn:
    own = InstalledAddOn.objects.of(account_of(request)).live().with_listing()
    return get_object_or_404(own, sid=sid)


def _is_off_everywhere(installed: InstalledAddOn) -> bool:
    return not installed.switches.filter(enabled=True).exists()


def _update_call(installed: InstalledAddOn, configuration: dict[str, Any]) -> str:
    """The page's Save button as an API call. Secrets are masked, and a mask keeps the stored value."""
    data = [
        ("UniqueName", installed.unique_name),
        ("Configuration", json.dumps(configuration, ensure_ascii=False, separators=(",", ":"))),
    ]
    return curl("POST", api_url("marketplace", "installed-add-on", installed.sid), data)


def _assignment(row: AssignedAddOn) -> dict[str, str]:
    """A number that holds an add-on, and the API call that removes the assignment."""
    number, installed = row.number, row.installed_add_on
    path = api_path("api", "assigned-add-on", installed.account.sid, number.sid, installed.sid)
    return {
        "phone_number": number.phone_number,
        "friendly_name": number.friendly_name,
        "api_call": curl("DELETE", f"{site.API_URLS['api']}{path}.json"),
    }


def _switch_rows(installed: InstalledAddOn) -> QuerySet[InstalledExtension]:
    return installed.switches.select_related("extension")


def _in_order(rows: Iterable[InstalledExtension]) -> list[InstalledExtension]:
    """The switches in the order of the contract's extension points."""
    order = list(POINTS)
    return sorted(rows, key=lambda row: order.index(row.extension.unique_name))


def _switches(installed: InstalledAddOn) -> list[dict[str, Any]]:
    return [_switch(row) for row in _in_order(_switch_rows(installed))]


def _switch(row: InstalledExtension) -> dict[str, Any]:
    return {"sid": row.extension.sid, "enabled": row.enabled, "point": POINTS[row.extension.unique_name]}


def _point_name(row: InstalledExtension) -> str:
    return POINTS[row.extension.unique_name].friendly_name
