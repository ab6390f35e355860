"""A publisher's pages of a review: what a version changes, and the thread with the operators."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import account_of, actor_of
from publishers import reviews
from publishers.differences import content_of, differences
from publishers.models import ListingVersion, ReviewComment
from publishers.risks import grouped, summary_of
from publishers.versions import Role
from rest.errors import Refused


@login_required
@require_GET
def compare_versions(request: HttpRequest, sid: str, version_sid: str) -> HttpResponse:
    """What a version changes, as the operator sees it; `with` names another version to compare it with."""
    version = _version(request, sid, version_sid)
    before = _chosen(request, version)
    found = differences(content_of(before) if before else None, content_of(version))
    others = ListingVersion.objects.filter(listing=version.listing).exclude(pk=version.pk)
    context = {
        "listing": version.listing,
        "version": version,
        "before": before,
        "others": others.defer("definition").order_by("-number")[:50],
        "groups": grouped(found),
        "summary": summary_of(found, is_first=before is None),
    }
    return render(request, "publish/review/compare.html", context)


@login_required
@require_POST
def comment_version(request: HttpRequest, sid: str, version_sid: str) -> HttpResponse:
    """Say something to the operators."""
    version = _version(request, sid, version_sid)
    text = request.POST.get("text", "").replace("\r\n", "\n")
    try:
        reviews.comment(
            version=version,
            section=request.POST.get("section", ""),
            text=text,
            role=Role.PUBLISHER,
            actor=actor_of(request),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Your comment is sent.")
    return _to_thread(sid, version_sid)


@login_required
@require_POST
def resolve_comment(request: HttpRequest, sid: str, version_sid: str, comment_sid: str) -> HttpResponse:
    """Say that a requested change is made."""
    version = _version(request, sid, version_sid)
    comment = get_object_or_404(ReviewComment.objects.filter(version=version), sid=comment_sid)
    comment.version = version
    try:
        reviews.resolve(comment=comment, role=Role.PUBLISHER, actor=actor_of(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Marked as done.")
    return _to_thread(sid, version_sid)


def _version(request: HttpRequest, sid: str, version_sid: str) -> ListingVersion:
    """A version of a listing of the account in use. Raises Http404, NoAccount or ReadOnly."""
    own = ListingVersion.objects.filter(listing__publisher__account=account_of(request))
    rows = own.select_related("listing__publisher__account", "listing__published_version")
    return get_object_or_404(rows, listing__sid=sid, sid=version_sid)


def _chosen(request: HttpRequest, version: ListingVersion) -> ListingVersion | None:
    wanted = request.GET.get("with", "").replace("\0", "")
    if not wanted:
        return reviews.baseline_of(version)
    others = ListingVersion.objects.filter(listing=version.listing).exclude(pk=version.pk)
    found = get_object_or_404(others, sid=wanted)
    found.listing = version.listing
    return found


def _to_thread(sid: str, version_sid: str) -> HttpResponse:
    answer = redirect("my-version", sid=sid, version_sid=version_sid)
    answer["Location"] += "#review"
    return answer
