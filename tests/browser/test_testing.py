"""The test bench and contract reports in a browser: a publisher tests an add-on of the demo."""

from threading import Thread
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from conformance.bench import generate
from conformance.reports import make_report
from conformance.suite.report import Exchange, Report, Result
from publishers.models import ContractReport, Listing
from tests.browser.test_pages import VIEWS, faults_of
from tests.factories import make_bench_case, make_bench_run
from tests.factories import make_report as made_report

pytestmark = pytest.mark.browser


def checks() -> tuple[Result, ...]:
    """One of each outcome; the failed one with a long exchange."""
    long = tuple(f"X-Header-{number}: {'value ' * 20}" for number in range(12))
    exchange = Exchange(request=("GET /facts?number=%2B14155550100 HTTP/1.1", *long), response=long, ms=120)
    rows = (
        ("Y01", "sync", "failed", "It answers 200", "It answered 500."),
        ("Y04", "sync", "warned", "It answers within 200 ms half of the time", "The median was 412 ms."),
        ("Y06", "sync", "passed", "No answer takes more than 2,000 ms", "The slowest took 640 ms."),
        ("N01", "async", "skipped", "It takes a recording within 2 s", "Only for recording add-ons."),
    )
    return tuple(
        Result(
            id=id_,
            area=area,
            severity="fail",
            title=title,
            outcome=outcome,  # type: ignore[arg-type]
            message=message,
            why="Customers wait for the answer, and get none after two seconds.",
            fix="Answer from memory, and do what takes longer behind the answer.",
            section="response",
            exchanges=(exchange, exchange) if outcome == "failed" else (),
        )
        for id_, area, outcome, title, message in rows
    )


def reports_of(listing: Listing) -> list[str]:
    """The pages of reports in each state."""
    version = listing.published_version
    assert version is not None
    document = Report(checks=checks(), target="http://127.0.0.1:9999", total_ms=9_000).as_json()
    red = made_report(version, verdict="red", failed=1, warned=1, document=document)
    amber = made_report(version, verdict="amber", warned=1, definition_sha256="0" * 64)
    broken = made_report(version, status="broken", verdict="", document={"error": "It was interrupted."})
    running = made_report(version, status="running", verdict="", done=12, total=45)
    base = f"/publish/listings/{listing.sid}/reports/"
    return [base, *(f"{base}{each.sid}/" for each in (red, amber, broken, running))]


def bench_of(listing: Listing) -> list[str]:
    """The pages of the bench, with cases, runs and a failed one."""
    version = listing.published_version
    assert version is not None
    generate(version=version, point="lookup-api")
    case = make_bench_case(listing, name="One that fails", expected_code=61009)
    make_bench_run(version, case=make_bench_case(listing), code=61009, as_expected=False)
    failed = make_bench_run(version, case=case, code=61001, as_expected=False, http_status=None)
    failed.document = {
        "input": {"event": {"primary_address": "+14155550100"}},
        "request": ["GET https://acme.example/facts?number=%2B14155550100", "Accept: application/json"],
        "base": "https://acme.example/facts?number=%2B14155550100",
        "replies": [{"status": 504, "headers": ["content-type: text/html"], "text": "x" * 300, "size": 300}],
        "steps": [
            {"name": "Render", "ok": True, "lines": ["GET"], "started_ms": 0, "duration_ms": 1},
            {"name": "Send", "ok": False, "lines": ["Late."], "started_ms": 1, "duration_ms": 2000},
        ],
        "envelope": {"status": "successful", "results": {"facts": {"code": 61001, "result": {}}}},
        "message": "Request timed out",
    }
    failed.save()
    waiting = make_bench_run(version, as_expected=None, extension="recording-verb")
    waiting.document = {"audio_ms": 500, "input": {}, "steps": [], "replies": [], "request": [], "base": ""}
    waiting.save()
    base = f"/publish/listings/{listing.sid}/test/"
    return [
        base,
        f"{base}cases/{case.sid}/",
        *(f"{base}runs/{each.sid}/" for each in (failed, waiting)),
    ]


def work_off(report: ContractReport) -> None:
    """As a worker does, in a thread: Playwright keeps an event loop in ours."""

    def work() -> None:
        make_report(report.sid)
        connection.close()

    thread = Thread(target=work)
    thread.start()
    thread.join()


@pytest.mark.parametrize("options", VIEWS)
def test_no_page_of_testing_has_a_fault(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    listing = Listing.objects.get(unique_name="northwind_anagram")
    paths = [*bench_of(listing), *reports_of(listing)]
    visitor.sign_in("publisher")
    assert [fault for path in paths for fault in faults_of(visitor, path)] == []
    assert visitor.complaints == []


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}])
def test_a_publisher_sends_an_event_and_runs_the_contract_tester(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    page = visitor.page
    visitor.sign_in("publisher")
    listing = Listing.objects.get(unique_name="northwind_anagram")
    visitor.go(f"/publish/listings/{listing.sid}/test/")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/test/runs/**")
    expect(page.get_by_role("region", name="Signature base string")).to_contain_text("/anagram")
    expect(page.get_by_role("main")).to_contain_text("Good answer")
    visitor.go(f"/publish/listings/{listing.sid}/reports/")
    page.get_by_role("button", name="Run the tester").click()
    page.wait_for_url("**/reports/CR*/")
    expect(page.get_by_role("main")).to_contain_text("begins in a moment")
    work_off(ContractReport.objects.get(version__listing=listing, status="queued"))
    if options:
        page.get_by_role("link", name="Show how far it is now").click()
    expect(page.get_by_role("heading", name="Synchronous answers")).to_be_visible()
    assert visitor.complaints == []
