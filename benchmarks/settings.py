"""The product's own settings, with the floors beside the site and no limit of requests."""

import os
import tempfile

os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="patchbay-benchmark-"))
os.environ.setdefault("LOG_LEVEL", "ERROR")

from config.settings import *  # noqa: F403 - settings are built by import, after VAR_DIR is set

ROOT_URLCONF = "benchmarks.urls"
REQUESTS_PER_MINUTE = 0
# WhiteNoise warns of a missing folder.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
