"""Load through the wire, by wrk, and what it found."""

import shutil
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).parent / "load.lua"
NUMBERS = [f"+1415555{last:04}" for last in range(2_000, 3_000)]
TIMEOUT = "20s"


@dataclass(frozen=True)
class Request:
    """What is asked: a path with its query, as whom."""

    path: str
    authorization: str = ""


@dataclass(frozen=True)
class Target:
    """Requests to one server. A good answer says `successful` once for itself and once for each add-on."""

    url: str
    requests: Sequence[Request]
    add_ons: int

    @property
    def successes(self) -> int:
        return self.add_ons + 1 if self.add_ons else 0


@dataclass(frozen=True)
class Result:
    """What wrk measured. `faults` are the answers that were not 200, or not all successful, or broke off."""

    answers: int
    seconds: float
    p50_ms: float
    p99_ms: float
    longest_ms: float
    faults: int

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds


def require_wrk() -> None:
    if not shutil.which("wrk"):
        sys.exit("The load generator wrk is missing (Debian: apt install wrk).")


def basic(sid: str, token: str) -> str:
    return "Basic " + b64encode(f"{sid}:{token}".encode()).decode()


def run_wrk(target: Target, *, connections: int, seconds: int) -> Result:
    """Load a server for some seconds with so many connections that never rest."""
    with tempfile.NamedTemporaryFile("w", suffix=".requests") as file:
        file.writelines(f"{each.path}\t{each.authorization}\n" for each in target.requests)
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={TIMEOUT}", f"-s{SCRIPT}"]
        command += [target.url, "--", file.name, str(target.successes)]
        ended = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    return read_result(ended.stdout)


def read_result(output: str) -> Result:
    """The line that `load.lua` prints."""
    line = next(line for line in output.splitlines() if line.startswith("measured"))
    answers, micros, p50, p99, longest, *faults = [float(word) for word in line.split()[1:]]
    return Result(
        answers=int(answers),
        seconds=micros / 1_000_000,
        p50_ms=p50 / 1000,
        p99_ms=p99 / 1000,
        longest_ms=longest / 1000,
        faults=int(sum(faults)),
    )
