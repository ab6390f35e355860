"""Console page of a listing's availability: its publisher moves, deprecates and retires it, and invites."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import Actor, account_of, actor_of
from marketplace.availability_forms import EXPLAINED, DeprecationForm, InvitationForm, MoveForm, RefusableForm
from publishers import availability as availabilities
from publishers import invitations
from publishers.availability import DEPRECABLE
from publishers.models import Availability, Listing
from rest.curl import curl
from rest.errors import Refused
from rest.representation import api_url

MOVE, DEPRECATE, KEEP, INVITE = "move", "deprecate", "keep", "invite"


@login_required
@require_http_methods(["GET", "POST"])
def availability(request: HttpRequest, sid: str) -> HttpResponse:
    """Who sees and installs a listing now, and each way to change that."""
    shown = _own(request, sid)
    asked = request.POST.get("do", "")
    forms: dict[str, RefusableForm] = {
        MOVE: MoveForm(request.POST if asked == MOVE else None, listing=shown),
        DEPRECATE: DeprecationForm(request.POST if asked == DEPRECATE else None, listing=shown),
        INVITE: InvitationForm(request.POST if asked == INVITE else None),
    }
    form = forms.get(asked)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            done = _act(asked, shown, form.cleaned_data if form else {}, actor_of(request))
        except Refused as refusal:
            if form is None:
                messages.error(request, str(refusal))
                return redirect("availability", sid=sid)
            form.refuse(refusal)
        else:
            messages.success(request, done)
            return redirect("availability", sid=sid)
    return render(request, "publish/availability.html", _context(shown, forms))


@login_required
@require_POST
def withdraw_invitation(request: HttpRequest, sid: str, invitation_sid: str) -> HttpResponse:
    """End one invitation; what the account installed stays."""
    rows = _own(request, sid).invitations.select_related("account", "listing__publisher__account")
    invitation = get_object_or_404(rows, sid=invitation_sid)
    invitations.withdraw(invitation=invitation, actor=actor_of(request))
    messages.success(request, f"{invitation.account.sid} is not invited any more.")
    return redirect("availability", sid=sid)


def _own(request: HttpRequest, sid: str) -> Listing:
    own = Listing.objects.of(account_of(request))
    return get_object_or_404(own.select_related("publisher__account", "replacement"), sid=sid)


def _act(asked: str, listing: Listing, given: dict[str, Any], actor: Actor) -> str:
    """Do what is asked, and say what was done. Raises Refused."""
    match asked:
        case "move":
            moved = availabilities.move(listing=listing, to=given["availability"], actor=actor)
            return f"{moved.name} is now “{moved.get_availability_display()}”."
        case "deprecate":
            until, replacement = given["until"], given["replacement"]
            availabilities.deprecate(listing=listing, until=until, replacement=replacement, actor=actor)
            return f"{listing.name} is deprecated: it is offered until {until}."
        case "keep":
            availabilities.keep_offering(listing=listing, actor=actor)
            return f"{listing.name} is not deprecated any more."
        case "invite":
            made = invitations.invite(listing=listing, account_sid=given["account_sid"], actor=actor)
            return f"{made.account.sid} is invited."
    raise availabilities.WrongAvailability("Nothing was changed: this form is not one of this page.")


def _context(listing: Listing, forms: dict[str, RefusableForm]) -> dict[str, Any]:
    return {
        "listing": listing,
        "meaning": EXPLAINED.get(Availability(listing.availability), ""),
        "move_form": forms[MOVE] if availabilities.allowed_moves(listing) else None,
        "deprecation_form": forms[DEPRECATE]
        if listing.availability in DEPRECABLE and listing.published_version_id
        else None,
        "invitation_form": forms[INVITE],
        "forms": list(forms.values()),
        "invitations": list(listing.invitations.select_related("account", "invited_by").order_by("-sid")),
        "effect": availabilities.effect_of_suspension(listing),
        "api_call": _move_call(listing),
    }


def _move_call(listing: Listing) -> str:
    """The page's first form as an API call, with the first move there is."""
    moves = availabilities.allowed_moves(listing)
    data = [("Availability", moves[0].value)] if moves else []
    return curl("POST", api_url("marketplace", "listing-availability", listing.sid), data) if data else ""
