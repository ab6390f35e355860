"""Console pages of what a recording add-on gave back: how far it is, its payloads, and who was told."""

from typing import Any, Final

import orjson
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import account_of
from deliveries.models import Delivery
from rest.leases import database_time
from results import retention
from results.links import link_of
from results.models import AddOnResult, Invocation, Payload
from results.progress import progress_of, sentence
from results.tree import MAX_DEPTH, MAX_NODES, Node, depth, size, tree_of

# Of a payload that is shown on the page; a larger one is downloaded.
MOST_SHOWN_BYTES: Final = 262_144


@login_required
@require_GET
def add_on_result(request: HttpRequest, sid: str) -> HttpResponse:
    """One result, from the first try to the end. The page asks again by itself while it changes."""
    shown = _own(request, sid)
    progress = progress_of(shown, database_time())
    delivery = Delivery.objects.of(shown.account).filter(kind="result", reference_sid=shown.sid).first()
    context = {
        "result": shown,
        "sentence": sentence(shown),
        "progress": progress,
        "scale_ms": _scale(shown),
        "payloads": sorted(map(_shown, shown.payloads.kept().in_order()), key=_rank),
        "delivery": delivery,
        "attempts": list(delivery.attempts.all()) if delivery else [],
        "invocation": Invocation.objects.of(shown.account).without_bodies().filter(sid=sid).first(),
        "kept_until": retention.kept_until(shown),
        "retention_days": settings.RESULT_RETENTION_DAYS,
    }
    return render(request, "results/add_on_result.html", context)


@login_required
@require_GET
def payload(request: HttpRequest, sid: str) -> HttpResponseBase:
    """The bytes of a payload, by a link that is made anew for each click."""
    own = Payload.objects.kept().filter(result__account=account_of(request))
    return redirect(link_of(get_object_or_404(own, sid=sid)))


@login_required
@require_http_methods(["GET", "POST"])
def delete_result(request: HttpRequest, sid: str) -> HttpResponseBase:
    """Ask, telling what goes with it; then delete the result and its payloads."""
    shown = _own(request, sid)
    if request.method == "POST":
        retention.delete_result(shown)
        messages.success(request, f"The result {shown.sid} is deleted.")
        return redirect("recording", sid=shown.recording.sid)
    payloads = shown.payloads.kept()
    context = {
        "result": shown,
        "payload_count": payloads.count(),
        "payload_bytes": payloads.aggregate(bytes=Sum("size", default=0))["bytes"],
    }
    return render(request, "results/delete_result.html", context)


def _own(request: HttpRequest, sid: str) -> AddOnResult:
    own = AddOnResult.objects.of(account_of(request)).kept().with_add_on().select_related("recording")
    shown: AddOnResult = get_object_or_404(own, sid=sid)
    return shown


def _scale(shown: AddOnResult) -> int:
    """To how many ms the bars of the time line run."""
    return max((step["started_ms"] + step["duration_ms"] for step in shown.trace), default=0) or 1


def _shown(payload: Payload) -> dict[str, Any]:
    """A payload, and what of it can be shown on the page."""
    seen: dict[str, Any] = {"payload": payload}
    kind = payload.content_type.partition(";")[0].strip().lower()
    if payload.size > MOST_SHOWN_BYTES or not (kind == "application/json" or kind.startswith("text/")):
        return seen
    with payload.data.open("rb") as file:
        data = file.read()
    seen["text"] = data.decode(errors="replace")
    return {**seen, "tree": _tree(data)} if kind == "application/json" else seen


def _rank(seen: dict[str, Any]) -> bool:
    """What people read stands beside the audio, before what programs read."""
    return "text" not in seen or "tree" in seen


def _tree(data: bytes) -> Node | None:
    """The document's tree; None when it is no JSON, or too large to draw."""
    try:
        tree = tree_of(orjson.loads(data))
    except (orjson.JSONDecodeError, RecursionError):
        return None
    return tree if size(tree) <= MAX_NODES and depth(tree) <= MAX_DEPTH else None
