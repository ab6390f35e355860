"""Pages of the test bench, in a browser without JavaScript."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Account
from conformance.models import BenchCase, BenchRun
from publishers.models import Listing, ListingVersion
from tests.conformance.services import NUMBER, listing_at, publishing
from tests.factories import (
    make_account,
    make_bench_case,
    make_bench_run,
    make_listing,
    make_recording_definition,
    make_user,
)
from tests.fake_publisher import Answer, FakePublisher
from tests.pages import console_of, error_at, is_sent_to_sign_in, queries, text, viewer_of

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"
SECRET = {
    "type": "object",
    "required": ["key"],
    "properties": {"key": {"type": "string", "name": "Your key", "_secret": True, "minLength": 4}},
}


@pytest.fixture
def listing(account: Account) -> Listing:
    return listing_at(publisher=publishing(account))


@pytest.fixture
def version(listing: Listing) -> ListingVersion:
    return listing.versions.get()


def bench_of(listing: Listing) -> str:
    return f"/publish/listings/{listing.sid}/test/"


def case_of(case: BenchCase) -> str:
    return f"{bench_of(case.listing)}cases/{case.sid}/"


def run_of(run: BenchRun) -> str:
    return f"{bench_of(run.version.listing)}runs/{run.sid}/"


def posted(**values: str) -> dict[str, str]:
    given = {"do": "send", "event-primary_address": NUMBER, "case-name": "", "case-expected": ""}
    return {**given, **{name.replace("__", "-"): value for name, value in values.items()}}


def test_the_bench_proposes_an_event_and_has_no_case_yet(console: Client, listing: Listing) -> None:
    shown = console.get(bench_of(listing))
    assert f'value="{NUMBER}"' in shown.content.decode()
    assert "No test case yet" in text(shown)
    assert "Nothing was sent yet" in text(shown)


def test_an_event_is_sent_and_everything_of_it_shown_side_by_side(console: Client, account: Account) -> None:
    with FakePublisher({"line_type": "mobile"}).in_thread() as service:
        listing = listing_at(service, publisher=publishing(account))
        answer = console.post(bench_of(listing), posted())
    run = BenchRun.objects.get()
    assert answer["Location"] == run_of(run)
    assert run.requested_by is not None
    shown = text(console.get(run_of(run)))
    assert "Good answer" in shown
    for part in ("Event and settings", "Signature base string", "Answer 1", "What a developer would receive"):
        assert part in shown
    assert f"GET {service.url('/facts')}?number=%2B14155550100" in shown
    assert '"line_type": "mobile"' in shown


def test_what_a_service_says_is_never_markup(console: Client, account: Account) -> None:
    with FakePublisher(Answer(400, HOSTILE.encode(), {"X-Odd": HOSTILE})).in_thread() as service:
        listing = listing_at(service, publisher=publishing(account))
        console.post(bench_of(listing), posted(**{"event-primary_address": HOSTILE}))
    page = console.get(run_of(BenchRun.objects.get()))
    assert HOSTILE.encode() not in page.content
    assert HOSTILE in text(page)


def test_an_event_is_kept_as_a_case_and_listed_with_its_last_run(console: Client, account: Account) -> None:
    with FakePublisher({"ok": True}).in_thread() as service:
        listing = listing_at(service, publisher=publishing(account))
        kept = {"do": "keep", "case-name": "One", "case-expected": "61004"}
        answer = console.post(bench_of(listing), posted(**kept), follow=True)
        assert "One is saved." in text(answer)
        assert "Never sent" in text(answer)
        answer = console.post(bench_of(listing), {"do": "run-all"}, follow=True)
    assert "1 sent, none was as expected." in text(answer)
    assert "61004 No results Good answer not as expected" in text(answer)
    case = BenchCase.objects.get()
    assert (case.name, case.event, case.expected_code) == ("One", {"primary_address": NUMBER}, 61004)


def test_six_cases_are_made_by_one_button(console: Client, listing: Listing) -> None:
    assert "6 made." in text(console.post(bench_of(listing), {"do": "generate"}, follow=True))
    assert "They are all there already." in text(
        console.post(bench_of(listing), {"do": "generate"}, follow=True)
    )
    assert listing.test_cases.count() == 6


def test_a_case_without_a_name_or_with_one_that_is_taken_is_refused(
    console: Client, listing: Listing
) -> None:
    nameless = console.post(bench_of(listing), posted(do="keep"))
    assert error_at(nameless, "id_case-name") == "Give it a name to keep it under."
    make_bench_case(listing, name="One")
    taken = console.post(bench_of(listing), posted(**{"do": "keep", "case-name": "One"}))
    assert "another test case is named One" in text(taken)
    assert listing.test_cases.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("event-primary_address", "x" * 257, id="long"),
        pytest.param("event-primary_address", "a\0b", id="nul"),
        pytest.param("case-name", "n" * 81, id="long name"),
        pytest.param("case-name", "a\0b", id="name with nul"),
        pytest.param("case-expected", "12345", id="no code"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(
    console: Client, listing: Listing, field: str, value: str
) -> None:
    answer = console.post(bench_of(listing), posted(**{"do": "keep", "case-name": "One", field: value}))
    assert error_at(answer, f"id_{field}")
    assert not BenchRun.objects.exists()
    assert not BenchCase.objects.exists()


def test_settings_are_judged_by_the_schema_and_a_secret_is_kept_but_never_shown(
    console: Client, account: Account
) -> None:
    listing = listing_at(publisher=publishing(account), configuration_schema=SECRET)
    refused = console.post(bench_of(listing), posted(**{"configuration-key": "abc"}))
    assert error_at(refused, "id_configuration-key")
    kept = {"do": "keep", "case-name": "One", "configuration-key": "hunter2hunter2"}
    console.post(bench_of(listing), posted(**kept))
    case = BenchCase.objects.get()
    assert b"hunter2" not in console.get(case_of(case)).content
    console.post(case_of(case), posted(**{"do": "keep", "case-name": "Two", "configuration-key": ""}))
    case = BenchCase.objects.get()
    assert (case.name, case.configuration) == ("Two", {"key": "hunter2hunter2"})


def test_each_point_asks_for_its_own_fields(console: Client, account: Account) -> None:
    points = ["lookup-api", "sms-incoming"]
    runtime = [{"name": "hint", "description": "What to look for."}]
    listing = make_listing(
        publisher=publishing(account),
        definition={
            "type": "phone-number",
            "extensions": points,
            "request": {"method": "GET", "url": "https://service.example.com/{{primary_address}}"},
            "runtime_parameters": runtime,
            "pricing": {"model": "free"},
        },
    )
    lookup = console.get(f"{bench_of(listing)}?point=lookup-api").content
    message = console.get(f"{bench_of(listing)}?point=sms-incoming").content
    assert (b"event-secondary_address" in lookup, b"event-secondary_address" in message) == (False, True)
    assert b'name="event-runtime.hint"' in lookup
    assert console.get(f"{bench_of(listing)}?point=voice-incoming").status_code == 404


def test_a_recording_add_on_is_sent_a_sample(console: Client, account: Account) -> None:
    with FakePublisher(Answer(202, b"")).in_thread() as service:
        definition = make_recording_definition()
        definition["request"] = {**definition["request"], "url": service.url("/transcripts")}
        listing = make_listing(publisher=publishing(account), definition=definition)
        too_long = {"event-channels": "2", "event-milliseconds": "20001"}
        assert error_at(console.post(bench_of(listing), posted(**too_long)), "id_event-milliseconds")
        sample = {"event-channels": "2", "event-milliseconds": "500"}
        answer = console.post(bench_of(listing), posted(**sample), follow=True)
    assert "Your service took the recording." in text(answer)
    assert b'hx-trigger="every 2s"' in answer.content
    assert len(service.requests) == 1


def test_a_draft_with_faults_says_what_to_mend_and_where(console: Client, listing: Listing) -> None:
    listing.versions.create(number=2, definition={"type": "phone-number"})
    shown = console.get(bench_of(listing))
    assert "Nothing can be sent yet" in text(shown)
    assert f"/publish/listings/{listing.sid}/edit/" in shown.content.decode()
    assert console.post(bench_of(listing), posted()).status_code == 404


def test_a_listing_without_a_version_leads_to_the_editor(console: Client, account: Account) -> None:
    bare = Listing.objects.create(publisher=publishing(account), unique_name="bare_one")
    assert "There is no version to test yet" in text(console.get(bench_of(bare)))
    assert console.post(bench_of(bare), posted()).status_code == 404


def test_a_case_shows_what_it_came_to_in_each_version(console: Client, version: ListingVersion) -> None:
    case = make_bench_case(version.listing, name="One")
    make_bench_run(version, case=case, code=61001, as_expected=False)
    shown = text(console.get(case_of(case)))
    assert "61001 Request timed out not as expected" in shown


def test_a_case_of_a_point_that_the_version_has_not_cannot_be_sent(console: Client, listing: Listing) -> None:
    case = make_bench_case(listing, extension="sms-incoming")
    assert "so this case cannot be sent to it" in text(console.get(case_of(case)))
    assert console.post(case_of(case), posted()).status_code == 404


def test_a_case_is_deleted_and_its_runs_stay(console: Client, version: ListingVersion) -> None:
    case = make_bench_case(version.listing, name="One")
    run = make_bench_run(version, case=case)
    path = f"{case_of(case)}delete/"
    assert f'href="{path}"' in console.get(case_of(case)).content.decode()
    assert "Delete One? One call was made of it. It stays" in text(console.get(path))
    assert version.listing.test_cases.get() == case
    assert "One is deleted." in text(console.post(path, follow=True))
    assert not version.listing.test_cases.exists()
    assert BenchRun.objects.get(pk=run.pk).case is None


def test_a_run_of_an_earlier_definition_says_so(console: Client, version: ListingVersion) -> None:
    run = make_bench_run(version, definition_sha256="0" * 64)
    assert "The version has changed since this call." in text(console.get(run_of(run)))
    case = make_bench_case(version.listing)
    make_bench_run(version, case=case, definition_sha256="0" * 64)
    assert "the version has changed since" in text(console.get(bench_of(version.listing)))


def test_a_viewer_looks_and_sends_nothing(account: Account, version: ListingVersion) -> None:
    viewer, case = viewer_of(account), make_bench_case(version.listing)
    run = make_bench_run(version)
    delete = f"{case_of(case)}delete/"
    for path in (bench_of(version.listing), case_of(case), run_of(run), delete):
        assert viewer.get(path).status_code == 200
    for path in (bench_of(version.listing), case_of(case), delete):
        assert viewer.post(path, posted()).status_code == 403


def test_nobody_else_finds_it(version: ListingVersion) -> None:
    stranger = console_of(make_user(make_account()))
    run, case = make_bench_run(version), make_bench_case(version.listing)
    delete = f"{case_of(case)}delete/"
    for path in (bench_of(version.listing), case_of(case), run_of(run), delete):
        assert stranger.get(path).status_code == 404
        assert is_sent_to_sign_in(path)
    assert stranger.post(delete).status_code == 404


def test_a_case_or_run_of_another_listing_is_not_found_here(console: Client, version: ListingVersion) -> None:
    other = listing_at(publisher=version.listing.publisher)
    case, run = make_bench_case(other), make_bench_run(other.versions.get())
    here = bench_of(version.listing)
    assert console.get(f"{here}cases/{case.sid}/").status_code == 404
    assert console.get(f"{here}runs/{run.sid}/").status_code == 404


def row_with_run(version: ListingVersion) -> Any:
    return make_bench_run(version, case=make_bench_case(version.listing))


def test_the_bench_takes_the_same_queries_however_many_cases_there_are(
    console: Client, version: ListingVersion
) -> None:
    row_with_run(version)
    one = queries(console, bench_of(version.listing))
    for _ in range(2):
        row_with_run(version)
    assert queries(console, bench_of(version.listing)) == one


def test_a_case_takes_the_same_queries_however_often_it_was_sent(
    console: Client, version: ListingVersion
) -> None:
    case = row_with_run(version).case
    one = queries(console, case_of(case))
    for _ in range(2):
        make_bench_run(version, case=case)
    assert queries(console, case_of(case)) == one
