"""A publisher's pages in a browser: the calls to its add-ons, in both themes and sizes."""

from typing import Any

import pytest
from playwright.sync_api import expect

from invocations.breaker import breakers
from marketplace.models import InstalledAddOn
from publishers.contract.errors import VendorFailed
from results.models import Invocation
from tests.browser.test_pages import VIEWS, faults_of
from tests.factories import make_invocation

pytestmark = pytest.mark.browser
TRIES = [
    "The service answered 503.",
    "Signed and sent to https://x.example/?number=%2B1415: HTTP 503 after 41 ms. The service answered 503.",
    "Signed and sent to https://x.example/?number=%2B1415: no answer after 12 ms. The body broke off.",
]


def calls_of_a_day() -> Invocation:
    """Sixty calls, some of them failed, and a service that is not asked any more. Returns a failed one."""
    installed = InstalledAddOn.objects.select_related("version").first()
    assert installed is not None
    for index in range(60):
        make_invocation(installed, duration_ms=20 + index, answer_bytes=900 + index)
    for _ in range(5):
        with pytest.raises(VendorFailed), breakers.asking(installed.version.sid):
            raise VendorFailed("The service answered 503.")
    trace = [{"name": "Send", "ok": False, "lines": TRIES, "started_ms": 0, "duration_ms": 160}]
    failed = {"status": "failed", "code": 61002, "message": "", "http_status": None, "answer": b""}
    make_invocation(installed, **{**failed, "code": 61004, "http_status": 200})
    return make_invocation(installed, attempts=2, trace=trace, duration_ms=160, answer_bytes=0, **failed)


@pytest.fixture
def quiet_breakers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breakers, "_known", {})


@pytest.mark.parametrize("options", VIEWS)
@pytest.mark.usefixtures("quiet_breakers")
def test_no_page_of_a_publisher_has_a_fault(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    call = calls_of_a_day()
    visitor.sign_in("publisher")
    paths = (
        "/publish/calls/",
        "/publish/calls/?outcome=61008",
        f"/publish/calls/?of={call.version.listing.sid}&outcome=failed",
        f"/publish/calls/{call.sid}/",
        "/publish/nothing-here/",
    )
    assert [fault for path in paths for fault in faults_of(visitor, path)] == []
    assert [complaint for complaint in visitor.complaints if "nothing-here" not in complaint] == []


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}])
@pytest.mark.usefixtures("quiet_breakers")
def test_a_publisher_finds_a_failed_call(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    call = calls_of_a_day()
    visitor.sign_in("publisher")
    page = visitor.page
    page.get_by_role("navigation", name="Workspaces").get_by_role("link", name="Publish").click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Calls").click()
    page.get_by_label("Outcome").select_option(label="Only failures")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name=f"call {call.sid}").click()
    expect(page.get_by_role("table", name="Tries")).to_contain_text("HTTP 503")
    expect(page.get_by_role("main")).not_to_contain_text("x.example")
    page.get_by_role("navigation", name="Workspaces").get_by_role("link", name="Use").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
