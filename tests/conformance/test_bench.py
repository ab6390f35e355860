"""The test bench's service: what is sent, what is kept of it, and what it never touches."""

import json
from typing import Any

import pytest

from billing.models import LedgerEntry
from conformance import bench
from conformance.bench_events import Given
from conformance.models import BenchCase, BenchRun
from invocations.breaker import breakers
from publishers.contract.secret import MASK
from publishers.contract.signing import signature
from publishers.models import Listing, ListingVersion
from results.models import Invocation
from tests.conformance.services import LOOKUP, NUMBER, version_at
from tests.factories import make_bench_case, make_definition, make_listing
from tests.fake_publisher import Answer, FakePublisher

pytestmark = pytest.mark.django_db


def sent(version: ListingVersion, given: Given = LOOKUP, **changes: Any) -> BenchRun:
    return bench.send(version=version, given=given, user=None, **changes)


def test_a_call_shows_everything_from_the_input_to_the_envelope() -> None:
    with FakePublisher({"line_type": "mobile"}).in_thread() as service:
        run = sent(version_at(service))
    document = run.document
    assert (run.code, run.as_expected, run.http_status) == (None, True, 200)
    assert document["input"]["event"] == {"primary_address": NUMBER}
    assert document["request"][0] == f"GET {service.url('/facts')}?number=%2B14155550100"
    assert document["base"] == f"{service.url('/facts')}?number=%2B14155550100"
    assert json.loads(document["replies"][0]["text"]) == {"line_type": "mobile"}
    assert [step["name"] for step in document["steps"]] == ["Render", "Send", "Check", "Charge", "Clean"]
    (entry,) = document["envelope"]["results"].values()
    assert (entry["request_sid"], entry["result"]) == (run.request_sid, {"line_type": "mobile"})


def test_a_call_is_never_an_invocation_never_charged_and_never_moves_a_breaker() -> None:
    price = {"model": "per_use", "price": "0.01", "currency": "USD"}
    with FakePublisher(500).in_thread() as service:
        version = version_at(service, pricing=price)
        runs = [sent(version) for _ in range(6)]
    assert {run.code for run in runs} == {61002}
    assert not Invocation.objects.exists()
    assert not LedgerEntry.objects.exists()
    assert breakers.state_of(version.sid) is None


def test_the_time_line_says_what_a_customer_would_pay() -> None:
    price = {"model": "per_use", "price": "0.01", "currency": "USD"}
    with FakePublisher().in_thread() as service:
        run = sent(version_at(service, pricing=price))
    assert run.document["steps"][3]["lines"] == ["A customer would pay for one successful use."]


def test_a_failing_answer_is_shown_with_its_body() -> None:
    with FakePublisher(Answer(422, b"no such number")).in_thread() as service:
        run = sent(version_at(service))
    assert (run.code, run.http_status) == (61005, 422)
    assert run.document["replies"][0]["text"] == "no such number"


def test_a_failing_answer_that_is_too_large_fails_as_it_would_for_a_customer() -> None:
    with FakePublisher(Answer(400, b"x" * 100_000)).in_thread() as service:
        run = sent(version_at(service))
    assert (run.code, run.document["replies"][0]["size"]) == (61005, 0)


def test_every_try_and_every_redirect_is_shown() -> None:
    moved = Answer(302, b"", {"Location": "/facts?moved=1"})
    with FakePublisher([503, moved, {"ok": True}]).in_thread() as service:
        run = sent(version_at(service))
    assert [reply["status"] for reply in run.document["replies"]] == [503, 302, 200]


def test_a_value_that_is_missing_is_61003_without_asking() -> None:
    with FakePublisher().in_thread() as service:
        run = sent(version_at(service), Given(point="lookup-api", event={}))
    assert (run.code, run.http_status, service.requests) == (61003, None, [])
    assert run.document["request"] == []


def test_no_secret_is_kept_even_when_the_service_repeats_it() -> None:
    with FakePublisher(lambda asked: {"you_sent": asked.headers["authorization"]}).in_thread() as service:
        version = version_at(
            service, auth={"kind": "bearer", "token": "key"}, credentials={"key": "hunter2hunter2"}
        )
        run = sent(version)
    assert service.requests[0].headers["authorization"] == "Bearer hunter2hunter2"
    assert "hunter2hunter2" not in json.dumps(run.document)
    assert run.document["replies"][0]["text"] == f'{{"you_sent": "Bearer {MASK}"}}'


def test_not_even_a_basic_header_that_is_sent_back_is_kept() -> None:
    auth = {"kind": "basic", "username": "user", "password": "word"}
    with FakePublisher(lambda asked: {"you_sent": asked.headers["authorization"]}).in_thread() as service:
        run = sent(version_at(service, auth=auth, credentials={"user": "acme", "word": "hunter2hunter2"}))
    header = service.requests[0].headers["authorization"].removeprefix("Basic ")
    assert header not in json.dumps(run.document)


def test_a_secret_setting_is_sent_and_not_shown() -> None:
    schema = {"type": "object", "properties": {"code": {"type": "string", "_secret": True}}}
    with FakePublisher().in_thread() as service:
        request = {"method": "GET", "url": service.url("/x"), "query": [{"name": "c", "value": "{{code}}"}]}
        version = version_at(configuration_schema=schema, request=request)
        run = sent(version, Given(point="lookup-api", event=LOOKUP.event, configuration={"code": "s3cr3ts"}))
    assert service.requests[0].query == [("c", "s3cr3ts")]
    assert "s3cr3ts" not in json.dumps(run.document)


