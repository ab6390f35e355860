"""The assistants beside the editor in a browser: previews in their frames, an answer pasted, a file read."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from publishers.models import Listing
from tests.browser.test_pages import VIEWS, faults_of

pytestmark = pytest.mark.browser
ANSWER = json.dumps({"args": {"e164": "+14155552671", "apikey": "k1"}, "score": 0.5, "error": None})
OPENAPI = """
openapi: 3.0.3
info: {title: Number Scout}
servers: [{url: https://scout.example/v2}]
paths:
  /numbers:
    get:
      summary: Look a number up
      parameters: [{name: phone, in: query, required: true, schema: {type: string}}]
"""


def draft_of_the_demo() -> Listing:
    """A listing of the demo's publisher, with a draft that is nearly finished."""
    published = Listing.objects.filter(unique_name="northwind_text_mood").get()
    definition = {**published.versions.latest("number").definition, "auth": {"kind": "bearer"}}
    listing = Listing.objects.create(
        publisher=published.publisher,
        unique_name="northwind_draft",
        category="Messages",
        **{name: getattr(published, name) for name in ("module_info", "description", "policies", "support")},
    )
    listing.versions.create(number=1, definition=definition)
    return listing


@pytest.mark.parametrize("options", VIEWS)
def test_no_page_of_the_assistants_has_a_fault(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    listing = draft_of_the_demo()
    visitor.sign_in("publisher")
    parts = [
        f"/publish/listings/{listing.sid}/preview/{part}/" for part in ("card", "page", "form", "request")
    ]
    paths = [
        *parts,
        *(f"{path}?stage=1" for path in parts),
        f"{parts[0]}?panel=1",
        f"/publish/listings/{listing.sid}/infer/",
        "/publish/listings/new/",
        "/publish/listings/new/openapi/",
        "/publish/listings/new/file/",
    ]
    assert [fault for path in paths for fault in faults_of(visitor, path)] == []
    assert visitor.complaints == []


def test_the_frame_is_as_wide_and_dark_as_chosen(visit: Any) -> None:
    visitor = visit()
    listing = draft_of_the_demo()
    visitor.sign_in("publisher")
    visitor.go(f"/publish/listings/{listing.sid}/preview/page/")
    page = visitor.page
    page.get_by_role("link", name="Phone").click()
    page.get_by_role("link", name="Dark").click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1, name="Text Mood")).to_be_visible()
    assert frame.locator("html").get_attribute("data-bs-theme") == "dark"
    assert page.locator("iframe").bounding_box()["width"] == 390
    assert frame.locator("html").evaluate("html => html.scrollWidth <= html.clientWidth")
    assert visitor.complaints == []


def test_the_settings_form_is_tried_inside_its_frame(visit: Any) -> None:
    visitor = visit()
    listing = draft_of_the_demo()
    visitor.sign_in("publisher")
    visitor.go(f"/publish/listings/{listing.sid}/preview/form/")
    frame = visitor.page.frame_locator("iframe")
    frame.get_by_role("button", name="Try these values").click()
    expect(frame.get_by_text("These settings would be accepted.")).to_be_visible()
    assert visitor.complaints == []


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}])
def test_an_answer_is_pasted_ticked_and_used(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    listing = draft_of_the_demo()
    visitor.sign_in("publisher")
    visitor.go(f"/publish/listings/{listing.sid}/infer/")
    page = visitor.page
    page.get_by_label("The answer, as JSON").fill(ANSWER)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_label("Remove $.args.apikey", exact=True).check()
    if options:
        page.get_by_role("button", name="Show what becomes of it").click()
    expect(page.get_by_role("region", name="The envelope a developer gets")).not_to_contain_text("apikey")
    expect(page.get_by_label("Remove $.args.apikey", exact=True)).to_be_checked()
    page.get_by_role("button", name="Use these").click()
    page.wait_for_url(f"**/listings/{listing.sid}/edit/response/")
    assert listing.versions.get().definition["remove"] == ["$.args.apikey"]
    assert visitor.complaints == []


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}])
def test_an_openapi_file_becomes_a_draft(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    visitor.sign_in("publisher")
    visitor.go("/publish/listings/new/openapi/")
    page = visitor.page
    page.get_by_label("Paste it here").fill(OPENAPI)
    page.get_by_role("button", name="Read it").click()
    page.get_by_role("button", name="Make the draft").click()
    page.wait_for_url("**/edit/request/")
    expect(page.get_by_text("A draft was made of GET /numbers")).to_be_visible()
    made = Listing.objects.get(module_info__name="Number Scout").versions.get()
    assert made.definition["request"]["query"][0]["value"] == "{{primary_address}}"
    assert visitor.complaints == []


def test_a_chip_is_put_where_one_types_and_the_preview_follows(visit: Any) -> None:
    visitor = visit()
    listing = draft_of_the_demo()
    visitor.sign_in("publisher")
    visitor.go(f"/publish/listings/{listing.sid}/edit/request/")
    page = visitor.page
    chip = page.get_by_role("button", name="{{body}}")
    expect(chip).to_be_visible()
    box = page.locator("input[type=text]:visible, textarea:visible").first
    box.click()
    box.press("End")
    chip.click()
    expect(box).to_have_value(re.compile(r"{{body}}$"))
    expect(box).to_be_focused()
