"""Run the whole product on one machine: the processes of `make up`, started and ended together."""

import fcntl
import os
import shlex
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import honcho.manager
from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from honcho.printer import Printer

READY_SECONDS = 60
STOPPED_BY_SIGNAL = {128 + signal.SIGINT, 128 + signal.SIGTERM}
# A proxy named in the environment is not asked for our own addresses.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# A worker finishes its task and its two-second wait for the next one; honcho's five seconds are too few.
honcho.manager.KILL_WAIT = 15
LAST_LINES = 12


class RememberingPrinter(Printer):  # type: ignore[misc]  # honcho ships no types
    """Prints every line, and remembers who stopped first and what it said last."""

    def __init__(self, output: TextIO) -> None:
        super().__init__(output)
        self.last: dict[str, deque[str]] = {}
        self.first_stopped = ""

    def write(self, message: Any) -> None:
        text = message.data if isinstance(message.data, str) else message.data.decode(errors="replace")
        if message.name != SYSTEM_PRINTER_NAME:
            self.last.setdefault(message.name, deque(maxlen=LAST_LINES)).append(text.rstrip())
        elif " stopped (rc=" in text and not self.first_stopped:
            self.first_stopped = text.strip()
        super().write(message)


class AlreadyRunning(Exception):
    """Somebody else holds the lock; the text is the note they left in it."""


def only_one(file: Path, *, note: str) -> TextIO:
    """Hold a lock until the returned file is closed or this process ends. Raises AlreadyRunning."""
    file.parent.mkdir(parents=True, exist_ok=True)
    held = file.open("a+")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        with held:
            held.seek(0)
            raise AlreadyRunning(held.read()) from error
    held.truncate(0)
    held.write(note)
    held.flush()
    return held


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback address now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def run(processes: dict[str, tuple[list[str], dict[str, str]]], *, announce: Callable[[], None]) -> int:
    """Run the processes until one ends or Ctrl-C; then end the others. Returns an exit code.

    `announce` is called once in a thread of its own. When a process ended by itself, says which and
    repeats its last lines: they hold the reason.
    """
    printer = RememberingPrinter(sys.stdout)
    manager = Manager(printer)
    for name, (command, environment) in processes.items():
        manager.add_process(name, shlex.join(command), env={**os.environ, **environment})
    threading.Thread(target=announce, daemon=True).start()
    manager.loop()
    code = int(manager.returncode or 0)
    if code in STOPPED_BY_SIGNAL:
        return 0
    name = printer.first_stopped.partition(" ")[0]
    print(f"\nEverything is stopped, because {printer.first_stopped}. Its last lines:", file=sys.stderr)
    print("\n".join(f"  {line}" for line in printer.last.get(name, ["(it said nothing)"])), file=sys.stderr)
    return code or 1


def wait_until_ready(url: str) -> bool:
    """Wait until the web process answers. False after a minute without."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        try:
            with DIRECT.open(url, timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False
