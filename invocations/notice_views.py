"""Pages of what a publisher was told: who installed and uninstalled its add-ons (contract 16).

The rows and pages are those of every notice; these belong to the publisher's workspace.
"""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import account_of
from deliveries.models import Delivery, DeliveryQuerySet
from results.delivery_views import facts_of, page_of, replayed

VIEWS: Final = {"list_view": "publisher-notices", "row_view": "publisher-notice"}


@login_required
@require_GET
def notice_list(request: HttpRequest) -> HttpResponse:
    """The notices to the account as a publisher, newest first, a page at a time by key."""
    return render(request, "publish/notices.html", {**page_of(request, _own(request)), **VIEWS})


@login_required
@require_http_methods(["GET", "POST"])
def notice(request: HttpRequest, sid: str) -> HttpResponse:
    """One notice: what it says, each attempt; and a button that sends it once more."""
    shown = get_object_or_404(_own(request), sid=sid)
    if request.method == "POST":
        return replayed(request, shown, back="publisher-notice")
    return render(request, "publish/notice.html", {**facts_of(shown), **VIEWS})


def _own(request: HttpRequest) -> DeliveryQuerySet:
    return Delivery.objects.of(account_of(request)).to_publishers()
