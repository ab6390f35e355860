"""How the house stands: what runs, what is owed, what is stuck, what can be reached. Nothing is changed."""

import platform
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from itertools import islice
from typing import Any, Final

import django
from celery import current_app
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min

from operations.models import Examination, Process
from publishers.models import ListingVersion
from rest.leases import LONGEST_LEASE, Leased, database_time
from rest.sids import new_sid
from results.invariants import open_for_too_long

# A broker, a cache or a store that does not answer so soon counts as away.
PATIENCE_SECONDS: Final = 3.0
ONE_TRY_SECONDS: Final = 1
SHOWN: Final = 20
# A row that is due is taken within seconds; so long, and nobody works.
LATE_SECONDS: Final = 60
_MILLION: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Place:
    """Something the site needs: whether it answered, and what there is to know."""

    name: str
    works: bool
    words: str


@dataclass(frozen=True, kw_only=True)
class Queue:
    """The rows of one kind that owe work: how many nobody has taken, since when, and how many are taken."""

    name: str
    due: int
    oldest: datetime | None
    under_way: int
    at: datetime

    @property
    def waits_seconds(self) -> int:
        """How long the oldest has been due."""
        return max(0, round((self.at - self.oldest).total_seconds())) if self.oldest else 0

    @property
    def is_late(self) -> bool:
        return self.waits_seconds > LATE_SECONDS


@dataclass(frozen=True, kw_only=True)
class NotAsked:
    """A version that a process does not ask just now, because it failed too often."""

    process: str
    version: ListingVersion
    words: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Health:
    """Everything the page shows."""

    at: datetime
    processes: Sequence[Process]
    lost: Sequence[Process]
    queues: Sequence[Queue]
    stuck: Sequence[str]
    not_asked: Sequence[NotAsked]
    places: Sequence[Place]
    examination: Examination | None
    versions: Sequence[tuple[str, str]]

    @property
    def has_worker(self) -> bool:
        return any(each.kind == Process.Kind.WORKER for each in self.processes)

    @property
    def problems(self) -> list[str]:
        """What an operator should do something about, worst first."""
        found = [f"{each.name}: {each.words}" for each in self.places if not each.works]
        if not self.has_worker:
            found.append("No worker shows a sign of life: nothing is fetched, sent or delivered.")
        found += [
            f"{each.name}: the oldest that is due waits for {each.waits_seconds} seconds."
            for each in self.queues
            if each.is_late
        ]
        if self.stuck:
            found.append("Some results should have ended, and have not.")
        if self.examination and self.examination.found:
            found.append("The last examination found something that must not be.")
        return found


def health() -> Health:
    """Look at everything, within seconds. Raises DatabaseError: without its database there is no page."""
    at = database_time()
    known = list(Process.objects.order_by("kind", "name"))
    alive = [each for each in known if each.seen_at > at - Process.SILENT_FOR]
    return Health(
        at=at,
        processes=alive,
        lost=[each for each in known if each not in alive],
        queues=[_queue(model, at) for model in leased_models()],
        stuck=list(islice(open_for_too_long(), SHOWN)),
        not_asked=_not_asked(alive),
        places=_places(),
        examination=Examination.objects.first(),
        versions=_versions(),
    )


def leased_models() -> list[type[Any]]:
    """Every table whose rows may owe work."""
    return [model for model in apps.get_models() if issubclass(model, Leased)]


def _queue(model: type[Any], at: datetime) -> Queue:
    due = model.objects.due(at)
    held = model.objects.filter(leased_until__gt=at, leased_until__lte=at + LONGEST_LEASE)
    return Queue(
        name=str(model._meta.verbose_name_plural).capitalize().replace("Add on", "Add-on"),  # noqa: SLF001 - Django's documented interface
        due=due.count(),
        oldest=due.aggregate(oldest=Min("due_at"))["oldest"],
        under_way=held.count(),
        at=at,
    )


def _not_asked(processes: Sequence[Process]) -> list[NotAsked]:
    said = [(process, each) for process in processes for each in process.breakers]
    sids = {each["version"] for _, each in said}
    versions = ListingVersion.objects.filter(sid__in=sids).select_related("listing").defer("definition")
    by_sid = {each.sid: each for each in versions}
    return [
        NotAsked(
            process=str(process),
            version=by_sid[each["version"]],
            words=str(each["words"]),
            at=datetime.fromisoformat(each["at"]),
        )
        for process, each in said
        if each["version"] in by_sid
    ]


def _places() -> list[Place]:
    """The database here, the others in threads: one that hangs is given up after a while."""
    others = {"Broker": _broker, "Cache": _cache, "Storage": _storage}
    pool = ThreadPoolExecutor(max_workers=len(others))
    asked = {name: pool.submit(_asked, name, ask) for name, ask in others.items()}
    pool.shutdown(wait=False)
    end = time.monotonic() + PATIENCE_SECONDS
    found = [_asked("Database", _database)]
    for name, future in asked.items():
        try:
            found.append(future.result(timeout=max(0, end - time.monotonic())))
        except TimeoutError:
            words = f"gave no answer within {PATIENCE_SECONDS:.0f} seconds."
            found.append(Place(name=name, works=False, words=words))
    return found


def _asked(name: str, ask: Callable[[], str]) -> Place:
    """What the place says; only the kind of a failure, because its words may hold a password."""
    began = time.monotonic()
    try:
        words = ask()
    except Exception as error:  # noqa: BLE001 - whatever its client raises, it is away
        return Place(name=name, works=False, words=f"cannot be used ({type(error).__name__}).")
    took_ms = round((time.monotonic() - began) * 1000)
    return Place(name=name, works=True, words=f"{words} Answered after {took_ms} ms.")


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(missing)} migrations are missing." if missing else "Every migration is applied."


def _broker() -> str:
    """How many hints wait in each queue; a row that is owed has none of its own."""
    with current_app.connection_for_write() as opened:
        opened.ensure_connection(max_retries=1, timeout=ONE_TRY_SECONDS)
        channel = opened.default_channel
        waiting = [
            f"{declared.message_count} in {queue.name}"
            for queue in current_app.conf.task_queues
            if (declared := queue.bind(channel).queue_declare(passive=True))
        ]
    return f"Hints that wait: {', '.join(waiting)}."


def _cache() -> str:
    key, value = f"health:{new_sid('')}", "1"
    cache.set(key, value, timeout=10)
    if cache.get(key) != value:
        raise LookupError
    cache.delete(key)
    return "One for all processes." if settings.CACHE_URL else "The memory of each process."


def _storage() -> str:
    default_storage.exists(f"health/{new_sid('')}")
    if settings.STORAGE_URL.startswith("s3:"):
        return "An S3-compatible store."
    free = shutil.disk_usage(settings.VAR_DIR).free // _MILLION
    if free < settings.DISK_RESERVE_MB:
        raise OSError
    return f"A folder; {free} MB are free."


def _versions() -> list[tuple[str, str]]:
    return [
        ("Database", _database_version()),
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
        ("Celery", metadata.version("celery")),
    ]


def _database_version() -> str:
    if connection.vendor == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}"
