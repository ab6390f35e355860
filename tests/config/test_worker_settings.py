"""What differs between the processes that read the same settings."""

import os
import subprocess
import sys

import pytest

READ = "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS']['pool']['max_size'])"
WORKER, WEB = "import config.celery", "import config.asgi"


@pytest.mark.parametrize(
    ("process", "environment", "size"),
    [
        (WORKER, {}, 20),
        (WORKER, {"WORKER_THREADS": "40"}, 40),
        (WORKER, {"WORKER_THREADS": "40", "DATABASE_POOL": "50"}, 50),
        (WEB, {"WORKER_THREADS": "40"}, 20),
    ],
)
def test_web_and_worker_keep_connections(process: str, environment: dict[str, str], size: int) -> None:
    """A worker as many as it has threads."""
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_POOL"}
    given = {**inherited, "DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": "postgres://u@h/d"}
    told = subprocess.run(
        [sys.executable, "-c", f"{process}; {READ}"],
        env={**given, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(told.stdout) == size
