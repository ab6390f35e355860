"""Console pages of the catalogue: browse, read, install."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Account
from accounts.requests import account_of, actor_of
from marketplace import services
from marketplace.forms import ExtensionsForm, TermsForm, UniqueNameForm, explain
from marketplace.models import InstalledAddOn
from publishers.compiled import definition_of
from publishers.contract.points import POINTS
from publishers.data_sent import data_sent
from publishers.models import Listing, ListingVersion
from rest.curl import curl
from rest.errors import Refused
from rest.representation import api_url
from schema_forms.forms import SchemaForm


@login_required
@require_GET
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every listing the account may see, by name, searched and filtered by category."""
    account = account_of(request)
    words, category = _typed(request, "q"), _typed(request, "category")
    visible = Listing.objects.visible_to(account)
    found = _with_install_count(visible.search(words), account)
    if category:
        found = found.filter(category=category)
    categories = (
        visible.exclude(category="").values_list("category", flat=True).distinct().order_by("category")
    )
    context = {
        "listings": sorted(found.with_publisher(), key=lambda listing: listing.name.lower()),
        "total": visible.count(),
        "categories": list(categories),
        "words": words,
        "category": category,
    }
    return render(request, "marketplace/catalogue.html", context)


@login_required
@require_GET
def listing(request: HttpRequest, sid: str) -> HttpResponse:
    """One listing: what it does, asks for and costs."""
    account = account_of(request)
    shown = get_object_or_404(Listing.objects.visible_to(account).with_publisher(), sid=sid)
    own = InstalledAddOn.objects.of(account).live().filter(install__listing=shown).order_by("unique_name")
    version = _published(shown)
    definition = definition_of(version)
    context = {
        "listing": shown,
        "version": version,
        "points": _points_of(shown),
        "installs": list(own),
        "settings_form": SchemaForm(definition.configuration_schema),
        "runtime_parameters": definition.runtime_parameters,
        "data_sent": data_sent(version, definition),
        "api_call": _install_call(shown),
        "replacement": replacement_of(shown, account),
    }
    return render(request, "marketplace/listing.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def install(request: HttpRequest, sid: str) -> HttpResponse:
    """Terms, name, settings and where to run, on one page; nothing is lost when something is wrong."""
    account = account_of(request)
    shown = get_object_or_404(Listing.objects.visible_to(account).with_publisher(), sid=sid)
    if not shown.is_installable:
        return redirect("listing", sid=sid)
    version = _published(shown)
    data = request.POST or None
    name = UniqueNameForm(data, base=shown.unique_name, current=_free_name(account, shown))
    settings = SchemaForm(definition_of(version).configuration_schema, data)
    terms, extensions = TermsForm(data, prefix="terms"), ExtensionsForm(data, listing=shown)
    forms: list[Form] = [name, settings, extensions, terms]
    mark = services.mark_of(shown, version)
    is_valid = all([form.is_valid() for form in forms])
    if is_valid and data is not None and data.get("mark", mark) != mark:
        terms.add_error(
            "accept_terms", "Something else is offered since you opened this page: read it again."
        )
    elif is_valid:
        try:
            wanted = services.Wanted(
                accept_terms=True,
                configuration=settings.document(),
                unique_name=name.unique_name,
                enabled=extensions.cleaned_data["extensions"],
            )
            installed = services.install(
                account=account, listing=shown, wanted=wanted, actor=actor_of(request)
            )
        except Refused as refusal:
            explain(refusal, name=name, settings=settings)
        else:
            messages.success(request, f"{shown.name} is installed as {installed.unique_name}.")
            return redirect("installed-add-on-page", sid=installed.sid)
    context = {
        "listing": shown,
        "version": version,
        "name_form": name,
        "settings_form": settings,
        "extensions_form": extensions,
        "terms_form": terms,
        "mark": mark,
        "forms": forms,
    }
    return render(request, "marketplace/install.html", context)


def replacement_of(shown: Listing, account: Account) -> Listing | None:
    """What its publisher names instead of it, if the account can see that by now."""
    if shown.replacement_id is None:
        return None
    return Listing.objects.visible_to(account).filter(pk=shown.replacement_id).first()


def _typed(request: HttpRequest, name: str) -> str:
    """A search parameter. PostgreSQL takes no NUL, and no listing has one."""
    return request.GET.get(name, "").replace("\0", "").strip()


def _with_install_count(listings: QuerySet[Listing], account: Account) -> Any:
    mine = Q(installs__account=account, installs__installed_add_ons__removed_at__isnull=True)
    return listings.annotate(install_count=Count("installs__installed_add_ons", filter=mine))


def _published(shown: Listing) -> ListingVersion:
    """The version of a listing that `visible_to` found: it always has one."""
    if shown.published_version is None:
        raise LookupError(f"{shown} is visible without a published version")
    return shown.published_version


def _points_of(shown: Listing) -> list[Any]:
    offered = set(_published(shown).definition["extensions"])
    return [point for point in POINTS.values() if point.unique_name in offered]


def _install_call(shown: Listing) -> str:
    """The page's Install button as an API call, with the settings the schema proposes."""
    proposed = {
        name: rules["default"]
        for name, rules in _published(shown).configuration_schema.get("properties", {}).items()
        if isinstance(rules, dict) and "default" in rules
    }
    data = [
        ("AvailableAddOnSid", shown.sid),
        ("AcceptTermsOfService", "true"),
        ("Configuration", json.dumps(proposed, ensure_ascii=False, separators=(",", ":"))),
    ]
    return curl("POST", api_url("marketplace", "installed-add-ons"), data)


def _free_name(account: Account, shown: Listing) -> str:
    """The name the form proposes. The database still decides when it is saved."""
    taken = services.names_like(account, shown.unique_name)
    return next(name for name in services.default_names(shown) if name not in taken)
