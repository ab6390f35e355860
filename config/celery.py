"""Background tasks. The broker is a hint: whatever must happen is a row first."""

import os
import warnings
from pathlib import Path
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning  # type: ignore[attr-defined]
from django.conf import settings
from kombu import Exchange, Queue
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
if not settings.configured:
    # Nobody read them before, so this is a worker. A connection for each thread, kept: a task opened three.
    os.environ.setdefault("DATABASE_POOL", os.environ.get("WORKER_THREADS", "20"))

HOUR = 3600.0
DAY = 24 * HOUR
SWEEP_SECONDS = 2.0
# A sweep that nobody came to is worth nothing: the next one does the same. RabbitMQ drops it, by its own
# clock. The message does not say when it expires: a worker whose clock is ahead would never sweep.
SWEEP_LASTS_SECONDS = 10.0
# A request waits no longer for a broker that is away to tell workers of a row; the sweeper tells them again.
BROKER_SECONDS = 1.0


def transport_options(broker_url: str, folder: Path) -> dict[str, Any]:
    """What each broker needs. Without a configured one, files in a folder: no service to install."""
    if broker_url.startswith("filesystem"):
        for name in ("queue", "control", "processed"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        return {
            "data_folder_in": str(folder / "queue"),
            "data_folder_out": str(folder / "queue"),
            "control_folder": str(folder / "control"),
            "processed_folder": str(folder / "processed"),
            # 200 tasks in 0.8 s; with the default of one second, 56 s.
            "polling_interval": 0.05,
        }
    quick = {"max_retries": 1, "interval_start": 0, "connect_retries_timeout": BROKER_SECONDS}
    if broker_url.startswith("redis"):
        # The server answers a worker that waits for a task each second.
        return {
            **quick,
            "visibility_timeout": 600,
            "socket_connect_timeout": BROKER_SECONDS,
            "socket_timeout": 2.5 * BROKER_SECONDS,
        }
    return quick


def queue(name: str, **arguments: Any) -> Queue:
    return Queue(name, Exchange(name), routing_key=name, **arguments)


TRANSPORT_ALIASES["filesystem"] = "config.file_broker:Transport"
TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "config.redis_broker:Transport"

# Celery warns root because of pickle; we accept JSON alone.
warnings.filterwarnings("ignore", category=SecurityWarning)

# The sweeper does not stand in line behind what it sends.
SWEEP_QUEUE = f"{settings.TASK_QUEUE}-sweep"

app = Celery("patchbay")
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_transport_options=transport_options(settings.BROKER_URL, settings.BROKER_FOLDER),
    broker_connection_timeout=BROKER_SECONDS,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_default_queue=settings.TASK_QUEUE,
    task_queues=[queue(settings.TASK_QUEUE), queue(SWEEP_QUEUE, message_ttl=SWEEP_LASTS_SECONDS)],
    task_routes={
        "invocations.tasks.sweep": {"queue": SWEEP_QUEUE},
        "conformance.tasks.sweep_reports": {"queue": SWEEP_QUEUE},
    },
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # Its queue is named after the machine: the second worker there would end at its start.
    worker_enable_remote_control=False,
    # After a lost connection it would be raised again by a task's thread, over a connection that another
    # thread reads: both wait for ever.
    worker_enable_prefetch_count_reduction=False,
    # A task waits for others most of the time. A thread cannot be stopped: each task has clocks of its own.
    worker_pool="threads",
    worker_concurrency=settings.WORKER_THREADS,
    accept_content=["json"],
    task_serializer="json",
    # For `--pool=prefork`, should somebody choose it.
    task_time_limit=300,
    task_soft_time_limit=270,
    timezone="UTC",
    beat_schedule={
        "sweep": {"task": "invocations.tasks.sweep", "schedule": SWEEP_SECONDS},
        "sweep-reports": {"task": "conformance.tasks.sweep_reports", "schedule": SWEEP_SECONDS},
        "forget-idempotent-answers": {
            "task": "accounts.tasks.forget_idempotent_answers",
            "schedule": HOUR,
        },
        "drop-expired-results": {"task": "results.tasks.drop_expired_results", "schedule": HOUR},
        "examine": {"task": "operations.tasks.examine", "schedule": HOUR},
        "sweep-files": {"task": "results.tasks.sweep_files", "schedule": DAY},
        "retire-deprecated": {"task": "publishers.tasks.retire_deprecated", "schedule": HOUR},
        "drop-old-tests": {"task": "conformance.tasks.drop_old_tests", "schedule": DAY},
    },
    beat_schedule_filename=str(settings.VAR_DIR / "beat"),
)
app.autodiscover_tasks(["accounts", "publishers", "results", "invocations", "conformance", "operations"])
