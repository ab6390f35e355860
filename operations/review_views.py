"""Operators' pages of reviews: the queue, and one version with everything that a decision needs."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import actor_of, user_of
from conformance import reports
from conformance.shown import shown
from operations.access import operator_required
from operations.pages import chosen
from operations.review_forms import CommentForm, DecisionForm
from publishers import checklist, reviews, versions
from publishers.differences import Content, content_of, differences
from publishers.models import ChecklistItem, ContractReport, ListingVersion, Publisher, ReviewComment
from publishers.reviewers import may_review
from publishers.risks import Risk, grouped, risks_of, summary_of
from publishers.versions import Role
from rest.errors import Refused

Status = ListingVersion.Status
# Each row compares two definitions.
SHOWN_IN_QUEUE: Final = 50
SAID: Final = {
    Status.APPROVED: "Approved. It waits to be published.",
    Status.PUBLISHED: "Published. New installs get it.",
    Status.CHANGES_REQUESTED: "The publisher is asked for changes.",
    Status.REJECTED: "Rejected.",
}


@dataclass(frozen=True)
class QueueRow:
    """A version that waits. `position` counts from 1, the next one."""

    position: int
    version: ListingVersion
    risks: list[Risk]

    @property
    def is_new(self) -> bool:
        """Whether nothing of the listing was published before."""
        return self.version.listing.published_version_id is None


@operator_required
@require_GET
def operate(request: HttpRequest) -> HttpResponse:
    """The workspace begins with what waits."""
    return redirect("review-queue")


@operator_required
@require_GET
def review_queue(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, the oldest first."""
    show, user = chosen(request, "show", ["mine", "nobodys"]), user_of(request)
    waiting = list(reviews.queue()[: SHOWN_IN_QUEUE + 1])
    rows = [QueueRow(number, each, _risks(each)) for number, each in enumerate(waiting[:SHOWN_IN_QUEUE], 1)]
    wanted: Callable[[ListingVersion], bool] = {
        "mine": lambda each: each.assigned_to_id == user.pk,
        "nobodys": lambda each: each.assigned_to_id is None,
    }.get(show, lambda each: True)
    context = {
        "rows": [row for row in rows if wanted(row.version)],
        "count": len(rows),
        "show": show,
        "more": reviews.queue().count() - SHOWN_IN_QUEUE if len(waiting) > SHOWN_IN_QUEUE else 0,
        "applications": Publisher.objects.filter(status=Publisher.Status.APPLIED).count(),
    }
    return render(request, "operate/queue.html", context)


@operator_required
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, sid: str) -> HttpResponse:
    """One version: what it changes, what the tester says, what is said; and the decision."""
    version = _version(sid)
    decision, comment = DecisionForm(version=version), CommentForm()
    status = HTTPStatus.OK
    if request.method == "POST":
        act = ACTIONS.get(request.POST.get("do", ""), _nothing)
        form = act(request, version)
        if form is None:
            answer = redirect("review", sid=sid)
            answer["Location"] += request.POST.get("back", "") if request.POST.get("back") in ANCHORS else ""
            return answer
        status = HTTPStatus.BAD_REQUEST
        decision = form if isinstance(form, DecisionForm) else decision
        comment = form if isinstance(form, CommentForm) else comment
    context = {**_context(request, version), "decision": decision, "comment": comment}
    return render(request, "operate/review.html", context, status=status)


def _version(sid: str) -> ListingVersion:
    """A version that was submitted at least once: a draft is its publisher's alone. Raises Http404."""
    rows = ListingVersion.objects.exclude(status=Status.DRAFT)
    related = ("listing__publisher__account", "listing__published_version", "assigned_to")
    return get_object_or_404(rows.select_related(*related), sid=sid)


