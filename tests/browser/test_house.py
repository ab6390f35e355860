"""The numbers of a publisher and the operators' house in a browser: both themes, both sizes, no fault."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.audit import record
from accounts.models import AuditEntry
from accounts.requests import Actor
from invocations.breaker import breakers
from marketplace.models import InstalledAddOn
from operations.models import Process, RefusedAddress
from publishers.models import Listing, ListingVersion, ReviewComment
from results.models import AddOnResult
from tests.browser.test_pages import VIEWS, faults_of
from tests.browser.test_publish import calls_of_a_day
from tests.factories import make_invocation, make_recording, make_result, make_user

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def quiet_breakers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breakers, "_known", {})


def a_busy_publisher() -> InstalledAddOn:
    """Calls over a month, with failures of every kind, and a version whose review asks for a change."""
    installed = calls_of_a_day().installed_add_on
    failed: dict[str, Any] = {"status": "failed", "message": "", "http_status": None, "answer": b""}
    for day in range(30):
        at = timezone.now() - timedelta(days=day, minutes=5)
        for index in range(3 + day % 5):
            sid = f"XR{int(at.timestamp() * 1000):012x}{index:020x}"
            code = {0: 61001, 1: 61003}.get(index) if day % 4 == 0 else None
            changes = {**failed, "code": code, "counts_in_service_level": code != 61003} if code else {}
            make_invocation(installed, sid=sid, started_at=at, duration_ms=150 + 40 * day, **changes)
    listing = installed.version.listing
    version = ListingVersion.objects.create(
        listing=listing, number=99, status="changes_requested", definition=installed.version.definition
    )
    ReviewComment.objects.create(
        version=version, section="basics", text="Say more.", is_operators=True, is_request=True
    )
    Listing.objects.create(publisher=listing.publisher, unique_name="northwind_blank_sheet")
    return installed


def a_house_with_troubles(installed: InstalledAddOn) -> AuditEntry:
    """A silent worker, an open breaker, refused addresses, a stuck result, and entries to read."""
    now = timezone.now()
    said = {
        "version": installed.version.sid,
        "failures": 5,
        "words": "Not asked (open for 2 s).",
        "at": now.isoformat(),
    }
    Process.objects.create(kind="web", name="web-1:4711", started_at=now, seen_at=now, breakers=[said])
    long_ago = now - timedelta(minutes=9)
    Process.objects.create(kind="worker", name="worker-1:4712", started_at=long_ago, seen_at=long_ago)
    for host in ("metadata.internal.example", "169.254.169.254", "a" * 200 + ".example"):
        RefusedAddress.objects.create(
            host=host,
            port=443,
            reason="The address is not allowed.",
            publisher_sid=installed.version.listing.publisher.account.sid,
            times=1_234,
            first_at=long_ago,
            last_at=now,
        )
    make_result(make_recording(installed.account))
    AddOnResult.objects.update(deadline=long_ago, date_updated=long_ago)
    entry = record(
        "listing.suspended",
        actor=Actor(user=make_user(), credential="", ip_address="192.0.2.7"),
        subject_sid=installed.version.listing.sid,
        subject=installed.version.listing.name,
        account=installed.version.listing.publisher.account,
        before={"availability": "ga", "texts": ["a" * 300]},
        after={"availability": "suspended", "texts": ["b" * 300]},
        reason="It answered with advertisements.\n\nSee the complaint of Monday.",
    )
    record("role.changed", actor=Actor(user=None, credential=f"SK{'7' * 32}", ip_address=""))
    return entry


@pytest.mark.parametrize("options", VIEWS)
def test_no_page_of_numbers_has_a_fault(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    installed = a_busy_publisher()
    visitor.sign_in("publisher")
    paths = (
        "/publish/",
        "/publish/service-level/",
        f"/publish/service-level/?period=30d&of={installed.version.sid}",
        "/publish/customers/",
        f"/publish/customers/?of=XC{'0' * 32}&before=XE{'0' * 32}",
    )
    assert [fault for path in paths for fault in faults_of(visitor, path)] == []
    assert visitor.complaints == []


@pytest.mark.parametrize("options", VIEWS)
def test_no_page_of_the_house_has_a_fault(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    visitor.sign_in("operator")
    visitor.complaints.clear()
    empty = ("/operate/health/", "/operate/audit/?person=nobody", "/operate/settings/?q=nothing-fits")
    assert [fault for path in empty for fault in faults_of(visitor, path)] == []
    installed = InstalledAddOn.objects.select_related("version__listing__publisher__account").first()
    assert installed is not None
    entry = a_house_with_troubles(installed)
    paths = ("/operate/health/", "/operate/settings/", "/operate/audit/", f"/operate/audit/{entry.sid}/")
    assert [fault for path in paths for fault in faults_of(visitor, path)] == []
    assert visitor.complaints == []


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}])
def test_a_publisher_goes_from_the_overview_to_the_cause_of_a_failure(
    visit: Any, options: dict[str, Any]
) -> None:
    visitor = visit(**options)
    installed = a_busy_publisher()
    visitor.sign_in("publisher")
    page = visitor.page
    page.get_by_role("navigation", name="Workspaces").get_by_role("link", name="Publish").click()
    row = page.get_by_role("row").filter(has_text="version 99")
    expect(row).to_contain_text("1 change asked for")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Service level").click()
    page.get_by_role("link", name="7 days").click()
    page.get_by_role("row").filter(has_text="61001").get_by_role("link").click()
    expect(page).to_have_url(
        f"{visitor.site['base_url']}/publish/calls/?of={installed.version.sid}&outcome=61001"
    )


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}])
def test_an_operator_finds_who_suspended_a_listing_and_takes_the_file(
    visit: Any, options: dict[str, Any]
) -> None:
    visitor = visit(**options)
    visitor.sign_in("operator")
    installed = InstalledAddOn.objects.select_related("version__listing__publisher__account").first()
    assert installed is not None
    a_house_with_troubles(installed)
    visitor.go("/operate/audit/")
    page = visitor.page
    page.get_by_label("What happened").select_option("listing.suspended")
    page.get_by_role("button", name="Filter").click()
    with page.expect_download() as started:
        page.get_by_role("link", name="Export CSV").click()
    text = started.value.path().read_text()
    assert "listing.suspended" in text
    assert "role.changed" not in text
    page.get_by_role("link", name="listing.suspended").click()
    expect(page.get_by_role("table", name="Before and after")).to_contain_text("suspended")
