"""Servers as child processes: start, read their processor time and memory, end."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from tests.ports import free_ports

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 30
END_SECONDS = 15
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# /proc/PID/stat behind the name: user and system time are its fields 14 and 15, the first one here is 3.
USER_TICKS, SYSTEM_TICKS = 11, 12
QUIET_SECONDS = 0.2
LAST_CHARACTERS = 2_000
# What a developer may have set, and what would change a measurement.
NOT_PASSED_ON = {"DEMO", "DEBUG", "LOG_LEVEL", "DJANGO_SETTINGS_MODULE"}


@dataclass(frozen=True)
class Server:
    """A running server of one process."""

    url: str
    pid: int

    def cpu_seconds(self) -> float:
        """Processor time it used so far, its threads included."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[USER_TICKS]) + int(fields[SYSTEM_TICKS])) / TICKS_PER_SECOND

    def memory_mb(self) -> float:
        """Memory it holds (resident set)."""
        return self._status_mb("VmRSS:")

    def peak_mb(self) -> float:
        """The most that it held."""
        return self._status_mb("VmHWM:")

    def _status_mb(self, name: str) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        kilobytes = next(line.split()[1] for line in lines if line.startswith(name))
        return int(kilobytes) / 1024

    def children(self) -> "list[Server]":
        """The processes that it started and that run now."""
        lists = Path(f"/proc/{self.pid}/task").glob("*/children")
        return [Server("", int(pid)) for each in lists for pid in each.read_text().split()]

    def settle(self) -> None:
        """Wait until it has ended what it still had to do, at most some seconds."""
        end = time.monotonic() + END_SECONDS
        before = -1.0
        while before != (now := self.cpu_seconds()) and time.monotonic() < end:
            before = now
            time.sleep(QUIET_SECONDS)


def database_url() -> str:
    """The address of the benchmark's own database."""
    return urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@contextmanager
def uvicorn(application: str, *options: str, **environment: str) -> Iterator[Server]:
    """An ASGI application, served by one process in the way of `make up`."""
    port = free_ports(1)
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        application,
        f"--port={port}",
        "--log-level=warning",
        "--no-access-log",
        *options,
    ]
    with served(command, port=port, environment=environment) as server:
        yield server


@contextmanager
def served(command: Sequence[str], *, port: int, environment: Mapping[str, str]) -> Iterator[Server]:
    """A server that listens at this port. Its output goes to a file."""
    log = Path(settings.VAR_DIR) / f"server-{port}.log"
    with _started(command, log, environment) as process:
        _wait_until_it_listens(process, port, log)
        yield Server(f"http://127.0.0.1:{port}", process.pid)


@contextmanager
def working(command: Sequence[str], *, environment: Mapping[str, str]) -> Iterator[Server]:
    """A process that listens nowhere. Its output goes to a file."""
    with (
        NamedTemporaryFile(dir=settings.VAR_DIR, prefix="worker-", suffix=".log", delete=False) as file,
        _started(command, Path(file.name), environment) as process,
    ):
        yield Server("", process.pid)


@contextmanager
def _started(
    command: Sequence[str], log: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - our own words
            command, cwd=ROOT, env={**inherited, **environment}, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        _end(process)


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text()[-LAST_CHARACTERS:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def two_publishers() -> Iterator[list[Server]]:
    """Two publishers' services, of one process."""
    command = [sys.executable, "-m", "benchmarks.publishers"]
    process = subprocess.Popen(  # noqa: S603 - our own module
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:  # its end closes their input, which ends them
        ports = process.stdout.readline().split() if process.stdout else []
        yield [Server(f"http://127.0.0.1:{port}", process.pid) for port in ports]
