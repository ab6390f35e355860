"""Transcript Plus: 202 at once, and what was said by callback."""

import asyncio
import json
import logging
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData, encode_basic_auth
from jsonschema import Draft7Validator

from examples.publishers.transcript import app, jobs, parts
from examples.publishers.transcript.app import SERVICE
from tests.examples.caller import ACCOUNT_SID, KEY, TOKEN, Caller, calling
from tests.examples.platform import RECORDINGS, SILENCE, Platform, Send, platform, recording, sent, wav
from tests.examples.test_listings import example_in, listing_of

NOT_OURS = b"RIFF, and nothing more: told as an error without loading the model"
SPOKEN = json.loads((RECORDINGS / "recordings.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the audio lies meanwhile."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PAUSES", (0.01,) * 3)


@pytest.fixture
async def us() -> AsyncIterator[Platform]:
    async with platform() as taking:
        yield taking


@pytest.fixture
async def transcripts() -> AsyncIterator[Caller]:
    async with calling(SERVICE) as caller:
        yield caller


def about(us: Platform, audio: bytes | None = NOT_OURS, token: str = "one-time-token", **texts: str) -> Send:
    return Send({"callback_url": f"{us.base}/callbacks/{token}", "duration": "3000", **texts}, audio)


def everything_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_the_demo_recordings_are_transcribed(transcripts: Caller, us: Platform, folder: Path) -> None:
    schema = Draft7Validator(listing_of("transcript")["definition"]["response_schema"])
    for spoken in SPOKEN:
        send = about(us, recording(spoken["file"]), token=spoken["file"], keywords=spoken["keyword"])
        assert await sent(transcripts, send) == (202, b"")
    assert us.seen.empty()
    for spoken in SPOKEN:
        callback = await us.next()
        document, text = callback.parts
        assert callback.path == f"/callbacks/{spoken['file']}"
        assert callback.authorization == encode_basic_auth(ACCOUNT_SID, TOKEN)
        assert (document.label, document.content_type) == ("transcript", "application/json")
        assert (text.label, text.content_type) == ("text", "text/plain; charset=utf-8")
        found = json.loads(document.content)
        schema.validate(found)
        assert (found["keywords"][0]["keyword"], found["keywords"][0]["count"]) == (spoken["keyword"], 1)
        assert found["text"].encode() == text.content
        assert words_of(spoken["spoken"]) == found["text"].split()
    assert files_in(folder) == []


def words_of(spoken: str) -> list[str]:
    """The words, with the digits of the account number hidden."""
    words = spoken.lower().replace(".", "").replace(",", "").split()
    number = words.index("number") + 2 if "number" in words else len(words)
    return words[:number] + ["#"] * len(words[number:])


async def test_the_documented_transcript_is_the_transcript(transcripts: Caller, us: Platform) -> None:
    send = about(us, recording("payment.wav"), keywords="refund, payment", word_times="false")
    await sent(transcripts, send)
    document, _ = (await us.next()).parts
    assert json.loads(document.content) == example_in(listing_of("transcript")["documentation"]["body"])


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"token": "54321"}, 403),
        ({"signed": {}}, 403),
        ({"key": "wrong"}, 401),
        ({"key": "wrong", "token": "54321"}, 401),
        ({"sid": "XR123"}, 400),
    ],
    ids=["foreign signature", "text parts not signed", "credential", "credential comes first", "sid"],
)
async def test_who_may_not_ask_leaves_nothing_behind(
    transcripts: Caller, us: Platform, folder: Path, changes: dict[str, Any], status: int
) -> None:
    send = about(us)
    for name, value in changes.items():
        setattr(send, name, value)
    assert (await sent(transcripts, send))[0] == status
    assert files_in(folder) == []
    await sent(transcripts, about(us, token="later"))
    assert (await us.next()).path == "/callbacks/later"


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"callback_url": "file:///etc/passwd"}, "parameter callback_url must be"),
        ({"duration": "long"}, "parameter duration must be"),
        ({"mask_digits": "perhaps"}, "parameter mask_digits must be"),
    ],
)
async def test_parameters_that_make_no_sense_are_refused(
    transcripts: Caller, us: Platform, texts: dict[str, str], message: str
) -> None:
    send = about(us)
    send.texts |= texts
    status, body = await sent(transcripts, send)
    assert (status, json.loads(body)["error"][: len(message)]) == (400, message)


async def test_the_same_request_twice_is_one_transcript(transcripts: Caller, us: Platform) -> None:
    send = about(us)
    assert [await sent(transcripts, send), await sent(transcripts, send)] == [(202, b"")] * 2
    await us.next()
    await sent(transcripts, about(us, token="next"))
    assert (await us.next()).path == "/callbacks/next"


@pytest.mark.parametrize(
    "audio",
    [b"ID3\x04\0" + b"\xff\xfb\x90" * 500, b"", wav(bytes(8), width=4), wav(bytes(90), channels=3), SILENCE],
    ids=["MP3", "nothing", "wide samples", "three channels", "silence"],
)
async def test_what_cannot_be_read_is_one_error_object(
    transcripts: Caller, us: Platform, audio: bytes
) -> None:
    assert (await sent(transcripts, about(us, audio)))[0] == 202
    callback = await us.next()
    assert callback.content_type == "application/json"
    found = json.loads(callback.parts[0].content)
    assert list(found) == ["error"]
    Draft7Validator(listing_of("transcript")["definition"]["response_schema"]).validate(found)


async def test_a_callback_is_repeated_until_it_is_taken(transcripts: Caller, us: Platform) -> None:
    us.statuses += [503, 500, 429]
    await sent(transcripts, about(us))
    assert (
        len({json.dumps([part.content.decode() for part in (await us.next()).parts]) for _ in range(4)}) == 1
    )
    await page_says(transcripts, "202 at try 4")


