"""Console page of an upgrade: what changes, what is newly asked, and the button."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.requests import account_of, actor_of
from marketplace import configuration as configurations
from marketplace import upgrades
from marketplace.configuration import BadConfiguration
from marketplace.forms import TermsForm
from marketplace.models import InstalledAddOn
from marketplace.upgrades import Upgrade
from publishers.compiled import definition_of
from publishers.risks import grouped
from rest.curl import curl
from rest.errors import Refused
from rest.representation import api_url
from schema_forms.forms import SchemaForm


class NewTermsForm(TermsForm):
    """Acceptance of terms that have changed; without a change it asks for nothing."""

    def __init__(self, data: Any = None, *, changed: bool) -> None:
        super().__init__(data, prefix="terms")
        if not changed:
            del self.fields["accept_terms"]
        else:
            field = self.fields["accept_terms"]
            field.error_messages["required"] = "Accept the new terms to upgrade this add-on."


class SeenForm(forms.Form):
    """What the page showed, so that nobody agrees to what came after."""

    mark = forms.CharField(widget=forms.HiddenInput, max_length=200)


@login_required
@require_http_methods(["GET", "POST"])
def upgrade(request: HttpRequest, sid: str) -> HttpResponse:
    """Compare, fill in what is missing, accept what is new; nothing is lost when something is wrong."""
    installed = _own(request, sid)
    offer = upgrades.offered(installed)
    if offer is None:
        messages.info(request, f"{installed.unique_name} has the version that its publisher offers.")
        return redirect("installed-add-on-page", sid=sid)
    data = request.POST or None
    shown = configurations.masked(offer.version, offer.configuration)
    settings = SchemaForm(definition_of(offer.version).configuration_schema, data, document=shown)
    terms, seen = (
        NewTermsForm(data, changed=offer.terms_changed),
        SeenForm(data, initial={"mark": offer.mark}),
    )
    if data is not None and all([form.is_valid() for form in (settings, terms, seen)]):
        try:
            upgraded = upgrades.upgrade(
                installed=installed,
                configuration=settings.document(),
                accept_terms=offer.terms_changed,
                seen=seen.cleaned_data["mark"],
                actor=actor_of(request),
            )
        except BadConfiguration as refusal:
            settings.add_faults(refusal.faults)
        except Refused as refusal:
            # Something else is offered by now: the page is drawn anew, so that it can be read first.
            messages.error(request, str(refusal))
            return redirect("upgrade", sid=sid)
        else:
            messages.success(
                request, f"{upgraded.unique_name} is upgraded to version {upgraded.version.number}."
            )
            return redirect("installed-add-on-page", sid=sid)
    context = {
        "installed": installed,
        "listing": installed.listing,
        "offer": offer,
        "groups": grouped(offer.changes),
        "notes": [each for each in offer.published_since if each.notes],
        "settings_form": settings,
        "missing": _missing(offer),
        "terms_form": terms,
        "seen_form": SeenForm(initial={"mark": offer.mark}),
        "api_call": _upgrade_call(offer, shown),
    }
    return render(request, "marketplace/upgrade.html", context)


def _own(request: HttpRequest, sid: str) -> InstalledAddOn:
    own = InstalledAddOn.objects.of(account_of(request)).live().with_listing()
    return get_object_or_404(own.select_related("account", "version__listing__published_version"), sid=sid)


def _missing(offer: Upgrade) -> list[str]:
    """What the new version asks for beyond what is stored, in sentences."""
    schema = definition_of(offer.version).configuration_schema
    return [fault.message for fault in schema.faults(offer.configuration)]


def _upgrade_call(offer: Upgrade, configuration: dict[str, Any]) -> str:
    """The page's button as an API call. Secrets are masked, and a mask keeps the stored value."""
    data = [("Configuration", json.dumps(configuration, ensure_ascii=False, separators=(",", ":")))]
    if offer.terms_changed:
        data.append(("AcceptTermsOfService", "true"))
    return curl("POST", api_url("marketplace", "upgrade", offer.installed.sid), data)
