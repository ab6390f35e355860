"""Operators' pages of publishers, listings, accounts and people in a browser, in both themes and sizes."""

from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import Account, User
from publishers.models import Listing, Publisher
from tests.browser.conftest import PHONE
from tests.browser.test_pages import VIEWS, faults_of
from tests.factories import make_account, make_definition, make_publisher, make_user

pytestmark = pytest.mark.browser


def applicant() -> Publisher:
    """One that waits, with much to read."""
    publisher = make_publisher("a-long-name-of-a-company")
    make_user(publisher.account, name="Ana")
    Publisher.objects.filter(pk=publisher.pk).update(
        status="applied",
        about="We know the line type of each number.\n\nOur data comes from the regulator, every night.",
        contact_name="Ana Example",
        contact_email="ana@a-long-name-of-a-company.example",
        website="https://a-long-name-of-a-company.example",
    )
    publisher.refresh_from_db()
    return publisher


def declined() -> Publisher:
    publisher = make_publisher("declined")
    Publisher.objects.filter(pk=publisher.pk).update(status="declined", reason="Who are you?")
    return publisher


def paths() -> list[str]:
    """Every page of these, with rows to show, empty, and filtered away."""
    northwind = Publisher.objects.get(slug="northwind")
    listing = northwind.listings.get(unique_name="northwind_anagram")
    stopped, other = northwind.listings.exclude(pk=listing.pk)[:2]
    Listing.objects.filter(pk=stopped.pk).update(
        availability="suspended", suspended_from="ga", suspension_reason="It leaks."
    )
    newer = other.versions.create(number=2, definition=make_definition(), status="published")
    Listing.objects.filter(pk=other.pk).update(published_version=newer)
    developer = Account.objects.get(friendly_name="Demo Developer")
    Account.objects.filter(pk=(shut := make_account("Shut out")).pk).update(status="suspended")
    return [
        "/operate/listings/",
        "/operate/listings/?q=nothing+like+it",
        f"/operate/listings/{listing.sid}/",
        f"/operate/listings/{listing.sid}/suspend/",
        f"/operate/listings/{listing.sid}/upgrade/",
        f"/operate/listings/{other.sid}/upgrade/",
        f"/operate/listings/{stopped.sid}/",
        f"/operate/listings/{stopped.sid}/lift/",
        "/operate/publishers/",
        "/operate/publishers/?q=nothing+like+it",
        f"/operate/publishers/{applicant().account.sid}/",
        f"/operate/publishers/{declined().account.sid}/",
        f"/operate/publishers/{northwind.account.sid}/",
        f"/operate/publishers/{northwind.account.sid}/suspend/",
        "/operate/accounts/",
        f"/operate/accounts/{developer.sid}/",
        f"/operate/accounts/{shut.sid}/",
        f"/operate/accounts/{developer.sid}/suspend/",
        f"/operate/accounts/{shut.sid}/suspend/",
        "/operate/operators/",
    ]


@pytest.mark.parametrize("options", VIEWS)
def test_no_page_of_an_operator_has_a_fault(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    visitor.sign_in("operator")
    assert [fault for path in paths() for fault in faults_of(visitor, path)] == []
    assert visitor.complaints == []


@pytest.mark.parametrize("options", VIEWS)
def test_the_page_of_a_publisher_has_no_fault(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    visitor.sign_in("developer")
    assert faults_of(visitor, "/publish/profile/") == []
    account = Account.objects.get(friendly_name="Demo Developer")
    publisher = Publisher.objects.create(account=account, slug="own", name="Own", reason="Say more.")
    for status in Publisher.Status.values:
        Publisher.objects.filter(pk=publisher.pk).update(status=status)
        assert faults_of(visitor, "/publish/profile/") == []
    assert visitor.complaints == []


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}, {"viewport": PHONE}])
def test_an_account_becomes_a_publisher(visit: Any, options: dict[str, Any]) -> None:
    owner = visit(**options)
    owner.sign_in("developer")
    page = owner.page
    page.locator("summary", has_text="Your login").click()
    page.get_by_role("link", name="Become a publisher").click()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the name that customers will see.")
    page.get_by_label("Name", exact=True).fill("Demo Data")
    page.get_by_label("What you offer").fill("Line types.")
    page.get_by_label("Contact person").fill("Ana")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("main")).to_contain_text("Waiting for approval")

    operator = visit(**options)
    operator.sign_in("operator")
    operator.go("/operate/publishers/?status=applied")
    operator.page.get_by_role("link", name="Demo Data").click()
    operator.page.get_by_role("button", name="Approve").click()
    expect(operator.page.get_by_role("main")).to_contain_text("Demo Data is approved")

    page.reload()
    expect(page.get_by_role("main")).to_contain_text("You are approved")


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}])
def test_a_listing_is_stopped_and_let_go_on(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    visitor.sign_in("operator")
    page = visitor.page
    visitor.go("/operate/listings/?q=anagram")
    page.get_by_role("link", name="Anagram").click()
    page.get_by_role("link", name="Suspend…").click()
    expect(page.get_by_role("main")).to_contain_text("Installed add-ons")
    page.get_by_label("Reason").fill("It leaks data.")
    page.get_by_role("button", name="Suspend listing").click()
    expect(page.get_by_role("main")).to_contain_text("Suspended: nobody sees, installs or asks it.")
    page.get_by_role("link", name="Lift the suspension…").click()
    page.get_by_role("button", name="Lift the suspension").click()
    expect(page.get_by_role("main")).to_contain_text("is “Generally available” again")


def test_an_operator_without_an_account_lands_where_one_operates(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in("operator")
    assert "/operate/" in visitor.page.url
    assert not User.objects.get(email=visitor.site["logins"]["operator"]["email"]).memberships.exists()
