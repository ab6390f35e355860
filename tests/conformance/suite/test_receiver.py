"""The receiver of the command: what it answers a callback, and what it keeps of it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from conformance.suite import receiver as receiving
from conformance.suite.receiver import LoopbackReceiver
from publishers.contract.secret import Secret
from tests.conformance.suite.publishers import TOKEN, VENDOR

RIGHT = aiohttp.encode_basic_auth(VENDOR, TOKEN)


@pytest.fixture
async def receiver() -> AsyncIterator[LoopbackReceiver]:
    made = LoopbackReceiver(user=VENDOR, password=Secret(TOKEN))
    async with made.listening("127.0.0.1", 0):
        yield made


async def post(
    url: str, method: str = "POST", authorization: str | None = RIGHT, content_type: str = "", **options: Any
) -> int:
    headers = {"Authorization": authorization} if authorization else {}
    if content_type:
        headers["Content-Type"] = content_type
    given = options or {"json": {"text": "hello"}}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, headers=headers, **given) as response,
    ):
        return response.status


async def test_a_callback_is_taken_once(receiver: LoopbackReceiver) -> None:
    url = receiver.url_for("XR1")
    assert [await post(url), await post(url)] == [202, 404]
    first, second = await receiver.wait(url, seconds=1, at_least=2)
    assert (first.is_taken, first.body, first.content_type) == (
        True,
        b'{"text": "hello"}',
        "application/json",
    )
    assert not second.is_taken


async def test_the_url_of_a_request_stays_the_same_and_others_are_unknown(receiver: LoopbackReceiver) -> None:
    assert receiver.url_for("XR1") == receiver.url_for("XR1") != receiver.url_for("XR2")
    assert await post(f"{receiver.url_for('XR1')}x") == 404


REFUSED = [
    (401, {"authorization": None}),
    (403, {"authorization": aiohttp.encode_basic_auth(VENDOR, "wrong")}),
    (403, {"authorization": "Basic ☂"}),
    (405, {"method": "PUT"}),
    (400, {"data": b"{"}),
    (400, {"json": [1]}),
    (400, {"data": b"x", "content_type": "multipart/form-data; boundary=x"}),
    (400, {"data": b"x", "content_type": "multipart/form-data"}),
]


@pytest.mark.parametrize(("status", "options"), REFUSED, ids=range(len(REFUSED)))
async def test_a_wrong_callback_is_refused_and_leaves_the_url_usable(
    receiver: LoopbackReceiver, status: int, options: Any
) -> None:
    url = receiver.url_for("XR1")
    assert [await post(url, **options), await post(url)] == [status, 202]


async def test_a_form_with_parts_is_taken(receiver: LoopbackReceiver) -> None:
    form = aiohttp.FormData()
    form.add_field("text", "hello", content_type="text/plain", filename="a.txt")
    assert await post(receiver.url_for("XR1"), data=form) == 202


async def test_of_a_large_body_the_beginning_is_kept(
    receiver: LoopbackReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "MAX_KEPT_BYTES", 4)
    url = receiver.url_for("XR1")
    assert await post(url) == 202
    [received] = await receiver.wait(url, seconds=1)
    assert (received.body, received.size) == (b'{"te', 17)


async def test_a_body_over_the_limit_is_refused(
    receiver: LoopbackReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "MAX_CALLBACK_BYTES", 4)
    assert await post(receiver.url_for("XR1")) == 413


async def test_nobody_is_waited_for_longer_than_said(receiver: LoopbackReceiver) -> None:
    assert await receiver.wait(receiver.url_for("XR1"), seconds=0.01) == []
