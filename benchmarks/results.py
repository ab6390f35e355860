"""The speed of results through dispatch, the publisher's callback, storage and the notice, and their memory.

    DATABASE_URL=postgres://… BROKER_URL=redis://… make benchmark NAME=results [ARGS="RESULTS ROUNDS"]

Web, worker and beat are started as `make up` starts them; publisher and developers are one process that
costs little (`both_ends.py`). The floor is a worker with the same settings, whose tasks only make the same
two calls (`bare_tasks.py`). They take turns, round after round. Afterwards every row and file must be there.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from celery import Celery
from django.conf import settings
from django.db import connection

from benchmarks import result_memory, result_rows
from benchmarks.load import basic
from benchmarks.result_rows import Shop
from benchmarks.servers import Server, database_url, served, working
from config.celery import app as ours
from invocations.dispatch import dispatch_result
from rest.leases import hint
from tests.factories import make_audio, make_publisher
from tests.ports import free_ports

RESULTS = 400
ROUNDS = 3
WARM_UP = 40
# How many publishers and developers there are, each on a host of its own.
PARTIES: Final = (1, 8)
PATIENCE_SECONDS = 120
LOOK_SECONDS = 0.02
BARE_QUEUE: Final = f"{settings.TASK_QUEUE}-bare"
ENOUGH: Final = 0.5

PRODUCT, BARE = "Patchbay", "bare tasks"


@dataclass
class Turns:
    """What one contender's rounds came to."""

    per_second: list[float] = field(default_factory=list)
    cpu_ms: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Site:
    """Everything that runs. `ours`: our processes, by name."""

    shop: Shop
    ends: Server
    ours: dict[str, Server]
    floor: Server
    bare: Celery

    def counts(self) -> Counter[str]:
        return Counter(result_memory.asked(f"{self.ends.url}/counts"))


def run(results: str = str(RESULTS), rounds: str = str(ROUNDS)) -> None:
    if connection.vendor != "postgresql" or settings.BROKER_URL.startswith("filesystem"):
        sys.exit("This one needs a database and a broker: set DATABASE_URL and BROKER_URL.")
    with site() as running:
        sids: list[str] = []
        for parties in PARTIES:
            installed = [running.shop.install(host) for host in running.shop.hosts(parties)]
            turns = {PRODUCT: Turns(), BARE: Turns()}
            sids += _product(running, Turns(), result_rows.owe(installed, WARM_UP))
            _bare(running, Turns(), WARM_UP)
            for _ in range(int(rounds)):
                sids += _product(running, turns[PRODUCT], result_rows.owe(installed, int(results)))
                _bare(running, turns[BARE], int(results))
            _print(parties, int(results), int(rounds), turns)
        kept = result_rows.kept(sids)
        told = ", ".join(f"{name} {count:,}" for name, count in vars(kept).items())
        print(f"\nOf {len(sids):,} results: {told}.\nBoth ends saw {dict(running.counts())}.", flush=True)
        result_memory.measure(running.shop, running.ours)
    if kept.rows != {len(sids)}:
        sys.exit("Rows are missing, so the figures mean nothing.")


@contextmanager
def site() -> Iterator[Site]:
    """The product with its normal settings; only the local addresses and the limit of requests differ."""
    web_port = free_ports(2)
    ends_port = web_port + 1
    publisher = make_publisher()
    shop = Shop(publisher, ends_port)
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_url(),
        "PUBLIC_URL": f"http://127.0.0.1:{web_port}",
        "REQUESTS_PER_MINUTE": "0",
        "LOG_LEVEL": "WARNING",
        "OUTBOUND_ALLOWED_HOSTS": ",".join(shop.hosts(max(PARTIES))),
    }
    with ExitStack() as stack:
        start = stack.enter_context
        both = start(ends(publisher.account.sid, publisher.account.auth_token, ends_port))
        found = {
            "web": start(_web(web_port, environment)),
            "worker": start(working(_celery("config.celery", "worker"), environment=environment)),
            "beat": start(working(_celery("config.celery", "beat"), environment=environment)),
        }
        floor, bare = start(_floor(both))
        yield Site(shop, both, found, floor, bare)


