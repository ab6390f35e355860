"""Each example publisher is a process of its own: it starts, refuses to start, and stops."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
SERVICES = ["number_facts", "vanity_words", "text_mood", "transcript"]
GOOD = {"PUBLISHER_AUTH_TOKEN": "12345", "SERVICE_KEY": "k1", "PUBLISHER_ACCOUNT_SID": "AC" + "0" * 32}


def command(service: str) -> list[str]:
    return [sys.executable, "-m", f"examples.publishers.{service}"]


def environment(**changes: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **GOOD, **changes}


def free_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


@contextmanager
def process(service: str, port: str) -> Iterator[subprocess.Popen[str]]:
    """A running service; killed in the end when the test did not stop it."""
    started = subprocess.Popen(
        command(service), cwd=TOP, env=environment(PORT=port), stderr=subprocess.PIPE, text=True
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def wait_until_open(port: str) -> None:
    for _ in range(200):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", int(port))) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the service does not listen")


def exchange(port: str, request: bytes) -> bytes:
    """Send bytes as they are and read until the service hangs up."""
    with socket.create_connection(("127.0.0.1", int(port)), timeout=5) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def wait_until_page_says(port: str, words: bytes) -> None:
    for _ in range(50):
        if words in exchange(port, b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"):
            return
        time.sleep(0.1)
    pytest.fail(f"the page does not say {words!r}")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_answers_and_stops_quietly(service, stop):
    port = free_port()
    with process(service, port) as running:
        wait_until_open(port)
        assert b'"status": "ok"' in exchange(port, b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
        with socket.create_connection(("127.0.0.1", int(port))):  # somebody who says nothing
            running.send_signal(stop)
            _, log = running.communicate(timeout=2)
    assert running.returncode == 0
    assert "Traceback" not in log
    assert f"http://127.0.0.1:{port}/v1/" in log
    assert "GET /health - 200" in log
    assert not any(secret in log for secret in GOOD.values())


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET /v1/mood?" + b"+14155552671" * 700 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/mood?+14155552671\0 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"+14155552671\0\0\r\n\r\n",
    ],
    ids=["long", "nul", "no http"],
)
def test_what_is_not_http_is_refused_and_not_logged(garbage):
    port = free_port()
    with process("text_mood", port) as running:
        wait_until_open(port)
        assert re.match(rb"HTTP/1\.[01] 4\d\d ", exchange(port, garbage))
        running.terminate()
        _, log = running.communicate(timeout=2)
    assert "Traceback" not in log
    assert "4155552671" not in log


def test_somebody_who_hangs_up_is_one_line():
    port = free_port()
    half = b"POST /v1/mood HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n{"
    with process("text_mood", port) as running:
        wait_until_open(port)
        with socket.create_connection(("127.0.0.1", int(port)), timeout=5) as connection:
            connection.sendall(half)
            assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        wait_until_page_says(port, b"the body broke off")
        running.terminate()
        _, log = running.communicate(timeout=2)
    assert "POST /v1/mood - 400 " in log
    assert "Traceback" not in log


def ended(service: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """A service that cannot start, when it has ended."""
    return subprocess.run(
        command(service),
        cwd=TOP,
        env=environment(**changes),
        capture_output=True,
        check=False,
        text=True,
        timeout=20,
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"PUBLISHER_AUTH_TOKEN": ""}, "PUBLISHER_AUTH_TOKEN is not set"),
        ({"SERVICE_KEY": ""}, "SERVICE_KEY is not set"),
        ({"PORT": "http"}, "PORT must be a number"),
        ({"PORT": "70000"}, "PORT must be a number"),
        ({"PUBLIC_URL": "facts.example.com"}, "PUBLIC_URL must be"),
        ({"HOST": "256.256.256.256"}, "Cannot listen"),
    ],
)
def test_it_refuses_to_start_and_says_why(changes, message):
    process = ended("vanity_words", **changes)
    assert process.returncode == 1
    assert message in process.stderr
    assert "Traceback" not in process.stderr


def test_who_calls_back_needs_an_account_to_do_so():
    process = ended("transcript", PUBLISHER_ACCOUNT_SID="")
    assert process.returncode == 1
    assert "PUBLISHER_ACCOUNT_SID is not set" in process.stderr
    assert "Traceback" not in process.stderr


def test_a_port_in_use_is_said_plainly():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = ended("vanity_words", PORT=str(taken.getsockname()[1]))
    assert process.returncode == 1
    assert "address already in use" in process.stderr
    assert "Traceback" not in process.stderr


def test_nothing_of_ours_outside_examples_is_imported():
    ours = {path.name for path in TOP.iterdir() if (path / "__init__.py").exists()} - {"examples"}
    for file in (TOP / "examples" / "publishers").rglob("*.py"):
        imported = re.findall(r"^(?:from|import) (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert not ours & set(imported), file
