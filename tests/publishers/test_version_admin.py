"""Versions and their moves in the plain Django admin."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.requests import Actor
from publishers import versions
from publishers.models import Listing, ListingVersion, VersionMove
from publishers.versions import Role, Wish
from tests.factories import NOBODY, make_definition, make_report, make_user
from tests.publishers.test_admin import posted

CHANGE = "admin:publishers_listingversion_change"


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def test_a_second_open_version_is_refused_in_the_form(admin: Client, listing: Listing) -> None:
    listing.versions.create(number=1, definition=make_definition(), status="submitted")
    page = admin.post(
        reverse("admin:publishers_listingversion_add"), posted(make_definition(remove=["$.a"]), listing)
    )
    assert b"This listing has a version that is not decided yet" in page.content
    assert ListingVersion.objects.count() == 1


def test_a_version_whose_changes_are_requested_can_be_edited(admin: Client, listing: Listing) -> None:
    version = listing.versions.create(
        number=1, definition=make_definition(), status="changes_requested", reason="Mend it."
    )
    definition = make_definition(remove=["$.debug"])
    answer = admin.post(reverse(CHANGE, args=[version.pk]), posted(definition, listing))
    assert answer.status_code == 302
    version.refresh_from_db()
    assert (version.definition["remove"], version.status) == (["$.debug"], "changes_requested")


def test_the_record_of_moves_is_shown_and_never_changed(admin: Client, listing: Listing) -> None:
    version = listing.versions.create(number=1, definition=make_definition())
    make_report(version)
    actor = Actor(user=None, credential="SK" + "1" * 32, ip_address="")
    versions.move(version=version, wish=Wish(status="submitted"), role=Role.PUBLISHER, actor=actor)
    move = VersionMove.objects.get()
    page = admin.get(reverse("admin:publishers_versionmove_changelist"))
    assert actor.credential.encode() in page.content
    assert admin.get(reverse("admin:publishers_versionmove_add")).status_code == 403
    assert admin.post(reverse("admin:publishers_versionmove_change", args=[move.pk])).status_code == 403
    assert admin.post(reverse("admin:publishers_versionmove_delete", args=[move.pk])).status_code == 403


def test_only_a_draft_can_be_deleted(admin: Client, listing: Listing) -> None:
    version = listing.versions.create(number=1, definition=make_definition())
    url = reverse("admin:publishers_listingversion_delete", args=[version.pk])
    make_report(version)
    versions.move(version=version, wish=Wish(status="submitted"), role=Role.PUBLISHER, actor=NOBODY)
    assert admin.post(url, {"post": "yes"}).status_code == 403
    ListingVersion.objects.update(status="draft")
    VersionMove.objects.all().delete()
    assert admin.post(url, {"post": "yes"}).status_code == 302
    assert not ListingVersion.objects.exists()