def ends(sid: str, token: str, port: int) -> Any:
    command = [sys.executable, "-m", "benchmarks.both_ends", str(port)]
    return served(command, port=port, environment={"AUTHORIZATION": basic(sid, token)})


def _web(port: int, environment: dict[str, str]) -> Any:
    command = [sys.executable, "-m", "uvicorn", "config.asgi:application", f"--port={port}"]
    return served([*command, "--log-level=warning"], port=port, environment=environment)


def _celery(app: str, *arguments: str) -> list[str]:
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    start = [sys.executable, "-m", "celery", "--quiet", f"--app={app}", *arguments, "--loglevel=WARNING"]
    return [*start, *(alone if "worker" in arguments else [])]


@contextmanager
def _floor(ends: Server) -> Iterator[tuple[Server, Celery]]:
    """The bare worker, and the application that queues its tasks."""
    audio = settings.VAR_DIR / "bare.wav"
    audio.write_bytes(make_audio(result_rows.SECONDS))
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "TASK_QUEUE": BARE_QUEUE,
        "AUDIO": str(audio),
        "SERVICE": ends.url,
        "NOTICE": "x" * 1_000,
    }
    app = Celery("bare", fixups=[], set_as_current=False)
    app.conf.update(
        broker_url=settings.BROKER_URL,
        broker_transport_options=ours.conf.broker_transport_options,
        task_default_queue=BARE_QUEUE,
        task_ignore_result=True,
    )
    with working(_celery("benchmarks.bare_tasks", "worker"), environment=environment) as server:
        yield server, app


def _product(running: Site, turns: Turns, sids: Sequence[str]) -> Sequence[str]:
    _turn(running, turns, len(sids), running.ours, lambda: hint(dispatch_result, sids))
    end = time.monotonic() + PATIENCE_SECONDS
    while result_rows.kept(sids).notices < len(sids) and time.monotonic() < end:
        time.sleep(LOOK_SECONDS)
    return sids


def _bare(running: Site, turns: Turns, count: int) -> None:
    def queue() -> None:
        for number in range(count):
            running.bare.send_task("bare.hand_over", (number,))

    _turn(running, turns, count, {"worker": running.floor}, queue)


def _turn(
    running: Site, turns: Turns, count: int, servers: dict[str, Server], queue: Callable[[], object]
) -> None:
    """Queue, and wait until the developers have as many notices more."""
    for server in servers.values():
        server.settle()
    before = {name: server.cpu_seconds() for name, server in servers.items()}
    goal = running.counts()["notices"] + count
    began = time.perf_counter()
    queue()
    end = time.monotonic() + PATIENCE_SECONDS
    while (came := running.counts()["notices"]) < goal:
        if time.monotonic() > end:
            sys.exit(f"{goal - came} of {count} notices never came.")
        time.sleep(LOOK_SECONDS)
    turns.per_second.append(count / (time.perf_counter() - began))
    for server in servers.values():
        server.settle()
    spent = {name: server.cpu_seconds() - before[name] for name, server in servers.items()}
    turns.cpu_ms.append({name: seconds / count * 1000 for name, seconds in spent.items()})


def _print(parties: int, results: int, rounds: int, turns: dict[str, Turns]) -> None:
    who = "one publisher, one developer" if parties == 1 else f"{parties} publishers, {parties} developers"
    print(f"\n**{who}; {results} results a round, best of {rounds} (median)**\n")
    print("| | a second | CPU ms of each |\n|---|---|---|")
    for name, each in turns.items():
        parts = {part: median(spent[part] for spent in each.cpu_ms) for part in each.cpu_ms[0]}
        cpu = " + ".join(f"{part} {spent:.1f}" for part, spent in parts.items())
        speed = f"{max(each.per_second):.0f} ({median(each.per_second):.0f})"
        print(f"| {name} | {speed} | {sum(parts.values()):.1f} = {cpu} |")
    best, middle = (at(turns[PRODUCT].per_second) / at(turns[BARE].per_second) for at in (max, median))
    verdict = "aim reached" if best >= ENOUGH else "MISSED"
    print(f"\n{best:.2f} of the floor (median {middle:.2f}); aim {ENOUGH}: {verdict}", flush=True)
