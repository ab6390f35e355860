"""The pages around the editor: a new listing, its home, its versions, and handing one over."""

from typing import Any

import pytest

from accounts.models import AuditEntry, Role
from publishers.models import ContractReport, Listing, ListingVersion, Publisher
from tests.factories import make_account, make_listing, make_publisher, make_report, make_user
from tests.pages import console_of, error_at, is_sent_to_sign_in, queries, text
from tests.publishers.editor.drafts import console_for, make_draft, url_of

pytestmark = pytest.mark.django_db


def home(listing: Listing) -> str:
    return f"/publish/listings/{listing.sid}/"


def page_of(version: ListingVersion) -> str:
    return f"{home(version.listing)}versions/{version.sid}/"


def test_a_name_starts_a_draft_with_a_version() -> None:
    publisher = make_publisher()
    answer = console_of(make_user(publisher.account)).post("/publish/listings/new/", {"name": "Facts"})
    listing = Listing.objects.get(publisher=publisher)
    assert answer["Location"] == url_of(listing, "basics")
    assert (listing.name, listing.availability, listing.versions.get().number) == ("Facts", "draft", 1)
    assert AuditEntry.objects.get(action="listing.created").subject_sid == listing.sid


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "a\0b"])
def test_a_name_that_cannot_be_is_refused(name: str) -> None:
    publisher = make_publisher()
    answer = console_of(make_user(publisher.account)).post("/publish/listings/new/", {"name": name})
    assert error_at(answer, "id_name")
    assert not Listing.objects.exists()


def test_an_account_that_is_no_publisher_is_shown_how_to_become_one() -> None:
    client = console_of(make_user(make_account()))
    assert "Become a publisher" in text(client.get("/publish/listings/new/"))
    assert "not a publisher yet" in text(client.post("/publish/listings/new/", {"name": "Facts"}))
    assert is_sent_to_sign_in("/publish/listings/new/")


def test_a_viewer_starts_nothing() -> None:
    client = console_of(make_user(make_publisher().account, role=Role.VIEWER))
    assert client.get("/publish/listings/new/").status_code == 200
    assert client.post("/publish/listings/new/", {"name": "Facts"}).status_code == 403


def test_the_home_says_where_a_draft_stands() -> None:
    listing, _ = make_draft()
    page = text(console_for(listing).get(home(listing)))
    assert "Draft" in page
    assert "8 of 9 sections ready" in page
    assert "Not run yet" in page


def test_the_home_of_a_published_listing_starts_the_next_version() -> None:
    listing = make_listing()
    client = console_for(listing)
    assert "Start a new version" in text(client.get(home(listing)))
    answer = client.post(f"{home(listing)}versions/new/")
    assert answer["Location"] == url_of(listing, "request")
    assert listing.versions.count() == 2
    assert "Start a new version" not in text(client.get(home(listing)))


def test_a_second_open_version_is_refused_with_the_reason() -> None:
    listing, _ = make_draft()
    answer = console_for(listing).post(f"{home(listing)}versions/new/", follow=True)
    assert "change or delete that first" in text(answer)


def test_a_suspended_listing_says_why() -> None:
    listing = make_listing()
    Listing.objects.filter(pk=listing.pk).update(availability="suspended", suspension_reason="It leaks.")
    assert "suspended this listing: It leaks." in text(console_for(listing).get(home(listing)))


@pytest.mark.parametrize("status", ListingVersion.Status.values)
def test_a_version_of_every_status_is_shown(status: str) -> None:
    listing, version = make_draft()
    ListingVersion.objects.filter(pk=version.pk).update(status=status, reason="Because <b>.", notes="New")
    client = console_for(listing)
    for path in (home(listing), page_of(version), url_of(listing, "request"), url_of(listing, "submit")):
        assert client.get(path).status_code == 200
    assert "Because <b>." in text(client.get(page_of(version)))


