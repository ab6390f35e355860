"""The try-it page in a browser: from an API key to an answer, without the net and under the strict policy."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Request, expect

from marketplace.models import InstalledAddOn
from publishers.models import Listing
from tests.browser.conftest import PHONE, Visitor
from tests.browser.test_pages import VIEWS

pytestmark = pytest.mark.browser
TRY = "/console/api/try/"
LIST, INSTALL = "v1_InstalledAddOns_list", "v1_InstalledAddOns_create"


def operation(page: Page, name: str) -> Locator:
    return page.locator(f".opblock[id$='{name}']").first


def open_operation(visitor: Visitor, name: str) -> Locator:
    visitor.go(TRY)
    found = operation(visitor.page, name)
    found.get_by_role("button").first.click()
    found.get_by_role("button", name="Execute").wait_for()
    return found


def authorize(page: Page, sid: str, secret: str) -> None:
    page.get_by_role("button", name="Authorize").first.click()
    page.locator("input[name=username]").fill(sid)
    page.locator("input[name=password]").fill(secret)
    page.get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").last.click()


def test_an_operation_is_executed_with_an_api_key(visit: Any, site: dict[str, Any]) -> None:
    visitor = visit()
    visitor.sign_in()
    asked: list[Request] = []
    visitor.page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - Playwright writes to what it is given
    listing = open_operation(visitor, LIST)
    authorize(visitor.page, **site["api_key"])
    listing.get_by_role("button", name="Execute").click()
    answer = listing.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").last).to_contain_text("200")
    expect(answer).to_contain_text("northwind_number_facts")
    assert {each.url.startswith(site["base_url"]) for each in asked} == {True}
    call = next(each for each in asked if "/v1/InstalledAddOns" in each.url)
    assert "cookie" not in call.all_headers()
    assert visitor.complaints == []


def test_an_add_on_is_installed_with_typed_parameters(visit: Any, site: dict[str, Any]) -> None:
    visitor = visit(viewport=PHONE)
    visitor.sign_in()
    listing = Listing.objects.get(unique_name="northwind_anagram")
    install = open_operation(visitor, INSTALL)
    authorize(visitor.page, **site["api_key"])
    install.locator("[data-property-name=AvailableAddOnSid] input").fill(listing.sid)
    install.locator("[data-property-name=Configuration] input[type=text]").fill('{"shortest_word": 4}')
    install.locator("[data-property-name=UniqueName] input[type=text]").fill("from_the_page")
    install.get_by_role("button", name="Execute").click()
    answer = install.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").last).to_contain_text("201")
    assert InstalledAddOn.objects.get(unique_name="from_the_page").configuration == {"shortest_word": 4}
    assert visitor.complaints == []


def test_without_credentials_the_answer_is_a_plain_401(visit: Any) -> None:
    """And no window of the browser's own that asks for a password."""
    visitor = visit()
    visitor.sign_in()
    listing = open_operation(visitor, LIST)
    listing.get_by_role("button", name="Execute").click()
    answer = listing.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").last).to_contain_text("401")
    expect(answer).to_contain_text("Authenticate")


@pytest.mark.parametrize("options", VIEWS)
def test_an_open_operation_has_no_fault(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    visitor.sign_in()
    open_operation(visitor, INSTALL)
    found = Axe().run(visitor.page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found] == []
    assert not visitor.reaches_past_the_screen
    assert visitor.complaints == []


def test_the_theme_can_be_changed_while_it_is_open(visit: Any) -> None:
    visitor = visit(color_scheme="light")
    visitor.sign_in()
    open_operation(visitor, LIST)
    page = visitor.page
    expect(page.locator("html")).not_to_have_class("dark-mode")
    page.locator("summary", has_text="Your login").click()
    page.get_by_label("Dark").check(force=True)
    expect(page.locator("html")).to_have_class("dark-mode")


def test_without_javascript_it_says_where_to_go(visit: Any) -> None:
    visitor = visit(java_script_enabled=False)
    visitor.sign_in()
    visitor.go(TRY)
    visitor.page.get_by_role("link", name="API page").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("API")
