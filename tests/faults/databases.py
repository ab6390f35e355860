"""Databases of a trial's own: a SQLite file, one beside DATABASE_URL, or a PostgreSQL that it may stop."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

from tests.ports import free_ports

SQLITE: Final = "sqlite"
UNPRIVILEGED: Final = "postgres"


class Database:
    """One database. `url`: what DATABASE_URL says."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith(SQLITE)

    def rows(self, sql: str) -> list[Any]:
        """Asked from outside, without anything of ours in between. Raises what the driver raises."""
        if self.is_sqlite:
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=20)) as connection:
                return connection.execute(sql).fetchall()
        with psycopg.connect(self.url, connect_timeout=2) as connection:
            return connection.execute(sql).fetchall()

    def count(self, sql: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {sql}")[0][0])


@contextmanager
def own_database(url: str, template: Database | None, folder: Path) -> Iterator[Database]:
    """A new one on the server of `url`, a copy of the template; gone afterwards."""
    if url.startswith(SQLITE):
        database = Database(f"sqlite:///{folder / 'patchbay.sqlite3'}")
        if template:
            shutil.copy(template.url.removeprefix("sqlite:///"), folder / "patchbay.sqlite3")
        yield database
        return
    name = f"faults_{uuid4().hex}"
    _on_server(url, f"CREATE DATABASE {name}" + (f" TEMPLATE {_name_of(template)}" if template else ""))
    try:
        yield Database(urlsplit(url)._replace(path=f"/{name}").geturl())
    finally:
        _on_server(url, f"DROP DATABASE {name} WITH (FORCE)")


def _name_of(database: Database) -> str:
    return urlsplit(database.url).path.strip("/")


def _on_server(url: str, sql: Any) -> None:
    maintenance = urlsplit(url)._replace(path="/postgres").geturl()
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(sql)


class Cluster:
    """A PostgreSQL server of our own, that can be stopped as by a power cut and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder / "data", free_ports(1)
        self.url = f"postgres://{UNPRIVILEGED}@127.0.0.1:{self.port}/postgres"
        self._run("initdb", "--auth=trust", f"--username={UNPRIVILEGED}", "--no-locale", "--encoding=UTF8")

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
        self._run("pg_ctl", "--wait", f"--log={self.folder.parent / 'log'}", f"--options={options}", "start")

    def stop(self) -> None:
        """Immediately: no checkpoint, every connection cut; the next start recovers from the log."""
        self._run("pg_ctl", "--wait", "--mode=immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        with (self.folder.parent / "output").open("ab") as output:  # a server keeps it open
            subprocess.run(
                [binary(program), "-D", str(self.folder), *arguments],
                check=True,
                timeout=60,
                user=UNPRIVILEGED if os.geteuid() == 0 else None,
                cwd=self.folder.parent,
                stdout=output,
                stderr=output,
            )


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """Started. It refuses to run as root, so the folder is somebody's who is not."""
    with tempfile.TemporaryDirectory(prefix="patchbay-faults-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, UNPRIVILEGED)
        cluster = Cluster(folder)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


def binary(name: str) -> str:
    """Where a program of PostgreSQL is: Debian keeps those of the server off the PATH."""
    found = [*Path("/usr/lib/postgresql").glob(f"*/bin/{name}")]
    path = shutil.which(name) or (str(max(found)) if found else None)
    assert path, f"{name} is needed: install PostgreSQL's server"
    return path
