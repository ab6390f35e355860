"""Start a listing from a template."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.requests import account_of, actor_of
from publishers.editor import saving
from publishers.editor.starts import STARTS
from rest.errors import Refused


@login_required
@require_POST
def start_listing(request: HttpRequest, start: str) -> HttpResponse:
    """A draft that says what the template says; its name and address are the publisher's to change."""
    account = account_of(request)
    if start not in STARTS:
        raise Http404
    template = STARTS[start]
    try:
        listing, _ = saving.start_listing(
            account=account,
            name=template.module_info["name"],
            actor=actor_of(request),
            definition=template.definition,
            blocks={"module_info": dict(template.module_info)},
        )
    except Refused as refusal:
        messages.error(request, str(refusal).removeprefix("Forbidden: "))
        return redirect("new-listing")
    messages.success(
        request, f"A draft was made from “{template.title}”: give it a name, and put in your own address."
    )
    return redirect("edit-listing", sid=listing.sid, section="basics")
