"""A publisher's overview: how each add-on stands, in numbers that agree with the calls and the ledger."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from billing.models import LedgerEntry
from marketplace.models import InstalledAddOn
from publishers.models import Listing, ListingVersion, Publisher, ReviewComment
from rest.sids import new_sid
from tests.factories import (
    make_account,
    make_definition,
    make_install,
    make_invocation,
    make_listing,
    make_publisher,
    make_user,
)
from tests.pages import console_of, is_sent_to_sign_in, queries, text, viewer_of

PAGE = "/publish/"
TIMED_OUT = {"status": "failed", "code": 61001, "http_status": None, "answer": b""}


@pytest.fixture
def publisher(db: None) -> Publisher:
    return make_publisher("acme")


@pytest.fixture
def member(publisher: Publisher) -> Client:
    return console_of(make_user(publisher.account))


@pytest.fixture
def listing(publisher: Publisher) -> Listing:
    return make_listing(publisher=publisher)


@pytest.fixture
def installed(listing: Listing) -> InstalledAddOn:
    return make_install(make_account("consumer-friendly-name"), listing)


def only_row(member: Client) -> Any:
    [row] = member.get(PAGE).context["rows"]
    return row


def next_version(listing: Listing, status: str = "draft", **changes: Any) -> ListingVersion:
    values = {"listing": listing, "number": 2, "status": status, "definition": make_definition()}
    return ListingVersion.objects.create(**{**values, **changes})


def earn(installed: InstalledAddOn, micros: int, **changes: Any) -> None:
    values = {
        "payer": installed.account,
        "payee": installed.listing.publisher.account,
        "request_sid": new_sid("XR"),
        "kind": "use",
        "installed_add_on": installed,
        "version": installed.version,
        "extension": "lookup-api",
        "quantity": 1,
        "unit_price_micros": micros,
        "amount_micros": micros,
        "currency": "USD",
    }
    LedgerEntry.objects.create(**{**values, **changes})


def test_a_row_says_the_state_the_installs_and_the_calls(member: Client, installed: InstalledAddOn) -> None:
    for _ in range(3):
        make_invocation(installed)
    make_invocation(installed, **TIMED_OUT)
    page = text(member.get(PAGE))
    assert "Generally available version 1 is published" in page
    assert "1 installs of Facts" in page
    assert "4 calls 75.00 % good" in page
    assert "overdrawn by 1" in page
    assert "open comment" not in page


def test_an_uninstalled_add_on_is_no_install(member: Client, installed: InstalledAddOn) -> None:
    make_install(make_account(), installed.listing)
    InstalledAddOn.objects.filter(pk=installed.pk).update(removed_at=timezone.now())
    assert only_row(member).installs == 1


def test_the_error_budget_is_of_a_month_and_one_in_a_hundred(
    member: Client, installed: InstalledAddOn
) -> None:
    for _ in range(199):
        make_invocation(installed)
    make_invocation(installed, **TIMED_OUT)
    assert only_row(member).budget.left == 1
    assert "1 of 2 left" in text(member.get(PAGE))


def test_only_this_months_earnings_count_and_only_its_own(member: Client, installed: InstalledAddOn) -> None:
    earn(installed, 2_500)
    earn(installed, 4_000)
    began = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    before = int((began - timedelta(milliseconds=1)).timestamp() * 1000)
    earn(installed, 9_000, sid=f"LE{before:012x}{'0' * 20}")
    earn(make_install(make_account()), 77_000)
    assert only_row(member).earned == [("USD", 6_500)]
    assert "USD 0.0065" in text(member.get(PAGE))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("draft", "Draft"),
        ("submitted", "Waiting for review"),
        ("changes_requested", "Changes requested"),
        ("approved", "Approved, not yet published"),
    ],
)
def test_the_open_version_and_its_state_are_named(
    member: Client, listing: Listing, status: str, words: str
) -> None:
    version = next_version(listing, status)
    answer = member.get(PAGE)
    assert f"{words} version 2" in text(answer)
    assert f"/publish/listings/{listing.sid}/versions/{version.sid}/" in answer.content.decode()


def test_open_comments_of_operators_are_counted_on_the_open_version(member: Client, listing: Listing) -> None:
    version = next_version(listing, "changes_requested")
    wanted: dict[str, Any] = {"version": version, "section": "basics", "text": "?", "is_operators": True}
    for changes in (
        {"is_request": True},
        {},
        {"resolved_at": timezone.now()},
        {"is_operators": False},
        {"version": listing.published_version},
    ):
        ReviewComment.objects.create(**{**wanted, **changes})
    page = text(member.get(PAGE))
    assert "2 open comments 1 change asked for" in page


def test_a_draft_that_is_not_valid_yet_is_shown(member: Client, publisher: Publisher) -> None:
    listing = Listing.objects.create(publisher=publisher, unique_name="acme_empty")
    next_version(listing, number=1, definition={"request": []})
    page = text(member.get(PAGE))
    assert "acme_empty acme_empty Draft" in page


def test_without_a_listing_there_are_three_ways_to_begin(member: Client, publisher: Publisher) -> None:
    answer = member.get(PAGE)
    page, source = text(answer), answer.content.decode()
    assert "You have no listing yet" in page
    for words, url in {
        "Start from a template": "/publish/listings/new/#starts",
        "Import OpenAPI": "/publish/listings/new/openapi/",
        "Blank": "/publish/listings/new/",
    }.items():
        assert words in page
        assert f'href="{url}"' in source


def test_a_viewer_looks_but_is_not_asked_to_begin(publisher: Publisher) -> None:
    viewer = viewer_of(publisher.account)
    assert "Import OpenAPI" not in text(viewer.get(PAGE))
    make_listing(publisher=publisher)
    page = text(viewer.get(PAGE))
    assert "Generally available" in page
    assert "New listing" not in page


def test_a_publisher_that_waits_is_told_so(member: Client, publisher: Publisher) -> None:
    assert "Waiting for approval" not in text(member.get(PAGE))
    Publisher.objects.update(status=Publisher.Status.APPLIED)
    assert "Waiting for approval" in text(member.get(PAGE))
    Publisher.objects.update(status=Publisher.Status.SUSPENDED, reason="<b>Spam</b>")
    answer = member.get(PAGE)
    assert "Suspended: <b>Spam</b>" in text(answer)
    assert "<b>Spam" not in answer.content.decode()


def test_an_account_that_is_no_publisher_is_led_to_become_one(console: Client) -> None:
    answer = console.get(PAGE)
    assert (answer.status_code, answer["Location"]) == (302, "/publish/profile/")


def test_nothing_of_another_publisher_is_shown(member: Client, installed: InstalledAddOn) -> None:
    other = make_listing(publisher=make_publisher("other"))
    earn(make_install(make_account(), other), 5_000)
    page = text(member.get(PAGE))
    assert other.name not in page
    assert "consumer-friendly-name" not in page


def test_strangers_sign_in_first() -> None:
    assert is_sent_to_sign_in(PAGE)


def test_the_overview_takes_as_many_queries_for_many_listings(
    member: Client, publisher: Publisher, listing: Listing
) -> None:
    def fill(each: Listing) -> None:
        install = make_install(make_account(), each)
        make_invocation(install)
        earn(install, 1_000)
        version = next_version(each)
        ReviewComment.objects.create(version=version, section="basics", text="?", is_operators=True)

    fill(listing)
    one = queries(member, PAGE)
    for _ in range(2):
        fill(make_listing(publisher=publisher))
    assert queries(member, PAGE) == one
