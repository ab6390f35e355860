"""Bodies are refused before anything of them is kept."""

from typing import Any

import pytest

from rest.body_limit import BodyLimit

LIMIT = 1000


@pytest.fixture(autouse=True)
def limit(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = LIMIT


async def call(path: str, chunks: list[bytes], **headers: str) -> tuple[int, dict[bytes, bytes], bytes, int]:
    """Status, headers and body of the answer, and how many bytes the application had seen."""
    waiting, sent, seen = list(chunks), [], 0

    async def receive() -> Any:
        body = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        sent.append(message)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        nonlocal seen
        more = True
        while more:
            message = await receive()
            seen += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"taken"})

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": path, "headers": raw, "query_string": b""}
    await BodyLimit(application)(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"], seen


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
