"""Paste an answer: what every answer looks like, and what a developer gets of it."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.requests import actor_of
from publishers.documents import mapping_in
from publishers.editor import saving
from publishers.editor.own_listings import own_listing
from publishers.editor.pasted_answer import Looked, Ticks, look
from publishers.models import Listing, ListingVersion
from rest.errors import Refused

# What can be written into the draft: the part of the definition, and its name on the page.
WRITABLE: Final = {
    "response_schema": "The response schema",
    "remove": "What is removed before delivery",
    "pricing": "What makes an answer free",
}


@login_required
@require_http_methods(["GET", "POST"])
def infer_schema(request: HttpRequest, sid: str) -> HttpResponse:
    """Show what a pasted answer says; with `use`, write it into the draft."""
    listing = own_listing(request, sid)
    version = saving.newest_version(listing)
    text = request.POST.get("answer", "")
    is_editable = version is not None and version.is_editable
    written = request.POST.getlist("write") if "use" in request.POST else list(WRITABLE)
    context: dict[str, Any] = {
        "listing": listing,
        "answer": text,
        "is_editable": is_editable,
        "writable": WRITABLE,
        "written": written,
    }
    if request.method == "POST":
        try:
            looked = look(
                text=text,
                definition=mapping_in(saving.definition_in(version)),
                name=listing.unique_name,
                ticks=_ticks(request),
            )
            context["looked"] = looked
            if "use" in request.POST and version is not None:
                return _use(request, listing, version, looked)
        except Refused as refusal:
            context["refusal"] = str(refusal)
    return render(request, "publish/preview/infer.html", context)


def _ticks(request: HttpRequest) -> Ticks | None:
    """What was ticked; None before there was anything to tick."""
    if "ticked" not in request.POST:
        return None
    return Ticks(
        required=frozenset(request.POST.getlist("required")),
        removed=frozenset(request.POST.getlist("remove")),
        unbilled=frozenset(request.POST.getlist("unbilled")),
    )


def _use(request: HttpRequest, listing: Listing, version: ListingVersion, looked: Looked) -> HttpResponse:
    chosen = [name for name in WRITABLE if name in request.POST.getlist("write")]
    parts = {name: looked.parts[name] or None for name in chosen}
    saving.save(listing=listing, version=version, edit=saving.Edit(parts=parts), actor=actor_of(request))
    if chosen:
        words = ", ".join(WRITABLE[name][0].lower() + WRITABLE[name][1:] for name in chosen)
        messages.success(request, f"Taken over from the answer: {words}.")
    return redirect("edit-listing", sid=listing.sid, section="response")
