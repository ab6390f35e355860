"""One attempt: what a receiver finds in it, and what its answers mean. Every receiver is a real server."""

import asyncio
import base64
import hashlib
import hmac
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from deliveries import sending
from deliveries.pauses import LONGEST_RETRY_AFTER, MOST_ATTEMPTS, PAUSES, pause_after
from publishers.contract.secret import Secret
from tests.deliveries.rows import LOOPBACK, SAID, TOKEN, make_notice
from tests.fake_publisher import Answer, FakePublisher, Received


def is_signed(request: Received, token: str = TOKEN) -> bool:
    """Whether the official client accepts the signature."""
    validator = RequestValidator(token)
    return bool(validator.validate(request.url, dict(request.form), request.headers["x-twilio-signature"]))


def is_standard(request: Received, secret: str) -> bool:
    """Standard Webhooks, as its libraries check it: by hand."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    sid, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    message = f"{sid}.{at}.{request.body.decode()}".encode()
    wanted = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
    return request.headers["webhook-signature"] == f"v1,{wanted}" and abs(time.time() - int(at)) < 300


DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "deliveries.md"
SECRET = sending.standard_secret(Secret(TOKEN)).reveal()


async def test_a_notice_is_a_form_that_both_signatures_cover() -> None:
    async with FakePublisher() as receiver:
        notice = make_notice(receiver.url("/results?key=1"))
        attempt = await sending.attempt(notice, LOOPBACK)
    assert (attempt.succeeded, attempt.http_status, attempt.error) == (True, 200, "")
    [request] = receiver.requests
    assert (request.method, request.path, request.form) == ("POST", "/results", [("AddOns", SAID)])
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["webhook-id"] == notice.sid
    assert is_signed(request)
    assert is_standard(request, SECRET)
    assert not is_signed(request, "another")
    assert not is_standard(request, sending.standard_secret(Secret("another")).reveal())


async def test_the_check_in_the_documentation_tells_ours_from_others() -> None:
    code = DOCUMENT.read_text().split("```python", 1)[1].split("```", 1)[0]
    names: dict[str, Any] = {}
    exec(code, names)  # our own documentation
    is_ours = names["is_ours"]
    async with FakePublisher() as receiver:
        await sending.attempt(make_notice(receiver.url()), LOOPBACK)
    [request] = receiver.requests
    assert is_ours(request.headers, request.body, TOKEN)
    assert not is_ours(request.headers, request.body + b"&", TOKEN)
    assert not is_ours(request.headers, request.body, "another")
    assert not is_ours({**request.headers, "webhook-timestamp": "1"}, request.body, TOKEN)


def test_the_table_in_the_documentation_is_the_one_in_the_code() -> None:
    row = next(line for line in DOCUMENT.read_text().splitlines() if line.startswith("| pause before it"))
    units = {"s": 1, "min": 60, "h": 3600}
    pauses = [each.strip() for each in row.strip("|").split("|")[1:]]
    seconds = [0 if each == "none" else int(each.split()[0]) * units[each.split()[1]] for each in pauses]
    assert seconds == [pause.total_seconds() for pause in PAUSES]


async def test_a_get_carries_no_results_and_is_signed_as_well() -> None:
    async with FakePublisher() as receiver:
        await sending.attempt(make_notice(receiver.url("/?a=1"), method="GET"), LOOPBACK)
    [request] = receiver.requests
    assert (request.method, request.query, request.body) == ("GET", [("a", "1")], b"")
    assert is_signed(request)
    assert is_standard(request, SECRET)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_every_2xx_is_taken(status: int) -> None:
    async with FakePublisher(status) as receiver:
        assert (await sending.attempt(make_notice(receiver.url()), LOOPBACK)).succeeded


@pytest.mark.parametrize("status", [304, 400, 401, 404, 410, 429, 500, 503])
async def test_every_other_answer_is_a_failure_that_names_it(status: int) -> None:
    async with FakePublisher(status) as receiver:
        attempt = await sending.attempt(make_notice(receiver.url()), LOOPBACK)
    assert (attempt.http_status, attempt.error) == (status, f"The answer was {status}.")
    assert attempt.is_final == (status == 410)


@pytest.mark.parametrize("status", [307, 308])
async def test_a_redirect_is_followed_with_the_form_and_signed_anew(status: int) -> None:
    async with FakePublisher([Answer(status, headers={"Location": "/there"}), 200]) as receiver:
        attempt = await sending.attempt(make_notice(receiver.url("/here")), LOOPBACK)
    assert attempt.succeeded
    here, there = receiver.requests
    assert (there.method, there.path, there.form) == ("POST", "/there", here.form)
    assert is_signed(there)
    assert is_standard(there, SECRET)
    assert there.headers["x-twilio-signature"] != here.headers["x-twilio-signature"]


async def test_a_redirect_that_changes_the_method_leaves_the_form_behind() -> None:
    async with FakePublisher([Answer(303, headers={"Location": "/there"}), 200]) as receiver:
        await sending.attempt(make_notice(receiver.url()), LOOPBACK)
    there = receiver.requests[1]
    assert (there.method, there.body) == ("GET", b"")
    assert is_signed(there)
    assert is_standard(there, SECRET)


async def test_five_redirects_are_followed_and_no_sixth() -> None:
    def onward(request: Received) -> Answer:
        return Answer(307, headers={"Location": f"/{len(receiver.requests)}"})

    async with FakePublisher(onward) as receiver:
        attempt = await sending.attempt(make_notice(receiver.url()), LOOPBACK)
    assert attempt.error == "There were more than 5 redirects."
    assert len(receiver.requests) == 6


async def test_a_redirect_to_nobody_has_no_status() -> None:
    async with FakePublisher() as gone:
        there = gone.url()
    async with FakePublisher(Answer(307, headers={"Location": there})) as receiver:
        attempt = await sending.attempt(make_notice(receiver.url()), LOOPBACK)
    assert (attempt.http_status, attempt.error) == (None, "The connection was not accepted.")


async def test_a_redirect_into_our_network_is_not_followed() -> None:
    async with FakePublisher(Answer(307, headers={"Location": "http://169.254.169.254/"})) as receiver:
        attempt = await sending.attempt(make_notice(receiver.url()), LOOPBACK)
    assert not attempt.succeeded
    assert "169" not in attempt.error


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "ftp://acme.example/", "https://[", "", "\x00", "x" * 9000]
)
async def test_an_address_we_never_connect_to_is_a_failure(url: str) -> None:
    attempt = await sending.attempt(make_notice(url), LOOPBACK)
    assert attempt.error
    assert attempt.http_status is None


async def test_nobody_at_the_port_is_a_failure() -> None:
    async with FakePublisher() as gone:
        url = gone.url()
    attempt = await sending.attempt(make_notice(url), LOOPBACK)
    assert (attempt.http_status, attempt.error) == (None, "The connection was not accepted.")


async def test_one_clock_is_round_the_whole_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "ATTEMPT_SECONDS", 1.0)
    async with FakePublisher(Answer(delay=30)) as receiver:
        attempt = await sending.attempt(make_notice(receiver.url()), LOOPBACK)
    assert attempt.error == "There was no answer within 1 seconds."
    assert 1000 <= attempt.duration_ms < 3000


async def test_redirects_do_not_wind_the_clock_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "ATTEMPT_SECONDS", 1.0)
    async with FakePublisher(Answer(307, headers={"Location": "/"}, delay=0.4)) as receiver:
        attempt = await sending.attempt(make_notice(receiver.url()), LOOPBACK)
    assert attempt.duration_ms < 2000
    assert len(receiver.requests) <= 3


async def test_an_endless_answer_is_not_read() -> None:
    sent = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            sent += 65_536
            await writer.drain()

    async with FakePublisher(raw=pour) as receiver:
        attempt = await sending.attempt(make_notice(receiver.url()), LOOPBACK)
    assert attempt.succeeded
    assert sent < 20_000_000


async def test_what_is_no_http_is_a_failure() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 hello, I am a mail server\r\n")
        await writer.drain()

    async with FakePublisher(raw=babble) as receiver:
        attempt = await sending.attempt(make_notice(receiver.url()), LOOPBACK)
    assert attempt.error == "The answer is not valid HTTP."


@pytest.mark.parametrize(
    ("status", "value", "seconds"),
    [
        (503, "120", 120),
        (429, "7", 7),
        (503, "in a while", None),
        (503, "-5", None),
        (503, "", None),
        (500, "120", None),
        (503, "9" * 40, 999_999_999),
        (503, "Wed, 21 Oct 2015 07:28:00 +0000", 0),
        (503, "Wed, 21 Oct 2015 07:28:00", None),
    ],
)
async def test_a_busy_receiver_may_name_a_time(status: int, value: str, seconds: int | None) -> None:
    async with FakePublisher(Answer(status, headers={"Retry-After": value})) as receiver:
        attempt = await sending.attempt(make_notice(receiver.url()), LOOPBACK)
    assert attempt.retry_after == (None if seconds is None else timedelta(seconds=seconds))


async def test_the_time_may_be_a_date() -> None:
    at = datetime.now(UTC) + timedelta(hours=1)
    async with FakePublisher(Answer(503, headers={"Retry-After": format_datetime(at)})) as receiver:
        attempt = await sending.attempt(make_notice(receiver.url()), LOOPBACK)
    assert attempt.retry_after is not None
    assert timedelta(minutes=59) < attempt.retry_after <= timedelta(hours=1)


# --- Pauses ----------------------------------------------------------------------------------


def test_the_pauses_are_those_of_standard_webhooks() -> None:
    seconds = [round(pause.total_seconds()) for pause in PAUSES]
    hours = [2, 5, 10, 14, 20, 24]
    assert seconds == [0, 5, 300, 1800, *(3600 * each for each in hours)]


@pytest.mark.parametrize("failures", range(1, MOST_ATTEMPTS))
def test_a_pause_is_as_long_as_the_table_says_and_a_little_more(failures: int) -> None:
    pauses = [pause_after(failures) for _ in range(50)]
    assert all(pause is not None and 1 <= pause / PAUSES[failures] <= 1.1 for pause in pauses)
    assert len(set(pauses)) > 1


def test_after_the_last_attempt_there_is_no_pause() -> None:
    assert pause_after(MOST_ATTEMPTS) is None
    assert pause_after(MOST_ATTEMPTS, retry_after=timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    ("asked", "least"),
    [
        (timedelta(seconds=1), PAUSES[1]),
        (timedelta(minutes=10), timedelta(minutes=10)),
        (timedelta(days=900), LONGEST_RETRY_AFTER),
    ],
)
def test_the_time_a_receiver_names_is_kept_within_bounds(asked: timedelta, least: timedelta) -> None:
    pause: Any = pause_after(1, retry_after=asked)
    assert least <= pause <= least * 1.1
