"""`/connect/{AC}/recordings`: a platform tells of a recording."""

from typing import Any
from urllib.parse import urlencode

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from accounts.services import create_api_key
from invocations.tasks import take_in_recording
from publishers.contract.signing import signature
from recordings.intake import LEASE
from recordings.models import Recording
from results.models import Event
from tests.conftest import api_of, basic
from tests.factories import (
    make_account,
    make_audio,
    make_recording,
)
from tests.fake_publisher import Answer, FakePublisher
from tests.recordings.bringing import (
    BASE,
    CA,
    CALLBACK,
    FORM,
    RE,
    bring,
    path_of,
    tell,
)

pytestmark = pytest.mark.django_db

Status = Recording.Status


def the_only() -> Recording:
    return Recording.objects.get()


# --- A platform's callback -------------------------------------------------------------------


def test_a_callback_is_taken_note_of_and_answered_empty(
    api: APIClient, account: Account, told: list[str]
) -> None:
    answer = tell(api, account)
    assert (answer.status_code, answer.content) == (204, b"")
    recording = the_only()
    assert (recording.sid, recording.platform_sid, recording.account) == (RE, RE, account)
    assert (recording.status, recording.source, recording.track) == (Status.PROCESSING, "RecordVerb", "both")
    assert (recording.call_sid, recording.conference_sid) == (CA, "")
    assert recording.media_url == CALLBACK["RecordingUrl"]
    assert recording.start_time.isoformat() == "2026-11-21T12:00:00+00:00"
    assert recording.duration_ms == 0, "a length is measured, not believed"
    assert told == [RE]
    assert Recording.objects.claim(RE, lease=LEASE) is not None


def test_a_callback_that_comes_again_changes_nothing(api: APIClient, account: Account) -> None:
    assert tell(api, account).status_code == 204
    first = the_only()
    assert tell(api, account, RecordingUrl="https://api.twilio.com/other").status_code == 204
    assert the_only().media_url == first.media_url
    assert tell(api, account, RecordingSid=RE[:2] + RE[2:].upper()).status_code == 204
    assert the_only().date_updated == first.date_updated


def test_a_recording_without_audio_is_fetched_again_when_the_platform_tells_of_it_again(
    api: APIClient, account: Account, told: list[str]
) -> None:
    tell(api, account)
    Recording.objects.update(status=Status.ABSENT, reason="refused", due_at=None, tries=7)
    tell(api, account, RecordingUrl="https://api.twilio.com/2")
    recording = the_only()
    assert (recording.status, recording.reason, recording.tries) == (Status.PROCESSING, "", 0)
    assert (recording.media_url, told) == ("https://api.twilio.com/2", [RE, RE])


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.DELETED])
def test_what_is_complete_or_deleted_is_not_fetched_again(
    api: APIClient, account: Account, told: list[str], status: str
) -> None:
    make_recording(account, sid=RE, platform_sid=RE, status=status)
    assert tell(api, account).status_code == 204
    assert (the_only().status, told) == (status, [])


@pytest.mark.parametrize("status", ["in-progress", "paused", "stopped", "processing"])
def test_a_recording_that_is_still_made_is_nothing_yet(api: APIClient, account: Account, status: str) -> None:
    assert tell(api, account, RecordingStatus=status, RecordingUrl=None).status_code == 204
    assert not Recording.objects.exists()


@pytest.mark.parametrize("status", ["absent", "failed"])
def test_that_there_is_no_audio_is_kept(
    api: APIClient, account: Account, told: list[str], status: str
) -> None:
    answer = tell(api, account, RecordingStatus=status, RecordingUrl=None, ErrorCode="16106")
    assert answer.status_code == 204
    recording = the_only()
    assert (recording.status, recording.error_code, recording.due_at) == (Status.ABSENT, 16106, None)
    assert (recording.reason, told) == ("The platform says that there is no audio.", [])


def test_a_sid_that_another_account_has_is_replaced(api: APIClient, account: Account) -> None:
    theirs = make_recording(make_account(), sid=RE, platform_sid=RE)
    tell(api, account)
    mine = Recording.objects.of(account).get()
    assert (mine.platform_sid, mine.sid != theirs.sid, mine.sid[:2]) == (RE, True, "RE")
    tell(api, account)
    assert Recording.objects.of(account).count() == 1


def test_a_platform_may_name_recordings_in_its_own_way(api: APIClient, account: Account) -> None:
    tell(api, account, RecordingSid="b5f0c3a2-1", CallSid="call/7", RecordingTrack=None)
    recording = the_only()
    assert (recording.platform_sid, recording.call_sid) == ("b5f0c3a2-1", "call/7")
    assert recording.sid.startswith("RE")


def test_what_a_platform_does_not_send_may_stand_in_the_address(api: APIClient, account: Account) -> None:
    answer = tell(api, account, "?RecordingSource=DialVerb", RecordingSource=None, RecordingStatus=None)
    assert (answer.status_code, the_only().source) == (204, "DialVerb")


