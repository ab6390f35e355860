"""Bodies are refused before anything of them is kept."""

import asyncio
import errno
import re
from typing import Any

import pytest

from rest import body_limit
from rest.body_limit import Allow, Allowance, BodyLimit

LIMIT = 1000
PATH = "/addons/callbacks/token"


@pytest.fixture(autouse=True)
def limit(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = LIMIT


async def call(
    path: str, chunks: list[bytes], *, site: BodyLimit | None = None, pause: float = 0, **headers: Any
) -> tuple[int, dict[bytes, bytes], bytes, int]:
    """Status, headers and body of the answer, and how many bytes the application had seen."""
    waiting, sent, seen = list(chunks), [], 0

    async def receive() -> Any:
        await asyncio.sleep(pause)
        body = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        sent.append(message)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        nonlocal seen
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            seen += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"taken"})

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": path, "headers": raw, "query_string": b""}
    site = site or BodyLimit(application)
    site._application = application
    await site(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"], seen


async def nothing_comes() -> Any:
    await asyncio.sleep(0)


async def test_a_body_up_to_the_limit_goes_through() -> None:
    status, _, body, seen = await call("/v1/Listings", [b"x" * 600, b"y" * 400], content_length="1000")
    assert (status, body, seen) == (200, b"taken", LIMIT)


async def test_an_announced_length_above_it_is_refused_before_a_byte_is_read() -> None:
    status, headers, body, seen = await call("/v1/Listings", [b"x"], content_length="1001")
    assert (status, seen) == (413, 0)
    assert body.startswith(b'{"code":20413,"message":"Request Entity Too Large"')
    assert headers[b"content-type"] == b"application/json"
    assert headers[b"connection"] == b"close"


async def test_a_body_without_a_length_is_counted_while_it_comes() -> None:
    status, _, _, seen = await call("/v1/Listings", [b"x" * 600] * 1000, transfer_encoding="chunked")
    assert (status, seen) == (413, 600)


async def test_the_2010_api_says_it_in_its_own_format() -> None:
    _, headers, body, _ = await call("/2010-04-01/Accounts/AC0/X", [b""], content_length="2000")
    assert headers[b"content-type"] == b"application/xml"
    assert b"<Code>20413</Code>" in body


async def test_a_page_says_it_in_plain_words() -> None:
    _, headers, body, _ = await call("/console/", [b""], content_length="2000")
    assert (headers[b"content-type"], body) == (b"text/plain", b"Request Entity Too Large\n")


# --- Addresses that take more ----------------------------------------------------------------


def larger(allow: Allow) -> BodyLimit:
    """A site on which callbacks may have more."""
    return BodyLimit(lambda *_: asyncio.sleep(0), larger=[(re.compile("/addons/callbacks/[^/]+"), allow)])


def ten_times(**changes: Any) -> BodyLimit:
    return larger(lambda _: Allowance(**{"limit": 10 * LIMIT, "of": "AC1", **changes}))


@pytest.mark.parametrize("headers", [{"content_length": "5000"}, {"transfer_encoding": "chunked"}])
async def test_who_may_send_more_there_does(headers: dict[str, Any]) -> None:
    status, _, _, seen = await call(PATH, [b"x" * 500] * 10, site=ten_times(), **headers)
    assert (status, seen) == (200, 5000)


async def test_elsewhere_the_same_is_too_much() -> None:
    status, *_ = await call("/v1/Listings", [b"x" * 5000], site=ten_times(), content_length="5000")
    assert status == 413


async def test_who_may_not_is_answered_by_the_site_without_the_body() -> None:
    status, headers, body, seen = await call(
        PATH, [b"x" * 5000], site=larger(lambda _: None), content_length="5000"
    )
    assert (status, body, seen) == (200, b"taken", 0)
    assert headers[b"connection"] == b"close"


async def test_the_site_that_waits_for_such_a_client_to_hang_up_waits() -> None:
    waited: list[bool] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(receive(), 0.05)
        waited.append(True)

    site = larger(lambda _: None)
    site._application = application
    headers = [(b"content-length", b"5000")]
    scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers, "query_string": b""}
    await site(scope, nothing_comes, lambda _: asyncio.sleep(0))
    assert waited


