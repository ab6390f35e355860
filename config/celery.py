"""Background tasks. The broker is a hint: whatever must happen is a row first."""

import os
import warnings
from pathlib import Path
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning  # type: ignore[attr-defined]
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

HOUR = 3600.0


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
    return {"visibility_timeout": 600} if broker_url.startswith("redis") else {}


# Celery warns root because of pickle; we accept JSON alone.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("patchbay")
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_transport_options=transport_options(settings.BROKER_URL, settings.BROKER_FOLDER),
    broker_connection_retry_on_startup=True,
    task_default_queue=settings.TASK_QUEUE,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    accept_content=["json"],
    task_serializer="json",
    task_time_limit=300,
    task_soft_time_limit=270,
    timezone="UTC",
    beat_schedule={
        "forget-idempotent-answers": {
            "task": "accounts.tasks.forget_idempotent_answers",
            "schedule": HOUR,
        },
        "drop-expired-results": {"task": "results.tasks.drop_expired_results", "schedule": HOUR},
    },
    beat_schedule_filename=str(settings.VAR_DIR / "beat"),
)
app.autodiscover_tasks(["accounts", "results"])
