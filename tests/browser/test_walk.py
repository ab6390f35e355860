"""The main job in a browser: sign in, install, correct an error, switch on, look up, read the result."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Visitor

pytestmark = pytest.mark.browser
SCREENSHOT = Path(__file__).resolve().parent.parent.parent / "docs" / "screenshot.png"
WITHOUT_SCRIPTS = {"java_script_enabled": False}
VARIANTS = [
    pytest.param({}, id="desktop"),
    pytest.param({"viewport": PHONE}, id="phone"),
    pytest.param(WITHOUT_SCRIPTS, id="without JavaScript"),
]


def install_anagram(visitor: Visitor) -> None:
    """From the catalogue to the installed add-on, with an error on the way."""
    page = visitor.page
    visitor.go("/console/catalogue/?q=anagram")
    page.get_by_role("link", name="Anagram").first.click()
    page.locator("main").get_by_role("link", name="Install", exact=True).first.click()
    page.get_by_role("textbox", name="Shortest word").fill("nine")
    page.get_by_role("button", name="Install Anagram").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("There are 2 problems")
    expect(page.get_by_role("textbox", name="Shortest word")).to_have_value("nine")
    expect(page.get_by_role("textbox", name="Shortest word")).to_have_attribute("aria-invalid", "true")
    assert page.title().startswith("Error: ")
    page.get_by_role("textbox", name="Shortest word").fill("4")
    page.get_by_role("combobox", name="Letters").select_option("upper")
    page.get_by_label("I accept").check()
    page.get_by_role("button", name="Install Anagram").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("northwind_anagram")


@pytest.mark.parametrize("options", VARIANTS)
def test_a_stranger_gets_from_sign_in_to_a_true_answer(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    page = visitor.page
    visitor.sign_in()
    install_anagram(visitor)

    switch = page.get_by_role("switch", name="Lookups")
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.click()
    expect(page.get_by_role("switch", name="Lookups")).to_have_attribute("aria-checked", "true")

    visitor.go("/console/lookups/")
    page.get_by_label("Phone number").fill("+18778894546")
    page.get_by_role("button", name="Run lookup").click()
    answer = page.get_by_role("article", name="Result of Anagram")
    expect(answer).to_contain_text("+18778TWILIO")
    expect(answer).to_contain_text("Billed")
    expect(page.get_by_role("article", name="Result of Number Facts")).to_contain_text("toll_free")
    if not options and os.environ.get("SCREENSHOT"):
        page.screenshot(path=SCREENSHOT)

    answer.get_by_role("link", name="Anagram").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Anagram")
    for step in ("Render", "Send", "Check", "Charge", "Clean"):
        expect(page.locator(".trace-name", has_text=step)).to_be_visible()
    assert not visitor.reaches_past_the_screen
    assert visitor.complaints == []


def test_a_wrong_password_is_told_and_nothing_is_lost(visit: Any, site: dict[str, Any]) -> None:
    visitor = visit()
    visitor.go("/console/")
    visitor.page.get_by_label("Email").fill(site["logins"]["developer"]["email"])
    visitor.page.locator("#id_password").fill("wrong")
    visitor.page.get_by_role("button", name="Sign in").click()
    expect(visitor.page.get_by_role("alert")).to_contain_text("not correct")
    expect(visitor.page.get_by_label("Email")).to_have_value(site["logins"]["developer"]["email"])


def test_the_whole_job_is_done_by_keyboard(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in()
    visitor.go("/console/lookups/")
    page = visitor.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_label("Phone number").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name="Result of Number Facts")).to_contain_text("San Francisco")


def test_a_tooltip_opens_on_focus_and_closes_with_escape(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in()
    visitor.go("/console/catalogue/?q=anagram")
    page = visitor.page
    page.get_by_role("link", name="Anagram").first.click()
    page.locator("main").get_by_role("link", name="Install", exact=True).first.click()
    tip = page.get_by_role("button", name="Help for Shortest word")
    bubble = page.locator("#id_configuration-shortest_word_tooltip .sf-tip-bubble")
    expect(bubble).not_to_be_visible()
    tip.focus()
    expect(bubble).to_be_visible()
    page.keyboard.press("Escape")
    expect(bubble).not_to_be_visible()


def test_an_uninstall_says_what_it_does_and_does_it(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in()
    page = visitor.page
    visitor.go("/console/installed/")
    page.get_by_role("link", name="northwind_number_facts").first.click()
    page.get_by_role("link", name="Uninstall").click()
    page.get_by_role("button", name="Uninstall").click()
    expect(page.get_by_role("status").filter(has_text="uninstalled")).to_be_visible()
    visitor.go("/console/lookups/")
    expect(page.get_by_role("heading", name="No add-on is switched on for lookups")).to_be_visible()
