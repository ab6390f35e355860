"""The processes of a site: started as `make up` starts them, killed, and started again."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from config.management.commands.up import ALONE

ROOT: Final = Path(__file__).resolve().parent.parent.parent
START_SECONDS: Final = 60
END_SECONDS: Final = 15
KILLED: Final = -signal.SIGKILL
LAST_LINES: Final = 25


class Process:
    """One of them. `wrapper`: what stands before its command."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        wrapper: Sequence[str] = (),
    ) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        self._command, self._environment, self._folder = [*wrapper, *command], environment, folder
        self.starts = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.starts += 1
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env={**os.environ, **self._environment, "FAULTS_PARENT": str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def ended(self) -> int | None:
        """How it ended, if it did."""
        return self._process.poll() if self._process else None

    @property
    def is_ready(self) -> bool:
        """A worker says so."""
        return self.ended is None and (self._folder / f"ready-{self.pid}").exists()

    def kill(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def end(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(END_SECONDS)
            self.kill()

    def last_lines(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(f"  {self.name}: {line}" for line in lines[-LAST_LINES:])


class Site:
    """Whoever dies is started again. Counts who was killed, and who ended without that."""

    def __init__(self, processes: Sequence[Process]) -> None:
        self.processes = {process.name: process for process in processes}
        self.killed: Counter[str] = Counter()
        self.ended_alone: list[str] = []
        self._watch: asyncio.Task[None] | None = None

    def of(self, kind: str) -> list[Process]:
        return [process for name, process in self.processes.items() if name.startswith(kind)]

    async def start(self) -> None:
        for process in self.processes.values():
            process.start()
        self._watch = asyncio.create_task(self._keep_alive())
        await self.ready()

    async def stop(self) -> None:
        if self._watch:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        ends = [asyncio.to_thread(process.end) for process in self.processes.values()]
        await asyncio.gather(*ends)

    async def ready(self) -> None:
        """All workers wait for tasks."""
        end = time.monotonic() + START_SECONDS
        while not all(worker.is_ready for worker in self.of("worker")):
            assert time.monotonic() < end, self.last_lines()
            await asyncio.sleep(0.05)

    def kill(self, process: Process) -> None:
        process.kill()

    async def _keep_alive(self) -> None:
        while True:
            for name, process in self.processes.items():
                code = process.ended
                if code is None:
                    continue
                if code == KILLED:
                    self.killed[name.rstrip("0123456789")] += 1
                else:
                    self.ended_alone.append(f"{name} ended by itself with {code}\n{process.last_lines()}")
                process.start()
            await asyncio.sleep(0.05)

    async def kill_at_random(self, kind: str, *, seed: int, pause: tuple[float, float]) -> None:
        """Until it is canceled: one of them, whenever there is one that works."""
        chosen = random.Random(seed)
        while True:
            await asyncio.sleep(chosen.uniform(*pause))
            alive = [each for each in self.of(kind) if each.is_ready or kind != "worker"]
            if alive:
                chosen.choice(alive).kill()

    def last_lines(self) -> str:
        return "\n".join(process.last_lines() for process in self.processes.values())


def command_of(kind: str, port: int) -> list[str]:
    """As `make up` starts it."""
    celery = [sys.executable, "-m", "celery", "--quiet", "--app=config.celery"]
    uvicorn = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--host=127.0.0.1"]
    return {
        "web": [*uvicorn, f"--port={port}", "--log-level=warning", "--timeout-graceful-shutdown=5"],
        "worker": [*celery, "worker", *ALONE, "--loglevel=WARNING"],
        "beat": [*celery, "beat", "--loglevel=WARNING"],
    }[kind]
