"""The keys of the operators' queue of reviews, and how they are switched off (WCAG 2.1.4)."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from publishers.models import ListingVersion
from tests.browser.conftest import PHONE
from tests.browser.test_pages import faults_of
from tests.browser.test_reviews import demo_publisher
from tests.publishers.reviewing import submitted

pytestmark = pytest.mark.browser
QUEUE = "/operate/queue/"
FOCUSED = "document.activeElement.textContent.trim()"


def waiting(site: dict[str, Any]) -> list[ListingVersion]:
    """Versions that nobody is assigned to, as they stand in the queue."""
    ListingVersion.objects.filter(status__in=["submitted", "approved"]).update(status="withdrawn")
    return [submitted(demo_publisher(site)) for _ in range(3)]


def pressed(page: Page, *keys: str) -> str:
    """What has the focus then."""
    for key in keys:
        page.keyboard.press(key)
    return str(page.evaluate(FOCUSED))


def test_keys_move_assign_and_open(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in("operator")
    versions = waiting(visitor.site)
    names = [each.listing.name for each in versions]
    visitor.go(QUEUE)
    page = visitor.page
    assert [pressed(page, key) for key in "jjjjkk"] == [names[each] for each in (0, 1, 2, 2, 1, 0)]
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert pressed(page, "j") == names[1]
    page.keyboard.press("a")
    page.wait_for_url(f"**/operate/review/{versions[1].sid}/")
    email = visitor.site["logins"]["operator"]["email"]
    assert ListingVersion.objects.get(assigned_to__email=email) == versions[1]
    visitor.go(QUEUE)
    expect(page.get_by_role("row").filter(has_text=names[1])).to_contain_text(email)
    assert pressed(page, "k", "j", "j") == names[2]
    page.keyboard.press("o")
    page.wait_for_url(f"**/operate/review/{versions[2].sid}/")
    assert visitor.complaints == []


def test_keys_are_left_to_the_browser_and_to_boxes(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in("operator")
    waiting(visitor.site)
    visitor.go(QUEUE)
    page = visitor.page
    before = pressed(page)
    assert pressed(page, "Control+j", "Alt+k", "x", "o", "a") == before
    assert page.url.endswith(QUEUE)
    page.evaluate("document.querySelector('main').append(document.createElement('textarea'))")
    page.locator("main > textarea").focus()
    pressed(page, "j", "k", "o", "a")
    expect(page.locator("main > textarea")).to_have_value("jkoa")


def test_keys_are_switched_off_for_good(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in("operator")
    names = [each.listing.name for each in waiting(visitor.site)]
    visitor.go(QUEUE)
    page, box = visitor.page, visitor.page.get_by_role("checkbox", name="Single keys")
    expect(box).to_be_checked()
    box.focus()
    page.keyboard.press("Space")
    for _ in range(2):
        expect(box).not_to_be_checked()
        assert pressed(page, "j") not in names
        page.reload()
    box.focus()
    page.keyboard.press("Space")
    page.reload()
    expect(box).to_be_checked()
    assert pressed(page, "j") == names[0]


@pytest.mark.parametrize("options", [{}, {"viewport": PHONE, "color_scheme": "dark"}])
def test_the_queue_with_its_keys_has_no_fault(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    visitor.sign_in("operator")
    waiting(visitor.site)
    assert faults_of(visitor, QUEUE) == []


def test_without_scripts_nothing_is_said_of_keys(visit: Any) -> None:
    visitor = visit(java_script_enabled=False)
    visitor.sign_in("operator")
    waiting(visitor.site)
    visitor.go(QUEUE)
    expect(visitor.page.get_by_role("button", name="Assign to me").first).to_be_visible()
    expect(visitor.page.get_by_text("Single keys")).to_be_hidden()
