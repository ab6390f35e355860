import asyncio

import pytest

from publishers.contract.addresses import EgressPolicy
from publishers.contract.bodies import FormBody, JsonBody
from publishers.contract.deadlines import now
from publishers.contract.egress import client
from publishers.contract.errors import (
    AddressNotAllowed,
    BadRequest,
    BodyTooLarge,
    TimedOut,
    TooManyRedirects,
    Unexpected,
    VendorFailed,
)
from publishers.contract.rendered import RenderedRequest
from publishers.contract.secret import MASK, Secret
from publishers.contract.send import Budget, send
from publishers.contract.signing import signature
from tests.fake_publisher import Answer, FakePublisher
from tests.publishers.contract import hostile
from tests.publishers.contract.documents import definition

LOCAL = EgressPolicy.from_hosts(["127.0.0.1"])
TOKEN = Secret("12345")


async def ask(publisher, *, ms=5_000, pauses_ms=(5, 5), max_bytes=65_536, path="/", **parts):
    """Send a request to it, with a short budget."""
    request = RenderedRequest(**{"method": "GET", "target": publisher.url(path), **parts})
    budget = Budget(deadline=now() + ms / 1000, pauses_ms=pauses_ms, max_bytes=max_bytes)
    async with client(LOCAL) as opened:
        return await send(opened, request, token=TOKEN, budget=budget)


def moved(location, status=302):
    return Answer(status, headers={"Location": location})


def is_signed(received, parameters=()):
    return received.headers["x-twilio-signature"] == signature(received.url, parameters, "12345")


# --- One answer ------------------------------------------------------------------------------


async def test_a_good_answer_comes_with_its_way():
    async with FakePublisher(Answer(200, {"score": 1}, {"X-A": "b"})) as publisher:
        reply = await ask(publisher, query=(("key", Secret("s3cret")),))
    (attempt,) = reply.attempts
    assert (reply.status, reply.body, reply.redirects) == (200, b'{"score": 1}', 0)
    assert reply.headers["x-a"] == "b"
    assert (attempt.url, attempt.status, attempt.error) == (f"{publisher.url()}?key={MASK}", 200, None)
    assert 0 <= attempt.ms < 5_000
    assert publisher.requests[0].query == [("key", "s3cret")]


async def test_the_signature_covers_what_arrives():
    async with FakePublisher() as publisher:
        await ask(publisher, method="POST", body=FormBody((("a", "ü &"), ("b", ""))), query=(("q", "a b"),))
        await ask(publisher, method="POST", body=JsonBody((("a", "ü"),)))
    form, json = publisher.requests
    assert is_signed(form, form.form)
    assert is_signed(json)
    assert (json.json(), json.headers["content-type"]) == ({"a": "ü"}, "application/json")


@pytest.mark.parametrize("status", [400, 404, 429, 499])
async def test_a_4xx_fails_at_once(status):
    async with FakePublisher(status) as publisher:
        with pytest.raises(BadRequest) as failed:
            await ask(publisher)
    assert len(publisher.requests) == 1
    assert [attempt.status for attempt in failed.value.attempts] == [status]


@pytest.mark.parametrize("status", [201, 202, 204])
async def test_every_2xx_is_an_answer(status):
    async with FakePublisher(Answer(status, b"")) as publisher:
        assert (await ask(publisher)).status == status


@pytest.mark.parametrize("answer", [300, 302, 304, Answer(304, headers={"Location": "/"})])
async def test_a_3xx_that_leads_nowhere_is_unexpected(answer):
    async with FakePublisher(answer) as publisher:
        with pytest.raises(Unexpected):
            await ask(publisher)
    assert len(publisher.requests) == 1


async def test_a_body_of_exactly_the_limit_passes_and_one_byte_more_does_not():
    async with FakePublisher([b"x" * 100, b"x" * 101]) as publisher:
        assert len((await ask(publisher, max_bytes=100)).body) == 100
        with pytest.raises(BodyTooLarge) as failed:
            await ask(publisher, max_bytes=100)
    assert failed.value.attempts[0].status == 200


# --- Tries -----------------------------------------------------------------------------------


async def test_a_5xx_is_tried_again():
    async with FakePublisher([500, 503, {"ok": True}]) as publisher:
        reply = await ask(publisher, headers=(("X-Twilio-RequestSid", "XR1"),))
    assert [attempt.status for attempt in reply.attempts] == [500, 503, 200]
    assert [attempt.error for attempt in reply.attempts] == [
        "The service answered 500.",
        "The service answered 503.",
        None,
    ]
    assert {request.headers["x-twilio-requestsid"] for request in publisher.requests} == {"XR1"}


async def test_a_5xx_that_stays_is_the_vendors_failure():
    async with FakePublisher(500) as publisher:
        with pytest.raises(VendorFailed) as failed:
            await ask(publisher)
    assert (len(publisher.requests), len(failed.value.attempts)) == (3, 3)


async def test_a_dropped_connection_is_tried_again():
    turns = hostile.in_turn([hostile.reset, hostile.ok(b"{}")])
    async with FakePublisher(raw=turns) as publisher:
        reply = await ask(publisher)
    assert [attempt.status for attempt in reply.attempts] == [None, 200]


async def test_no_try_begins_after_the_deadline():
    async with FakePublisher(500) as publisher:
        with pytest.raises(VendorFailed) as failed:
            await ask(publisher, ms=4_000, pauses_ms=(1, 5_000))
    assert len(failed.value.attempts) == 2


