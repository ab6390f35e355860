"""One trial: a site of its own, recordings that pass through it, what is done to it, and a judgement."""

import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.conftest import basic
from tests.faults.brokers import FILES, Broker, own_queue
from tests.faults.databases import SQLITE, Database, own_database
from tests.faults.developer import Developer
from tests.faults.driver import Driver
from tests.faults.judge import judge
from tests.faults.processes import ROOT, Process, Site, command_of
from tests.faults.publisher import Habits, Publisher
from tests.ports import free_ports

BRING_SECONDS: Final = 240
QUIET_SECONDS: Final = 120
DONE: Final = (
    "recordings_recording WHERE status = 'processing'",
    "results_addonresult WHERE status IN ('init', 'queued', 'in-progress', 'processing')",
    "deliveries_delivery WHERE status = 'pending'",
)
# Of the machine that runs the test; a trial says its own.
NOT_PASSED_ON: Final = ("DEMO", "DEBUG", "STORAGE_URL", "CACHE_URL", "PORT", "PUBLIC_URL")


def default_url() -> str:
    return os.environ.get("DATABASE_URL") or f"{SQLITE}://"


def default_broker() -> str:
    return os.environ.get("BROKER_URL") or f"{FILES}://localhost"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a trial begins with. Places: where which kind of process kills itself, with which probability."""

    count: int
    database_url: str = field(default_factory=default_url)
    template: Database | None = None
    broker_url: str = field(default_factory=default_broker)
    # What the site is told instead, when something stands in between.
    broker_seen_as: str = ""
    habits: Habits = field(default_factory=Habits)
    developers_fail: Sequence[float] = (0.3,)
    places: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    # Beside that, for one process by its name.
    environments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    workers: int = 2
    mutant: str = ""
    seed: int = field(
        default_factory=lambda: int(os.environ.get("FAULTS_SEED") or random.randrange(1_000_000))
    )


class Trial:
    """A site that runs, and those outside who know what should come of it."""

    def __init__(self, plan: Plan, folder: Path, database: Database, broker: Broker) -> None:
        self.plan, self.folder, self.database, self.broker = plan, folder, database, broker
        self.port = free_ports(1)
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.publisher = Publisher(plan.habits, plan.seed)
        # Each on a host of its own: the product counts by hosts what is under way.
        self.developers = [
            Developer(plan.seed + number, fails=fails, host=f"127.0.0.{number + 1}")
            for number, fails in enumerate(plan.developers_fail)
        ]
        self.driver = Driver(plan.seed, folder / "acknowledged.jsonl")
        self.accounts: list[dict[str, str]] = []
        self.did: Counter[str] = Counter()
        self.facts: dict[str, Any] = {}
        self._began = time.monotonic()
        kinds = ["web", *(f"worker{number}" for number in range(plan.workers)), "beat"]
        self.site = Site([self._process(name) for name in kinds])

    # --- its processes -----------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        hosts = ",".join(["127.0.0.1", *(each.host for each in self.developers)])
        return {
            **dict.fromkeys(NOT_PASSED_ON, ""),
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": self.database.url,
            "BROKER_URL": self.plan.broker_seen_as or self.broker.url,
            "TASK_QUEUE": self.broker.queue,
            "PORT": str(self.port),
            "PUBLIC_URL": self.base_url,
            "OUTBOUND_ALLOWED_HOSTS": hosts,
            "REQUESTS_PER_MINUTE": "0",
            # Several trials at once share a PostgreSQL that takes 100 connections.
            "WORKER_THREADS": "6",
            "DATABASE_POOL": "8",
            "LOG_LEVEL": "WARNING",
            "FAULTS_LOG": str(self.folder / "died"),
            **self.plan.environment,
        }

    def _process(self, name: str) -> Process:
        kind = name.rstrip("0123456789")
        environment = {
            **self.environment,
            "FAULTS_DIE_AT": self.plan.places.get(kind, ""),
            "FAULTS_MUTANT": self.plan.mutant,
            **self.plan.environments.get(name, {}),
        }
        return Process(name, command_of(kind, self.port), environment=environment, folder=self.folder)

    async def inside(self, module: str, *arguments: str, given: Any = None) -> Any:
        """Run a module of `inside` as this site's; what it writes is JSON, or nothing."""
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", f"tests.faults.inside.{module}", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            input=json.dumps(given).encode(),
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout or "null")

    # --- what happens ------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Trial"]:
        async with AsyncExitStack() as stack:
            for each in (self.publisher, self.driver, *self.developers):
                await each.start()
                stack.push_async_callback(each.stop)
            if self.plan.template is None:
                await self.inside("prepare", "migrate")
            urls = [each.callback_url for each in self.developers]
            known = await self.inside("prepare", given={"service": self.publisher.url, "callback_urls": urls})
            self.publisher.authorization = basic(known["publisher"]["sid"], known["publisher"]["token"])
            self.accounts = known["developers"]
            stack.push_async_callback(self.site.stop)
            await self.site.start()
            self._began = time.monotonic()
            yield self

    async def bring(self, *, pause: float = 0.0) -> None:
        """All recordings, however often that takes."""
        async with asyncio.timeout(BRING_SECONDS):
            await self.driver.bring(
                self.plan.count, base_url=self.base_url, developers=self.accounts, pause=pause
            )

    @asynccontextmanager
    async def while_bringing(self, *, pause: float = 0.0) -> AsyncIterator[None]:
        """The body happens while recordings come in; then, the rest of them comes in."""
        bringing = asyncio.create_task(self.bring(pause=pause))
        try:
            yield
            await bringing
        finally:
            bringing.cancel()
            with suppress(asyncio.CancelledError):
                await bringing

    async def until(self, what: Callable[[], bool], *, within: float = 60) -> None:
        end = time.monotonic() + within
        while not what():
            assert time.monotonic() < end, f"it did not come to pass\n{self.site.last_lines()}"
            await asyncio.sleep(0.05)

    async def is_quiet(self) -> bool:
        if self.publisher.is_busy:
            return False
        return not any([await asyncio.to_thread(self.database.count, each) for each in DONE])

    async def quiet(self, *, within: float = QUIET_SECONDS) -> bool:
        """Whether nothing is left to be done, in the time that is given for it."""
        await self.site.ready()
        end = time.monotonic() + within
        while time.monotonic() < end:
            if await self.is_quiet():
                return True
            await asyncio.sleep(0.5)
        return False

    # --- what came of it ---------------------------------------------------------------------

    async def judgement(self, *, within: float = QUIET_SECONDS) -> list[str]:
        """Everything that contradicts "nothing accepted is lost". Prints what was done and counted."""
        is_quiet = await self.quiet(within=within)
        took = time.monotonic() - self._began
        await self.site.stop()
        self.facts = await self.inside("facts")
        found = judge(
            self.facts,
            acknowledged=self.driver.acknowledged,
            publisher=self.publisher,
            developers=self.developers,
        )
        if not is_quiet:
            found.append(f"it did not come to rest within {within:.0f} s after the faults had ended")
        self._print(self.facts, took, found)
        return found

    @property
    def deaths(self) -> Counter[str]:
        """Where processes killed themselves."""
        died = self.folder / "died"
        return Counter(died.read_text().splitlines() if died.exists() else [])

    def _print(self, facts: Mapping[str, Any], took: float, found: Sequence[str]) -> None:
        results = Counter(
            row["status"] + (f" {row['code']}" if row["code"] else "") for row in facts["results"]
        )
        hooks: Counter[str] = sum((each.did for each in self.developers), Counter())
        told = [told for each in self.developers for told in each.told.values()]
        dispatches = [heard.tries for heard in self.publisher.heard.values()]
        kind = "SQLite" if self.database.is_sqlite else "PostgreSQL"
        lines = [
            f"{kind}, {self.broker.url.partition(':')[0]}, seed {self.plan.seed}, {took:.1f} s",
            f"done to it    {_shown(self.did)}; killed {_shown(self.site.killed)}",
            f"died at       {_shown(self.deaths)}",
            f"brought       {len(self.driver.acknowledged)}: {_shown(self.driver.did)}",
            f"publisher     asked {sum(dispatches)} times about {len(dispatches)}",
            f"              {_shown(self.publisher.did)}",
            f"developers    {len(told)} notices, {sum(each.attempts for each in told)} attempts",
            f"              {_shown(hooks)}",
            f"results       {_shown(results)}",
            f"              {len(facts['payloads'])} payloads, {len(facts['charges'])} charges",
            f"files left    {facts['left_by_the_dead']} by the dead, then {facts['left_after_the_sweep']}",
            f"ended alone   {len(self.site.ended_alone)}",
            f"contradicted  {len(found)}",
            *(f"  {sentence}" for sentence in found[:20]),
            *self.site.ended_alone[:3],
        ]
        print("\n".join(lines), flush=True)


def _shown(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "nothing"


@asynccontextmanager
async def trial_of(plan: Plan) -> AsyncIterator[Trial]:
    """A trial that runs; afterwards nothing is left of it but its folder, where FAULTS_KEEP is set."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="patchbay-faults-"))
        stack.callback(_forget, folder)
        database = stack.enter_context(own_database(plan.database_url, plan.template, folder))
        broker = stack.enter_context(own_queue(plan.broker_url, folder))
        async with Trial(plan, folder, database, broker).running() as trial:
            yield trial


def _forget(folder: Path) -> None:
    if "FAULTS_KEEP" not in os.environ:
        shutil.rmtree(folder, ignore_errors=True)