def test_a_callback_may_use_get(api: APIClient, account: Account) -> None:
    assert api.get(path_of(account), CALLBACK).status_code == 204
    assert the_only().sid == RE


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"RecordingSource": None}, "Missing required parameter RecordingSource in the post body"),
        ({"RecordingSource": "Fax"}, "Invalid RecordingSource: must be DialVerb or Conference or"),
        ({"RecordingSid": None}, "Missing required parameter RecordingSid in the post body"),
        ({"RecordingSid": ""}, "Invalid RecordingSid: must not be empty"),
        ({"RecordingSid": "x" * 65}, "Invalid RecordingSid: must have at most 64 characters"),
        ({"RecordingSid": "a\x00b"}, "Invalid RecordingSid: must be printable ASCII"),
        ({"CallSid": "ünï"}, "Invalid CallSid: must be printable ASCII"),
        ({"RecordingUrl": None}, "Missing required parameter RecordingUrl in the post body"),
        ({"RecordingUrl": "ftp://a/b"}, "Invalid RecordingUrl: must be an absolute http or https URL"),
        ({"RecordingStatus": "done"}, "Invalid RecordingStatus: must be in-progress or"),
        ({"RecordingStartTime": "yesterday"}, "Invalid RecordingStartTime: must be a time such as"),
        ({"RecordingStartTime": "Sat, 21 Nov 99999 12:00:00 +0000"}, "Invalid RecordingStartTime"),
        ({"ErrorCode": "x"}, "Invalid ErrorCode"),
    ],
)
def test_a_bad_callback_says_what_is_wrong(
    api: APIClient, account: Account, changes: dict[str, Any], message: str
) -> None:
    answer = tell(api, account, **changes)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert answer.json()["message"].startswith(message)
    assert not Recording.objects.exists()


@pytest.mark.parametrize("which", ["auth_token", "secondary_auth_token"])
def test_a_signature_of_the_account_is_enough(account: Account, which: str) -> None:
    account.secondary_auth_token = "second"
    account.save()
    query = "?RecordingSource=DialVerb"
    signed = signature(BASE + path_of(account) + query, CALLBACK, getattr(account, which))
    client = APIClient(headers={"X-Twilio-Signature": signed})
    answer = client.post(path_of(account) + query, urlencode(CALLBACK), content_type=FORM)
    assert answer.status_code == 204
    assert the_only().source == "RecordVerb"


@pytest.mark.parametrize("known", [True, False])
def test_a_wrong_signature_does_not_tell_whether_there_is_such_an_account(
    account: Account, known: bool
) -> None:
    path = path_of(account) if known else f"/connect/AC{'0' * 32}/recordings"
    signed = signature(BASE + path, CALLBACK, make_account().auth_token)
    client = APIClient(headers={"X-Twilio-Signature": signed})
    answer = client.post(path, urlencode(CALLBACK), content_type=FORM)
    assert (answer.status_code, answer.json()["code"]) == (403, 20403)
    assert not Recording.objects.exists()


def test_an_empty_token_signs_nothing(account: Account) -> None:
    assert account.secondary_auth_token == ""
    signed = signature(BASE + path_of(account), CALLBACK, "")
    client = APIClient(headers={"X-Twilio-Signature": signed})
    assert client.post(path_of(account), urlencode(CALLBACK), content_type=FORM).status_code == 403


def test_strangers_and_keys_for_reading_bring_nothing_in(account: Account) -> None:
    assert tell(APIClient(), account).status_code == 401
    assert tell(api_of(make_account()), account).status_code == 404
    key, secret = create_api_key(account=account, friendly_name="looks", scope="read")
    reader = APIClient()
    reader.credentials(HTTP_AUTHORIZATION=basic(key.sid, secret))
    assert tell(reader, account).status_code == 403
    assert reader.get(path_of(account), CALLBACK).status_code == 403
    assert bring(reader, account).status_code == 403
    assert not Recording.objects.exists()


def test_a_callback_of_another_type_is_refused(api: APIClient, account: Account) -> None:
    answer = api.post(path_of(account), b"{}", content_type="application/json")
    assert answer.status_code == 415
    assert FORM in answer.json()["message"]


# --- And then --------------------------------------------------------------------------------


def test_a_worker_takes_in_what_a_platform_told_of(api: APIClient, account: Account) -> None:
    with FakePublisher(Answer(200, make_audio())).in_thread() as platform:
        tell(api, account, RecordingUrl=platform.url("/1"))
        take_in_recording(RE)
    assert (the_only().status, the_only().duration_ms) == (Status.COMPLETED, 2000)


def test_that_the_audio_cannot_be_had_is_an_event(api: APIClient, account: Account) -> None:
    with FakePublisher(401).in_thread() as platform:
        tell(api, account, RecordingUrl=platform.url("/1?token=secret"))
        take_in_recording(RE)
    event = Event.objects.get()
    assert (event.account, event.code, event.reference_sid) == (account, 11200, RE)
    assert (event.url_host, event.extension) == ("127.0.0.1", "recording-verb")
    assert "answered 401: there are no credentials for it" in event.text
