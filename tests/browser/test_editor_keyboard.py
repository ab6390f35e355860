"""A listing from the first key to the last section by keyboard alone; every stop of the focus can be seen."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from publishers.models import Listing
from tests.browser.keyboard import Keyboard
from tests.browser.test_pages import VIEWS

pytestmark = pytest.mark.browser
REQUEST: dict[str, Any] = {
    "method": "GET",
    "url": "https://service.example.com/facts",
    "query": [
        {"name": "number", "value": "{{primary_address}}", "required": True},
        {"name": "text", "value": "{{body}}"},
    ],
}
SAVED = re.compile(r"Saved \d\d:\d\d:\d\d")


@pytest.mark.parametrize("options", VIEWS)
def test_the_editor_is_done_by_keyboard_alone(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options, reduced_motion="reduce")
    visitor.sign_in("publisher")
    visitor.go("/publish/")
    page, keys = visitor.page, Keyboard(visitor.page)
    keys.activate("a", "New listing")
    page.wait_for_url("**/listings/new/")
    keys.to("text", "Name")
    keys.type("By hand")
    keys.activate("button", "Start")
    page.wait_for_url("**/edit/basics/")
    listing = Listing.objects.latest("date_created")

    # The name and the type save themselves.
    keys.to("radio", "Phone numbers")
    assert keys.press("ArrowDown")["name"].startswith("Messages")
    keys.to("checkbox", "Lookups")
    keys.press("Space")
    keys.to("checkbox", "Incoming SMS")
    keys.press("Space")
    keys.to("text", "Name")
    keys.type("By keyboard")
    expect(page.locator("#save-state")).to_have_text(SAVED)
    keys.activate("button", "Save and continue")
    page.wait_for_url("**/edit/request/")

    # A query parameter in the builder, seen again in the JSON tab, and back.
    keys.to("text", "Request URL")
    keys.type("https://service.example.com/facts")
    keys.activate("button", "Add new item: Query parameters")
    keys.wait_for("text", "Query parameters, Parameter 1 Name")
    keys.activate("button", "Remove: Parameter", key="Shift+Tab")
    keys.wait_for("button", "Add new item: Query parameters")
    keys.press("Space")
    keys.wait_for("text", "Query parameters, Parameter 1 Name")
    keys.type("number")
    keys.to("text", "Query parameters, Parameter 1 Value")
    keys.type("{{primary_address}}")
    keys.to("checkbox", "Query parameters, Parameter 1 Required")
    keys.press("Space")
    expect(page.locator("#save-state")).to_have_text(SAVED)
    keys.to("radio", "Builder", key="Shift+Tab")
    assert keys.press("ArrowRight")["name"] == "JSON"
    keys.to("textarea", "Request as JSON")
    expect(page.locator("#id_request-json")).to_have_value(re.compile('"required": true'))
    keys.type(json.dumps(REQUEST))
    expect(page.locator("#save-state")).to_have_text(SAVED)
    keys.to("radio", "JSON", key="Shift+Tab")
    assert keys.press("ArrowLeft")["name"] == "Builder"
    keys.to("text", "Query parameters, Parameter 2 Name")
    keys.activate("button", "Save and continue")
    page.wait_for_url("**/edit/credentials/")
    listing.refresh_from_db()
    definition = listing.versions.get().definition
    assert (listing.name, definition["type"], definition["extensions"]) == (
        "By keyboard",
        "message-analysis",
        ["sms-incoming"],
    )
    assert definition["request"].items() >= REQUEST.items()

    # The last section: notes for those who upgrade.
    keys.activate("a", "Submit")
    page.wait_for_url("**/edit/submit/")
    keys.to("textarea", "What is new")
    keys.type("Made without a mouse.")
    keys.activate("button", "Save without submitting")
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    assert listing.versions.get().notes == "Made without a mouse."
    keys.activate("a", "Basics", key="Shift+Tab")
    page.wait_for_url("**/edit/basics/")
    assert visitor.complaints == []
