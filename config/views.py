"""Pages that belong to no single app: home, account switching, health, errors."""

from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views import defaults
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import account_of, choose_account, membership_of, user_of
from config import workspaces
from invocations.forms import LookupForm
from invocations.points import lookup
from marketplace.models import InstalledAddOn
from marketplace.waiting import waiting
from publishers.contract.limits import DEADLINE_MS, MAX_RESPONSE_BYTES, RETRY_PAUSES_MS, WEBHOOK_DEADLINE_MS
from rest.errors import error_answer, is_api, not_found_message, unreadable_message
from results.event_codes import CODES
from results.models import Invocation

RECENT_RESULTS = 8
RECENT_TIME = timedelta(days=1)


@require_GET
def root(request: HttpRequest) -> HttpResponse:
    """The bare address leads to where one was last, which asks strangers to sign in."""
    return redirect(workspaces.beginning(request))


@require_GET
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask here when a page, such as the admin's, names no icon."""
    return redirect(static("mark.svg"))


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """200 when this process answers and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Where an account stands, and its next step. An operator without an account operates."""
    if membership_of(request) is None and user_of(request).is_staff:
        return redirect("operate")
    if membership_of(request) is None:
        return render(request, "accounts/no_account.html", status=HTTPStatus.FORBIDDEN)
    account = account_of(request)
    results = Invocation.objects.of(account)
    installed = InstalledAddOn.objects.of(account).live()
    lookups_on = installed.enabled_for(lookup.POINT).with_listing().order_by("unique_name")
    lookup_form = LookupForm(installed=lookups_on)
    recent = list(results.with_add_on().without_bodies().newest_first()[:RECENT_RESULTS])
    installed_count = installed.count()
    steps = _steps(installed=installed_count > 0, switched_on=bool(lookup_form.installed), ran=bool(recent))
    context = {
        "steps": steps,
        "next_step": next((step for step in steps if step["state"] == "current"), None),
        "lookup_form": lookup_form,
        "recent": recent,
        "waiting": waiting(account),
        "installed_count": installed_count,
        "last_day": results.since(timezone.now() - RECENT_TIME).totals(),
    }
    return render(request, "home.html", context)


def _steps(*, installed: bool, switched_on: bool, ran: bool) -> list[dict[str, str]]:
    """The way to a first result. The first step that is not done is the current one."""
    ways = [
        ("Install an add-on", installed, "catalogue"),
        ("Switch it on for lookups", switched_on, "installed"),
        ("Run a lookup", ran, "lookups"),
    ]
    first = next((label for label, done, _ in ways if not done), "")
    states = {True: "done", False: "to do"}
    return [
        {"label": label, "url": reverse(name), "state": "current" if label == first else states[done]}
        for label, done, name in ways
    ]


@login_required
@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """What the words mean, in one page; every page's "?" leads to its place here."""
    context = {
        "codes": list(CODES.values()),
        "webhook_seconds": WEBHOOK_DEADLINE_MS // 1000,
        "deadline_ms": DEADLINE_MS,
        "max_response_bytes": MAX_RESPONSE_BYTES,
        "tries": len(RETRY_PAUSES_MS) + 1,
        "retention_days": settings.RESULT_RETENTION_DAYS,
        "public_url": settings.PUBLIC_URL,
    }
    return render(request, "help.html", context)


@login_required
@require_POST
def switch_account(request: HttpRequest) -> HttpResponse:
    """Work for another of the user's accounts. A foreign SID changes nothing."""
    choose_account(request, request.POST.get("account", ""))
    return redirect("home")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return error_answer(request, HTTPStatus.BAD_REQUEST, 20001, unreadable_message(exception))
    return defaults.bad_request(request, exception, template_name="400.html")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return defaults.permission_denied(request, exception, template_name="403.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return error_answer(request, HTTPStatus.NOT_FOUND, 20404, not_found_message(request.path))
    return defaults.page_not_found(request, exception, template_name="404.html")


def server_error(request: HttpRequest) -> HttpResponseBase:
    if is_api(request):
        return error_answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, 20500, "Internal Server Error")
    return defaults.server_error(request, template_name="500.html")
