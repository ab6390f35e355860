"""Hostile publishers take no more time than there is, no memory, and nothing from other publishers (G5, G6).

`test_hostile` says what each behaviour comes to; here twenty of each come at once, with others beside them.
"""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from publishers.contract import egress
from publishers.contract.deadlines import now
from publishers.contract.egress import Client, EgressPolicy, client
from publishers.contract.errors import BodyTooLarge, ContractError, TimedOut, VendorFailed
from publishers.contract.limits import MAX_CALLS_PER_PUBLISHER
from publishers.contract.rendered import RenderedRequest
from publishers.contract.secret import Secret
from publishers.contract.send import Budget, send_in_turn
from tests.fake_publisher import FakePublisher, RawHandler
from tests.publishers.contract import hostile
from tests.publishers.contract.test_egress import Names

LOCAL = EgressPolicy.from_hosts(["127.0.0.1"])
AT_ONCE = 20
SHORT_MS, AMPLE_MS, FOR_EVER_MS = 400, 5_000, 60_000
# How late an end may be seen on a machine that is busy with other things. The figures are far below.
GRACE_SECONDS = 1
MEGABYTE = 1024  # in the unit of `ru_maxrss`

SLOW = ["hang", "drip-body", "drip-head", "chunk-drip", "1xx-flood"]
LIES = ["cl-te", "cl-long", "cl-neg", "cl-dup", "cl-huge", "garbage", "many-headers", "big-header"]
ENDLESS = ["endless-chunked", "endless-noclose"]


class SomeNames(AbstractResolver):
    """A name server that answers for everything but `slow.test`."""

    def __init__(self) -> None:
        self.waiting = 0
        self._known = Names("127.0.0.1")

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        if host == "slow.test":
            self.waiting += 1
            await asyncio.Event().wait()
        return list(await self._known.resolve(host, port))

    async def close(self) -> None:
        pass


async def ask(opened: Client, url: str, ms: int = AMPLE_MS, publisher: str = "AC1") -> type | int:
    """The status, or the kind of failure."""
    budget = Budget(deadline=now() + ms / 1000, pauses_ms=(1, 1))
    request = RenderedRequest(method="GET", target=url)
    try:
        reply = await send_in_turn(opened.lane(publisher), request, token=Secret("x"), budget=budget)
    except ContractError as error:
        return type(error)
    return reply.status


async def timed(opened: Client, url: str, ms: int) -> tuple[type | int, float]:
    started = now()
    return await ask(opened, url, ms), now() - started


# --- Time and memory -------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SLOW, "slow-tls", "slow-dns"])
async def test_twenty_at_once_end_with_the_clock(name: str) -> None:
    behaviour = hostile.BEHAVIOURS.get(name, hostile.hang)
    async with FakePublisher(raw=behaviour) as publisher, client(LOCAL, resolver=SomeNames()) as opened:
        urls = {"slow-tls": publisher.url().replace("http:", "https:"), "slow-dns": "https://slow.test/"}
        url = urls.get(name, publisher.url())
        ended = await asyncio.gather(*(timed(opened, url, SHORT_MS) for _ in range(AT_ONCE)))
    assert {outcome for outcome, _ in ended} == {TimedOut}
    assert min(seconds for _, seconds in ended) > 0.9 * SHORT_MS / 1000
    assert max(seconds for _, seconds in ended) < SHORT_MS / 1000 + GRACE_SECONDS


@pytest.mark.parametrize(
    ("name", "outcome"),
    [*((name, VendorFailed) for name in LIES), *((name, BodyTooLarge) for name in ENDLESS)],
)
async def test_twenty_lies_at_once_are_seen_at_once_and_take_no_memory(name: str, outcome: type) -> None:
    """They need none of the time that there is."""
    async with FakePublisher(raw=hostile.BEHAVIOURS[name]) as publisher, client(LOCAL) as opened:
        await ask(opened, publisher.url())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        asked = [ask(opened, publisher.url(), FOR_EVER_MS) for _ in range(AT_ONCE)]
        assert set(await asyncio.gather(*asked)) == {outcome}
        # Both ends are in this process.
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * MEGABYTE


# --- Others ----------------------------------------------------------------------------------


