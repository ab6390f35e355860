"""Reviews in a browser: the operators' queue, one review, the check list, and the publisher's side of it."""

from typing import Any

import pytest
from playwright.sync_api import expect

from publishers import checklist, reviews
from publishers.checklist import Entry
from publishers.models import ListingVersion, Publisher
from publishers.versions import Role
from tests.browser.test_pages import VIEWS, faults_of
from tests.factories import NOBODY, make_definition, make_listing
from tests.publishers.reviewing import decide, next_submitted, submitted

pytestmark = pytest.mark.browser
LONG = "a-very-long-name-without-any-place-to-break-it-" * 4
SETTINGS = {
    "type": "object",
    "properties": {"language": {"type": "string", "name": "Language", "enum": ["de", "en"]}},
}


def risky_version(publisher: Publisher) -> ListingVersion:
    """A second version with something of every risk, submitted, with comments and a check list."""
    listing = make_listing(publisher=publisher, definition=make_definition(configuration_schema=SETTINGS))
    request = {
        "method": "POST",
        "url": "https://elsewhere.example/facts",
        "body": {"kind": "json", "fields": [{"name": "from", "value": "{{primary_address}} {{language}}"}]},
    }
    definition = make_definition(
        request=request,
        extensions=["lookup-api", "sms-incoming"],
        configuration_schema={
            "type": "object",
            "required": ["language", "key"],
            "properties": {
                "language": {"type": "string", "name": "Language", "enum": ["de"]},
                "key": {"type": "string", "name": LONG[:100]},
            },
        },
        response_schema={"type": "object", "required": ["line_type"]},
        remove=["$.internal"],
        pricing={"model": "per_use", "price": "0.01", "currency": "USD"},
    )
    version = next_submitted(listing, definition)
    ListingVersion.objects.filter(pk=version.pk).update(notes="Quicker, and knows\nmore.")
    for section, text, is_request in (("request", "Why another host?", True), ("pricing", LONG, False)):
        reviews.comment(
            version=version,
            section=section,
            text=text,
            role=Role.OPERATOR,
            actor=NOBODY,
            is_request=is_request,
        )
    ticked = checklist.add(entry=Entry(text="The terms can be read", help_text="Both links."), actor=NOBODY)
    checklist.add(entry=Entry(text=LONG), actor=NOBODY)
    checklist.tick(version=version, item=ticked, actor=NOBODY)
    return version


def demo_publisher(site: dict[str, Any]) -> Publisher:
    email = site["logins"]["publisher"]["email"]
    return Publisher.objects.filter(account__memberships__user__email=email)[0]


@pytest.mark.parametrize("options", VIEWS)
def test_no_page_of_an_operator_has_a_fault(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    version = risky_version(demo_publisher(visitor.site))
    rejected = decide(submitted(demo_publisher(visitor.site)), "rejected")
    visitor.sign_in("operator")
    paths = (
        "/operate/queue/",
        "/operate/queue/?show=mine",
        f"/operate/review/{version.sid}/",
        f"/operate/review/{rejected.sid}/",
        "/operate/checklist/",
    )
    assert [fault for path in paths for fault in faults_of(visitor, path)] == []
    assert visitor.complaints == []


@pytest.mark.parametrize("options", VIEWS)
def test_no_page_of_its_publisher_has_a_fault(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    version = risky_version(demo_publisher(visitor.site))
    visitor.sign_in("publisher")
    page = f"/publish/listings/{version.listing.sid}/versions/{version.sid}/"
    assert [fault for path in (page, f"{page}compare/") for fault in faults_of(visitor, path)] == []
    assert visitor.complaints == []


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}])
def test_a_change_is_asked_for_and_made_and_the_version_published(
    visit: Any, options: dict[str, Any]
) -> None:
    operator, publisher = visit(**options), visit(**options)
    version = submitted(demo_publisher(operator.site))
    operator.sign_in("operator")
    operator.go("/operate/")
    operator.page.get_by_role("link", name=version.listing.name).click()
    operator.page.get_by_label("Comment", exact=True).fill("Say what it costs.")
    operator.page.get_by_label("Ask for a change").check()
    operator.page.get_by_role("button", name="Send").click()
    operator.page.get_by_role("button", name="Request changes").click()
    expect(operator.page.get_by_role("alert")).to_contain_text("Say why: the publisher reads it.")
    operator.page.get_by_label("Reason").fill("One thing is missing.")
    operator.page.get_by_role("button", name="Request changes").click()
    expect(operator.page.get_by_text("It waits for its publisher")).to_be_visible()

    publisher.sign_in("publisher")
    publisher.go(f"/publish/listings/{version.listing.sid}/versions/{version.sid}/")
    expect(publisher.page.get_by_text("1 requested change open")).to_be_visible()
    publisher.page.get_by_role("button", name="Mark as done").click()
    expect(publisher.page.get_by_text("1 requested change open")).to_be_hidden()

    version.refresh_from_db()
    ListingVersion.objects.filter(pk=version.pk).update(status="submitted")
    operator.page.reload()
    operator.page.get_by_role("button", name="Approve").click()
    expect(operator.page.get_by_text("Published. New installs get it.")).to_be_visible()
