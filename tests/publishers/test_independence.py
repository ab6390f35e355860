"""Nobody decides on what is their own, by whatever door; and nobody on what they have not seen."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts import operating
from accounts.models import AuditEntry, Membership, User
from marketplace import upgrades
from publishers import applications, availability, versions
from publishers.drafts import Change, change
from publishers.faults import BadParameter
from publishers.listing_services import update_listing
from publishers.models import Listing, ListingVersion, Publisher
from publishers.reviewers import OwnPublisher, OwnVersion
from publishers.versions import Role, Wish
from tests.factories import (
    NOBODY,
    make_account,
    make_definition,
    make_install,
    make_listing,
    make_publisher,
    make_report,
    make_user,
)
from tests.publishers.reviewing import actor_for, decide, make_operator, next_submitted, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def insider(publisher: Publisher) -> User:
    """An operator who belongs to the publisher's account."""
    return make_user(publisher.account, is_staff=True)


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


# --- One's own ---------------------------------------------------------------------------------


def test_who_left_the_account_after_the_version_was_begun_does_not_decide_on_it(
    publisher: Publisher, insider: User
) -> None:
    version = submitted(publisher)
    make_user(publisher.account)
    membership = Membership.objects.get(user=insider)
    operating.remove_member(membership=membership, actor=actor_for(insider))
    with pytest.raises(OwnVersion, match="member of the publisher"):
        decide(version, "approved", by=actor_for(insider))


def test_who_left_before_the_version_was_begun_decides(publisher: Publisher, insider: User) -> None:
    make_user(publisher.account)
    operating.remove_member(membership=Membership.objects.get(user=insider), actor=NOBODY)
    assert decide(submitted(publisher), "approved", by=actor_for(insider)).status == "published"


def test_nobody_lifts_the_suspension_of_their_own_listing(publisher: Publisher, insider: User) -> None:
    listing = make_listing(publisher=publisher)
    availability.suspend(listing=listing, reason="It leaks.", actor=NOBODY)
    with pytest.raises(OwnPublisher):
        availability.lift(listing=listing, actor=actor_for(insider))
    listing.refresh_from_db()
    assert listing.availability == "suspended"
    assert availability.lift(listing=listing, actor=actor_for(make_operator())).availability == "ga"


def test_nobody_forces_their_own_version_on_others(publisher: Publisher, insider: User) -> None:
    listing = make_listing(publisher=publisher)
    with pytest.raises(OwnPublisher):
        upgrades.force(listing=listing, actor=actor_for(insider), reason="Mine.")


def test_nobody_renames_their_own_publisher_past_the_rule(publisher: Publisher, insider: User) -> None:
    with pytest.raises(OwnPublisher):
        applications.rename(publisher=publisher, name="Trusted Bank", actor=actor_for(insider))


# --- The plain admin is no other door ----------------------------------------------------------


def test_the_admin_decides_on_no_publisher(admin: Client) -> None:
    publisher = make_publisher()
    Publisher.objects.update(status="suspended")
    url = reverse("admin:publishers_publisher_change", args=[publisher.pk])
    answer = admin.post(
        url,
        {"slug": "acme", "name": "Other", "status": "approved", "account": make_publisher("b").account.pk},
    )
    assert answer.status_code == 302
    after = Publisher.objects.get(pk=publisher.pk)
    assert (after.status, after.account, after.name) == ("suspended", publisher.account, publisher.name)


def test_the_admin_lifts_no_suspension(admin: Client) -> None:
    listing = availability.suspend(listing=make_listing(), reason="It leaks.", actor=NOBODY)
    url = reverse("admin:publishers_listing_change", args=[listing.pk])
    answer = admin.post(
        url,
        {
            "publisher": make_publisher().pk,
            "unique_name": "else",
            "availability": "ga",
            "category": "",
            "suspension_reason": "",
        },
    )
    assert answer.status_code == 302
    after = Listing.objects.get(pk=listing.pk)
    assert (after.availability, after.suspension_reason) == ("suspended", "It leaks.")
    assert (after.publisher_id, after.unique_name) == (listing.publisher_id, listing.unique_name)


# --- What was seen -----------------------------------------------------------------------------


def resubmitted(version: ListingVersion) -> ListingVersion:
    """Another operator asks for changes, and the publisher submits something else."""
    version = decide(version, "changes_requested")
    other = Change(definition=make_definition(remove=["$.debug"]))
    version = change(version=version, change=other, role=Role.PUBLISHER, actor=NOBODY)
    make_report(version)
    return versions.move(version=version, wish=Wish(status="submitted"), role=Role.PUBLISHER, actor=NOBODY)


def test_a_page_that_shows_what_was_submitted_before_decides_nothing(publisher: Publisher) -> None:
    version = submitted(publisher)
    console = Client()
    console.force_login(make_operator())
    url = reverse("review", args=[version.sid])
    seen = console.get(url).context["decision"]["seen"].value()
    resubmitted(version)
    answer = console.post(url, {"do": "decide", "status": "approved", "seen": seen})
    assert answer.status_code == 400
    assert "has changed" in answer.content.decode()
    assert ListingVersion.objects.get(pk=version.pk).status == "submitted"
    fresh = console.get(url).context["decision"]["seen"].value()
    assert console.post(url, {"do": "decide", "status": "approved", "seen": fresh}).status_code == 302


def test_blocks_that_were_emptied_while_it_waited_are_not_published(publisher: Publisher) -> None:
    version = submitted(publisher)
    update_listing(
        listing=version.listing,
        account=publisher.account,
        blocks={"module_info": {"name": "Facts"}},
        actor=NOBODY,
    )
    with pytest.raises(BadParameter, match="ModuleInfo"):
        decide(version, "approved", publish_at_once=True)
    assert not AuditEntry.objects.filter(action="version.approved").exists()


def test_a_publisher_is_not_approved_under_a_name_that_nobody_read() -> None:
    publisher = make_publisher("acme")
    Publisher.objects.update(status="applied")
    console = Client()
    console.force_login(make_operator())
    url = reverse("operate-publisher", args=[publisher.account.sid])
    assert '<input type="hidden" name="seen" value="Acme">' in console.get(url).content.decode()
    Publisher.objects.update(name="Trusted Bank")
    answer = console.post(url, {"status": "approved", "seen": "Acme"})
    assert "is named Trusted Bank now" in answer.content.decode()
    assert Publisher.objects.get().status == "applied"
    assert console.post(url, {"status": "approved", "seen": "Trusted Bank"}).status_code == 302


def test_publishing_as_coming_soon_stops_nobody_who_has_it(publisher: Publisher) -> None:
    listing = make_listing(publisher=publisher)
    make_install(make_account(), listing)
    version = next_submitted(listing, make_definition(remove=["$.debug"]))
    with pytest.raises(versions.BadWish, match="coming soon"):
        decide(version, "approved", publish_at_once=True, availability="coming_soon")
    assert Listing.objects.get(pk=listing.pk).availability == "ga"