async def all_of(arrived: asyncio.Semaphore) -> None:
    """Wait until as many calls have arrived as may be under way at once."""
    async with asyncio.timeout(30):
        for _ in range(MAX_CALLS_PER_PUBLISHER):
            await arrived.acquire()


@asynccontextmanager
async def hanging(opened: Client, url: str) -> AsyncIterator[list[asyncio.Task[type | int]]]:
    """More calls to one publisher than may be under way at once, for as long as the block lasts."""
    calls = (ask(opened, url, FOR_EVER_MS, "AC1") for _ in range(MAX_CALLS_PER_PUBLISHER + AT_ONCE))
    tasks = [asyncio.create_task(call) for call in calls]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def counted(behaviour: RawHandler, arrived: asyncio.Semaphore) -> RawHandler:
    """The same, and it tells of each connection."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.release()
        await behaviour(reader, writer)

    return handler


@pytest.mark.parametrize("name", [*SLOW, "slow-tls"])
async def test_every_call_to_another_publisher_ends_while_all_calls_to_this_one_hang(name: str) -> None:
    arrived = asyncio.Semaphore(0)
    handler = counted(hostile.BEHAVIOURS.get(name, hostile.hang), arrived)
    async with FakePublisher(raw=handler) as dead, FakePublisher({"ok": 1}) as quick, client(LOCAL) as opened:
        url = dead.url().replace("http:", "https:") if name == "slow-tls" else dead.url()
        async with hanging(opened, url) as tasks:
            await all_of(arrived)
            others = [ask(opened, quick.url(), FOR_EVER_MS, "AC2") for _ in range(AT_ONCE)]
            assert await asyncio.gather(*others) == [200] * AT_ONCE
            assert not any(task.done() for task in tasks)
    assert dead.connections == MAX_CALLS_PER_PUBLISHER


async def test_a_name_server_that_never_answers_for_one_answers_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(egress, "check_url", lambda *_: None)  # names have no plain HTTP and no other port
    names = SomeNames()
    async with (
        FakePublisher({"ok": 1}) as quick,
        client(LOCAL, resolver=names) as opened,
        hanging(opened, "https://slow.test/") as tasks,
    ):
        url = quick.url().replace("127.0.0.1", "quick.test")
        others = [ask(opened, url, FOR_EVER_MS, "AC2") for _ in range(AT_ONCE)]
        assert await asyncio.gather(*others) == [200] * AT_ONCE
        assert not any(task.done() for task in tasks)
    assert names.waiting == MAX_CALLS_PER_PUBLISHER


async def test_publishers_behind_one_address_do_not_wait_for_each_other() -> None:
    """Two services of a hosting company, one of which hangs."""
    arrived = asyncio.Semaphore(0)

    async def shared(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"GET /dead"):
            arrived.release()
            await asyncio.Event().wait()
        writer.write(hostile.OK + b"Content-Length: 2\r\n\r\n{}")
        await writer.drain()

    async with (
        FakePublisher(raw=shared) as host,
        client(LOCAL) as opened,
        hanging(opened, host.url("/dead")) as tasks,
    ):
        await all_of(arrived)
        others = [ask(opened, host.url("/quick"), FOR_EVER_MS, "AC2") for _ in range(AT_ONCE)]
        assert await asyncio.gather(*others) == [200] * AT_ONCE
        assert not any(task.done() for task in tasks)


# --- Floods ----------------------------------------------------------------------------------

FLOODS = {
    "interim answers": hostile.endless(b"", b"HTTP/1.1 102 P\r\n\r\n" * 500),
    "blank lines": hostile.endless(b"", b"\r\n" * 5_000),
    "the extension of a chunk": hostile.endless(hostile.CHUNKED + b"2;", b"e" * 10_000),
    "the zeros of a chunk's size": hostile.endless(hostile.CHUNKED, b"0" * 10_000),
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
async def test_a_flood_that_is_no_body_is_cut_off(flood: RawHandler) -> None:
    """Not by the clock: until then it takes all of the processor."""
    with FakePublisher(raw=flood).in_thread() as publisher:
        async with client(LOCAL) as opened:
            assert await ask(opened, publisher.url(), 1_000) is VendorFailed