def test_a_draft_is_deleted_and_a_submitted_version_withdrawn() -> None:
    listing, version = make_draft()
    client = console_for(listing)
    ListingVersion.objects.filter(pk=version.pk).update(status="submitted")
    assert "stays as it is" in text(client.get(url_of(listing, "request")))
    assert client.post(page_of(version), {"do": "delete"}).status_code == 409
    assert client.post(page_of(version), {"do": "withdraw"}).status_code == 302
    version.refresh_from_db()
    assert version.status == "withdrawn"
    ListingVersion.objects.filter(pk=version.pk).update(status="draft")
    assert client.post(page_of(version), {"do": "withdraw"}).status_code == 409
    assert client.post(page_of(version), {"do": "dance"}).status_code == 409
    assert client.post(page_of(version), {"do": "delete"})["Location"] == home(listing)
    assert not listing.versions.exists()
    assert "Start the first version" in text(client.get(home(listing)))


def submit(listing: Listing, **data: Any) -> Any:
    return console_for(listing).post(url_of(listing, "submit"), {"do": "submit", **data})


def test_a_ready_version_is_submitted_with_its_notes_and_wish() -> None:
    listing, version = make_draft()
    make_report(version)
    answer = submit(listing, notes="First\r\none")
    assert answer["Location"] == page_of(version)
    version.refresh_from_db()
    assert (version.status, version.notes, version.publish_on_approval) == ("submitted", "First\none", False)


def test_what_is_missing_keeps_a_version_back_and_is_listed_with_its_section() -> None:
    listing, version = make_draft()
    page = console_for(listing).get(url_of(listing, "submit"))
    assert "Run the contract tester: there is no finished report" in text(page)
    assert url_of(listing, "test") in page.content.decode()
    answer = submit(listing)
    assert answer.status_code == 400
    assert "Something is missing yet" in text(answer)
    version.refresh_from_db()
    assert version.status == "draft"


def test_notes_are_saved_without_submitting() -> None:
    listing, version = make_draft()
    console_for(listing).post(
        url_of(listing, "submit"), {"do": "save", "notes": "New", "publish_on_approval": "on"}
    )
    version.refresh_from_db()
    assert (version.status, version.notes, version.publish_on_approval) == ("draft", "New", True)


def test_a_warning_needs_a_reason() -> None:
    listing, version = make_draft()
    make_report(version, verdict=ContractReport.Verdict.AMBER, warned=1)
    assert "Why the warnings are no matter" in text(console_for(listing).get(url_of(listing, "submit")))
    assert "say why they do not matter" in text(submit(listing))
    assert submit(listing, reason="It is a test service.").status_code == 302
    version.refresh_from_db()
    assert (version.status, version.reason) == ("submitted", "It is a test service.")


def test_a_publisher_that_is_not_approved_submits_nothing() -> None:
    listing, version = make_draft()
    make_report(version)
    Publisher.objects.update(status=Publisher.Status.APPLIED)
    answer = submit(listing)
    assert answer.status_code == 400
    assert "not approved" in text(answer)


def test_there_is_nothing_to_submit_on_a_published_listing() -> None:
    listing = make_listing()
    assert "Nothing to submit" in text(console_for(listing).get(url_of(listing, "submit")))
    assert submit(listing).status_code == 302


@pytest.mark.parametrize("data", [{"notes": "x" * 10_001}, {"notes": "a\0b"}])
def test_notes_that_cannot_be_are_refused(data: Any) -> None:
    listing, _ = make_draft()
    assert submit(listing, **data).status_code == 400


def test_another_account_and_a_viewer() -> None:
    listing, version = make_draft()
    other, theirs = make_draft()
    paths = [home(listing), page_of(version)]
    stranger, viewer = console_for(other), console_for(listing, Role.VIEWER)
    for path in paths:
        assert stranger.get(path).status_code == 404
        assert viewer.get(path).status_code == 200
    assert viewer.post(page_of(version), {"do": "delete"}).status_code == 403
    assert viewer.post(f"{home(listing)}versions/new/").status_code == 403
    assert stranger.post(f"{home(listing)}versions/new/").status_code == 404
    assert console_for(listing).get(f"{home(listing)}versions/{theirs.sid}/").status_code == 404


def test_the_number_of_queries_does_not_grow_with_versions_and_moves() -> None:
    def taken(count: int) -> tuple[int, int]:
        listing, version = make_draft()
        for number in range(count):
            listing.versions.create(number=number + 2, definition={}, status="withdrawn")
            version.moves.create(from_status="draft", to_status="submitted", moved_by=make_user())
        client = console_for(listing)
        return queries(client, home(listing)), queries(client, page_of(version))

    assert taken(1) == taken(3)
