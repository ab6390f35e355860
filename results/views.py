"""Console pages of results: what was asked, what came back, step by step."""

from typing import Any

import orjson
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.requests import account_of
from billing.money import amount
from publishers.contract.limits import DEADLINE_MS
from rest.sids import is_sid
from results.models import AddOnResult, Invocation
from results.tree import MAX_DEPTH, MAX_NODES, Node, depth, size, tree_of

PAGE_SIZE = 25
# A quick call drawn to its own length would look like a slow one.
SHORTEST_SCALE_MS = 100
# From this part of the deadline on, a call is drawn against it.
SLOW = 0.5


@login_required
@require_GET
def result_list(request: HttpRequest) -> HttpResponse:
    """The account's results, newest first, a page at a time by key."""
    rows = Invocation.objects.of(account_of(request)).with_add_on().without_bodies().newest_first()
    status, before = request.GET.get("status", ""), request.GET.get("before", "")
    if status in Invocation.Status.values:
        rows = rows.filter(status=status)
    if is_sid(before, "XR"):
        rows = rows.filter(sid__lt=before)
    page = list(rows[: PAGE_SIZE + 1])
    context = {
        "results": page[:PAGE_SIZE],
        "older": page[PAGE_SIZE - 1].sid if len(page) > PAGE_SIZE else "",
        "is_first_page": not is_sid(before, "XR"),
        "status": status,
    }
    return render(request, "results/results.html", context)


@login_required
@require_GET
def result(request: HttpRequest, sid: str) -> HttpResponse:
    """One result: the sentence, the answer as a tree, and each step of how it came about.

    That of a recording has a page of its own, until it is deleted.
    """
    account = account_of(request)
    shown = Invocation.objects.of(account).with_add_on().filter(sid=sid).first()
    is_of_recording = shown is None or shown.point.mode == "async"
    if is_of_recording and AddOnResult.objects.of(account).kept().filter(sid=sid).exists():
        return redirect("add-on-result", sid=sid)
    if shown is None:
        raise Http404
    return render(request, "results/result.html", {"result": shown, **detail(shown)})


def detail(shown: Invocation) -> dict[str, Any]:
    """What a template needs beside the row to draw a result."""
    text = bytes(shown.answer).decode()
    is_slow = shown.duration_ms >= DEADLINE_MS * SLOW
    return {
        "sentence": sentence(shown),
        "tree": _tree(text),
        "raw": text,
        "steps": shown.trace,
        "scale_ms": max(shown.duration_ms, DEADLINE_MS if is_slow else SHORTEST_SCALE_MS),
        "limit_ms": DEADLINE_MS if is_slow else 0,
        "point": shown.point,
    }


def sentence(shown: Invocation) -> str:
    """What happened and what it cost, as one would tell it."""
    name = shown.version.listing.name
    happened = f"{name} gave no answer: {shown.message} ({shown.code})."
    if shown.status == Invocation.Status.SUCCESSFUL:
        happened = f"{name} answered in {shown.duration_ms} ms."
    if not shown.charge_micros:
        return f"{happened} {shown.charge_reason}"
    reason = shown.charge_reason.removeprefix("Billed: ")
    return f"{happened} Billed {shown.currency} {amount(shown.charge_micros)}: {reason}"


def _tree(text: str) -> Node | None:
    """The answer's tree; None when there is none or it is too large to draw."""
    if not text:
        return None
    tree = tree_of(orjson.loads(text))
    return tree if size(tree) <= MAX_NODES and depth(tree) <= MAX_DEPTH else None
