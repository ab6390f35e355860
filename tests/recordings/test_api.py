"""API 2010-04-01: recordings, and their audio (contract 4.4)."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.models import Account
from accounts.services import create_api_key
from recordings.models import Recording
from tests.conftest import api_of, basic
from tests.factories import make_account, make_audio, make_recording
from tests.recordings.sounds import mp3

pytestmark = pytest.mark.django_db

AUDIO = make_audio(2.0)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEYS = [
    "account_sid",
    "api_version",
    "call_sid",
    "conference_sid",
    "channels",
    "date_created",
    "date_updated",
    "start_time",
    "price",
    "price_unit",
    "duration",
    "sid",
    "source",
    "status",
    "error_code",
    "uri",
    "subresource_uris",
    "encryption_details",
    "media_url",
]


def root(account: Account) -> str:
    return f"/2010-04-01/Accounts/{account.sid}/Recordings"


def path_of(recording: Recording, extension: str = ".json") -> str:
    return f"{root(recording.account)}/{recording.sid}{extension}"


def body_of(answer: Any) -> bytes:
    """The whole of what was sent."""
    data = answer.getvalue() if answer.streaming else answer.content
    return bytes(data)


# --- Reading ---------------------------------------------------------------------------------


def test_a_recording_has_the_contracts_fields(api: APIClient, account: Account) -> None:
    recording = make_recording(account, audio=AUDIO, date_created=NOON, date_updated=NOON, start_time=NOON)
    shown = api.get(path_of(recording)).json()
    assert list(shown) == KEYS
    uri = path_of(recording, "")
    assert shown == {
        "account_sid": account.sid,
        "api_version": "2010-04-01",
        "call_sid": f"CA{'1' * 32}",
        "conference_sid": None,
        "channels": 1,
        "date_created": "Fri, 20 Nov 2026 12:00:00 +0000",
        "date_updated": "Fri, 20 Nov 2026 12:00:00 +0000",
        "start_time": "Fri, 20 Nov 2026 12:00:00 +0000",
        "price": None,
        "price_unit": "USD",
        "duration": "2",
        "sid": recording.sid,
        "source": "RecordVerb",
        "status": "completed",
        "error_code": None,
        "uri": f"{uri}.json",
        "subresource_uris": {
            "add_on_results": f"{uri}/AddOnResults.json",
            "transcriptions": f"{uri}/Transcriptions.json",
        },
        "encryption_details": None,
        "media_url": f"http://127.0.0.1:8000{uri}",
    }


def test_what_was_not_measured_has_no_duration(api: APIClient, account: Account) -> None:
    recording = make_recording(account, status="processing", content_type="", duration_ms=0)
    assert api.get(path_of(recording)).json()["duration"] is None


def test_json_xml_and_csv_agree(api: APIClient, account: Account) -> None:
    recording = make_recording(account)
    shown = api.get(f"{root(account)}.json").json()["recordings"][0]
    row = next(csv.DictReader(io.StringIO(api.get(f"{root(account)}.csv").content.decode())))
    assert list(row) == ["".join(word.title() for word in key.split("_")) for key in KEYS]
    assert (row["Sid"], row["Duration"], row["ConferenceSid"]) == (recording.sid, "2", "")
    for path in (root(account), f"{root(account)}.xml"):
        tree = ET.fromstring(api.get(path).content)
        element = tree.find("Recordings/Recording")
        assert element is not None
        assert element.findtext("Sid") == shown["sid"]
        assert element.findtext("Uri") == path_of(recording, "")
        assert element.findtext("SubresourceUris/AddOnResults") == path_of(recording, "/AddOnResults")
    one = ET.fromstring(api.get(path_of(recording, ".xml")).content)
    assert one.findtext("Recording/Status") == "completed"


def test_a_list_is_newest_first_by_date_whatever_the_sids_are(api: APIClient, account: Account) -> None:
    """Platforms draw their SIDs; pages lead on and back, also among recordings of one moment."""
    sids = []
    for number, digit in enumerate("7f03b1c9a5"):
        made = NOON - timedelta(hours=number // 3)
        sids.append((made, make_recording(account, sid=f"RE{digit * 32}", date_created=made).sid))
    expected = [sid for _, sid in sorted(sids, reverse=True)]
    pages, seen, uri = [], [], f"{root(account)}.json?PageSize=3"
    while uri:
        page = api.get(uri).json()
        pages.append([each["sid"] for each in page["recordings"]])
        seen.append(page)
        uri = page["next_page_uri"]
    assert [sid for page in pages for sid in page] == expected
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    for number in (3, 2, 1):
        back = api.get(seen[number]["previous_page_uri"]).json()
        assert [each["sid"] for each in back["recordings"]] == pages[number - 1]
    assert seen[0]["previous_page_uri"] is None
    assert api.get(f"{root(account)}.json?PageSize=3&Page=1").json()["recordings"][0]["sid"] == expected[3]


def test_a_page_token_names_a_recording_of_the_account(api: APIClient, account: Account) -> None:
    theirs = make_recording()
    answer = api.get(f"{root(account)}.json?PageToken=PA{theirs.sid}")
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("DateCreated=2026-11-20", "bcd"),
        ("DateCreated=2026-11-20T12:00:00Z", "bcd"),
        ("DateCreated%3C=2026-11-20", "ab"),
        ("DateCreated%3C=2026-11-20T12:00:00Z", "abc"),
        ("DateCreated<=2026-11-20T11:59:59Z", "ab"),
        ("DateCreated%3E=2026-11-20", "bcde"),
        ("DateCreated>=2026-11-20T12:00:01Z", "de"),
        ("DateCreated%3E=2026-11-20T13:00:00%2B01:00", "cde"),
        ("DateCreated%3E=2026-11-20&DateCreated%3C=2026-11-20T12:00:00", "bc"),
        ("CallSid=one", "ac"),
        ("ConferenceSid=two", "b"),
        ("CallSid=nothing", ""),
        ("DateCreated%3C=9999-12-30", "abcde"),
        ("DateCreated=0001-01-01", ""),
    ],
)
def test_the_list_is_filtered(api: APIClient, account: Account, query: str, found: str) -> None:
    day = timedelta(days=1)
    made: list[tuple[str, datetime, dict[str, Any]]] = [
        ("a", NOON - day, {"call_sid": "one"}),
        ("b", NOON - day / 2, {"conference_sid": "two"}),
        ("c", NOON, {"call_sid": "one"}),
        ("d", NOON + timedelta(hours=11, minutes=59, seconds=59, microseconds=999_999), {}),
        ("e", NOON + day / 2, {}),
    ]
    for name, moment, more in made:
        make_recording(account, sid=f"RE{name * 32}", date_created=moment, **more)
    page = api.get(f"{root(account)}.json?{query}")
    assert page.status_code == 200, page.content
    assert sorted(each["sid"][2] for each in page.json()["recordings"]) == list(found)


def test_the_filters_are_repeated_in_links(api: APIClient, account: Account) -> None:
    for _ in range(2):
        make_recording(account, date_created=NOON, call_sid="one")
    page = api.get(f"{root(account)}.json?DateCreated%3C=2026-11-21&CallSid=one&PageSize=1").json()
    assert "DateCreated%3C=2026-11-21&CallSid=one&" in page["next_page_uri"]
    assert len(api.get(page["next_page_uri"]).json()["recordings"]) == 1


@pytest.mark.parametrize("name", ["DateCreated", "DateCreated<", "DateCreated>"])
@pytest.mark.parametrize("value", ["yesterday", "2026-13-01", "9999-12-31", "2026-11-20T99", ""])
def test_a_bad_date_is_refused(api: APIClient, account: Account, name: str, value: str) -> None:
    answer = api.get(f"{root(account)}.json", {name: value})
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert answer.json()["message"].startswith(f"Invalid {name}: must ")


def test_a_list_takes_the_same_queries_however_long_it_is(api: APIClient, account: Account) -> None:
    make_recording(account)
    with CaptureQueriesContext(connection) as few:
        api.get(f"{root(account)}.json")
    last = [make_recording(account) for _ in range(9)][-1]
    with CaptureQueriesContext(connection) as many:
        assert len(api.get(f"{root(account)}.json").json()["recordings"]) == 10
    assert len(many) == len(few) == 2, [query["sql"] for query in many]
    with CaptureQueriesContext(connection) as paged:
        api.get(f"{root(account)}.json?PageToken=PA{last.sid}")
    assert len(paged) == 3


def test_another_account_sees_nothing(api: APIClient, account: Account) -> None:
    theirs = make_recording(make_account())
    assert api.get(f"{root(account)}.json").json()["recordings"] == []
    for extension in (".json", ".xml", ".csv", "", ".wav", ".mp3"):
        for path in (path_of(theirs, extension), f"{root(account)}/{theirs.sid}{extension}"):
            assert api.get(path).status_code == 404
            assert api.delete(path).status_code in {404, 405}
    assert Recording.objects.get().status == "completed"


# --- Deleting --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("extension", [".json", ".xml", ""])
def test_a_deleted_recording_is_gone_with_its_audio(api: APIClient, account: Account, extension: str) -> None:
    recording = make_recording(account)
    name = str(recording.audio.name)
    answer = api.delete(path_of(recording, extension))
    assert (answer.status_code, answer.content) == (204, b"")
    assert not default_storage.exists(name)
    recording.refresh_from_db()
    assert (recording.status, recording.audio.name, recording.due_at) == ("deleted", "", None)
    assert api.get(f"{root(account)}.json").json()["recordings"] == []
    for again in (".json", "", ".wav"):
        assert api.get(path_of(recording, again)).status_code == 404
    assert api.delete(path_of(recording, extension)).status_code == 404


def test_a_deleted_recording_is_shown_to_whoever_asks_for_such(api: APIClient, account: Account) -> None:
    kept = make_recording(account)
    gone = make_recording(account, status="deleted")
    page = api.get(f"{root(account)}.json?IncludeSoftDeleted=true").json()
    assert {(each["sid"], each["status"]) for each in page["recordings"]} == {
        (kept.sid, "completed"),
        (gone.sid, "deleted"),
    }
    assert api.get(f"{path_of(gone)}?IncludeSoftDeleted=True").json()["status"] == "deleted"
    assert api.get(f"{path_of(gone)}?IncludeSoftDeleted=false").status_code == 404
    assert api.get(f"{path_of(gone, '')}?IncludeSoftDeleted=true").status_code == 404, "its audio is gone"
    assert api.get(f"{path_of(gone)}?IncludeSoftDeleted=maybe").status_code == 400


@pytest.mark.django_db(transaction=True)
def test_a_storage_that_is_down_leaves_the_audio_to_whoever_sweeps(
    api: APIClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = make_recording(account)

    def down(_: str) -> None:
        raise OSError

    monkeypatch.setattr(recording.audio.storage, "delete", down)
    assert api.delete(path_of(recording)).status_code == 204
    recording.refresh_from_db()
    assert (recording.status, recording.due_at is not None) == ("deleted", True)
    assert recording.audio.name
    assert api.get(path_of(recording, "")).status_code == 404


# --- The audio -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("audio", "kind", "own", "other"),
    [(AUDIO, "audio/x-wav", ".wav", ".mp3"), (mp3(), "audio/mpeg", ".mp3", ".wav")],
)
def test_the_audio_is_answered_with_its_type_so_that_no_browser_runs_it(
    api: APIClient, account: Account, audio: bytes, kind: str, own: str, other: str
) -> None:
    recording = make_recording(account, audio=audio, content_type=kind)
    for extension in ("", own):
        answer = api.get(path_of(recording, extension))
        assert (answer.status_code, body_of(answer)) == (200, audio)
        assert (answer["Content-Type"], answer["Content-Length"]) == (kind, str(len(audio)))
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Disposition"] == f'inline; filename="{recording.sid}{own}"'
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Accept-Ranges"] == "bytes"
        assert answer["Cache-Control"] == "private, no-cache"
    missing = api.get(path_of(recording, other))
    assert missing.status_code == 404
    assert missing["Content-Type"].startswith("application/xml")
    message = ET.fromstring(missing.content).findtext("RestException/Message") or ""
    assert f"is kept as {own}: there is no {other} of it" in message


@pytest.mark.parametrize("status", ["processing", "absent"])
def test_without_audio_there_is_nothing_to_hear(api: APIClient, account: Account, status: str) -> None:
    recording = make_recording(account, status=status, content_type="")
    answer = api.get(path_of(recording, ".wav"))
    assert answer.status_code == 404
    assert f"has no audio: it is {status}" in answer.content.decode()


def test_a_file_that_is_gone_is_not_found(api: APIClient, account: Account) -> None:
    recording = make_recording(account)
    recording.audio.delete(save=False)
    assert api.get(path_of(recording, "")).status_code == 404


def test_a_part_of_the_audio(api: APIClient, account: Account) -> None:
    path = path_of(make_recording(account, audio=AUDIO), ".wav")
    size = len(AUDIO)
    answer = api.get(path, headers={"Range": "bytes=10-19"})
    assert (answer.status_code, body_of(answer)) == (206, AUDIO[10:20])
    assert answer["Content-Range"] == f"bytes 10-19/{size}"
    beyond = api.get(path, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{size}")
    head = api.head(path)
    assert (head.status_code, head["Content-Length"], body_of(head)) == (200, str(size), b"")


def test_who_has_the_audio_is_told_so(api: APIClient, account: Account) -> None:
    recording = make_recording(account, audio=AUDIO)
    path, etag = path_of(recording, ""), f'"{recording.sha256}"'
    assert api.get(path)["ETag"] == etag
    for headers in ({}, {"Range": "bytes=0-1"}):
        known = api.get(path, headers={"If-None-Match": etag, **headers})
        assert (known.status_code, known.content) == (304, b"")
    assert api.get(path, headers={"If-Match": '"other"'}).status_code == 412
    part = {"Range": "bytes=0-1", "If-Range": etag}
    assert api.get(path, headers=part).status_code == 206
    assert api.get(path, headers={**part, "If-Range": '"other"'}).status_code == 200


@pytest.fixture
def heard(api: APIClient, account: Account) -> Callable[[str], Any]:
    path = path_of(make_recording(account, audio=AUDIO[:500]), "")
    return lambda asked: api.get(path, headers={"Range": asked})


@given(start=st.integers(0, 600), length=st.integers(0, 600), kind=st.sampled_from(["ab", "a", "b"]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_range_is_that_part_or_none(heard: Any, start: int, length: int, kind: str) -> None:
    whole, end = AUDIO[:500], start + length
    asked, expected = {
        "ab": (f"bytes={start}-{end}", whole[start : end + 1]),
        "a": (f"bytes={start}-", whole[start:]),
        "b": (f"bytes=-{length}", whole[-length:] if length else b""),
    }[kind]
    answer = heard(asked)
    if not expected:
        assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */500")
        return
    assert (answer.status_code, body_of(answer)) == (206, expected)
    first, _, last = answer["Content-Range"].removeprefix("bytes ").removesuffix("/500").partition("-")
    assert whole[int(first) : int(last) + 1] == expected


def test_a_viewer_of_the_api_reads_and_does_not_delete(account: Account) -> None:
    recording = make_recording(account)
    key, secret = create_api_key(account=account, friendly_name="looks", scope="read")
    reader = APIClient()
    reader.credentials(HTTP_AUTHORIZATION=basic(key.sid, secret))
    assert reader.get(path_of(recording)).status_code == 200
    assert reader.get(path_of(recording, "")).status_code == 200
    assert reader.delete(path_of(recording)).status_code == 403
    assert reader.delete(path_of(recording, "")).status_code == 403
    assert APIClient().get(path_of(recording, "")).status_code == 401
    assert api_of(account).get(path_of(recording, ".json/")).status_code == 404
