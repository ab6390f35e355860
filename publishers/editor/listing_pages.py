"""The pages around the editor: a new listing, the home of a listing, and its versions."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import account_of, actor_of
from publishers import drafts
from publishers.drafts import Change
from publishers.editor import saving
from publishers.editor.own_listings import own_listing
from publishers.editor.readiness import Judged
from publishers.editor.saving import newest_version
from publishers.editor.starts import STARTS
from publishers.models import Listing, ListingVersion, Publisher
from publishers.versions import Role, Wish, allowed_moves
from rest.errors import Refused

Status = ListingVersion.Status
# How many versions the home of a listing shows; the older ones are reached from their neighbours.
SHOWN_VERSIONS: Final = 50
# How a version's status is shown: the state's look, and its word.
LOOKS: Final[Mapping[str, tuple[str, str]]] = {
    Status.DRAFT: ("draft", "Draft"),
    Status.SUBMITTED: ("in-progress", "Submitted"),
    Status.CHANGES_REQUESTED: ("late", "Changes requested"),
    Status.APPROVED: ("successful", "Approved"),
    Status.PUBLISHED: ("successful", "Published"),
    Status.REJECTED: ("failed", "Rejected"),
    Status.WITHDRAWN: ("not-billed", "Withdrawn"),
}
# What its publisher does next with a version of that status.
NEXT_STEPS: Final[Mapping[str, str]] = {
    Status.DRAFT: "Get every section ready, then submit it.",
    Status.SUBMITTED: "An operator looks at it. Meanwhile it stays as it is; withdraw it to change it.",
    Status.CHANGES_REQUESTED: "An operator asks for changes. Mend them, then submit it again.",
    Status.APPROVED: "It is approved. An operator publishes it next.",
    Status.PUBLISHED: "It serves new installs. Start a new version to change what it does.",
    Status.REJECTED: "It was rejected. Start a new version.",
    Status.WITHDRAWN: "It was withdrawn. Start a new version.",
}


class NameForm(forms.Form):
    """What a new listing begins with."""

    name = forms.CharField(
        label="Name",
        max_length=60,
        help_text="As the catalogue will show it. You can change it later.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter a name."},
    )


@login_required
@require_http_methods(["GET", "POST"])
def new_listing(request: HttpRequest) -> HttpResponse:
    """Start a listing: blank, or from one of the templates and files beside it."""
    account = account_of(request)
    form = NameForm(request.POST or None)
    if form.is_valid():
        try:
            listing, _ = saving.start_listing(
                account=account, name=form.cleaned_data["name"], actor=actor_of(request)
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("edit-listing", sid=listing.sid, section="basics")
    publisher = Publisher.objects.filter(account=account).first()
    context = {"form": form, "publisher": publisher, "starts": STARTS.values()}
    return render(request, "publish/editor/new.html", context)


@login_required
@require_http_methods(["GET"])
def my_listing(request: HttpRequest, sid: str) -> HttpResponse:
    """The home of one listing: where it stands, its versions, and what to do next."""
    listing = own_listing(request, sid)
    versions = list(listing.versions.order_by("-number").defer("definition")[:SHOWN_VERSIONS])
    newest = newest_version(listing)
    judged = Judged(listing, newest)
    context = {
        "listing": listing,
        "judged": judged,
        "newest": newest,
        "rows": [_row(version) for version in versions],
        "next_step": NEXT_STEPS[newest.status] if newest else "Start the first version.",
        "may_start": newest is None or newest.status not in ListingVersion.OPEN,
        "report": judged.report,
    }
    return render(request, "publish/editor/listing.html", context)


@login_required
@require_POST
def new_version(request: HttpRequest, sid: str) -> HttpResponse:
    """Start the next version as a copy of the published one."""
    listing = own_listing(request, sid)
    try:
        version = saving.start_version(listing=listing)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("my-listing", sid=listing.sid)
    messages.success(request, f"Version {version.number} begins as a copy of what is published.")
    return redirect("edit-listing", sid=listing.sid, section="request")


@login_required
@require_http_methods(["GET", "POST"])
def my_version(request: HttpRequest, sid: str, version_sid: str) -> HttpResponse:
    """A version as it is: its definition, its moves, the review; and to withdraw or delete it."""
    listing = own_listing(request, sid)
    version = get_object_or_404(listing.versions.select_related("assigned_to"), sid=version_sid)
    version.listing = listing
    status = HTTPStatus.OK
    if request.method == "POST":
        if answer := _moved(request, listing, version):
            return answer
        status = HTTPStatus.CONFLICT
        version.refresh_from_db(fields=["status", "reason", "date_updated"])
    return render(request, "publish/editor/version.html", _version_context(listing, version), status=status)


def _version_context(listing: Listing, version: ListingVersion) -> dict[str, Any]:
    look, word = LOOKS[version.status]
    return {
        "listing": listing,
        "version": version,
        "look": look,
        "word": word,
        "next_step": NEXT_STEPS[version.status],
        "moves": list(version.moves.select_related("moved_by").order_by("pk")),
        "may_withdraw": Status.WITHDRAWN in allowed_moves(version.status, Role.PUBLISHER),
        "may_delete": version.status == Status.DRAFT,
    }


def _moved(request: HttpRequest, listing: Listing, version: ListingVersion) -> HttpResponse | None:
    """Do what the pressed button says. None, with a message, when it was refused."""
    try:
        match request.POST.get("do"):
            case "withdraw":
                wish = Wish(
                    status=Status.WITHDRAWN, reason=request.POST.get("reason", "")[:2000].replace("\0", "")
                )
                drafts.change(
                    version=version,
                    change=Change(wish=wish),
                    role=Role.PUBLISHER,
                    actor=actor_of(request),
                )
                messages.success(request, f"Version {version.number} is withdrawn.")
                return redirect("my-version", sid=listing.sid, version_sid=version.sid)
            case "delete":
                drafts.delete_draft(version=version, role=Role.PUBLISHER)
                messages.success(request, f"Version {version.number} is deleted.")
                return redirect("my-listing", sid=listing.sid)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return None
    messages.error(request, "Choose what to do with this version.")
    return None


def _row(version: ListingVersion) -> dict[str, Any]:
    look, word = LOOKS[version.status]
    return {"version": version, "look": look, "word": word}
