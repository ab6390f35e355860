"""The audio of a recording is fetched over a real wire and measured; or given up, in words."""

import asyncio
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account
from recordings import fetching, services
from recordings.fetching import Login
from recordings.models import PlatformCredentials, Recording
from recordings.services import Details
from tests.conftest import basic
from tests.factories import make_account, make_audio
from tests.fake_publisher import Answer, FakePublisher, Received
from tests.recordings.sounds import mp3
from tests.recordings.taking import RE, WAV, announced, log_in, taken_in

pytestmark = pytest.mark.django_db

Status = Recording.Status


def test_the_audio_is_fetched_measured_and_kept() -> None:
    told: list[Recording] = []
    with FakePublisher(WAV).in_thread() as platform:
        recording = taken_in(announced(platform.url("/Recordings/1")), on_complete=told.append)
    assert (recording.status, recording.reason) == (Status.COMPLETED, "")
    assert (recording.content_type, recording.channels, recording.duration_ms) == ("audio/x-wav", 1, 2000)
    with recording.audio.open() as file:
        assert file.read() == WAV.body
    assert recording.size == len(WAV.body)
    assert (recording.due_at, recording.leased_until) == (None, None)
    assert [each.sid for each in told] == [recording.sid] == [RE]
    request = platform.requests[0]
    assert (request.method, request.path) == ("GET", "/Recordings/1")
    assert request.headers["accept-encoding"] == "identity"
    assert "authorization" not in request.headers


def test_what_the_bytes_are_counts_not_what_they_are_called() -> None:
    answer = Answer(200, mp3(100), headers={"Content-Type": "audio/x-wav"})
    with FakePublisher(answer).in_thread() as platform:
        recording = taken_in(announced(platform.url("/1.wav")))
    assert (recording.content_type, recording.duration_ms) == ("audio/mpeg", 2612)


def test_the_platforms_credentials_are_sent_to_their_host_only(account: Account) -> None:
    with FakePublisher(WAV).in_thread() as platform, FakePublisher(WAV).in_thread() as other:
        log_in(account, platform)
        taken_in(announced(platform.url("/1"), account))
        taken_in(announced(other.url("/2"), make_account()))
        assert platform.requests[0].headers["authorization"] == basic("AC1", "secret")
        details = Details(source="RecordVerb", platform_sid="other")
        third = services.announce(account=account, details=details, media_url=other.url("/3"))
        assert taken_in(third).status == Status.COMPLETED
    assert all("authorization" not in each.headers for each in other.requests)


def test_credentials_do_not_follow_a_redirect_elsewhere_nor_come_back_from_there(account: Account) -> None:
    def there(_: Received) -> Answer:
        return Answer(307, headers={"Location": platform.url("/back")})

    def here(request: Received) -> Answer:
        if request.path == "/start":
            return Answer(302, headers={"Location": "/still-here"})
        return WAV if request.path == "/back" else Answer(307, headers={"Location": other.url("/there")})

    with FakePublisher(here).in_thread() as platform, FakePublisher(there).in_thread() as other:
        log_in(account, platform)
        recording = taken_in(announced(platform.url("/start"), account))
    assert recording.status == Status.COMPLETED
    sent = {each.path: "authorization" in each.headers for each in [*platform.requests, *other.requests]}
    assert sent == {"/start": True, "/still-here": True, "/there": False, "/back": False}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (401, "answered 401: there are no credentials for it."),
        (403, "answered 403: there are no credentials for it."),
        (410, "answered 410."),
        (400, "answered 400."),
        (Answer(200, b"<html>login</html>"), "This is no audio: it is neither a WAV nor an MP3."),
        (Answer(200, b""), "This is no audio: it is neither a WAV nor an MP3."),
        (Answer(200, b"x" * 9, headers={"Content-Encoding": "gzip"}), "The body is compressed"),
        (Answer(200, make_audio(20.0)), "The body has 320044 bytes; 300000 are allowed."),
        (Answer(302, headers={"Location": "http://10.0.0.1/"}), "must start with https://"),
        (Answer(302, headers={"Location": "https://10.0.0.1/"}), "The address is not allowed."),
        (Answer(302, headers={"Location": "http://[::1"}), "The redirect leads to no valid URL."),
        (Answer(302, headers={"Location": "/again"}), "There were more than 5 redirects."),
        (302, "answered 302."),
    ],
)
def test_what_trying_again_would_not_mend_is_given_up_at_once(
    answer: Any, reason: str, settings: Any
) -> None:
    settings.MAX_RECORDING_BYTES = 300_000
    absent: list[str] = []
    with FakePublisher(answer).in_thread() as platform:
        waiting = announced(platform.url("/1"))
        recording = taken_in(waiting, on_absent=lambda row: absent.append(row.reason))
    assert recording.status == Status.ABSENT
    assert reason in recording.reason
    assert absent == [recording.reason]
    assert (recording.due_at, recording.leased_until, recording.audio.name) == (None, None, "")


