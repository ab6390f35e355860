"""A platform's webhook through the whole system to add-ons and developer (contract 7, 9.6, 10, 14)."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import Account
from billing.models import LedgerEntry
from invocations import forwarding
from marketplace import number_services
from publishers.contract.limits import (
    DEADLINE_MS,
    MAX_REDIRECTS,
    MAX_WEBHOOK_RESPONSE_BYTES,
    WEBHOOK_DEADLINE_MS,
)
from publishers.models import Listing
from rest.bulk import Tables, insert
from results import services
from results.models import Event, Invocation
from tests.factories import make_account
from tests.fake_publisher import Answer, FakePublisher, Received
from tests.invocations.connecting import (
    CALL,
    OURS,
    SAID,
    SMS,
    THEIRS,
    TWIML,
    Platform,
    add_ons_in,
    dead_url,
    is_signed_by,
    make_number,
    make_runner,
    without,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(transactional_db: None) -> Account:
    return make_account()


@pytest.fixture
def platform(live_server: Any, settings: Any, owner: Account) -> Platform:
    url = live_server.url.replace("localhost", "127.0.0.1")  # which may be asked
    settings.API_URLS = {**settings.API_URLS, "connect": url}
    return Platform(url, owner)


@pytest.fixture
def developer() -> Iterator[FakePublisher]:
    with FakePublisher(SAID).in_thread() as service:
        yield service


@pytest.fixture
def mood() -> Iterator[FakePublisher]:
    """A publisher who answers what it was asked."""
    with FakePublisher(lambda request: Answer(200, {"asked": dict(request.form)})).in_thread() as service:
        yield service


def events() -> list[tuple[str, int]]:
    return [(event.level, event.code) for event in Event.objects.order_by("sid")]


# --- The way through -------------------------------------------------------------------------


def test_a_message_reaches_add_ons_and_developer_and_the_answer_comes_back_byte_for_byte(
    platform: Platform, owner: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    with FakePublisher({"line": "mobile"}).in_thread() as facts:
        number = make_number(owner, sms_url=developer.url("/sms?shop=1"))
        first, second = make_runner(owner, mood), make_runner(owner, facts, type="phone-number")
        reply = platform.post(number, SMS)
    assert (reply.status, reply.body) == (200, TWIML)
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    told = developer.requests[0]
    assert (told.method, told.query) == ("POST", [("shop", "1")])
    assert without(told.form, "AddOns") == SMS
    assert told.headers["user-agent"] == "TwilioProxy/1.1"
    envelope = add_ons_in(told)
    assert (envelope["status"], envelope["message"], envelope["code"]) == ("successful", None, None)
    asked = {"primary_address": THEIRS, "secondary_address": OURS, "body": dict(SMS)["Body"]}
    assert envelope["results"][first.unique_name]["result"] == {"asked": asked}
    assert envelope["results"][second.unique_name]["result"] == {"line": "mobile"}
    assert dict(facts.requests[0].form).keys() == {"primary_address", "secondary_address"}


def test_the_official_validator_accepts_what_the_developer_receives(
    platform: Platform, owner: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    make_runner(owner, mood)
    platform.post(make_number(owner, sms_url=developer.url("/sms?a=%20b&c")), SMS)
    assert is_signed_by(developer.requests[0], owner.auth_token)
    assert not is_signed_by(developer.requests[0], make_account().auth_token)


def test_a_call_is_told_to_the_voice_webhook(
    platform: Platform, owner: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    installed = make_runner(owner, mood, type="phone-number")
    number = make_number(owner, voice_url=developer.url("/voice"), sms_url=developer.url("/sms"))
    assert platform.post(number, CALL, "voice").body == TWIML
    assert [request.path for request in developer.requests] == ["/voice"]
    assert is_signed_by(developer.requests[0], owner.auth_token)
    assert add_ons_in(developer.requests[0])["results"][installed.unique_name]["code"] is None
    kept = Invocation.objects.get()
    assert (kept.extension, kept.primary_address, kept.reference_sid) == (
        "voice-incoming",
        THEIRS,
        "CA" + "2" * 32,
    )


def test_what_was_asked_is_kept_and_charged(
    platform: Platform, owner: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    installed = make_runner(owner, mood)
    platform.post(make_number(owner, sms_url=developer.url()), SMS)
    kept = Invocation.objects.get()
    assert (kept.account, kept.installed_add_on, kept.extension) == (owner, installed, "sms-incoming")
    assert (kept.purpose, kept.primary_address) == ("live", THEIRS)
    assert kept.reference_sid == "SM" + "1" * 32
    assert LedgerEntry.objects.get().request_sid == kept.sid
    assert events() == []


def test_repeated_parameters_and_their_order_are_kept_and_an_add_ons_of_the_sender_is_dropped(
    platform: Platform, owner: Account, developer: FakePublisher
) -> None:
    pairs = [
        ("b", "2"),
        ("a", "1"),
        ("AddOns", "{}"),
        ("b", "1"),
        ("b", "2"),
        ("", "empty name"),
        ("From", "x"),
    ]
    platform.post(make_number(owner, sms_url=developer.url()), pairs)
    assert developer.requests[0].form == without(pairs, "AddOns")


def test_an_event_the_platform_repeats_is_asked_about_again(
    platform: Platform, owner: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    make_runner(owner, mood)
    number = make_number(owner, sms_url=developer.url())
    assert [platform.post(number, SMS).status for _ in range(2)] == [200, 200]
    assert (len(mood.requests), len(developer.requests), Invocation.objects.count()) == (2, 2, 2)


def test_a_status_and_a_missing_content_type_come_back_as_they_are(
    platform: Platform, owner: Account
) -> None:
    with FakePublisher(Answer(204, b"", headers={"Set-Cookie": "a=b", "X-Own": "1"})).in_thread() as quiet:
        reply = platform.post(make_number(owner, sms_url=quiet.url()), SMS)
    assert (reply.status, reply.body) == (204, b"")
    assert not {"set-cookie", "x-own"} & set(reply.headers)
    assert "sandbox" in reply.headers["content-security-policy"]


def test_redirects_are_followed_and_signed_anew(platform: Platform, owner: Account) -> None:
    def moves(request: Received) -> Answer:
        return SAID if request.path == "/new" else Answer(307, {}, headers={"Location": "/new"})

    with FakePublisher(moves).in_thread() as moved:
        assert platform.post(make_number(owner, sms_url=moved.url("/old")), SMS).body == TWIML
        assert [request.method for request in moved.requests] == ["POST", "POST"]
        assert moved.requests[1].form == SMS
        assert is_signed_by(moved.requests[1], owner.auth_token)


def test_a_number_without_a_webhook_gets_an_empty_response_and_asks_nobody(
    platform: Platform, owner: Account, mood: FakePublisher
) -> None:
    make_runner(owner, mood)
    reply = platform.post(make_number(owner), SMS)
    assert (reply.status, reply.headers["content-type"]) == (200, "application/xml")
    assert reply.body == b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
    assert mood.requests == []


# --- Which add-ons run -----------------------------------------------------------------------


def test_an_assigned_add_on_runs_at_its_numbers_only_and_an_unassigned_one_at_all(
    platform: Platform, owner: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    bound, free = make_runner(owner, mood), make_runner(owner, mood)
    here = make_number(owner, sms_url=developer.url())
    there = make_number(owner, "+442079460018", sms_url=developer.url())
    number_services.assign(number=here, installed=bound)
    for number in (here, there):
        platform.post(number, SMS)
    names = [set(add_ons_in(request)["results"]) for request in developer.requests]
    assert names == [{bound.unique_name, free.unique_name}, {free.unique_name}]


def test_without_an_add_on_that_is_on_there_is_no_add_ons_parameter(
    platform: Platform, owner: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    make_runner(owner, mood)
    Listing.objects.update(availability="suspended")
    make_runner(make_account(), mood)
    platform.post(make_number(owner, sms_url=developer.url()), SMS)
    assert developer.requests[0].form == SMS
    assert mood.requests == []


def test_with_one_that_runs_elsewhere_the_results_are_empty(
    platform: Platform, owner: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    bound, there = make_runner(owner, mood), make_number(owner, "+442079460018")
    number_services.assign(number=there, installed=bound)
    platform.post(make_number(owner, sms_url=developer.url()), SMS)
    assert (
        dict(developer.requests[0].form)["AddOns"]
        == '{"status":"successful","message":null,"code":null,"results":{}}'
    )


# --- Add-ons that fail stop nothing ----------------------------------------------------------


def test_a_slow_add_on_fails_alone_inside_a_successful_envelope(
    platform: Platform, owner: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    with FakePublisher(Answer(200, {}, delay=5)).in_thread() as slow:
        late, quick = make_runner(owner, slow), make_runner(owner, mood)
        began = time.monotonic()
        reply = platform.post(make_number(owner, sms_url=developer.url()), SMS)
        took = time.monotonic() - began
    assert (reply.body, took < 4) == (TWIML, True)
    envelope = add_ons_in(developer.requests[0])
    assert (envelope["status"], envelope["results"][late.unique_name]["code"]) == ("successful", 61001)
    assert envelope["results"][quick.unique_name]["status"] == "successful"
    event = Event.objects.get()
    assert (event.code, event.text) == (61001, f"{late.unique_name}: Request timed out")
    assert event.event_id == Invocation.objects.first().event_id  # type: ignore[union-attr]


def test_when_the_engine_itself_fails_the_message_arrives_all_the_same(
    platform: Platform, owner: Account, developer: FakePublisher, mood: FakePublisher, monkeypatch: Any
) -> None:
    def full(tables: Tables) -> None:
        if tables[LedgerEntry]:
            raise OSError("disk full")
        insert(tables)

    make_runner(owner, mood)
    monkeypatch.setattr(services, "insert", full)
    assert platform.post(make_number(owner, sms_url=developer.url()), SMS).body == TWIML
    assert add_ons_in(developer.requests[0]) == {
        "status": "fail",
        "message": "Internal server error",
        "code": 61000,
        "results": {},
    }
    assert not Invocation.objects.exists()


def test_a_webhook_by_get_gets_no_add_ons_and_leaves_a_warning(
    platform: Platform, owner: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    make_runner(owner, mood)
    number = make_number(owner, sms_url=developer.url("/sms?own=1"), sms_method="GET")
    assert platform.post(number, [*SMS, ("AddOns", "{}")]).body == TWIML
    told = developer.requests[0]
    assert (told.method, told.body, told.query) == ("GET", b"", [("own", "1"), *SMS])
    assert is_signed_by(told, owner.auth_token)
    assert (events(), mood.requests) == ([("warning", 61006)], [])
    assert not Invocation.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_a_webhook_by_get_without_add_ons_leaves_no_warning(
    platform: Platform, owner: Account, developer: FakePublisher
) -> None:
    platform.post(make_number(owner, sms_url=developer.url(), sms_method="GET"), SMS)
    assert events() == []


def test_a_platform_that_asks_by_get_is_answered_too(
    platform: Platform, owner: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    make_runner(owner, mood)
    assert platform.get(make_number(owner, sms_url=developer.url()), SMS).body == TWIML
    assert without(developer.requests[0].form, "AddOns") == SMS
    assert len(mood.requests) == 1


# --- Developers who fail ---------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 500, 300])
def test_the_fallback_gets_the_same_and_why_and_no_add_on_is_asked_twice(
    platform: Platform, owner: Account, developer: FakePublisher, mood: FakePublisher, status: int
) -> None:
    make_runner(owner, mood)
    with FakePublisher(status).in_thread() as broken:
        urls = {"sms_url": broken.url("/sms"), "sms_fallback_url": developer.url("/fallback")}
        number = make_number(owner, **urls)
        assert platform.post(number, [*SMS, ("ErrorCode", "1")]).body == TWIML
        first, second = broken.requests[0], developer.requests[0]
    failure = [("ErrorCode", "11200"), ("ErrorUrl", urls["sms_url"])]
    assert second.form == [*without(first.form, "ErrorCode"), *failure]
    assert is_signed_by(second, owner.auth_token)
    assert (len(mood.requests), events()) == (1, [("error", 11200)])
    event = Event.objects.get()
    assert event.text == f"The webhook failed: The webhook answered {status}."
    assert (event.url_host, event.number_sid, event.reference_sid) == (
        "127.0.0.1",
        number.sid,
        "SM" + "1" * 32,
    )
    assert event.event_id == Invocation.objects.get().event_id


def test_a_fallback_by_get_goes_without_add_ons(
    platform: Platform, owner: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    make_runner(owner, mood)
    fallback = {"sms_fallback_url": developer.url(), "sms_fallback_method": "GET"}
    platform.post(make_number(owner, sms_url=dead_url(), **fallback), SMS)
    names = [name for name, _ in developer.requests[0].query]
    assert names == [*(name for name, _ in SMS), "ErrorCode", "ErrorUrl"]


def test_nobody_there_is_502_with_an_event_for_each(platform: Platform, owner: Account) -> None:
    number = make_number(owner, sms_url=dead_url(), sms_fallback_url=dead_url())
    reply = platform.post(number, SMS)
    assert (reply.status, reply.error["code"], reply.error["status"]) == (502, 11205, 502)
    assert reply.error["message"] == "The webhook gave no answer: The connection was not accepted."
    assert events() == [("error", 11205), ("error", 11205)]
    assert [event.text.split(" failed")[0] for event in Event.objects.order_by("sid")] == [
        "The webhook",
        "The fallback of the webhook",
    ]


def test_a_webhook_that_hangs_is_given_up_after_its_time(
    platform: Platform, owner: Account, developer: FakePublisher, monkeypatch: Any
) -> None:
    monkeypatch.setattr(forwarding, "WEBHOOK_DEADLINE_MS", 1_000)
    with FakePublisher(Answer(200, {}, delay=5)).in_thread() as slow:
        number = make_number(owner, sms_url=slow.url(), sms_fallback_url=developer.url())
        assert platform.post(number, SMS).body == TWIML
    assert dict(developer.requests[0].form)["ErrorCode"] == "11200"
    assert events() == [("error", 11200)]


@pytest.mark.parametrize("answer", [b"x" * 65_537, Answer(200, b"", headers={"Content-Encoding": "gzip"})])
def test_an_answer_that_is_too_large_or_compressed_is_none(
    platform: Platform, owner: Account, answer: Any
) -> None:
    with FakePublisher(answer).in_thread() as odd:
        assert platform.post(make_number(owner, sms_url=odd.url()), SMS).status == 502
    assert events() == [("error", 11200)]


def test_endless_redirects_end(platform: Platform, owner: Account) -> None:
    with FakePublisher(Answer(302, {}, headers={"Location": "/"})).in_thread() as turning:
        assert platform.post(make_number(owner, sms_url=turning.url()), SMS).status == 502
        assert len(turning.requests) == 6
    assert events() == [("error", 11200)]


def test_the_numbers_in_the_document_are_those_of_the_code(settings: Any) -> None:
    document = " ".join((settings.BASE_DIR / "docs" / "connectors.md").read_text().split())
    for words in (
        f"The add-ons share {DEADLINE_MS // 1000} seconds.",
        f"{WEBHOOK_DEADLINE_MS // 1000} seconds for everything, and {MAX_WEBHOOK_RESPONSE_BYTES:,} bytes",
        f"at most {MAX_REDIRECTS} redirects",
        f"At most {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,} parameters and ",
        f" and {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2} MiB",
    ):
        assert words in document
