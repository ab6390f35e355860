"""The official Python client: results of recording add-ons, their payloads, and the payloads' data."""

from datetime import UTC, datetime
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.utils import timezone
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from accounts.models import Account
from results.models import AddOnResult
from tests.conftest import basic
from tests.factories import make_payload, make_recording, make_result

TEXT = b"Hello, this is Acme."


@pytest.fixture
def result(base_url: str, account: Account) -> AddOnResult:
    """A completed result with two payloads: the text, and what was found in it."""
    result = make_result(make_recording(account), status="completed", date_completed=timezone.now())
    make_payload(result, TEXT, label="transcript", content_type="text/plain; charset=utf-8")
    make_payload(result, b'{"keywords": ["acme"]}')
    return result


def test_from_a_recording_to_the_bytes_of_a_payload(
    client: Client, account: Account, result: AddOnResult
) -> None:
    recording = client.recordings(result.recording.sid)
    (listed,) = recording.add_on_results.list()
    assert (listed.sid, listed.status, listed.reference_sid) == (
        result.sid,
        "completed",
        result.recording.sid,
    )
    assert (listed.add_on_sid, listed.add_on_configuration_sid) == (
        result.version.listing.sid,
        result.installed_add_on.sid,
    )
    assert abs(datetime.now(UTC) - listed.date_completed).total_seconds() < 60
    fetched = recording.add_on_results(result.sid).fetch()
    assert fetched.date_created == listed.date_created
    assert fetched.subresource_uris["payloads"].endswith(f"/AddOnResults/{result.sid}/Payloads.json")
    payloads = {each.label: each for each in recording.add_on_results(result.sid).payloads.list()}
    transcript = payloads.pop("transcript")
    (other,) = payloads.values()
    assert (transcript.content_type, other.content_type) == ("text/plain; charset=utf-8", "application/json")
    assert (other.label, other.account_sid, other.add_on_result_sid) == (other.sid, account.sid, result.sid)
    data = recording.add_on_results(result.sid).payloads(transcript.sid).data().fetch()
    with urlopen(data.redirect_to, timeout=5) as answer:
        assert (answer.read(), answer.headers["Content-Type"]) == (TEXT, "text/plain; charset=utf-8")


def test_a_plain_http_client_follows_and_sends_its_credentials_again(
    client: Client, base_url: str, account: Account, result: AddOnResult
) -> None:
    payload = result.payloads.get(label="transcript")
    path = f"/2010-04-01/Accounts/{account.sid}/Recordings/{result.recording.sid}/AddOnResults/{result.sid}"
    request = Request(f"{base_url}{path}/Payloads/{payload.sid}/Data")
    request.add_header("Authorization", basic(account.sid, account.auth_token))
    with urlopen(request, timeout=5) as answer:
        assert (answer.status, answer.read()) == (200, TEXT)
        assert answer.url.startswith(f"{base_url}/2010-04-01/Payloads/{payload.sid}?")


def test_results_and_payloads_are_paged(client: Client, result: AddOnResult) -> None:
    sids = [result.sid, *(make_result(result.recording).sid for _ in range(4))][::-1]
    results = client.recordings(result.recording.sid).add_on_results
    assert [row.sid for row in results.list(page_size=2)] == sids
    assert [row.sid for row in results.stream(limit=3, page_size=2)] == sids[:3]
    first = results.page(page_size=2)
    assert [row.sid for row in first.next_page()] == sids[2:4]
    assert [row.sid for row in first.next_page().previous_page()] == sids[:2]
    assert len(results(result.sid).payloads.list(page_size=1)) == 2


def test_deleting(client: Client, result: AddOnResult) -> None:
    one: Any = client.recordings(result.recording.sid).add_on_results(result.sid)
    payload = result.payloads.get(label="transcript")
    assert one.payloads(payload.sid).delete() is True
    with pytest.raises(TwilioRestException) as refused:
        one.payloads(payload.sid).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)
    assert len(one.payloads.list()) == 1
    assert one.delete() is True
    with pytest.raises(TwilioRestException) as refused:
        one.fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)
    assert client.recordings(result.recording.sid).add_on_results.list() == []
