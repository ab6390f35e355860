"""Callbacks through the whole site: large bodies of the right publisher, and of nobody else."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.core.asgi import get_asgi_application
from django.test import override_settings

from config.serving import LARGER
from rest.body_limit import BodyLimit
from results import callback_api, receiving
from results.models import Payload
from tests.conftest import basic
from tests.factories import make_account
from tests.results.calling_back import Awaited, make_awaited

LIMIT = 1000
BODY = b'{"text": "%s"}' % (b"x" * 4000)

Post = Callable[..., Awaitable[tuple[int, dict[bytes, bytes], bytes]]]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post(monkeypatch: Any) -> Any:
    """Posts to the site as its server does."""
    monkeypatch.setattr(callback_api, "MAX_CALLBACK_BYTES", 10 * LIMIT)
    monkeypatch.setattr(receiving, "MAX_CALLBACK_BYTES", 10 * LIMIT)
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=LIMIT, FILE_UPLOAD_MAX_MEMORY_SIZE=LIMIT):
        site = BodyLimit(get_asgi_application(), larger=LARGER)

        def posted(awaited: Awaited, body: bytes, **options: Any) -> tuple[int, dict[bytes, bytes], bytes]:
            return asyncio.run(_post(site, awaited, body, **options))

        yield posted


async def _post(
    site: BodyLimit, awaited: Awaited, body: bytes, *, account: Any = None, chunked: bool = False
) -> tuple[int, dict[bytes, bytes], bytes]:
    account = account or awaited.publisher
    waiting = [body[start : start + 500] for start in range(0, len(body), 500)]
    sent: list[Any] = []

    async def receive() -> Any:
        if not waiting:
            await asyncio.sleep(30)
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        sent.append(message)

    length = (b"transfer-encoding", b"chunked") if chunked else (b"content-length", b"%d" % len(body))
    headers = [
        (b"host", b"127.0.0.1"),
        (b"authorization", basic(account.sid, account.auth_token).encode()),
        (b"content-type", b"application/json"),
        length,
    ]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": awaited.url,
        "query_string": b"",
        "headers": headers,
    }
    await site(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(each.get("body", b"") for each in sent[1:])


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_callback_of_the_right_publisher_is_taken(post: Any, chunked: bool) -> None:
    awaited = make_awaited()
    assert post(awaited, BODY, chunked=chunked)[0] == 202
    assert Payload.objects.get().size == len(BODY)


def test_that_of_another_account_is_403_before_it_is_read(post: Any) -> None:
    awaited = make_awaited()
    status, headers, body = post(awaited, BODY, account=make_account())
    assert (status, headers[b"connection"]) == (403, b"close")
    assert b'"code":20403' in body
    assert awaited.status == "in-progress"


def test_one_that_is_used_up_is_404_before_it_is_read(post: Any) -> None:
    awaited = make_awaited(status="completed")
    status, headers, _ = post(awaited, BODY)
    assert (status, headers[b"connection"]) == (404, b"close")


@pytest.mark.parametrize("chunked", [False, True])
def test_one_byte_too_many_fails_the_result(post: Any, chunked: bool) -> None:
    awaited = make_awaited()
    status, _, body = post(awaited, b"x" * (10 * LIMIT + 1), chunked=chunked)
    assert (status, body.partition(b",")[0]) == (413, b'{"code":20413')
    assert (awaited.status, awaited.now().code) == ("failed", 61007)


def test_as_many_bytes_as_are_allowed_are_taken(post: Any) -> None:
    awaited = make_awaited()
    assert post(awaited, b'{"text": "%s"}' % (b"x" * (10 * LIMIT - 12)))[0] == 202


def test_too_many_bytes_of_another_account_leave_the_result_alone(post: Any) -> None:
    awaited = make_awaited()
    assert post(awaited, b"x" * (10 * LIMIT + 1), account=make_account())[0] == 403
    assert post(awaited, b"x" * (10 * LIMIT + 1), account=make_account(), chunked=True)[0] == 413
    assert awaited.status == "in-progress"
