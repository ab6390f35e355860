"""Invitations to a developer preview."""

import pytest

from accounts.models import Account, AuditEntry
from publishers import invitations
from publishers.models import Listing
from tests.factories import NOBODY, make_account, make_install, make_listing

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing() -> Listing:
    return make_listing(availability="developer_preview")


def invite(listing: Listing, sid: str) -> None:
    invitations.invite(listing=listing, account_sid=sid, actor=NOBODY)


def sees(account: Account, listing: Listing) -> bool:
    return Listing.objects.visible_to(account).filter(pk=listing.pk).count() == 1


def test_an_invited_account_sees_the_preview_until_that_is_withdrawn(listing: Listing) -> None:
    account, other = make_account(), make_account()
    assert not sees(account, listing)
    invite(listing, f" {account.sid[:2]}{account.sid[2:].upper()} ")
    assert sees(account, listing)
    assert not sees(other, listing)
    [invitation] = listing.invitations.all()
    assert invitations.withdraw(invitation=invitation, actor=NOBODY)
    assert not sees(account, listing)
    assert not invitations.withdraw(invitation=invitation, actor=NOBODY)
    entries = AuditEntry.objects.filter(action__startswith="invitation.").newest_first()
    assert list(entries.values_list("action", "after")) == [
        (f"invitation.{done}", {"invited": account.sid}) for done in ("withdrawn", "made")
    ]


@pytest.mark.parametrize("state", ["draft", "suspended"])
def test_an_invitation_shows_nothing_but_a_preview(listing: Listing, state: str) -> None:
    account = make_account()
    invite(listing, account.sid)
    Listing.objects.update(availability=state)
    assert not sees(account, listing)


def test_what_was_installed_stays_visible_after_the_invitation(listing: Listing) -> None:
    account = make_account()
    make_install(account, listing)
    make_install(account, listing)
    assert sees(account, listing)


@pytest.mark.parametrize("sid", ["", "AC", "nonsense", f"AC{'0' * 32}", "AC\0", f"XB{'0' * 32}"])
def test_nobody_is_invited_by_what_is_no_account(listing: Listing, sid: str) -> None:
    with pytest.raises(invitations.BadInvitation, match="no account has this SID"):
        invite(listing, sid)


def test_an_account_that_is_closed_is_like_none(listing: Listing) -> None:
    account = make_account()
    Account.objects.filter(pk=account.pk).update(status=Account.Status.CLOSED)
    with pytest.raises(invitations.BadInvitation, match="no account has this SID"):
        invite(listing, account.sid)


def test_a_publisher_needs_no_invitation_and_nobody_a_second(listing: Listing) -> None:
    with pytest.raises(invitations.BadInvitation, match="your own account"):
        invite(listing, listing.publisher.account.sid)
    account = make_account()
    invite(listing, account.sid)
    with pytest.raises(invitations.AlreadyInvited):
        invite(listing, account.sid)
    assert AuditEntry.objects.filter(action__startswith="invitation.").count() == 1


def test_the_number_of_invitations_is_bounded(listing: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MAX_INVITATIONS", 1)
    invite(listing, make_account().sid)
    with pytest.raises(invitations.BadInvitation, match="at most 1 "):
        invite(listing, make_account().sid)
