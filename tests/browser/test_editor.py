"""The listing editor in a browser: every section in both themes and sizes, by itself, and by keyboard."""

import re
from typing import Any

import pytest
from playwright.sync_api import Dialog, expect

from publishers.editor import saving
from publishers.models import Listing
from publishers.sections import SECTIONS
from tests.browser.conftest import Visitor
from tests.browser.test_pages import VIEWS, faults_of
from tests.factories import NOBODY, make_definition

pytestmark = pytest.mark.browser
NOT_DRAWN = '{"method": "GET", "url": "https://x.example/", "query": [{"name": "n", "value": 5}]}'


def new_listing(visitor: Visitor) -> Listing:
    """Start a blank listing in the browser."""
    visitor.go("/publish/listings/new/")
    visitor.page.get_by_label("Name").fill("Second thoughts")
    visitor.page.get_by_role("button", name="Start", exact=True).click()
    visitor.page.wait_for_url("**/edit/basics/")
    return Listing.objects.latest("date_created")


def open_section(visitor: Visitor, listing: Listing, section: str) -> None:
    visitor.go(f"/publish/listings/{listing.sid}/edit/{section}/")


@pytest.mark.parametrize("options", VIEWS)
def test_no_page_of_the_editor_has_a_fault(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    visitor.sign_in("publisher")
    published = Listing.objects.get(unique_name="northwind_number_facts")
    draft = new_listing(visitor)
    version = draft.versions.get()
    wrong = {"request": {"method": "PATCH", "query": [{}]}, "auth": {"kind": "basic"}, "remove": ["x"]}
    saving.save(listing=draft, version=version, edit=saving.Edit(parts=wrong), actor=NOBODY)
    paths = ["/publish/listings/new/"]
    for listing in (published, draft):
        home = f"/publish/listings/{listing.sid}/"
        paths += [home, *(f"{home}versions/{each.sid}/" for each in listing.versions.all()[:1])]
        paths += [f"{home}edit/{slug}/" for slug in SECTIONS]
    faults = [fault for path in paths for fault in faults_of(visitor, path)]
    assert "\n".join(faults) == ""
    assert visitor.complaints == []


def test_a_draft_saves_itself_and_the_rail_follows(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in("publisher")
    listing = new_listing(visitor)
    open_section(visitor, listing, "request")
    page = visitor.page
    rail = page.get_by_role("navigation", name="Sections")
    expect(rail).to_contain_text("6 of 9 ready")
    page.get_by_role("textbox", name="Request URL").fill("https://service.example.com/{{primary_adress}}")
    expect(page.locator("#save-state")).to_have_text(re.compile(r"Saved \d\d:\d\d:\d\d"))
    expect(page.locator("[data-faults=request]")).to_contain_text("Did you mean primary_address?")
    page.get_by_role("textbox", name="Request URL").fill("https://service.example.com/{{primary_address}}")
    expect(rail).to_contain_text("7 of 9 ready")
    assert listing.versions.get().definition["request"]["url"].endswith("{{primary_address}}")
    page.reload()
    expect(page.get_by_role("textbox", name="Request URL")).to_have_value(re.compile("primary_address"))


def test_what_is_removed_in_a_builder_is_saved_as_well(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in("publisher")
    listing = new_listing(visitor)
    request = make_definition()["request"]
    saving.save(
        listing=listing,
        version=listing.versions.get(),
        edit=saving.Edit(parts={"request": request}),
        actor=NOBODY,
    )
    open_section(visitor, listing, "request")
    visitor.page.get_by_role("button", name="Remove: Parameter").click()
    expect(visitor.page.locator("#save-state")).to_have_text(re.compile(r"Saved \d\d:\d\d:\d\d"))
    assert "query" not in listing.versions.get().definition["request"]


@pytest.mark.parametrize(("width", "is_beside"), [(1400, True), (1399, False)])
def test_the_preview_stands_beside_the_form_on_a_wide_screen(
    visit: Any, width: int, *, is_beside: bool
) -> None:
    visitor = visit(viewport={"width": width, "height": 900})
    visitor.sign_in("publisher")
    open_section(visitor, new_listing(visitor), "request")
    preview = visitor.page.locator(".editor-aside").bounding_box()
    form = visitor.page.locator(".editor-middle").bounding_box()
    assert preview
    assert form
    assert (preview["x"] >= form["x"] + form["width"]) == is_beside
    assert form["width"] > 500
    assert not visitor.reaches_past_the_screen


def test_both_tabs_of_a_nested_part_show_the_same(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in("publisher")
    listing = new_listing(visitor)
    open_section(visitor, listing, "configuration")
    page = visitor.page
    page.get_by_role("button", name="Add").first.click()
    page.get_by_role("textbox", name="Key").fill("language")
    page.get_by_role("radio", name="JSON").check()
    area = page.get_by_label("Configuration schema as JSON")
    expect(area).to_have_value(re.compile(r'"language": \{\s+"type": "string"'))
    area.fill('{"type": "object", "properties": {"level": {"type": "integer", "minimum": 0}}}')
    page.get_by_role("radio", name="Builder").check()
    expect(page.get_by_role("textbox", name="Key")).to_have_value("level")
    expect(page.locator("#save-state")).to_have_text(re.compile("Saved"))
    assert listing.versions.get().definition["configuration_schema"]["properties"]["level"]["minimum"] == 0


def test_what_a_builder_cannot_draw_stays_json(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in("publisher")
    listing = new_listing(visitor)
    open_section(visitor, listing, "request")
    page, part = visitor.page, visitor.page.locator("[data-nested=request]")
    part.get_by_role("radio", name="JSON").check()
    page.locator("#id_request-json").fill(NOT_DRAWN)
    part.get_by_role("radio", name="Builder").click()
    expect(part.locator("[data-note]")).to_contain_text("The builder cannot draw everything")
    expect(page.locator("#id_request-json")).to_have_value(re.compile('"value": 5'))
    page.locator("#id_request-json").fill('{"method": ')
    expect(part).to_contain_text("Not saved. This is no JSON")


# Types as soon as the other tab is filled, before the builder has drawn.
TYPED_MEANWHILE = """() => {
    const area = document.getElementById("id_request-json");
    const ask = window.fetch;
    window.fetch = async (...asked) => {
        window.fetch = ask;
        const answer = await ask(...asked);
        const told = await answer.json();
        answer.json = async () => {
            setTimeout(() => {
                area.value = '{"method": ';
                area.dispatchEvent(new Event("input", { bubbles: true }));
            });
            return told;
        };
        return answer;
    };
}"""


def test_what_is_typed_while_the_tab_changes_counts_as_unsaved(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in("publisher")
    listing = new_listing(visitor)
    open_section(visitor, listing, "request")
    part = visitor.page.locator("[data-nested=request]")
    visitor.page.evaluate(TYPED_MEANWHILE)
    part.get_by_role("radio", name="JSON").check()
    expect(part).to_contain_text("Not saved. This is no JSON")


def test_leaving_with_something_unsaved_asks(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in("publisher")
    listing = Listing.objects.get(
        unique_name="northwind_number_facts"
    )  # published: it saves nothing by itself
    open_section(visitor, listing, "policies")
    page = visitor.page
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.wait_for_timeout(200)
    page.get_by_label("Billing: phone").press_sequentially("1")
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    page.get_by_role("link", name="Pricing").click()
    page.wait_for_url("**/edit/pricing/")
    assert asked == ["beforeunload"]
    page.get_by_role("link", name="Validation").click()
    page.wait_for_url("**/edit/validation/")
    assert asked == ["beforeunload"]


def test_a_second_tab_is_told_and_overwrites_nothing(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in("publisher")
    listing = new_listing(visitor)
    open_section(visitor, listing, "pricing")
    visitor.page.wait_for_timeout(200)
    saving.save(
        listing=listing, version=listing.versions.get(), edit=saving.Edit(category="Elsewhere"), actor=NOBODY
    )
    visitor.page.get_by_label("About the price").fill("Mine")
    expect(visitor.page.locator("#save-state")).to_contain_text("changed elsewhere")
    listing.refresh_from_db()
    assert (listing.pricing, listing.category) == ({}, "Elsewhere")


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}])
def test_a_listing_is_written_by_keyboard_with_and_without_scripts(
    visit: Any, options: dict[str, Any]
) -> None:
    visitor = visit(**options)
    visitor.sign_in("publisher")
    listing = new_listing(visitor)
    page = visitor.page
    page.get_by_label("Short description").focus()
    page.keyboard.type("Facts about a number.")
    page.get_by_role("button", name="Save and continue").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit/request/")
    if not options:
        page.locator("[data-nested=request] [data-tab][value=builder]").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#id_request-json")).to_be_visible()
    page.locator("#id_request-json").focus()
    page.keyboard.insert_text(str(make_definition()["request"]).replace("'", '"').replace("True", "true"))
    page.get_by_role("button", name="Save", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Sections")).to_contain_text("8 of 9 ready")
    assert listing.versions.get().definition["request"] == make_definition()["request"]
