"""Who may see and install a listing in developer preview: the accounts its publisher invited."""

from typing import Final

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Account
from accounts.requests import Actor
from publishers.models import Listing, PreviewInvitation
from publishers.versions import locked_listing
from rest.errors import Conflict, Refused
from rest.sids import is_sid

MAX_INVITATIONS: Final = 200


class BadInvitation(Refused):
    """400: nobody can be invited by that."""


class AlreadyInvited(Conflict):
    """409: the account may see the preview already."""


def invite(*, listing: Listing, account_sid: str, actor: Actor) -> PreviewInvitation:
    """Let an account see and install a listing's developer preview, now or when it becomes one.

    Raises BadInvitation, AlreadyInvited, or NotFound when the listing was deleted meanwhile.
    """
    sid = account_sid.strip()
    with transaction.atomic():
        current = locked_listing(listing)
        account = _account(sid)
        if account == current.publisher.account:
            raise BadInvitation("Invalid AccountSid: your own account sees every preview of its own")
        if current.invitations.count() >= MAX_INVITATIONS:
            raise BadInvitation(f"Invalid AccountSid: a listing has at most {MAX_INVITATIONS} invitations")
        invitation = _create(current, account, actor)
        _record("invitation.made", invitation, actor)
    return invitation


def withdraw(*, invitation: PreviewInvitation, actor: Actor) -> bool:
    """End an invitation; what the account installed stays. False when somebody else already did."""
    with transaction.atomic():
        current = PreviewInvitation.objects.filter(pk=invitation.pk)
        if not current.delete()[0]:
            return False
        _record("invitation.withdrawn", invitation, actor)
    return True


def _account(sid: str) -> Account:
    active = Account.objects.filter(status=Account.Status.ACTIVE)
    account = active.filter(sid=sid[:2] + sid[2:].lower()).first() if is_sid(sid, "AC") else None
    if account is None:
        raise BadInvitation("Invalid AccountSid: no account has this SID: AC and 32 hex digits")
    return account


def _create(listing: Listing, account: Account, actor: Actor) -> PreviewInvitation:
    try:
        with transaction.atomic():
            return PreviewInvitation.objects.create(listing=listing, account=account, invited_by=actor.user)
    except IntegrityError as error:
        raise AlreadyInvited("Conflict: this account is invited already") from error


def _record(action: str, invitation: PreviewInvitation, actor: Actor) -> None:
    listing = invitation.listing
    audit.record(
        action,
        actor=actor,
        subject_sid=listing.sid,
        subject=listing.name,
        account=listing.publisher.account,
        after={"invited": invitation.account.sid},
    )
