"""`/connect/{AC}/recordings`: somebody brings the audio."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from invocations import recording_connect
from publishers.contract.signing import signature
from recordings.models import Recording
from results.models import AddOnResult
from tests.factories import (
    make_audio,
    make_install,
    make_listing,
    make_recording_definition,
)
from tests.recordings.bringing import (
    BASE,
    BOUNDARY,
    CA,
    CF,
    RE,
    body_of,
    bring,
    files,
    path_of,
    send,
)
from tests.recordings.sounds import mp3

pytestmark = pytest.mark.django_db

Status = Recording.Status


def the_only() -> Recording:
    return Recording.objects.get()


def test_an_upload_is_measured_and_complete_at_once(api: APIClient, account: Account) -> None:
    start = "2026-11-21T12:00:00+01:00"
    answer = bring(api, account, RecordingSid=RE, CallSid=CA, ConferenceSid=CF, RecordingStartTime=start)
    assert answer.status_code == 201
    shown = answer.json()
    assert list(shown)[:5] == ["account_sid", "api_version", "call_sid", "conference_sid", "channels"]
    assert (shown["sid"], shown["status"], shown["duration"], shown["channels"]) == (RE, "completed", "2", 2)
    assert shown["start_time"] == "Sat, 21 Nov 2026 11:00:00 +0000"
    assert shown["uri"] == f"/2010-04-01/Accounts/{account.sid}/Recordings/{RE}.json"
    recording = the_only()
    assert (recording.content_type, recording.duration_ms) == ("audio/x-wav", 2000)
    with recording.audio.open() as file:
        assert file.read() == make_audio(2.0, channels=2)
    assert api.get(shown["uri"]).json() == shown
    media = api.get(shown["media_url"].removeprefix("http://127.0.0.1:8000"))
    assert media.getvalue() == make_audio(2.0, channels=2)


def test_an_upload_starts_the_add_ons_of_its_source(api: APIClient, account: Account) -> None:
    listing = make_listing(definition=make_recording_definition())
    settings = {"callback_url": "https://acme.example/results"}
    make_install(account, listing, configuration=settings, enabled=["recording-conference"])
    sid = bring(api, account).json()["sid"]
    result = AddOnResult.objects.get()
    assert (result.recording.sid, result.extension, result.status) == (sid, "recording-conference", "init")
    assert result.due_at is not None
    bring(api, account, RecordingSource="Trunking")
    assert AddOnResult.objects.count() == 1


def test_an_upload_that_comes_again_is_the_same_recording(api: APIClient, account: Account) -> None:
    first = bring(api, account, RecordingSid=RE)
    again = bring(api, account, RecordingSid=RE)
    assert (again.status_code, again.json()) == (201, first.json())
    other = bring(api, account, mp3(), RecordingSid=RE)
    assert (other.status_code, other.json()["code"]) == (409, 20409)
    assert files() == {the_only().audio.name}


def test_without_a_name_each_upload_is_one_of_its_own(api: APIClient, account: Account) -> None:
    sids = {bring(api, account).json()["sid"] for _ in range(2)}
    assert len(sids) == Recording.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (body_of({"RecordingSource": "DialVerb"}, None), "Missing required parameter Recording in the post"),
        (body_of({"RecordingSource": "DialVerb"}, b""), "Missing required parameter Recording in the post"),
        (body_of({"RecordingSource": "DialVerb"}, b"<html>"), "Invalid Recording: it is neither a WAV nor"),
        (body_of({}, make_audio()), "Missing required parameter RecordingSource in the post body"),
        (body_of({"RecordingSource": "Fax"}, make_audio()), "Invalid RecordingSource: must be"),
        (
            body_of({"RecordingSource": "DialVerb"}, make_audio(), name="File"),
            "Invalid request: send one file",
        ),
        (body_of({"RecordingSource": "DialVerb"}, make_audio(), end=""), "Invalid request: it ends before"),
        (b"x" * 100, "Invalid request: it ends before its last boundary"),
        (b"", "Invalid request: it ends before its last boundary"),
    ],
    ids=["no-file", "empty", "no-audio", "no-source", "bad-source", "other-name", "cut-off", "noise", "none"],
)
def test_a_bad_upload_says_what_is_wrong_and_leaves_nothing(
    api: APIClient, account: Account, body: bytes, message: str
) -> None:
    answer = send(api, account, body)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001), answer.content
    assert answer.json()["message"].startswith(message)
    assert not Recording.objects.exists()
    assert files() == set()


def test_two_files_are_one_too_many(api: APIClient, account: Account) -> None:
    one = body_of({"RecordingSource": "DialVerb"}, make_audio(), end="")[: -len(f"--{BOUNDARY}\r\n")]
    answer = send(api, account, one + body_of({}, make_audio()))
    assert answer.status_code == 400
    assert "send one file, as Recording" in answer.json()["message"]


def test_an_upload_above_the_limit_is_refused(api: APIClient, account: Account, settings: Any) -> None:
    settings.MAX_RECORDING_BYTES = len(make_audio()) - 1
    answer = bring(api, account, make_audio())
    assert (answer.status_code, answer.json()["code"]) == (413, 20413)
    settings.MAX_RECORDING_BYTES += 1
    assert bring(api, account, make_audio()).status_code == 201


def test_when_what_follows_fails_the_upload_leaves_nothing(
    api: APIClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Recording) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(recording_connect, "start", fails)
    with pytest.raises(ZeroDivisionError):
        bring(api, account)
    assert not Recording.objects.exists()
    assert files() == set()


def test_an_upload_is_not_signed(account: Account) -> None:
    client = APIClient(
        headers={"X-Twilio-Signature": signature(BASE + path_of(account), (), account.auth_token)}
    )
    assert bring(client, account).status_code == 401
