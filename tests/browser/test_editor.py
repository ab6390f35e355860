"""The listing editor in a browser: every section in both themes and sizes, by hand and by keyboard."""

from typing import Any

import pytest
from playwright.sync_api import expect

from publishers.models import Listing, ListingVersion
from publishers.sections import SECTIONS
from tests.browser.conftest import Visitor
from tests.browser.test_pages import VIEWS, faults_of

pytestmark = pytest.mark.browser


def new_listing(visitor: Visitor, name: str = "Number facts 2") -> Listing:
    """Start a blank listing in the browser."""
    visitor.go("/publish/listings/new/")
    visitor.page.get_by_label("Name").fill(name)
    visitor.page.get_by_role("button", name="Start").click()
    visitor.page.wait_for_url("**/edit/basics/")
    return Listing.objects.latest("date_created")


@pytest.mark.parametrize("options", VIEWS)
def test_no_page_of_the_editor_has_a_fault(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    visitor.sign_in("publisher")
    mine = Listing.objects.filter(publisher__account__in=visitor_accounts()).first()
    assert mine is not None
    draft = new_listing(visitor)
    paths = ["/publish/listings/new/"]
    for listing in (mine, draft):
        version = listing.versions.first()
        assert version is not None
        paths += [f"/publish/listings/{listing.sid}/", f"/publish/listings/{listing.sid}/versions/{version.sid}/"]
        paths += [f"/publish/listings/{listing.sid}/edit/{slug}/" for slug in SECTIONS]
    faults = []
    import re, os
    for path in paths:
        faults += faults_of(visitor, path)
        name = re.sub(r"[^a-z]+", "_", path.replace(mine.sid, "mine").replace(draft.sid, "draft").lower())[-40:]
        os.makedirs("/tmp/shots_h1", exist_ok=True)
        visitor.page.screenshot(path=f"/tmp/shots_h1/{options['viewport']['width']}_{options['color_scheme']}{name}.png", full_page=True)
    print("\n".join(faults))
    print("\n".join(visitor.complaints))
    assert faults == []
    assert visitor.complaints == []


def visitor_accounts() -> Any:
    from accounts.models import Account

    return Account.objects.filter(publisher__isnull=False)
