"""Every page: no accessibility fault, nothing past the screen, no complaint, in both themes and sizes."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from accounts.models import Account
from config import demo
from marketplace.models import IncomingPhoneNumber, InstalledAddOn
from publishers.models import Listing
from results.models import Event, Invocation
from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.deliveries.rows import make_delivery
from tests.factories import make_event, make_payload, make_recording, make_result

pytestmark = pytest.mark.browser

VIEWS = [
    pytest.param({"viewport": size, "color_scheme": scheme}, id=f"{scheme} {size['width']}")
    for size in (DESKTOP, PHONE)
    for scheme in ("light", "dark")
]


def faults_of(visitor: Visitor, path: str) -> list[str]:
    """What axe finds on a page, and what else is wrong with it."""
    visitor.go(path)
    found = Axe().run(visitor.page, options={"resultTypes": ["violations"]}).response["violations"]
    faults = [f"{path}: {each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]
    if visitor.reaches_past_the_screen:
        faults.append(f"{path}: reaches past the screen")
    return faults


def look_up(visitor: Visitor) -> None:
    visitor.go("/console/lookups/")
    visitor.page.get_by_role("button", name="Run lookup").click()
    visitor.page.get_by_role("article").first.wait_for()


def event_to_show(number: IncomingPhoneNumber) -> Event:
    return make_event(number.account, number_sid=number.sid)


def recording_pages(account: Account) -> list[str]:
    """Recordings in each state, with results that are done, under way and failed."""
    recording = make_recording(account)
    done = make_result(recording, status="completed")
    make_payload(done, label="analysis")
    make_payload(done, b"I want a refund.", label="transcript", content_type="text/plain")
    make_payload(done, b"RIFF", label="audio", content_type="audio/x-wav")
    failed = make_result(recording, status="failed", code=61001, message="Request timed out")
    absent = make_recording(account, status="absent", reason="The platform answered 404.")
    return [
        "/console/recordings/",
        "/console/recordings/?status=processing",
        "/console/recordings/new/",
        f"/console/recordings/{recording.sid}/",
        f"/console/recordings/{recording.sid}/delete/",
        f"/console/recordings/{absent.sid}/",
        *[
            f"/console/recordings/results/{each.sid}/{page}"
            for each in (done, failed, make_result(recording))
            for page in ("", "delete/")
        ],
        "/console/deliveries/",
        "/console/deliveries/?status=given-up",
        f"/console/deliveries/{make_delivery(account).sid}/",
    ]


def paths() -> list[str]:
    """Every console page, with a row to show."""
    listing = Listing.objects.get(unique_name="northwind_anagram")
    installed = InstalledAddOn.objects.get(unique_name=demo.READY_TO_RUN)
    number = IncomingPhoneNumber.objects.latest("sid")
    result = Invocation.objects.latest("sid")
    return [
        "/console/",
        "/console/catalogue/",
        "/console/catalogue/?q=nothing+like+it",
        f"/console/catalogue/{listing.sid}/",
        f"/console/catalogue/{listing.sid}/install/",
        "/console/installed/",
        f"/console/installed/{installed.sid}/",
        f"/console/installed/{installed.sid}/uninstall/",
        "/console/numbers/",
        f"/console/numbers/{number.sid}/",
        f"/console/numbers/{number.sid}/remove/",
        f"/console/numbers/{number.sid}/simulate/",
        "/console/simulator/",
        "/console/simulator/?kind=fax",
        "/console/simulator/task/",
        "/console/api/tasks/",
        "/console/lookups/",
        "/console/results/",
        "/console/results/?status=failed",
        f"/console/results/{result.sid}/",
        "/console/events/",
        "/console/events/?level=warning",
        f"/console/events/{event_to_show(number).sid}/",
        "/console/api/",
        "/console/api/try/",
        "/console/api-keys/",
        "/console/api-keys/auth-tokens/",
        "/console/help/",
        *recording_pages(number.account),
        "/console/nothing-here/",
        "/accounts/password/change/",
        "/accounts/email/",
    ]


@pytest.mark.parametrize("options", VIEWS)
def test_no_page_has_a_fault(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    faults = [
        fault
        for path in ("/accounts/login/", "/accounts/password/reset/")
        for fault in faults_of(visitor, path)
    ]
    visitor.sign_in()
    look_up(visitor)
    for path in paths():
        faults += faults_of(visitor, path)
    assert faults == []
    assert [complaint for complaint in visitor.complaints if "/console/nothing-here/" not in complaint] == []


def test_a_form_with_errors_has_no_fault(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in()
    listing = Listing.objects.get(unique_name="northwind_anagram")
    visitor.go(f"/console/catalogue/{listing.sid}/install/")
    visitor.page.get_by_role("button", name="Install Anagram").click()
    visitor.page.get_by_role("alert").wait_for()
    found = Axe().run(visitor.page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [each["id"] for each in found] == []


def test_the_admin_edits_a_definition_without_breaking_the_policy(visit: Any) -> None:
    visitor = visit()
    visitor.sign_in("operator")
    visitor.go("/admin/publishers/listingversion/add/")
    visitor.page.locator(".rjf-form-wrapper").first.wait_for()
    assert visitor.complaints == []
