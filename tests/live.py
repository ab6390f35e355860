"""A running Patchbay for tests: the demo in the test database, its services in processes of their own."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from config import demo, demo_processes
from config.supervisor import wait_until_ready
from tests.ports import free_ports

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def demo_site(live_server: Any, settings: Any, folder: Path) -> Iterator[dict[str, Any]]:
    """The demo behind `live_server`. Yields what `var/demo.json` says."""
    settings.PUBLIC_URL = live_server.url
    settings.API_URLS = dict.fromkeys(settings.API_URLS, live_server.url)
    settings.VAR_DIR = folder
    settings.DEMO = True
    port = free_ports(len(demo_processes.PROCESSES) + 1)
    demo.load(port=port)
    with ExitStack() as stack:
        for service in demo_processes.PROCESSES:
            stack.enter_context(example_process(service.module, service.environment(port)))
        for service in demo_processes.PROCESSES:
            assert wait_until_ready(f"{service.url(port)}/health")
        yield demo.known()


@contextmanager
def example_process(module: str, environment: dict[str, str]) -> Iterator[None]:
    """A service of the examples, as long as the block lasts; it may need a moment to listen."""
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def page_of(url: str) -> str:
    """A page of a service, as text."""
    with urllib.request.urlopen(url, timeout=5) as answer:
        return str(answer.read().decode())