def _context(request: HttpRequest, version: ListingVersion) -> dict[str, Any]:
    before = reviews.baseline_of(version)
    found = differences(content_of(before) if before else None, content_of(version))
    report = ContractReport.objects.of(version).select_related("requested_by").first()
    if report is not None:
        report.version = version
    lines = checklist.lines(version)
    return {
        "version": version,
        "listing": version.listing,
        "before": before,
        "summary": summary_of(found, is_first=before is None),
        "groups": grouped(found),
        "report": shown(report) if report else None,
        "lines": lines,
        "ticked": sum(line.tick is not None for line in lines),
        "unticked": sum(line.item.is_required and line.tick is None for line in lines),
        "moves": list(version.moves.select_related("moved_by")),
        "may_review": may_review(version, actor_of(request)),
        "is_submitted": version.status == Status.SUBMITTED,
        "is_approved": version.status == Status.APPROVED,
        "is_mine": version.assigned_to_id == user_of(request).pk,
    }


def _risks(version: ListingVersion) -> list[Risk]:
    """By the definitions alone: the blocks are those of the listing, live already."""
    published = version.listing.published_version
    before = Content(published.definition) if published and published.pk != version.pk else None
    return risks_of(differences(before, Content(version.definition)))


# --- What the buttons do: None when it is done, else the form with its faults --------------------


def _decide(request: HttpRequest, version: ListingVersion) -> Form | None:
    form = DecisionForm(request.POST, version=version)
    if not form.is_valid():
        return form
    try:
        moved = versions.move(version=version, wish=form.wish(), role=Role.OPERATOR, actor=actor_of(request))
    except Refused as refusal:
        form.add_error(None, str(refusal))
        form.read_again(version)
        return form
    messages.success(request, f"{version}: {SAID[Status(moved.status)]}")
    return None


def _comment(request: HttpRequest, version: ListingVersion) -> Form | None:
    form = CommentForm(request.POST)
    if not form.is_valid():
        return form
    given = {**form.cleaned_data, "text": form.cleaned_data["text"].replace("\r\n", "\n")}
    try:
        reviews.comment(version=version, role=Role.OPERATOR, actor=actor_of(request), **given)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return form
    return None


def _resolve(request: HttpRequest, version: ListingVersion) -> None:
    comment = _comment_of(request, version)
    _tried(request, lambda: reviews.resolve(comment=comment, role=Role.OPERATOR, actor=actor_of(request)))


def _reopen(request: HttpRequest, version: ListingVersion) -> None:
    comment = _comment_of(request, version)
    _tried(request, lambda: reviews.reopen(comment=comment, role=Role.OPERATOR, actor=actor_of(request)))


def _tick(request: HttpRequest, version: ListingVersion) -> None:
    item = get_object_or_404(ChecklistItem, sid=_sid(request, "item"))
    _tried(request, lambda: checklist.tick(version=version, item=item, actor=actor_of(request)))


def _untick(request: HttpRequest, version: ListingVersion) -> None:
    item = get_object_or_404(ChecklistItem, sid=_sid(request, "item"))
    _tried(request, lambda: checklist.untick(version=version, item=item, actor=actor_of(request)))


def _take(request: HttpRequest, version: ListingVersion) -> None:
    _tried(request, lambda: reviews.assign(version=version, to=user_of(request), actor=actor_of(request)))


def _release(request: HttpRequest, version: ListingVersion) -> None:
    _tried(request, lambda: reviews.assign(version=version, to=None, actor=actor_of(request)))


def _run(request: HttpRequest, version: ListingVersion) -> None:
    actor = actor_of(request)
    _tried(request, lambda: reports.request_report(version=version, actor=actor, is_operators=True))


def _nothing(request: HttpRequest, version: ListingVersion) -> None:
    messages.error(request, "Choose what to do.")


def _tried(request: HttpRequest, act: Callable[[], object]) -> None:
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))


def _comment_of(request: HttpRequest, version: ListingVersion) -> ReviewComment:
    comment = get_object_or_404(ReviewComment.objects.filter(version=version), sid=_sid(request, "comment"))
    comment.version = version
    return comment


def _sid(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "")


ACTIONS: Final[dict[str, Callable[[HttpRequest, ListingVersion], Form | None]]] = {
    "decide": _decide,
    "comment": _comment,
    "resolve": _resolve,
    "reopen": _reopen,
    "tick": _tick,
    "untick": _untick,
    "take": _take,
    "release": _release,
    "run": _run,
}
ANCHORS: Final = frozenset({"#checklist", "#review", "#contract"})