async def test_who_may_not_and_tells_no_length_has_the_ordinary_limit() -> None:
    status, _, _, seen = await call(
        PATH, [b"x" * 600] * 3, site=larger(lambda _: None), transfer_encoding="chunked"
    )
    assert (status, seen) == (413, 600)


async def test_nobody_is_asked_for_a_body_of_ordinary_size() -> None:
    def never(_: Any) -> None:
        raise AssertionError("asked")

    status, *_ = await call(PATH, [b"x" * 1000], site=larger(never), content_length="1000")
    assert status == 200


@pytest.mark.parametrize("headers", [{"content_length": "10001"}, {"transfer_encoding": "chunked"}])
async def test_more_than_that_is_refused_and_its_owner_learns_of_it(headers: dict[str, Any]) -> None:
    learned: list[bool] = []
    site = ten_times(exceeded=lambda: learned.append(True))
    status, _, body, seen = await call(PATH, [b"x" * 1000] * 11, site=site, **headers)
    assert (status, learned) == (413, [True])
    assert seen <= 10_000
    assert body.startswith(b'{"code":20413')


async def test_an_account_has_only_so_many_large_bodies_on_their_way(monkeypatch: Any) -> None:
    monkeypatch.setattr(body_limit, "LARGE_AT_ONCE", 2)
    site = ten_times()
    calls = [call(PATH, [b"x" * 1500, b"y"], site=site, pause=0.05, content_length="1501") for _ in range(3)]
    answers = await asyncio.gather(*calls)
    assert sorted(answer[0] for answer in answers) == [200, 200, 503]
    refused = next(answer for answer in answers if answer[0] == 503)
    assert refused[1][b"retry-after"] == b"1"
    status, *_ = await call(PATH, [b"x" * 1500], site=site, content_length="1500")
    assert status == 200


async def test_small_bodies_are_not_counted_among_them(monkeypatch: Any) -> None:
    monkeypatch.setattr(body_limit, "LARGE_AT_ONCE", 0)
    status, *_ = await call(PATH, [b"x" * 1000], site=ten_times(), transfer_encoding="chunked")
    assert status == 200


# --- Slow ones, and full disks ---------------------------------------------------------------


async def test_a_body_that_comes_too_slowly_is_given_up(monkeypatch: Any) -> None:
    monkeypatch.setattr(body_limit, "GRACE_SECONDS", 0.1)
    status, headers, body, seen = await call("/v1/Listings", [b"x"] * 100, pause=0.03, content_length="100")
    assert (status, headers[b"connection"]) == (408, b"close")
    assert b"too slowly" in body
    assert seen < 10


async def test_what_comes_fast_enough_may_take_longer(monkeypatch: Any) -> None:
    monkeypatch.setattr(body_limit, "GRACE_SECONDS", 0.5)
    monkeypatch.setattr(body_limit, "SLOWEST_BYTES_PER_SECOND", 1000)
    status, *_ = await call("/v1/Listings", [b"x" * 400] * 2, pause=0.3, content_length="800")
    assert status == 200


async def test_who_waits_for_the_answer_is_not_slow(monkeypatch: Any) -> None:
    """Behind the body Django waits for the client to hang up, for as long as the answer takes."""
    monkeypatch.setattr(body_limit, "GRACE_SECONDS", 0.05)
    given = [{"type": "http.request", "body": b"{}", "more_body": False}, {"type": "http.disconnect"}]
    taken: list[str] = []
    sent: list[Any] = []

    async def receive() -> Any:
        if taken:
            await asyncio.sleep(0.2)
        return given.pop(0)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        taken.append((await receive())["type"])
        taken.append((await receive())["type"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/x", "headers": [], "query_string": b""}
    await BodyLimit(application)(scope, receive, send)
    assert (taken, sent[0]["status"]) == (["http.request", "http.disconnect"], 200)


async def test_a_full_disk_is_503() -> None:
    sent = []

    async def full(scope: Any, receive: Any, send: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/x", "headers": [], "query_string": b""}
    await BodyLimit(full)(scope, nothing_comes, send)
    assert (sent[0]["status"], dict(sent[0]["headers"])[b"retry-after"]) == (503, b"1")