def test_wrong_credentials_are_told_from_missing_ones(account: Account) -> None:
    with FakePublisher(401).in_thread() as platform:
        log_in(account, platform)
        recording = taken_in(announced(platform.url("/1"), account))
    assert "the platform credentials are wrong" in recording.reason
    assert "secret" not in recording.reason


def test_a_recording_that_is_not_there_yet_is_asked_for_again() -> None:
    with FakePublisher([404, 404, WAV]).in_thread() as platform:
        recording = announced(platform.url("/1"))
        for pause in (2, 5):
            before = timezone.now()
            recording = taken_in(recording)
            assert recording.status == Status.PROCESSING
            assert recording.reason == f"127.0.0.1:{platform.port} answered 404."
            due = recording.due_at
            assert due is not None
            assert pause - 0.1 <= (due - before).total_seconds() <= pause + 5
            assert (recording.leased_until, recording.hinted_at) == (None, None)
        assert taken_in(recording).status == Status.COMPLETED


@pytest.mark.parametrize("url", ["https://host:99999/1", "https://[::1/1", "file:///etc/passwd", "no url"])
def test_an_address_that_is_none_is_given_up(url: str) -> None:
    assert taken_in(announced(url)).status == Status.ABSENT


@pytest.mark.parametrize(("status", "tries"), [(404, 5), (429, 5), (500, 12), (503, 12)])
def test_nobody_is_asked_for_ever(status: int, tries: int) -> None:
    with FakePublisher(status).in_thread() as platform:
        recording = announced(platform.url("/1"))
        for _ in range(tries):
            assert recording.status == Status.PROCESSING
            recording = taken_in(recording)
    assert (recording.status, len(platform.requests)) == (Status.ABSENT, tries)


def test_whoever_dies_at_it_each_time_ends_it() -> None:
    recording = announced("http://127.0.0.1:1/1")
    Recording.objects.filter(pk=recording.pk).update(tries=30)
    recording = taken_in(recording)
    assert (recording.status, recording.reason) == (Status.ABSENT, "It was tried too often.")


def test_nobody_there_is_trouble_that_may_pass() -> None:
    with FakePublisher(WAV).in_thread() as platform:
        url = platform.url("/1")
    recording = taken_in(announced(url))
    assert (recording.status, recording.due_at is None) == (Status.PROCESSING, False)
    assert "The connection was not accepted." in recording.reason


@pytest.mark.parametrize(
    ("host", "url", "is_sent"),
    [
        ("api.twilio.com", "https://api.twilio.com/1", True),
        ("api.twilio.com", "https://API.Twilio.com:443/1", True),
        ("api.twilio.com:443", "https://api.twilio.com/1", True),
        ("[::1]:8000", "http://[::1]:8000/1", True),
        ("api.twilio.com", "https://api.twilio.com:8443/1", False),
        ("api.twilio.com", "https://api.twilio.com.evil.example/1", False),
        ("api.twilio.com", "https://evil.example/?api.twilio.com", False),
        ("twilio.com", "https://api.twilio.com/1", False),
    ],
)
def test_whose_host_it_is(host: str, url: str, *, is_sent: bool) -> None:
    kept = PlatformCredentials(host=host, username="AC1", password="secret")
    request = fetching.Hop(url=url, login=Login.of(kept))
    sent = dict(request.signed().headers).get("Authorization")
    assert sent == (basic("AC1", "secret") if is_sent else None)
    assert "secret" not in repr(request)


# --- Hostile platforms -----------------------------------------------------------------------


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sound for ever, a little at a time."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"4\r\nRIFF\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As much as is taken."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + bytes(65_536) + b"\r\n")
        await writer.drain()


async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 32044\r\n\r\n" + make_audio(2.0)[:10_000])
    await writer.drain()


def test_a_dripping_platform_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "FETCH_SECONDS", 1)
    with FakePublisher(raw=drip).in_thread() as platform:
        recording = taken_in(announced(platform.url("/1")))
    assert recording.status == Status.PROCESSING
    assert "not complete within 1 s" in recording.reason


def test_an_endless_body_ends_at_the_limit(settings: Any) -> None:
    settings.MAX_RECORDING_BYTES = 1_000_000
    with FakePublisher(raw=flood).in_thread() as platform:
        recording = taken_in(announced(platform.url("/1")))
    assert recording.status == Status.ABSENT
    assert "more than 1000000 bytes" in recording.reason


def test_half_of_the_audio_is_not_taken_for_all_of_it() -> None:
    with FakePublisher(raw=break_off).in_thread() as platform:
        recording = taken_in(announced(platform.url("/1")))
    assert recording.status == Status.PROCESSING
    assert "The body broke off." in recording.reason


def test_an_address_of_our_own_network_is_never_asked(settings: Any) -> None:
    with FakePublisher(WAV).in_thread() as platform:
        settings.OUTBOUND_ALLOWED_HOSTS = []
        recording = taken_in(announced(platform.url("/1")))
    assert recording.status == Status.ABSENT
    assert platform.connections == 0
