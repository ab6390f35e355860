"""Connections to a publisher are kept: no answer meets another request, and no try is kept from the trace."""

import asyncio
import json
import threading
from asyncio import StreamReader, StreamWriter
from collections import Counter

import pytest

from publishers.contract.deadlines import now
from publishers.contract.egress import Client, EgressPolicy, client
from publishers.contract.errors import ContractError
from publishers.contract.rendered import RenderedRequest
from publishers.contract.secret import Secret
from publishers.contract.send import Budget, send
from tests.fake_publisher import Answer, FakePublisher
from tests.publishers.contract import hostile

LOCAL = EgressPolicy.from_hosts(["127.0.0.1"])
CALLS = 8


async def ask(opened: Client, url: str, *, ms: int = 5_000, publisher: str = "AC1") -> tuple[object, int]:
    """The answer, or the code of the failure; and the tries that were told."""
    budget = Budget(deadline=now() + ms / 1000, pauses_ms=())
    request = RenderedRequest(method="GET", target=url)
    try:
        reply = await send(opened.lane(publisher), request, token=Secret("x"), budget=budget)
    except ContractError as error:
        return error.code, len(error.attempts)
    return json.loads(reply.body), len(reply.attempts)


def answer(body: object) -> bytes:
    content = json.dumps(body).encode()
    return hostile.OK + f"Content-Length: {len(content)}\r\n\r\n".encode() + content


