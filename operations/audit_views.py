"""The record of decisions and sensitive changes: who, what, before, after; and all of it as a file."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import AuditEntry
from operations.access import operator_required
from operations.audit import MOST_CHANGES, Filter, changes, csv_pieces
from rest.sids import is_sid

PAGE_SIZE: Final = 50


@operator_required
@require_GET
def audit_log(request: HttpRequest) -> HttpResponse:
    """The entries that fit the filter, newest first, a page at a time by key."""
    wanted = Filter.of(request.GET.dict())
    rows = wanted.entries().defer("before", "after")
    before = request.GET.get("before", "")
    if is_sid(before, "AU"):
        rows = rows.filter(sid__lt=before)
    page = list(rows[: PAGE_SIZE + 1])
    context: dict[str, Any] = {
        "entries": page[:PAGE_SIZE],
        "older": page[PAGE_SIZE - 1].sid if len(page) > PAGE_SIZE else "",
        "is_first_page": not is_sid(before, "AU"),
        "wanted": wanted,
        "actions": AuditEntry.objects.order_by("action").values_list("action", flat=True).distinct(),
    }
    return render(request, "operate/audit.html", context)


@operator_required
@require_GET
def audit_entry(request: HttpRequest, sid: str) -> HttpResponse:
    """One entry, with the difference that it made."""
    entry = get_object_or_404(AuditEntry, sid=sid)
    found = changes(entry.before, entry.after)
    context = {"entry": entry, "changes": found, "is_cut": len(found) == MOST_CHANGES}
    return render(request, "operate/audit_entry.html", context)


@operator_required
@require_GET
def audit_export(request: HttpRequest) -> HttpResponseBase:
    """The same entries as CSV, however many there are."""
    pieces = csv_pieces(Filter.of(request.GET.dict()).entries())
    name = f"audit-{timezone.now():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        _later(pieces) if isinstance(request, ASGIRequest) else pieces,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


async def _later(pieces: Iterator[str]) -> AsyncIterator[str]:
    """The same for a server that waits in an event loop; else Django would read all of it first."""
    step = sync_to_async(partial(next, pieces, None))
    while (piece := await step()) is not None:
        yield piece
