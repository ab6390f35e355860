"""What every trial needs: tables that are made once, and how many recordings."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.databases import Database, own_database
from tests.faults.processes import ROOT
from tests.faults.trial import default_url

# `make test-faults COUNT=300` says another number.
FEW = 60


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """An empty database with our tables, of the kind that DATABASE_URL names."""
    folder: Path = tmp_path_factory.mktemp("template")
    with own_database(default_url(), None, folder) as database:
        make_tables(database, folder)
        yield database


def make_tables(database: Database, folder: Path) -> None:
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "VAR_DIR": str(folder),
        "DATABASE_URL": database.url,
    }
    command = [sys.executable, "-m", "tests.faults.inside.prepare", "migrate"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True, timeout=120)


@pytest.fixture(scope="session")
def count() -> int:
    """How many recordings a trial brings."""
    return int(os.environ.get("COUNT") or FEW)
