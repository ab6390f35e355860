"""Console pages of recordings: what came in, what add-ons made of it, and how to be rid of it."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import account_of
from recordings import services
from recordings.models import Recording, RecordingQuerySet
from rest.media_types import guarded
from rest.ranges import StoredFile, file_answer
from rest.sids import is_sid
from results.models import AddOnResult, Payload

PAGE_SIZE: Final = 25
SHOWN_STATUSES: Final = (Recording.Status.COMPLETED, Recording.Status.PROCESSING, Recording.Status.ABSENT)


@login_required
@require_GET
def recording_list(request: HttpRequest) -> HttpResponse:
    """The account's recordings, newest first, a page at a time by key."""
    rows = _own(request).newest_first().prefetch_related(_results())
    status, before = request.GET.get("status", ""), request.GET.get("before", "")
    if status in SHOWN_STATUSES:
        rows = rows.filter(status=status)
    last = _own(request).filter(sid=before).first() if is_sid(before, "RE") else None
    if last is not None:
        rows = rows.older_than(last)
    page = list(rows[: PAGE_SIZE + 1])
    context = {
        "recordings": page[:PAGE_SIZE],
        "older": page[PAGE_SIZE - 1].sid if len(page) > PAGE_SIZE else "",
        "is_first_page": last is None,
        "status": status if status in SHOWN_STATUSES else "",
        "statuses": SHOWN_STATUSES,
    }
    return render(request, "results/recordings.html", context)


@login_required
@require_GET
def recording(request: HttpRequest, sid: str) -> HttpResponse:
    """One recording: its audio, its facts, and what each add-on makes of it."""
    shown = get_object_or_404(_own(request).prefetch_related(_results()), sid=sid)
    results = list(shown.add_on_results.all())
    is_changing = shown.status == Recording.Status.PROCESSING or any(each.is_open for each in results)
    context = {"recording": shown, "results": results, "is_changing": is_changing}
    return render(request, "results/recording.html", context)


@login_required
@require_GET
def audio(request: HttpRequest, sid: str) -> HttpResponseBase:
    """The bytes, or the part that a player asks for."""
    shown = get_object_or_404(_own(request).filter(status=Recording.Status.COMPLETED), sid=sid)
    headers = {**guarded(shown.content_type, shown.sid), "Cache-Control": "private, no-cache"}
    stored = StoredFile(str(shown.audio.name), shown.size, shown.sha256, shown.audio.storage)
    try:
        return file_answer(request, stored, headers=headers)
    except FileNotFoundError as error:  # it was deleted a moment ago
        raise Http404 from error


@login_required
@require_http_methods(["GET", "POST"])
def delete_recording(request: HttpRequest, sid: str) -> HttpResponseBase:
    """Ask, telling what goes with it; then delete it with everything that was made of it."""
    shown = get_object_or_404(_own(request), sid=sid)
    if request.method == "POST":
        services.delete(shown)
        messages.success(request, f"The recording {shown.sid} is deleted, and its results with it.")
        return redirect("recordings")
    return render(request, "results/delete_recording.html", {"recording": shown, **_effects(shown)})


def _own(request: HttpRequest) -> RecordingQuerySet:
    return Recording.objects.of(account_of(request)).kept()


def _results() -> "Prefetch[Any]":
    results = AddOnResult.objects.kept().with_add_on().order_by("sid")
    return Prefetch("add_on_results", queryset=results)


def _effects(shown: Recording) -> dict[str, Any]:
    """What is lost with a recording, in numbers."""
    results = AddOnResult.objects.kept().filter(recording=shown)
    payloads = Payload.objects.kept().filter(result__recording=shown)
    return {
        "result_count": results.count(),
        "open_count": results.open().count(),
        "payload_count": payloads.count(),
        "payload_bytes": payloads.aggregate(bytes=Sum("size", default=0))["bytes"],
    }
