"""Settings of the baseline: the project's own, with Django's connection pool and the middleware an API needs.

The environment variable POOL says how many connections the pool has.
"""

import os

from config.settings import *  # noqa: F403 - the same project

_POOL = int(os.environ.get("POOL", "8"))
ROOT_URLCONF = "benchmarks.ordinary"
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
DATABASES["default"]["OPTIONS"] = {"pool": {"min_size": _POOL, "max_size": _POOL, "timeout": 30}}  # noqa: F405
# A new project has five more (sessions, CSRF, users, messages, frames): a quarter dearer, and no use.
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
# The console's sign-in refuses to start without its middleware.
INSTALLED_APPS = [name for name in INSTALLED_APPS if not name.startswith("allauth")]  # noqa: F405
