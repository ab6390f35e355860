"""A lookup that asks two publishers, against a bare aiohttp fan-out to the same two, in one run.

The publishers answer at once and are another process. The bare fan-out knows no database, credentials, checks
or signature. The engine is measured alone too (no database), with a session for each event and with a shared
one. The lookup goes through the ASGI application in this process; every row is durable before the answer.

    DATABASE_URL=postgres://... python -m benchmarks fan_out [lookups]
"""

import asyncio
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from unittest.mock import patch

import aiohttp
from django.db import connection
from django.test import override_settings

from config.asgi import application
from invocations import engine
from invocations.calls import Call, call_of
from marketplace.models import InstalledAddOn
from publishers.contract.egress import EgressPolicy, client
from results.outcomes import Outcome
from tests.factories import make_account, make_definition, make_install, make_listing

LOOKUPS = 2_000
AT_ONCE = 64
ROUNDS = 3
NUMBER = "+14155552671"

Ask = Callable[[], Awaitable[None]]


@dataclass
class Measured:
    """The best of some rounds, so that a noisy moment of the machine does not decide."""

    per_second: float = 0
    cpu_ms: float = float("inf")


def run(lookups: str = str(LOOKUPS)) -> None:
    if connection.vendor != "postgresql":
        sys.exit("This one needs PostgreSQL, because SQLite here would be in memory: set DATABASE_URL.")
    with two_publishers() as urls, override_settings(OUTBOUND_ALLOWED_HOSTS=["127.0.0.1"]):
        installs = _installs(urls)
        calls = [
            call_of(each, point="lookup-api", event={"primary_address": NUMBER}, runtime={})
            for each in installs
        ]
        measured = asyncio.run(_measure_all(urls, calls, _lookup(installs), int(lookups)))
    _report(measured, int(lookups))


@contextmanager
def two_publishers() -> Iterator[list[str]]:
    """Their URLs, while they run."""
    command = [sys.executable, "-m", "benchmarks.publishers"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module
    with process:  # its end closes their input, which ends them
        ports = process.stdout.readline().split() if process.stdout else []
        yield [f"http://127.0.0.1:{port}/facts" for port in ports]


def _installs(urls: list[str]) -> list[InstalledAddOn]:
    account = make_account()
    for url in urls:
        query = [{"name": "number", "value": "{{primary_address}}", "required": True}]
        request = {"method": "GET", "url": url, "query": query}
        definition = make_definition(request=request, pricing={"model": "per_use", "price": "0.001"})
        make_install(account, make_listing(definition=definition), enabled=["lookup-api"])
    return list(InstalledAddOn.objects.of(account).with_listing())


async def _measure_all(urls: list[str], calls: list[Call], lookup: Ask, lookups: int) -> dict[str, Measured]:
    policy = EgressPolicy.from_hosts(["127.0.0.1"])

    async def engine_alone() -> None:
        _succeeded(await engine.ask_all(calls, policy))

    async def own_sessions() -> None:
        with patch.object(engine, "shared_client", client):
            await _each(engine_alone, lookups)

    async with aiohttp.ClientSession() as kept, _fresh_session() as fresh:
        rows: dict[str, Callable[[], Awaitable[None]]] = {
            "bare fan-out": lambda: _each(lambda: _bare(kept, urls), lookups),
            "bare fan-out, a connection each": lambda: _each(lambda: _bare(fresh, urls), lookups),
            "engine, a session for each event": own_sessions,
            "engine, one shared session": lambda: _each(engine_alone, lookups),
            "lookup, durable": lambda: _each(lookup, lookups),
        }
        measured = {name: Measured() for name in rows}
        for _ in range(ROUNDS):  # in turn, so that a noisy minute is shared by all
            for name, row in rows.items():
                await _measure(row, measured[name], lookups)
    return measured


async def _measure(row: Ask, best: Measured, lookups: int) -> None:
    began, cpu = time.perf_counter(), time.process_time()
    await row()
    best.per_second = max(best.per_second, lookups / (time.perf_counter() - began))
    best.cpu_ms = min(best.cpu_ms, (time.process_time() - cpu) / lookups * 1000)


async def _each(ask: Ask, lookups: int) -> None:
    """All lookups, so many at once."""

    async def worker(count: int) -> None:
        for _ in range(count):
            await ask()

    await asyncio.gather(*(worker(lookups // AT_ONCE) for _ in range(AT_ONCE)))


def _fresh_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))


async def _bare(session: aiohttp.ClientSession, urls: list[str]) -> None:
    async def get(url: str) -> Any:
        async with session.get(url, params={"number": NUMBER}) as response:
            return await response.json()

    await asyncio.gather(*map(get, urls))


def _succeeded(outcomes: list[Outcome]) -> None:
    if failed := [outcome.code for outcome in outcomes if not outcome.succeeded]:
        raise RuntimeError(f"An add-on failed: {failed}")


def _lookup(installs: list[InstalledAddOn]) -> Ask:
    """A request to the ASGI application, without a server in between."""
    account = installs[0].account
    credentials = b64encode(f"{account.sid}:{account.auth_token}".encode())
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/v1/PhoneNumbers/{NUMBER}",
        "query_string": "&".join(f"AddOns={each.unique_name}" for each in installs).encode(),
        "headers": [(b"host", b"127.0.0.1"), (b"authorization", b"Basic " + credentials)],
    }

    async def lookup() -> None:
        asked, statuses = False, list[int]()

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if asked:
                await asyncio.Event().wait()
            asked = True
            return {"type": "http.request", "body": b""}

        async def send(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        await application(dict(scope), receive, send)
        if statuses != [HTTPStatus.OK]:
            raise RuntimeError(f"The lookup answered {statuses}")

    return lookup


def _report(measured: dict[str, Measured], lookups: int) -> None:
    floor = measured["bare fan-out"]
    print(
        f"{connection.vendor}, {lookups:,} lookups of two add-ons, {AT_ONCE} at once, best of {ROUNDS} rounds"
    )
    print(f"{'':34} {'per second':>10}   {'of the bare one':>15}   {'CPU':>8}   {'of the bare one':>15}")
    for name, row in measured.items():
        ratio, cpu_ratio = row.per_second / floor.per_second, row.cpu_ms / floor.cpu_ms
        print(
            f"{name:34} {row.per_second:10.0f}   {ratio:13.2f} x   {row.cpu_ms:5.2f} ms   {cpu_ratio:13.2f} x"
        )
