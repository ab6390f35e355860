"""Recordings are handed to publishers: each answer, each failure, each death on the way (contract 11.2)."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
from django.utils import timezone
from twilio.request_validator import RequestValidator

from accounts.models import Account
from billing.models import LedgerEntry
from deliveries.models import Delivery
from invocations.dispatch import dispatch_one
from results.callbacks import callback_url_of, token_of
from results.models import AddOnResult, Invocation
from tests.factories import make_audio, make_recording
from tests.fake_publisher import Answer, FakePublisher, Received
from tests.invocations.owed_results import dispatched, owed, tried

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Iterator[FakePublisher]:
    """A publisher that takes everything."""
    with FakePublisher(202).in_thread() as service:
        yield service


def parts_of(request: Received) -> dict[str, bytes]:
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts: Any = message_from_bytes(head + request.body).get_payload()
    return {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in parts
    }


def steps_of(result: AddOnResult) -> list[tuple[str, bool]]:
    return [(step["name"], step["ok"]) for step in result.trace]


# --- What the publisher gets -----------------------------------------------------------------


def test_the_publisher_gets_the_audio_and_every_field_signed(
    account: Account, service: FakePublisher
) -> None:
    names = ["callback_url", "channels", "duration", "format", "media_sid", "size", "request_sid", "ttl"]
    fields = [{"name": name, "value": f"{{{{{name}}}}}"} for name in names]
    body = {"kind": "multipart", "fields": [{"name": "audio", "value": "{{audio_data}}"}, *fields]}
    audio = make_audio(7.5, channels=2)
    recording = make_recording(account, audio=audio, channels=2, duration_ms=7500)
    result = dispatched(owed(account, service, recording=recording, request={"body": body}))
    (request,) = service.requests
    parts = parts_of(request)
    assert parts.pop("audio") == audio
    texts = {name: value.decode() for name, value in parts.items()}
    assert texts == {
        "callback_url": callback_url_of(result.sid),
        "channels": "2",
        "duration": "7500",
        "format": "audio/x-wav",
        "media_sid": recording.sid,
        "size": str(len(audio)),
        "request_sid": result.sid,
        "ttl": "75000",  # ten times the audio
    }
    publisher = result.version.listing.publisher.account
    signature = request.headers["x-twilio-signature"]
    assert RequestValidator(publisher.auth_token).validate(request.url, texts, signature)
    assert request.headers["x-twilio-vendoraccountsid"] == publisher.sid
    assert request.headers["x-twilio-requestsid"] == result.sid


def test_a_short_recording_leaves_the_publisher_a_minute(account: Account, service: FakePublisher) -> None:
    dispatched(owed(account, service))
    assert service.requests[0].headers["x-twilio-requestttl"] == "60000"


def test_a_raw_recording_is_signed_by_its_hash(account: Account, service: FakePublisher) -> None:
    audio = b"RIFF, as text, because the validator takes no other body"
    request = {"method": "PUT", "body": {"kind": "raw"}}
    result = dispatched(
        owed(account, service, recording=make_recording(account, audio=audio), request=request)
    )
    (received,) = service.requests
    token = result.version.listing.publisher.account.auth_token
    assert received.body == audio
    signature = received.headers["x-twilio-signature"]
    assert RequestValidator(token).validate(received.url, audio.decode(), signature)


def test_the_listings_own_credentials_are_used_and_not_shown(
    account: Account, service: FakePublisher
) -> None:
    auth = {"kind": "bearer", "token": "token"}
    result = dispatched(owed(account, service, auth=auth, credentials={"token": "s3cret"}))
    assert service.requests[0].headers["authorization"] == "Bearer s3cret"
    assert "s3cret" not in str(result.trace)


def test_the_trace_does_not_hold_the_token_of_the_callback(account: Account, service: FakePublisher) -> None:
    result = dispatched(owed(account, service))
    shown = str(result.trace)
    assert "/addons/callbacks/" in shown
    assert token_of(result.sid) not in shown


# --- Answers (contract 11.2) -----------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [202, 204, Answer(201, b""), Answer(200, b""), Answer(200, b"<p>ok</p>"), Answer(202, bytes(70_000))],
    ids=["202", "204", "201", "200 without a body", "200 with HTML", "202 with a large body"],
)
def test_a_yes_begins_the_publishers_time(account: Account, answer: Any) -> None:
    result, requests = tried(account, answer)
    assert (result.status, len(requests)) == ("in-progress", 1)
    assert (result.due_at, result.leased_until) == (None, None)
    assert result.deadline
    assert result.accepted_at
    assert result.deadline - result.accepted_at == timedelta(minutes=1)
    assert steps_of(result) == [("Render", True), ("Send", True)]
    assert "HTTP 20" in result.trace[1]["lines"][0]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(200, {"error": "no speech"}), 61004),
        (Answer(200, b"[]"), 61004),
        (400, 61005),
        (401, 61005),
        (413, 61005),
        (Answer(307, headers={"Location": "/again"}), 61008),
        (304, 61000),
        (Answer(200, bytes(70_000)), 61007),
    ],
    ids=["a no", "a no that is a list", "400", "401", "413", "redirects", "304", "a large 200"],
)
def test_a_no_is_final_and_costs_nothing(account: Account, answer: Any, code: int) -> None:
    result, requests = tried(account, answer)
    assert (result.status, result.code, result.due_at) == ("failed", code, None)
    assert len(requests) == (6 if code == 61008 else 1)
    invocation = Invocation.objects.get(sid=result.sid)
    assert (invocation.code, invocation.charge_micros) == (code, 0)
    assert not LedgerEntry.objects.exists()
    assert Delivery.objects.get().reference_sid == result.sid


def test_a_publisher_that_declines_is_not_blamed(account: Account) -> None:
    result, _ = tried(account, Answer(200, {"no": "thanks"}))
    assert not Invocation.objects.get(sid=result.sid).counts_in_service_level


def test_a_redirect_takes_the_recording_along(account: Account) -> None:
    result, (_, second) = tried(account, [Answer(307, headers={"Location": "/elsewhere"}), 202])
    assert (result.status, second.path) == ("in-progress", "/elsewhere")
    assert parts_of(second)["audio"] == make_audio()


def test_trouble_is_tried_again_under_the_same_names(account: Account) -> None:
    with FakePublisher([500, 503, 599, 202]).in_thread() as service:
        result = owed(account, service)
        pauses = []
        for _ in range(3):
            before = timezone.now()
            result = dispatched(result)
            assert (result.status, result.leased_until, result.hinted_at) == ("queued", None, None)
            assert result.due_at
            pauses.append(round((result.due_at - before).total_seconds()))
        result = dispatched(result)
    assert (result.status, pauses) == ("in-progress", [1, 5, 30])
    assert len({request.headers["x-twilio-requestsid"] for request in service.requests}) == 1
    assert {parts_of(request)["callback"].decode() for request in service.requests} == {
        callback_url_of(result.sid)
    }
    assert steps_of(result) == [("Render", True), *[("Send", False)] * 3, ("Send", True)]


def test_before_its_time_nothing_is_tried_again(account: Account) -> None:
    with FakePublisher(503).in_thread() as service:
        result = dispatched(owed(account, service))
        dispatch_one(result.sid)
    assert len(service.requests) == 1


def test_four_tries_are_all(account: Account) -> None:
    with FakePublisher(503).in_thread() as service:
        result = owed(account, service)
        for _ in range(6):
            result = dispatched(result)
    assert (result.status, result.code, len(service.requests)) == ("failed", 61002, 4)
    invocation = Invocation.objects.get(sid=result.sid)
    assert (invocation.attempts, invocation.http_status) == (4, 503)


def test_a_service_that_is_not_there_is_tried_again(account: Account) -> None:
    with FakePublisher().in_thread() as service:
        result = owed(account, service)
    result = dispatched(result)
    assert (result.status, result.trace[-1]["lines"][0]) == ("queued", "The connection was not accepted.")


def test_a_service_that_is_silent_is_tried_again_and_fails_as_one_that_is_down(account: Account) -> None:
    with FakePublisher(Answer(202, delay=30)).in_thread() as service:
        result = dispatched(owed(account, service, limits={"timeout_ms": 200}))
        assert (result.status, result.due_at is None) == ("queued", False)
        for _ in range(3):
            result = dispatched(result)
    assert (result.status, result.code) == ("failed", 61002)


def test_an_address_that_is_not_allowed_fails_at_once(account: Account, settings: Any) -> None:
    with FakePublisher().in_thread() as service:
        result = owed(account, service)
        settings.OUTBOUND_ALLOWED_HOSTS = []
        result = dispatched(result)
    assert (result.status, result.code, service.requests) == ("failed", 61002, [])


def test_what_the_request_schema_refuses_is_not_sent(account: Account, service: FakePublisher) -> None:
    schema = {"type": "object", "properties": {"duration": {"minimum": 60_000}}}
    result = dispatched(owed(account, service, request_schema=schema))
    assert (result.status, result.code, service.requests) == ("failed", 61003, [])
    assert steps_of(result) == [("Render", False)]


def test_audio_that_cannot_be_read_is_tried_again_and_is_not_the_publishers_fault(
    account: Account, service: FakePublisher
) -> None:
    result = owed(account, service)
    audio = result.recording.audio
    audio.storage.delete(str(audio.name))
    for _ in range(4):
        result = dispatched(result)
    assert (result.status, result.code, service.requests) == ("failed", 61000, [])
    assert not Invocation.objects.get(sid=result.sid).counts_in_service_level
