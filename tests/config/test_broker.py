"""A task through a real broker to a worker in a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from config.celery import app
from results.models import Invocation
from results.tasks import drop_expired_results
from tests.factories import make_account, make_install, make_invocation

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 40
pytestmark = [pytest.mark.broker, pytest.mark.django_db(transaction=True)]


def database_url() -> str:
    """The test database, as a worker is told of it."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"postgres://{database['USER']}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"


@contextmanager
def worker(queue: str) -> Iterator[None]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_url(),
        "BROKER_URL": settings.BROKER_URL,
    }
    command = ["celery", "--quiet", "--app=config.celery", "worker", "--concurrency=1", f"--queues={queue}"]
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def queue() -> Iterator[str]:
    name = f"patchbay-test-{uuid4().hex}"
    yield name
    with app.connection_for_write() as broker:
        broker.default_channel.queue_delete(name)  # type: ignore[attr-defined]


def expired() -> Invocation:
    return make_invocation(make_install(make_account()), started_at=timezone.now() - timedelta(days=40))


def wait_until_dropped(row: Invocation) -> None:
    end = time.monotonic() + PATIENCE
    while Invocation.objects.filter(pk=row.pk).exists():
        assert time.monotonic() < end, "the worker did not do its task"
        time.sleep(0.1)


def test_a_task_queued_while_no_worker_runs_is_done_by_the_next(queue: str) -> None:
    row = expired()
    drop_expired_results.apply_async(queue=queue)
    with worker(queue):
        wait_until_dropped(row)


def test_a_running_worker_takes_one_task_after_the_other(queue: str) -> None:
    with worker(queue):
        for _ in range(2):
            row = expired()
            drop_expired_results.apply_async(queue=queue)
            wait_until_dropped(row)