async def path_of(reader: StreamReader) -> str:
    """The path of the next request on this connection."""
    return (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()


async def echo(reader: StreamReader, writer: StreamWriter) -> None:
    """Every request on the connection is answered with its path."""
    while True:
        writer.write(answer(await path_of(reader)))
        await writer.drain()


# --- The right answer ------------------------------------------------------------------------


async def test_a_connection_serves_one_call_after_the_other_with_its_own_answer() -> None:
    async with FakePublisher(raw=echo) as publisher, client(LOCAL) as opened:
        said = [await ask(opened, publisher.url(f"/{number}")) for number in range(CALLS)]
    assert said == [(f"/{number}", 1) for number in range(CALLS)]
    assert publisher.connections == 1


async def test_a_publisher_never_uses_the_connection_of_another() -> None:
    async with FakePublisher(raw=echo) as shared, client(LOCAL) as opened:
        for publisher in ("AC1", "AC2", "AC1", "AC2"):
            assert await ask(opened, shared.url(f"/{publisher}"), publisher=publisher) == (f"/{publisher}", 1)
    assert shared.connections == 2


async def test_an_answer_that_comes_too_late_is_nobody_elses() -> None:
    async def late(reader: StreamReader, writer: StreamWriter) -> None:
        path = await path_of(reader)
        if path == "/late":
            await given_up.wait()
        writer.write(answer(path))
        await echo(reader, writer)

    given_up = asyncio.Event()
    async with FakePublisher(raw=late) as publisher, client(LOCAL) as opened:
        assert await ask(opened, publisher.url("/late"), ms=100) == (61001, 1)
        given_up.set()
        said = [await ask(opened, publisher.url(f"/{number}")) for number in range(CALLS)]
    assert said == [(f"/{number}", 1) for number in range(CALLS)]


async def test_what_lies_unread_in_the_socket_answers_nothing() -> None:
    """The loop was busy when it came: nobody has seen it yet when the connection is wanted again."""

    async def talkative(reader: StreamReader, writer: StreamWriter) -> None:
        if not has_spoken.is_set():
            writer.write(answer(await path_of(reader)))
            await asyncio.to_thread(is_read.wait)
            writer.write(answer("bad"))
            await writer.drain()
            has_spoken.set()
        await echo(reader, writer)

    is_read, has_spoken = threading.Event(), threading.Event()
    with FakePublisher(raw=talkative).in_thread() as publisher:
        async with client(LOCAL) as opened:
            assert await ask(opened, publisher.url("/1")) == ("/1", 1)
            is_read.set()
            assert has_spoken.wait(5)  # and the loop of the client sees nothing meanwhile
            assert await ask(opened, publisher.url("/2")) == ("/2", 1)


UNASKED = {
    "an answer": answer("bad"),
    "three answers": answer("bad") * 3,
    "an interim answer": b"HTTP/1.1 102 P\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nX-",
    "a blank line": b"\r\n",
    "a byte": b"x",
}


@pytest.mark.parametrize("more", UNASKED.values(), ids=UNASKED)
@pytest.mark.parametrize("at_once", [True, False], ids=["with the answer", "when it was read"])
async def test_what_was_not_asked_for_answers_nothing(more: bytes, at_once: bool) -> None:
    """A refusal is right too; the answer of another request never is."""

    async def talkative(reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            writer.write(answer(await path_of(reader)) + (more if at_once else b""))
            await is_read.wait()
            writer.write(b"" if at_once else more)
            await writer.drain()
            has_spoken.set()

    is_read, has_spoken, said = asyncio.Event(), asyncio.Event(), []
    async with (
        FakePublisher(raw=talkative) as publisher,
        FakePublisher(raw=echo) as other,
        client(LOCAL) as opened,
    ):
        for number in range(CALLS):
            said.append((await ask(opened, publisher.url(f"/{number}")))[0])
            is_read.set()
            async with asyncio.timeout(5):
                await has_spoken.wait()
            await ask(opened, other.url(), publisher="AC2")  # meanwhile the bytes arrive
            is_read.clear()
            has_spoken.clear()
    assert [each for number, each in enumerate(said) if each not in (f"/{number}", 61002)] == []


@pytest.mark.parametrize(
    "unread",
    [
        Answer(404, b"x" * 100_000),
        Answer(200, b"x" * 100_000),
        Answer(302, b"x" * 9_000),
        Answer(503, b"x" * 9_000),
    ],
    ids=["4xx", "oversize", "a redirect to nowhere", "5xx"],
)
async def test_a_body_that_is_not_read_is_no_part_of_the_next_answer(unread: Answer) -> None:
    answers = [each for _ in range(CALLS) for each in (unread, Answer(200, {"ok": 1}))]
    async with FakePublisher(answers) as publisher, client(LOCAL) as opened:
        said = [(await ask(opened, publisher.url()))[0] for _ in answers]
    assert said[1::2] == [{"ok": 1}] * CALLS


# --- Connections that end --------------------------------------------------------------------


async def test_a_server_that_ends_each_connection_without_a_word_costs_no_try() -> None:
    async def brief(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(answer(await path_of(reader)))
        await writer.drain()

    async with FakePublisher(raw=brief) as publisher, client(LOCAL) as opened:
        said = [await ask(opened, publisher.url(f"/{number}")) for number in range(CALLS)]
    assert said == [(f"/{number}", 1) for number in range(CALLS)]


async def test_a_service_that_drops_what_it_reads_is_asked_once_more_and_no_oftener() -> None:
    """It has many connections open, and falls over each request on them."""
    asked = Counter[str]()
    answered = asyncio.Event()

    async def falling(reader: StreamReader, writer: StreamWriter) -> None:
        path = await path_of(reader)
        if path == "/good":
            asked[path] += 1
            if asked[path] == CALLS:
                answered.set()
            await answered.wait()
            writer.write(answer({}))
            path = await path_of(reader)
        asked[path] += 1

    async with FakePublisher(raw=falling) as publisher, client(LOCAL) as opened:
        await asyncio.gather(*(ask(opened, publisher.url("/good")) for _ in range(CALLS)))
        assert await ask(opened, publisher.url("/bad")) == (61002, 1)
    assert asked["/bad"] <= 2


@pytest.mark.parametrize(
    "unasked", [answer({}), b"HTTP/1.1 102 P\r\n\r\n"], ids=["answers", "interim answers"]
)
async def test_who_speaks_unasked_again_and_again_is_hung_up_on(unasked: bytes) -> None:
    """At once, not only when the connection is wanted again."""
    is_idle, ended = asyncio.Event(), asyncio.Event()

    async def floods(reader: StreamReader, writer: StreamWriter) -> None:
        await path_of(reader)
        writer.write(answer({}))
        await is_idle.wait()
        writer.write(unasked * 1_000)
        try:
            await reader.read()
        finally:
            ended.set()

    async with FakePublisher(raw=floods) as publisher, client(LOCAL) as opened:
        assert await ask(opened, publisher.url()) == ({}, 1)
        is_idle.set()
        async with asyncio.timeout(1.5):
            await ended.wait()