@pytest.mark.parametrize("status", [202, 204, 404, 401, 307])
async def test_a_callback_that_was_answered_is_not_repeated(
    transcripts: Caller, us: Platform, status: int
) -> None:
    us.statuses.append(status)
    await sent(transcripts, about(us))
    await page_says(transcripts, f"{status} at try 1")
    assert us.seen.qsize() == 1


async def test_a_platform_that_is_down_is_called_again_and_given_up(transcripts: Caller) -> None:
    nobody = Platform(base="http://127.0.0.1:1")
    await sent(transcripts, about(nobody))
    await page_says(transcripts, "ClientConnectorError at try 4")


async def page_says(caller: Caller, words: str) -> None:
    for _ in range(1000):
        if words in await caller.page():
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"the page does not say {words!r}")


async def test_more_than_can_wait_is_refused_until_there_is_room(
    us: Platform, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr(app, "MOST_WAITING", 1)
    us.is_open.clear()
    async with calling(SERVICE) as transcripts:
        await sent(transcripts, about(us))
        await us.next()
        assert (await sent(transcripts, about(us, token="second")))[0] == 503
        us.is_open.set()
        await page_says(transcripts, "202 at try 1")
        assert (await sent(transcripts, about(us, token="second")))[0] == 202
        assert (await us.next()).path == "/callbacks/second"


def two_files() -> FormData:
    form = FormData()
    for _ in range(2):
        form.add_field("audio", SILENCE, filename="audio", content_type="audio/x-wav")
    return form


def many_parts() -> FormData:
    form = FormData()
    for number in range(parts.MOST_PARTS + 1):
        form.add_field(f"part{number}", "x", content_type="text/plain")
    return form


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"callback_url=x", {"Content-Type": "application/x-www-form-urlencoded"}),
        (b"x", {"Content-Type": "multipart/form-data"}),
        (b"nothing of the kind", {"Content-Type": "multipart/form-data; boundary=b"}),
        (b"--b\r\n\r\nno name\r\n--b--\r\n", {"Content-Type": "multipart/form-data; boundary=b"}),
        (b"--b\r\n" + b"X: y\r\n" * 200, {"Content-Type": "multipart/form-data; boundary=b"}),
        (two_files(), {}),
        (many_parts(), {}),
        (None, {}),
    ],
    ids=["form", "no boundary", "no parts", "no name", "headers", "two files", "many parts", "no audio"],
)
async def test_a_body_that_is_not_ours_is_a_400(
    transcripts: Caller, us: Platform, folder: Path, body: FormData | bytes | None, headers: dict[str, str]
) -> None:
    send = about(us, None)
    send.body = body
    status, answer = await sent(transcripts, send, **headers)
    assert (status, list(json.loads(answer))) == (400, ["error"])
    assert files_in(folder) == []


@pytest.mark.parametrize("name", ["LARGEST_AUDIO", "LARGEST_BODY"])
async def test_a_part_that_is_too_large_is_a_413(
    transcripts: Caller, us: Platform, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(parts, name, 40)
    assert (await sent(transcripts, about(us)))[0] == 413
    assert files_in(folder) == []


async def test_a_body_that_drips_is_a_408(
    transcripts: Caller, us: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "SECONDS_TO_UPLOAD", 0.1)
    never = asyncio.Event()

    async def dripping() -> AsyncIterator[bytes]:
        yield b"--b\r\n"
        await never.wait()

    send = about(us)
    headers = {**send.headers(), "Content-Type": "multipart/form-data; boundary=b"}
    url = transcripts.base + SERVICE.path
    async with transcripts.session.post(url, data=dripping(), headers=headers) as answer:
        assert answer.status == 408


async def test_a_full_disk_is_a_503(transcripts: Caller, us: Platform, folder: Path) -> None:
    for made in everything_in(folder):
        made.rmdir()
    assert (await sent(transcripts, about(us)))[0] == 503


async def test_a_recording_that_takes_too_long_is_told_as_an_error(
    transcripts: Caller, us: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SHORTEST_LIMIT", 0.05)
    monkeypatch.setattr(jobs, "TIMES_THE_DURATION", 0)
    await sent(transcripts, about(us, recording("cancel.wav")))
    assert json.loads((await us.next()).parts[0].content) == jobs.TOO_SLOW


async def test_a_recogniser_that_breaks_is_told_as_an_error(
    transcripts: Caller, us: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "RECOGNISER", "examples.publishers.transcript.nothing")
    await sent(transcripts, about(us))
    assert json.loads((await us.next()).parts[0].content) == jobs.FAILED


async def test_stopping_ends_the_work_and_leaves_nothing(us: Platform, folder: Path) -> None:
    async with calling(SERVICE) as transcripts:
        for _ in range(3):
            await sent(transcripts, about(us, recording("cancel.wav")))
    assert everything_in(folder) == []
    assert us.seen.empty()


async def test_page_and_log_show_neither_secrets_nor_what_was_said(
    transcripts: Caller, us: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    send = about(us, recording("refund.wav"), keywords="refund")
    await sent(transcripts, send)
    await page_says(transcripts, "202 at try 1")
    page = (await transcripts.page()).replace(send.headers()["X-Twilio-Signature"], "")
    assert send.sid in page
    assert "<dt>keywords</dt><dd>refund</dd>" in page
    assert "46 characters" in page
    shown = page + " ".join(record.getMessage() for record in caplog.records)
    assert not [secret for secret in (KEY, TOKEN, "one-time-token", "i would like") if secret in shown]
