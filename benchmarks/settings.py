"""The product's own settings, with the floors beside the site and no limit of requests."""

import os

os.environ.setdefault("LOG_LEVEL", "ERROR")
# Another Patchbay may use the same broker.
os.environ.setdefault("TASK_QUEUE", f"benchmark-{os.getpid()}")

from config.settings import *  # noqa: F403 - settings are built by import, after LOG_LEVEL is set

ROOT_URLCONF = "benchmarks.urls"
REQUESTS_PER_MINUTE = 0
# The publishers run on this machine.
OUTBOUND_ALLOWED_HOSTS = [f"127.0.0.{number}" for number in range(1, 9)]
# WhiteNoise warns of a missing folder.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
