"""Pages of contract reports, in a browser without JavaScript."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Account
from conformance.reports import make_report as work_off
from conformance.suite.report import Exchange, Report, Result
from publishers.models import ContractReport, Listing, ListingVersion
from tests.conformance.services import listing_at, publishing
from tests.factories import make_account, make_report, make_user
from tests.fake_publisher import FakePublisher
from tests.pages import console_of, is_sent_to_sign_in, queries, text, viewer_of

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def listing(account: Account) -> Listing:
    return listing_at(publisher=publishing(account))


@pytest.fixture
def version(listing: Listing) -> ListingVersion:
    return listing.versions.get()


def list_of(listing: Listing) -> str:
    return f"/publish/listings/{listing.sid}/reports/"


def page_of(report: ContractReport) -> str:
    return f"{list_of(report.version.listing)}{report.sid}/"


def result(**changes: Any) -> Result:
    values = {
        "id": "Y01",
        "area": "sync",
        "severity": "fail",
        "title": "It answers 200",
        "outcome": "passed",
        "message": "",
        "why": "Because of that.",
        "fix": "Do this.",
        "section": "response",
    }
    return Result(**{**values, **changes})


def document_of(*results: Result) -> dict[str, Any]:
    return Report(checks=results, target="https://acme.example", total_ms=900).as_json()


def test_a_listing_without_reports_says_that_nothing_was_run(console: Client, listing: Listing) -> None:
    shown = text(console.get(list_of(listing)))
    assert "Not run yet" in shown
    assert f"test_add_on {listing.unique_name}.json --target https://service.example.com" in shown


def test_a_run_is_asked_for_made_and_shown(console: Client, account: Account) -> None:
    with FakePublisher({"line_type": "mobile"}).in_thread() as service:
        listing = listing_at(service, publisher=publishing(account))
        begun = console.post(list_of(listing))
        report = ContractReport.objects.get()
        assert begun["Location"] == page_of(report)
        waiting = console.get(begun["Location"])
        work_off(report.sid)
    assert b'hx-trigger="every 2s"' in waiting.content
    assert "The contract tester begins in a moment." in text(waiting)
    shown = console.get(page_of(report))
    assert "Synchronous answers" in text(shown)
    assert b"hx-trigger" not in shown.content


def test_how_far_it_is_stands_on_the_page(console: Client, version: ListingVersion) -> None:
    report = make_report(version, status="running", verdict="", done=12, total=45)
    shown = console.get(page_of(report))
    assert "12 of 45 checks are done." in text(shown)
    assert 'max="45" value="12"' in " ".join(shown.content.decode().split())


def test_it_is_cancelled_once(console: Client, version: ListingVersion) -> None:
    report = make_report(version, status="running", verdict="")
    assert "The contract tester stops." in text(console.post(page_of(report), follow=True))
    assert "has ended already" in text(console.post(page_of(report), follow=True))
    assert "It was cancelled after" in text(console.get(page_of(report)))


def test_a_second_one_at_once_is_refused_with_words(console: Client, version: ListingVersion) -> None:
    make_report(version, status="running", verdict="")
    assert "at work on this listing already" in text(console.post(list_of(version.listing), follow=True))


def test_a_failed_check_says_why_and_how_to_mend_it_and_what_was_said(
    console: Client, version: ListingVersion
) -> None:
    exchange = Exchange(request=("GET /x", "Accept: a"), response=("HTTP 500", HOSTILE), ms=12)
    failed = result(outcome="failed", message=f"It answered {HOSTILE}", exchanges=(exchange,))
    document = document_of(failed, result(id="Y02", title="Another"))
    report = make_report(version, verdict="red", failed=1, document=document)
    page = console.get(page_of(report))
    shown = text(page)
    assert "1 check failed. The version cannot be submitted" in shown
    assert "Why it matters Because of that. How to mend it Do this." in shown
    assert f"HTTP 500 {HOSTILE}" in shown
    assert HOSTILE.encode() not in page.content
    assert shown.index("Y01") < shown.index("Y02")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"verdict": "amber", "warned": 1}, "Nothing failed, 1 check warns.", id="one warns"),
        pytest.param({"verdict": "amber", "warned": 2}, "Nothing failed, 2 checks warn.", id="two warn"),
        pytest.param({"verdict": "green"}, "Every check passed.", id="green"),
        pytest.param({"verdict": "red"}, "Nothing could be checked.", id="nothing checked"),
        pytest.param(
            {"status": "broken", "verdict": "", "document": {"error": "It was interrupted."}},
            "It was interrupted.",
            id="broken",
        ),
    ],
)
def test_a_verdict_is_a_sentence(
    console: Client, version: ListingVersion, changes: dict[str, Any], said: str
) -> None:
    assert said in text(console.get(page_of(make_report(version, **changes))))


def test_a_report_about_an_earlier_definition_says_that_it_counts_no_more(
    console: Client, version: ListingVersion
) -> None:
    report = make_report(version, definition_sha256="0" * 64)
    assert "is about an earlier definition and counts no more" in text(console.get(page_of(report)))
    assert "counts no more" not in text(console.get(page_of(make_report(version))))


def test_the_version_to_test_can_be_chosen(console: Client, version: ListingVersion) -> None:
    draft = version.listing.versions.create(number=2, definition=version.definition)
    console.post(f"{list_of(version.listing)}?version={version.sid}")
    assert ContractReport.objects.get().version == version
    shown = console.get(list_of(version.listing))
    assert f'<option value="{draft.sid}" selected>' in " ".join(shown.content.decode().split())
    assert console.get(f"{list_of(version.listing)}?version=XC{'0' * 32}").status_code == 404


def test_a_listing_without_a_version_has_nothing_to_run(console: Client, account: Account) -> None:
    bare = Listing.objects.create(publisher=publishing(account), unique_name="bare_one")
    assert "There is no version to test yet." in text(console.get(list_of(bare)))
    assert console.post(list_of(bare)).status_code == 404


def test_a_viewer_looks_and_runs_nothing(account: Account, version: ListingVersion) -> None:
    viewer, report = viewer_of(account), make_report(version)
    assert viewer.get(page_of(report)).status_code == 200
    assert "Run again" not in text(viewer.get(page_of(report)))
    assert viewer.post(list_of(version.listing)).status_code == 403
    assert viewer.post(page_of(report)).status_code == 403


def test_nobody_else_finds_it(version: ListingVersion) -> None:
    report, stranger = make_report(version), console_of(make_user(make_account()))
    for path in (list_of(version.listing), page_of(report)):
        assert stranger.get(path).status_code == 404
        assert stranger.post(path).status_code == 404
        assert is_sent_to_sign_in(path)


def test_a_report_of_another_listing_is_not_found_here(
    console: Client, version: ListingVersion, account: Account
) -> None:
    other = listing_at(publisher=version.listing.publisher)
    report = make_report(other.versions.get())
    assert console.get(f"{list_of(version.listing)}{report.sid}/").status_code == 404


def test_the_list_takes_the_same_queries_however_long_it_is(console: Client, version: ListingVersion) -> None:
    make_report(version)
    one = queries(console, list_of(version.listing))
    for _ in range(2):
        make_report(version)
    assert queries(console, list_of(version.listing)) == one


def test_the_list_is_paged_by_key(console: Client, version: ListingVersion) -> None:
    rows = [make_report(version, done=number) for number in range(27)]
    first = console.get(list_of(version.listing))
    assert rows[0].sid not in first.content.decode()
    second = console.get(f"{list_of(version.listing)}?before={rows[2].sid}")
    assert [row.sid in second.content.decode() for row in rows[:3]] == [True, True, False]
