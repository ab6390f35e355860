"""The notice that a result is ready: contract 11.4, to the letter."""

import json
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Account
from deliveries.models import Delivery
from results import notices
from results.models import AddOnResult, Event
from tests.factories import (
    make_install,
    make_listing,
    make_payload,
    make_recording,
    make_recording_definition,
    make_result,
)

pytestmark = pytest.mark.django_db
BASE = "https://api.example.com"


@pytest.fixture(autouse=True)
def _base(settings: Any) -> None:
    settings.API_URLS = {**settings.API_URLS, "api": BASE}


def make_ended(account: Account, configuration: Any = None, **changes: Any) -> AddOnResult:
    """A result that has ended: completed, unless something else is said."""
    if configuration is None:
        configuration = {"callback_url": "https://acme.example/results"}
    listing = make_listing(definition=make_recording_definition(), unique_name="acme_transcribe")
    installed = make_install(account, listing, configuration={"callback_url": "https://acme.example/results"})
    installed.configuration = configuration
    installed.save()
    return make_result(make_recording(account), installed, **{"status": "completed", **changes})


def owed(result: AddOnResult) -> Delivery:
    delivery = notices.owe_notice(result, list(result.payloads.in_order()))
    assert delivery is not None
    return Delivery.objects.get(pk=delivery.pk)


def said(delivery: Delivery) -> Any:
    [[name, document]] = delivery.parameters
    assert name == "AddOns"
    return json.loads(document)


def links_of(result: AddOnResult) -> dict[str, str]:
    recording = f"{BASE}/2010-04-01/Accounts/{result.account.sid}/Recordings/{result.recording.sid}"
    own = f"{recording}/AddOnResults/{result.sid}"
    return {"add_on_result": own, "payloads": f"{own}/Payloads", "recording": recording}


def test_a_success_names_each_payload_in_its_order(account: Account) -> None:
    result = make_ended(account)
    payloads = [make_payload(result), make_payload(result, b"hello", content_type="text/plain")]
    links = links_of(result)
    entry = {
        "request_sid": result.sid,
        "status": "successful",
        "message": None,
        "code": None,
        "payload": [
            {"content_type": kind, "url": f"{links['payloads']}/{payload.sid}/Data"}
            for payload, kind in zip(payloads, ["application/json", "text/plain"], strict=True)
        ],
        "links": links,
    }
    document = said(owed(result))
    assert document == {
        "status": "successful",
        "message": None,
        "code": None,
        "results": {"acme_transcribe": entry},
    }
    assert list(document) == ["status", "message", "code", "results"]
    assert list(document["results"]["acme_transcribe"]) == list(entry)


@pytest.mark.parametrize("word", ["fail", "failed"])
def test_a_failure_has_its_code_and_no_payload_in_a_successful_envelope(
    account: Account, settings: Any, word: str
) -> None:
    settings.ADD_ON_FAILURE_STATUS = word
    result = make_ended(account, status="failed", code=61001, message="Request timed out")
    document = said(owed(result))
    assert (document["status"], document["code"]) == ("successful", None)
    assert document["results"] == {
        "acme_transcribe": {
            "request_sid": result.sid,
            "status": word,
            "message": "Request timed out",
            "code": 61001,
            "payload": [],
            "links": links_of(result),
        }
    }


def test_it_goes_where_the_settings_say(account: Account) -> None:
    delivery = owed(
        make_ended(account, {"callback_url": "https://acme.example/a?b=1", "callback_method": "POST"})
    )
    assert (delivery.url, delivery.method, delivery.host) == (
        "https://acme.example/a?b=1",
        "POST",
        "acme.example",
    )
    assert delivery.account == account
    assert not Event.objects.exists()


@pytest.mark.parametrize("configuration", [{}, {"callback_url": ""}, {"callback_url": None}])
def test_without_an_address_nothing_is_owed(account: Account, configuration: dict[str, Any]) -> None:
    assert notices.owe_notice(make_ended(account, configuration)) is None
    assert not Delivery.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize("url", [17, ["https://a.example/"], "https://a.example/\x00", "x" * 3000, "\ud800"])
def test_what_cannot_be_an_address_leaves_an_event(account: Account, url: Any) -> None:
    result = make_ended(account, {"callback_url": url})
    assert notices.owe_notice(result) is None
    event = Event.objects.get()
    assert (event.code, event.account, event.reference_sid) == (11200, account, result.recording.sid)


@pytest.mark.parametrize("method", ["GET", "get"])
def test_a_callback_by_get_gets_no_results_and_the_account_is_told(account: Account, method: str) -> None:
    result = make_ended(account, {"callback_url": "https://acme.example/", "callback_method": method})
    delivery = owed(result)
    assert (delivery.method, delivery.parameters) == ("GET", [])
    event = Event.objects.get()
    assert (event.code, event.level, event.url_host) == (61006, "warning", "acme.example")
    assert (event.event_id, event.extension) == (result.event_id, "recording-verb")


def test_owing_twice_is_one_notice_one_hint_and_one_event(
    account: Account,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    result = make_ended(account, {"callback_url": "https://acme.example/", "callback_method": "GET"})
    with django_capture_on_commit_callbacks() as hints:
        assert owed(result) == owed(result)
    assert (len(hints), Event.objects.count()) == (1, 1)


def test_what_it_says_does_not_change_with_the_settings(account: Account) -> None:
    result = make_ended(account)
    delivery = owed(result)
    result.installed_add_on.configuration = {"callback_url": "https://new.example/"}
    result.installed_add_on.save()
    make_payload(result)
    assert (delivery.url, said(delivery)["results"]["acme_transcribe"]["payload"]) == (
        "https://acme.example/results",
        [],
    )


def test_a_result_that_is_rolled_back_leaves_no_notice(account: Account) -> None:
    result = make_ended(account)
    with transaction.atomic():
        notices.owe_notice(result)
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


def test_nothing_is_sent_about_a_result_that_was_deleted(account: Account) -> None:
    result = make_ended(account)
    delivery = owed(result)
    assert notices.withdraw_notices([result.sid]) == 1
    delivery.refresh_from_db()
    assert (delivery.status, delivery.due_at) == ("withdrawn", None)
