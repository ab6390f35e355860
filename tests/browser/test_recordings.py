"""A recording in a browser: uploaded, transcribed by a real service while the page is open, deleted."""

import time
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from invocations.tasks import dispatch_result
from results.models import AddOnResult
from tests.browser.conftest import PHONE
from tests.browser.test_walk import WITHOUT_SCRIPTS
from tests.live import ROOT

pytestmark = pytest.mark.browser
VARIANTS = [
    pytest.param({}, id="desktop"),
    pytest.param({"viewport": PHONE, "color_scheme": "dark"}, id="phone"),
    pytest.param(WITHOUT_SCRIPTS, id="without JavaScript"),
]


@pytest.mark.parametrize("options", VARIANTS)
def test_a_recording_is_uploaded_transcribed_and_deleted(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    page = visitor.page
    visitor.sign_in()

    visitor.go("/console/recordings/new/")
    page.get_by_label("Audio file").set_input_files(ROOT / "README.md")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("alert")).to_contain_text("Send a WAV")
    page.get_by_label("Audio file").set_input_files(ROOT / "examples/recordings/refund.wav")
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("link", name="Transcript Plus").click()
    expect(page.locator("#result")).to_contain_text("is being given the recording")

    result = AddOnResult.objects.latest("sid")
    as_a_worker(result)
    if options is WITHOUT_SCRIPTS:
        until_completed(result)
        page.get_by_role("link", name="Show how far it is now").click()
    expect(page.locator("#result")).to_contain_text("Completed", timeout=30_000)
    expect(page.locator("#result")).to_contain_text("refund")
    assert "hx-get" not in (page.locator("#result").evaluate("each => each.outerHTML.split('>')[0]"))

    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete result").click()
    expect(page.get_by_role("status").filter(has_text="is deleted")).to_be_visible()
    assert visitor.complaints == []


def as_a_worker(result: AddOnResult) -> None:
    """Hand the recording over, in a thread: in this one Playwright keeps an event loop running."""

    def work() -> None:
        dispatch_result(result.sid)
        connection.close()

    thread = Thread(target=work)
    thread.start()
    thread.join()


def until_completed(result: AddOnResult) -> None:
    """Wait for the service's callback, which the live server takes."""
    for _ in range(300):
        result.refresh_from_db()
        if not result.is_open:
            return
        time.sleep(0.1)
    raise AssertionError(f"the result is still {result.status}")
