"""Drafts from files, and files from drafts."""

import json
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Account
from accounts.requests import account_of, actor_of
from publishers.editor import saving
from publishers.editor.import_forms import GUESSED, NEW, DefinitionForm, OpenApiForm
from publishers.editor.listing_document import BadDocument, given_out, read_document, take_as_new, take_into
from publishers.editor.openapi_document import BadOpenApi, Operation, operations_of, read_openapi
from publishers.editor.openapi_import import guessed_type, imported
from publishers.editor.own_listings import own_listing
from publishers.models import Listing
from rest.errors import Refused

MAX_TARGETS: Final = 200
MAX_NOTES: Final = 8


@login_required
@require_http_methods(["GET", "POST"])
def import_openapi(request: HttpRequest) -> HttpResponse:
    """Read an OpenAPI file, let one of its operations be chosen, and make a draft of it."""
    account = account_of(request)
    form = OpenApiForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        try:
            document = read_openapi(form.cleaned_data["document"])
            operations = operations_of(document)
            chosen = next((each for each in operations if each.key == form.cleaned_data["operation"]), None)
            if chosen is not None:
                return _drafted(request, account, document, chosen, form.cleaned_data["type"])
            context |= {"operations": operations, "text": form.cleaned_data["document"]}
        except Refused as refusal:
            form.add_error("text" if isinstance(refusal, BadOpenApi) else None, _sentence(refusal))
    return render(request, "publish/starts/openapi.html", context)


def _drafted(
    request: HttpRequest, account: Account, document: dict[str, Any], operation: Operation, type_name: str
) -> HttpResponse:
    draft = imported(
        document, operation, guessed_type(document, operation) if type_name == GUESSED else type_name
    )
    listing, _ = saving.start_listing(
        account=account,
        name=draft.name,
        actor=actor_of(request),
        definition=draft.definition,
        blocks={"module_info": {"short_description": draft.short_description}}
        if draft.short_description
        else {},
    )
    messages.success(request, f"A draft was made of {operation.key}. Look through every section.")
    for note in draft.notes[:MAX_NOTES]:
        messages.warning(request, note)
    return redirect("edit-listing", sid=listing.sid, section="request")


@login_required
@require_http_methods(["GET", "POST"])
def import_definition(request: HttpRequest) -> HttpResponse:
    """Make a draft of a listing file or a definition, new or in an own listing."""
    account = account_of(request)
    own = Listing.objects.of(account).select_related("publisher__account").order_by("unique_name")
    listings = {listing.sid: listing for listing in own[:MAX_TARGETS]}
    targets = [(sid, f"The draft of {listing.name}") for sid, listing in listings.items()]
    initial = {"target": request.GET.get("into", NEW)}
    form = DefinitionForm(request.POST or None, request.FILES or None, targets=targets, initial=initial)
    if form.is_valid():
        try:
            taken = read_document(form.cleaned_data["document"])
            target = listings.get(form.cleaned_data["target"])
            if target is None:
                name = form.cleaned_data["name"]
                target = take_as_new(taken=taken, name=name, account=account, actor=actor_of(request))
            else:
                with_texts = form.cleaned_data["with_texts"]
                take_into(taken=taken, listing=target, with_texts=with_texts, actor=actor_of(request))
        except Refused as refusal:
            form.add_error("text" if isinstance(refusal, BadDocument) else None, _sentence(refusal))
        else:
            messages.success(request, "The draft says what the file says. Credentials are never in a file.")
            if taken.left_out:
                messages.warning(
                    request, f"Not known, and left out: {', '.join(taken.left_out[:MAX_NOTES])}."
                )
            return redirect("edit-listing", sid=target.sid, section="basics")
    return render(request, "publish/starts/definition.html", {"form": form})


@login_required
@require_GET
def export_listing(request: HttpRequest, sid: str) -> HttpResponse:
    """The listing file of the newest version, as a download."""
    listing = own_listing(request, sid)
    document = given_out(listing, saving.newest_version(listing))
    answer = HttpResponse(
        json.dumps(document, indent=2, ensure_ascii=False) + "\n", content_type="application/json"
    )
    name = f"{listing.unique_name}.json"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer


def _sentence(refusal: Refused) -> str:
    """A refusal on a page, without the word that its REST answer begins with."""
    return str(refusal).removeprefix("Forbidden: ").removeprefix("Conflict: ")
