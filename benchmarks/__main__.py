"""`python -m benchmarks lists [rows]` runs `benchmarks/lists.py` in a database of its own."""

import os
import sys
from importlib import import_module

import django
from django.conf import settings
from django.db import connection


def main(name: str, *arguments: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    django.setup()
    own_name = settings.DATABASES["default"]["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        import_module(f"benchmarks.{name}").run(*arguments)
    finally:
        connection.creation.destroy_test_db(own_name, verbosity=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