def test_the_base_string_of_a_form_and_of_json_is_what_the_signature_is_of() -> None:
    bodies = [
        {"kind": kind, "fields": [{"name": "n", "value": "{{primary_address}}"}]} for kind in ("form", "json")
    ]
    for body in bodies:
        with FakePublisher().in_thread() as service:
            request = {"method": "POST", "url": service.url("/x"), "body": body}
            version = version_at(request=request)
            run = sent(version)
        expected = signature(run.document["base"], {}, version.listing.publisher.account.auth_token)
        assert service.requests[0].headers["x-twilio-signature"] == expected


def test_the_publisher_is_told_the_same_made_up_install_each_time() -> None:
    with FakePublisher().in_thread() as service:
        version = version_at(service)
        runs = [sent(version), sent(version)]
    told = [asked.headers for asked in service.requests]
    assert told[0]["x-twilio-addoninstallsid"] == told[1]["x-twilio-addoninstallsid"]
    assert [each["x-twilio-requestsid"] for each in told] == [run.request_sid for run in runs]


def test_a_draft_that_is_not_right_yet_is_not_sent() -> None:
    listing = make_listing()
    draft = listing.versions.create(number=2, definition={"type": "phone-number"})
    with pytest.raises(bench.NotYetRight) as refusal:
        sent(draft)
    assert refusal.value.faults


@pytest.fixture
def listing() -> Listing:
    return make_listing()


def test_all_cases_are_sent_and_compared_with_what_is_expected() -> None:
    with FakePublisher({"ok": True}).in_thread() as service:
        version = version_at(service)
        make_bench_case(version.listing, name="a good one")
        make_bench_case(version.listing, name="b missing", event={}, expected_code=61003)
        make_bench_case(version.listing, name="c wrongly expected", expected_code=61001)
        make_bench_case(version.listing, name="d elsewhere", extension="sms-incoming")
        runs = bench.run_all(version=version, user=None)
    found = {run.case.name: run.as_expected for run in runs if run.case}
    assert found == {"a good one": True, "b missing": True, "c wrongly expected": False}


def test_six_cases_are_made_once_and_know_what_the_request_schema_refuses() -> None:
    schema = {
        "type": "object",
        "properties": {"primary_address": {"type": "string", "pattern": "^\\+1[0-9]*$"}},
    }
    version = version_at(request_schema=schema)
    made = bench.generate(version=version, point="lookup-api")
    assert len(made) == 6
    expected = {case.name.partition(" – ")[0]: case.expected_code for case in made}
    assert (expected["A usual event"], expected["A value is missing"]) == (None, 61003)
    assert expected["An odd number"] == 61003  # +882 is not +1
    assert bench.generate(version=version, point="lookup-api") == []


@pytest.mark.parametrize("point", ["sms-incoming", "taskrouter-create-task"])
def test_six_cases_of_a_message_hold_emoji_and_the_longest_text(point: str) -> None:
    version = version_at(type="message-analysis", extensions=[point])
    made = {
        case.name.partition(" – ")[0]: case.event for case in bench.generate(version=version, point=point)
    }
    assert len(made["1,600 characters"]["body"]) == 1600
    assert "🎉" in made["Emoji"]["body"]


def test_a_name_is_taken_once_per_listing(listing: Listing) -> None:
    values = {"listing": listing, "name": "one", "given": LOOKUP, "expected_code": None}
    kept = bench.keep_case(**values)  # type: ignore[arg-type]
    with pytest.raises(bench.NameTaken):
        bench.keep_case(**values)  # type: ignore[arg-type]
    changed = bench.keep_case(**{**values, "name": "two", "case": kept})  # type: ignore[arg-type]
    assert [each.name for each in BenchCase.objects.all()] == ["two"]
    assert changed.pk == kept.pk


def test_a_listing_has_so_many_cases_and_no_more(listing: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "MOST_CASES", 2)
    for _ in range(2):
        make_bench_case(listing)
    with pytest.raises(bench.TooManyCases):
        bench.keep_case(listing=listing, name="third", given=LOOKUP, expected_code=None)


def test_the_settings_of_a_case_are_sealed(listing: Listing) -> None:
    given = Given(point="lookup-api", event={}, configuration={"key": "hunter2hunter2"})
    case = bench.keep_case(listing=listing, name="one", given=given, expected_code=None)
    stored = BenchCase.objects.filter(pk=case.pk).values_list("sealed_configuration", flat=True)[0]
    assert "hunter2" not in stored
    assert BenchCase.objects.get(pk=case.pk).configuration == {"key": "hunter2hunter2"}


def test_the_definition_that_was_sent_is_pinned() -> None:
    with FakePublisher().in_thread() as service:
        version = version_at(service)
        run = sent(version)
    assert run.definition_sha256 == version.definition_sha256
    assert make_definition() != version.definition


@pytest.mark.parametrize("secret", ["null", "1234", "result", '"code'])
def test_a_secret_that_looks_like_json_breaks_no_page(secret: str) -> None:
    with FakePublisher({"id": 12345, "line_type": None}).in_thread() as service:
        auth = {"kind": "bearer", "token": "service_key"}
        run = sent(version_at(service, auth=auth, credentials={"service_key": secret}))
    assert run.code is None
    assert secret != "1234" or "12345" not in json.dumps(run.document)
