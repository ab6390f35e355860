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
FIRST = "Query parameters, Parameter 1"
ADD = "Add new item: Query parameters"


@pytest.mark.parametrize("options", VIEWS)
def test_the_editor_is_done_by_keyboard_alone(visit: Any, options: dict[str, Any]) -> None:
    # The focus is where it will be at once, not on its way there.
    visitor = visit(**options, reduced_motion="reduce")
    visitor.sign_in("publisher")
    visitor.go("/publish/")
    keys = Keyboard(visitor.page)
    start(keys)
    listing = Listing.objects.latest("date_created")
    name_it_and_choose_its_type(keys)
    add_a_parameter(keys)
    write_the_request_as_json(keys)
    listing.refresh_from_db()
    definition = listing.versions.get().definition
    assert listing.name == "By keyboard"
    assert (definition["type"], definition["extensions"]) == ("message-analysis", ["sms-incoming"])
    assert definition["request"].items() >= REQUEST.items()
    write_notes(keys)
    assert listing.versions.get().notes == "Made without a mouse."
    assert visitor.complaints == []


def start(keys: Keyboard) -> None:
    keys.activate("a", "New listing")
    keys.page.wait_for_url("**/listings/new/")
    keys.to("text", "Name")
    keys.type("By hand")
    keys.activate("button", "Start")
    keys.page.wait_for_url("**/edit/basics/")


def name_it_and_choose_its_type(keys: Keyboard) -> None:
    keys.to("radio", "Phone numbers")
    assert keys.press("ArrowDown")["name"].startswith("Messages")
    for point in ("Lookups", "Incoming SMS"):
        keys.to("checkbox", point)
        keys.press("Space")
    keys.to("text", "Name")
    keys.type("By keyboard")
    expect_saved(keys)
    keys.activate("button", "Save and continue")
    keys.page.wait_for_url("**/edit/request/")


def add_a_parameter(keys: Keyboard) -> None:
    """In the builder; first one that is removed again."""
    keys.to("text", "Request URL")
    keys.type("https://service.example.com/facts")
    keys.activate("button", ADD)
    keys.wait_for("text", f"{FIRST} Name")
    keys.activate("button", "Remove: Parameter", key="Shift+Tab")
    keys.wait_for("button", ADD)
    keys.press("Space")
    keys.wait_for("text", f"{FIRST} Name")
    keys.type("number")
    keys.to("text", f"{FIRST} Value")
    keys.type("{{primary_address}}")
    keys.to("checkbox", f"{FIRST} Required")
    keys.press("Space")
    expect_saved(keys)


def write_the_request_as_json(keys: Keyboard) -> None:
    """What was built is there, and what is written is in the builder afterwards."""
    keys.to("radio", "Builder", key="Shift+Tab")
    assert keys.press("ArrowRight")["name"] == "JSON"
    keys.to("textarea", "Request as JSON")
    expect(keys.page.locator("#id_request-json")).to_have_value(re.compile('"required": true'))
    keys.type(json.dumps(REQUEST))
    expect_saved(keys)
    keys.to("radio", "JSON", key="Shift+Tab")
    assert keys.press("ArrowLeft")["name"] == "Builder"
    keys.to("text", "Query parameters, Parameter 2 Name")
    keys.activate("button", "Save and continue")
    keys.page.wait_for_url("**/edit/credentials/")


def write_notes(keys: Keyboard) -> None:
    """In the last section, and from there to the first."""
    keys.activate("a", "Submit")
    keys.page.wait_for_url("**/edit/submit/")
    keys.to("textarea", "What is new")
    keys.type("Made without a mouse.")
    keys.activate("button", "Save without submitting")
    expect(keys.page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    keys.activate("a", "Basics", key="Shift+Tab")
    keys.page.wait_for_url("**/edit/basics/")


def expect_saved(keys: Keyboard) -> None:
    expect(keys.page.locator("#save-state")).to_have_text(SAVED)
