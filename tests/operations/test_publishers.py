"""Operators' pages of publishers: who applied, and the decisions on them."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import AuditEntry
from publishers.models import Publisher
from tests.factories import make_install, make_listing, make_publisher, make_user
from tests.pages import console_of, error_at, queries, text

LIST = "/operate/publishers/"


@pytest.fixture
def operator(db: None) -> Client:
    return console_of(make_user(is_staff=True))


@pytest.fixture
def publisher(db: None) -> Publisher:
    """One that waits for a decision."""
    made = make_publisher("acme")
    Publisher.objects.update(status="applied", about="<b>Facts</b>", contact_email="ana@acme.example")
    made.refresh_from_db()
    return made


def page_of(publisher: Publisher) -> str:
    return f"{LIST}{publisher.account.sid}/"


# --- The list --------------------------------------------------------------------------------


def test_the_list_counts_each_status_and_filters(operator: Client, publisher: Publisher) -> None:
    make_publisher("bolt")
    assert "Waiting for approval 1 Approved 1 Declined 0 Suspended 0" in text(operator.get(LIST))
    assert [row.slug for row in operator.get(f"{LIST}?status=applied").context["rows"]] == ["acme"]


@pytest.mark.parametrize("words", ["acme", "ana@acme", "ACME EXAMPLE"])
def test_the_list_is_searched(operator: Client, publisher: Publisher, words: str) -> None:
    make_publisher("bolt")
    assert [row.slug for row in operator.get(LIST, {"q": words}).context["rows"]] == ["acme"]


def test_an_account_sid_finds_its_publisher(operator: Client, publisher: Publisher) -> None:
    make_publisher("bolt")
    rows = operator.get(LIST, {"q": publisher.account.sid}).context["rows"]
    assert [row.slug for row in rows] == ["acme"]


def test_empty_lists_say_so(operator: Client, publisher: Publisher) -> None:
    assert "No publisher fits" in text(operator.get(f"{LIST}?q=nothing"))
    assert "There are no older publishers" in text(operator.get(f"{LIST}?before=AC{'0' * 32}"))
    publisher.delete()
    assert "Nobody has applied yet" in text(operator.get(LIST))


def test_pages_follow_by_key(operator: Client, db: None) -> None:
    slugs = [make_publisher().slug for _ in range(26)]
    first = operator.get(LIST)
    rest = operator.get(f"{LIST}?before={first.context['older']}")
    assert [row.slug for page in (first, rest) for row in page.context["rows"]] == slugs[::-1]


def test_the_list_takes_as_many_queries_for_three_as_for_one(operator: Client, publisher: Publisher) -> None:
    before = queries(operator, LIST)
    make_listing(publisher=make_publisher())
    make_listing(publisher=make_publisher())
    assert queries(operator, LIST) == before


# --- One publisher ---------------------------------------------------------------------------


def test_the_page_says_who_it_is_and_how_to_reach_it(operator: Client, publisher: Publisher) -> None:
    make_user(publisher.account, name="Ana")
    answer = operator.get(page_of(publisher))
    assert "ana@acme.example" in text(answer)
    assert "&lt;b&gt;Facts&lt;/b&gt;" in answer.content.decode()
    assert "(Owner)" in text(answer)


def test_its_page_takes_as_many_queries_for_three_listings_as_for_one(
    operator: Client, publisher: Publisher
) -> None:
    make_listing(publisher=publisher)
    before = queries(operator, page_of(publisher))
    make_listing(publisher=publisher)
    make_listing(publisher=publisher)
    assert queries(operator, page_of(publisher)) == before


def test_an_operator_approves(
    operator: Client, publisher: Publisher, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = operator.post(page_of(publisher), {"status": "approved", "reason": ""}, follow=True)
    publisher.refresh_from_db()
    assert publisher.is_approved
    assert "its versions are taken for review" in text(answer)
    assert "publisher.approved" in text(answer)
    assert [message.to for message in mail.outbox] == [["ana@acme.example"]]


def test_who_declines_says_why(operator: Client, publisher: Publisher) -> None:
    answer = operator.post(page_of(publisher), {"status": "declined", "reason": ""})
    assert error_at(answer, "id_reason") == "Say why."
    operator.post(page_of(publisher), {"status": "declined", "reason": "Who are you?"})
    publisher.refresh_from_db()
    assert (publisher.status, publisher.reason) == ("declined", "Who are you?")


@pytest.mark.parametrize("status", ["", "applied", "suspended", "king"])
def test_the_page_takes_no_other_decision(operator: Client, publisher: Publisher, status: str) -> None:
    expected = 200 if status == "applied" else 400  # a status, but none that is decided: the form says so
    assert operator.post(page_of(publisher), {"status": status, "reason": "x"}).status_code == expected
    publisher.refresh_from_db()
    assert publisher.status == "applied"


def test_an_operator_of_that_account_is_refused(publisher: Publisher) -> None:
    own = console_of(make_user(publisher.account, is_staff=True))
    answer = own.post(page_of(publisher), {"status": "approved", "reason": ""})
    assert "another operator decides on the publisher of your own account" in text(answer)
    publisher.refresh_from_db()
    assert not publisher.is_approved


def test_a_reason_has_an_end(operator: Client, publisher: Publisher) -> None:
    answer = operator.post(page_of(publisher), {"status": "declined", "reason": "x" * 2001})
    assert error_at(answer, "id_reason")


def test_an_operator_renames_it(operator: Client, publisher: Publisher) -> None:
    operator.post(f"{page_of(publisher)}name/", {"name": "Acme & Sons"})
    publisher.refresh_from_db()
    assert publisher.name == "Acme & Sons"
    entry = AuditEntry.objects.get(action="publisher.renamed")
    assert (entry.before, entry.after) == ({"name": "Acme"}, {"name": "Acme & Sons"})


def test_a_name_is_not_empty(operator: Client, publisher: Publisher) -> None:
    assert error_at(operator.post(f"{page_of(publisher)}name/", {"name": " "}), "id_name")


def test_an_account_without_one_is_not_found(operator: Client) -> None:
    account = make_user().memberships.create(account=make_install().account).account
    for page in ("", "suspend/"):
        assert operator.get(f"{LIST}{account.sid}/{page}").status_code == 404


# --- Suspending ------------------------------------------------------------------------------


def test_a_suspension_says_what_stops_in_counts(operator: Client, publisher: Publisher) -> None:
    Publisher.objects.update(status="approved")
    listing = make_listing(publisher=publisher)
    make_install(listing=listing)
    make_install(listing=listing)
    make_listing(publisher=publisher)
    shown = text(operator.get(f"{page_of(publisher)}suspend/"))
    assert "2 listings of it run now, for 2 accounts." in shown


def test_a_suspension_with_its_listings(operator: Client, publisher: Publisher) -> None:
    Publisher.objects.update(status="approved")
    listing = make_listing(publisher=publisher)
    operator.post(f"{page_of(publisher)}suspend/", {"reason": "Fraud.", "with_listings": "on"})
    publisher.refresh_from_db()
    listing.refresh_from_db()
    assert (publisher.status, listing.availability) == ("suspended", "suspended")


def test_a_suspension_needs_a_reason(operator: Client, publisher: Publisher) -> None:
    Publisher.objects.update(status="approved")
    assert error_at(operator.post(f"{page_of(publisher)}suspend/", {"reason": ""}), "id_reason") == "Say why."
    publisher.refresh_from_db()
    assert publisher.is_approved


def test_one_that_waits_cannot_be_suspended(operator: Client, publisher: Publisher) -> None:
    answer = operator.post(f"{page_of(publisher)}suspend/", {"reason": "x"})
    assert "the publisher is applied" in text(answer)


@pytest.mark.parametrize("page", ["", "name/", "suspend/"])
def test_who_is_no_operator_is_refused(console: Client, publisher: Publisher, page: str) -> None:
    sent = {"status": "approved", "reason": "x", "name": "x"}
    assert console.post(f"{page_of(publisher)}{page}", sent).status_code == 403
    publisher.refresh_from_db()
    assert (publisher.status, publisher.name) == ("applied", "Acme")
