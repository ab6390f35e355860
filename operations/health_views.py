"""The page that says how the house stands."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from operations.access import operator_required
from operations.health import PATIENCE_SECONDS, health
from operations.models import Process, RefusedAddress
from publishers.models import Publisher

SHOWN_REFUSALS: Final = 50


@operator_required
@require_GET
def health_page(request: HttpRequest) -> HttpResponse:
    """Looks at everything now. A broker or a store that hangs costs a few seconds, no longer."""
    refused = list(RefusedAddress.objects.order_by("-last_at", "-pk")[:SHOWN_REFUSALS])
    sids = {each.publisher_sid for each in refused}
    names = dict(Publisher.objects.filter(account__sid__in=sids).values_list("account__sid", "name"))
    context: dict[str, Any] = {
        "health": health(),
        "refused": [(each, names.get(each.publisher_sid, "")) for each in refused],
        "refused_count": RefusedAddress.objects.count(),
        "silent_seconds": round(Process.SILENT_FOR.total_seconds()),
        "patience_seconds": round(PATIENCE_SECONDS),
    }
    return render(request, "operate/health.html", context)
