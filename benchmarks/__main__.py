"""`python -m benchmarks lists [rows]` runs `benchmarks/lists.py` in a database of its own.

So do `lookups`, `results` and `scale`, which start servers on that database.
"""

import os
import sys
import tempfile
from importlib import import_module

import django
from django.conf import settings
from django.db import connection


def main(name: str, *arguments: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    with tempfile.TemporaryDirectory(prefix="patchbay-benchmark-") as folder:
        os.environ["VAR_DIR"] = folder
        django.setup()
        _in_own_database(name, *arguments)


def _in_own_database(name: str, *arguments: str) -> None:
    own_name = settings.DATABASES["default"]["NAME"]
    # A copy of its rows as text is for tests that restore them.
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        import_module(f"benchmarks.{name}").run(*arguments)
    finally:
        connection.creation.destroy_test_db(own_name, verbosity=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
