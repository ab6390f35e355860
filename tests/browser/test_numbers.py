"""Numbers in a browser: add one, correct an error, assign an add-on from both sides, remove the number."""

from typing import Any

import pytest
from playwright.sync_api import expect

from config import demo
from marketplace.models import InstalledAddOn
from tests.browser.conftest import PHONE
from tests.browser.test_walk import WITHOUT_SCRIPTS

pytestmark = pytest.mark.browser
VARIANTS = [
    pytest.param({}, id="desktop"),
    pytest.param({"viewport": PHONE, "color_scheme": "dark"}, id="phone"),
    pytest.param(WITHOUT_SCRIPTS, id="without JavaScript"),
]


@pytest.mark.parametrize("options", VARIANTS)
def test_a_number_is_added_used_and_removed(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    page = visitor.page
    visitor.sign_in()

    visitor.go("/console/numbers/")
    page.get_by_role("textbox", name="Phone number").fill("20 7946 0018")
    page.get_by_role("button", name="Add number").click()
    expect(page.get_by_role("alert")).to_contain_text("Begin with + and the country code")
    expect(page.get_by_role("textbox", name="Phone number")).to_have_value("20 7946 0018")
    page.get_by_role("textbox", name="Phone number").fill("+44 20 7946 0018")
    page.get_by_role("button", name="Add number").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("+442079460018")

    page.get_by_role("textbox", name="Webhook for calls").fill("https://app.example.com/voice")
    page.get_by_role("combobox", name="Method: Webhook for calls").select_option("GET")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Webhook for calls")).to_have_value(
        "https://app.example.com/voice"
    )

    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="It runs for 1 number only.")).to_be_visible()
    page.get_by_role("link", name=demo.READY_TO_RUN).first.click()
    card = page.get_by_role("region", name="Numbers")
    card.get_by_role("combobox", name="Assign to").select_option(label="+14155552671 Support line")
    card.get_by_role("button", name="Assign", exact=True).click()
    expect(card).to_contain_text("It runs for 2 numbers only.")
    card.get_by_role("button", name="Unassign +14155552671").click()
    expect(card).to_contain_text("It runs for 1 number only.")

    card.get_by_role("link", name="+442079460018").click()
    page.get_by_role("link", name="Remove…").click()
    expect(page.locator(".effects")).to_contain_text(
        "It has no other number and will then run for all your numbers"
    )
    page.get_by_role("button", name="Remove number").click()
    expect(page.get_by_role("status").filter(has_text="+442079460018 is removed.")).to_be_visible()
    assert not InstalledAddOn.objects.get(unique_name=demo.READY_TO_RUN).assignments.exists()
    assert not visitor.reaches_past_the_screen
    assert visitor.complaints == []