async def test_without_pauses_there_is_one_try():
    async with FakePublisher(500) as publisher:
        with pytest.raises(VendorFailed):
            await ask(publisher, pauses_ms=())
    assert len(publisher.requests) == 1


async def test_one_clock_runs_over_all_tries():
    async with FakePublisher([500, Answer(delay=5)]) as publisher:
        with pytest.raises(TimedOut) as failed:
            await ask(publisher, ms=1_500)
    assert [attempt.status for attempt in failed.value.attempts] == [500, None]
    assert failed.value.attempts[1].error == "There was no complete answer in time."


async def test_calls_of_one_event_share_their_deadline():
    async with (
        FakePublisher(Answer(delay=5)) as slow,
        FakePublisher({"ok": True}) as quick,
        client(LOCAL) as opened,
    ):
        budget = Budget.starting_now(1_500)
        calls = [
            send(opened, RenderedRequest(method="GET", target=each.url()), token=TOKEN, budget=budget)
            for each in (slow, quick, slow)
        ]
        started = now()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [getattr(each, "status", type(each)) for each in outcomes] == [TimedOut, 200, TimedOut]
    assert now() - started < 4


async def test_a_definition_only_tightens_its_budget():
    tight = definition(limits={"timeout_ms": 50, "response_bytes": 10})
    budget = Budget.starting_now()
    assert budget.within(tight).max_bytes == 10
    assert budget.within(tight).deadline < budget.deadline
    soon = Budget(deadline=now(), max_bytes=5)
    assert soon.within(tight) == soon


async def test_a_cancelled_call_is_not_mistaken_for_a_late_one():
    async with FakePublisher(Answer(delay=5)) as publisher:
        task = asyncio.create_task(ask(publisher))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


# --- Redirects -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "method", "body"),
    [(301, "GET", b""), (302, "GET", b""), (303, "GET", b""), (307, "POST", b"a=1"), (308, "POST", b"a=1")],
)
async def test_a_redirect_keeps_or_drops_the_method_by_its_status(status, method, body):
    async with FakePublisher([moved("/b?c=d", status), {"ok": True}]) as publisher:
        reply = await ask(publisher, method="POST", body=FormBody((("a", "1"),)), path="/a/")
    first, second = publisher.requests
    assert (first.method, second.method, second.path, second.body) == ("POST", method, "/b", body)
    assert is_signed(second, second.form)
    assert ("content-type" in second.headers) == bool(body)
    assert (reply.redirects, [attempt.status for attempt in reply.attempts]) == (1, [status, 200])
    assert reply.attempts[1].url == f"{publisher.url('/b')}?{MASK}"


async def test_json_is_hashed_into_the_url_of_a_redirect():
    async with FakePublisher([moved("/b?c=d", 307), {"ok": True}]) as publisher:
        await ask(publisher, method="POST", body=JsonBody((("a", 1),)))
    assert publisher.requests[1].url.startswith(publisher.url("/b?c=d&bodySHA256="))
    assert is_signed(publisher.requests[1])


SECRETS = {
    "method": "POST",
    "headers": (("Authorization", Secret("Bearer s3cret")), ("X-Open", "open")),
    "query": (("key", Secret("s3cret")),),
    "body": FormBody((("key", Secret("s3cret")), ("open", "open"))),
}


async def test_secrets_stay_with_their_origin():
    async with FakePublisher() as other, FakePublisher(moved(other.url("/b"), 307)) as publisher:
        await ask(publisher, **SECRETS)
    assert publisher.requests[0].headers["authorization"] == "Bearer s3cret"
    (received,) = other.requests
    assert "s3cret" not in str(received)
    assert (received.headers["x-open"], received.form) == ("open", [("open", "open")])


async def test_secrets_follow_to_another_page_of_the_same_origin():
    async with FakePublisher([moved("/b", 307), {"ok": True}]) as publisher:
        await ask(publisher, **SECRETS)
    received = publisher.requests[1]
    assert received.headers["authorization"] == "Bearer s3cret"
    assert received.form == [("key", "s3cret"), ("open", "open")]


async def test_five_redirects_are_followed_and_the_sixth_is_not():
    async with FakePublisher([moved("/")] * 5 + [{"ok": True}]) as publisher:
        assert (await ask(publisher)).redirects == 5
    async with FakePublisher(moved("/")) as publisher:
        with pytest.raises(TooManyRedirects):
            await ask(publisher)
    assert len(publisher.requests) == 6


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2/",
        "http://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "//10.0.0.1/",
        "https://localhost/",
        "file:///etc/passwd",
        "http://[",
        "http://127.0.0.1:x/",
        "http://user@127.0.0.1/",
        "http://example.com/",
        "/a#b",
        "/a b",
        "",
    ],
)
async def test_a_redirect_to_where_we_never_go_ends_the_call(location):
    async with FakePublisher(moved(location) if location else moved("\\\\127.0.0.2")) as publisher:
        with pytest.raises(AddressNotAllowed) as failed:
            await ask(publisher)
    assert len(publisher.requests) == 1
    assert failed.value.code == 61002
    assert "127." not in failed.value.reason


async def test_a_5xx_behind_a_redirect_starts_over():
    async with FakePublisher([moved("/b"), 500, moved("/b"), {"ok": True}]) as publisher:
        reply = await ask(publisher)
    assert [request.path for request in publisher.requests] == ["/", "/b", "/", "/b"]
    assert reply.redirects == 1
