"""`manage.py up`, as a new user runs it: real processes, a real database, a real signal."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from config.demo_processes import PROCESSES
from config.supervisor import port_is_free
from examples import transcript_with_twilio as example
from examples.lookup_with_twilio import client_for
from tests.live import page_of
from tests.ports import free_ports

ROOT = Path(__file__).resolve().parent.parent.parent
READY = "Patchbay is ready"
PATIENCE = 90
# The web, and each process of the demo.
PORTS = 1 + len(PROCESSES)


class Run:
    """One run of the command and what it printed."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.output = folder / "output"
        # As on a fresh machine: nothing configured, whatever the suite itself runs on.
        configured = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "BROKER_URL"}
        environment = {name: value for name, value in os.environ.items() if name not in configured}
        with self.output.open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env={**environment, "VAR_DIR": str(folder / "var"), "PORT": str(port)},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, text: str) -> None:
        end = time.monotonic() + PATIENCE
        while text not in self.text:
            assert self.process.poll() is None, self.text
            assert time.monotonic() < end, self.text
            time.sleep(0.1)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=20)

    def children(self) -> list[int]:
        return [int(pid) for pid in re.findall(r"started \(pid=(\d+)\)", self.text)]


@contextmanager
def running(folder: Path, port: int) -> Iterator[Run]:
    run = Run(folder, port)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.stop()


def lives(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


def facts(run: Run) -> dict[str, Any]:
    return dict(json.loads((run.folder / "var" / "demo.json").read_text()))


def ask(run: Run, path: str) -> Any:
    demo = facts(run)
    credentials = b64encode(f"{demo['account_sid']}:{demo['auth_token']}".encode()).decode()
    request = urllib.request.Request(
        demo["base_url"] + path, headers={"Authorization": f"Basic {credentials}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def test_it_starts_answers_stops_and_keeps_its_data(tmp_path: Path) -> None:
    port = free_ports(PORTS)
    with running(tmp_path, port) as run:
        run.wait_for(READY)
        lookup = ask(run, "/v1/PhoneNumbers/+14155552671?AddOns=northwind_number_facts")
        answer = lookup["add_ons"]["results"]["northwind_number_facts"]["result"]
        assert answer["region"] == "San Francisco, CA"
        first = facts(run)
        a_recording_is_transcribed(first)
        run.wait_for("A version of Echo Mirror waits for an operator.")
        children = run.children()
        assert run.stop() == 0
    assert len(children) == 3 + len(PROCESSES)
    assert [pid for pid in children if lives(pid)] == []
    assert stat.S_IMODE((tmp_path / "var" / "demo.json").stat().st_mode) == 0o600
    (tmp_path / "output").unlink()
    with running(tmp_path, port) as again:
        again.wait_for(READY)
        assert facts(again) == first
        assert len(ask(again, "/v1/InstalledAddOns")["installed_add_ons"]) == 2


def a_recording_is_transcribed(demo: dict[str, Any]) -> None:
    """All of it, by a user's processes: upload, dispatch, speech recognition, callback, payloads, notice."""
    client = client_for(demo["base_url"], demo["account_sid"], demo["auth_token"])
    sid = example.bring(demo, example.RECORDING)
    result = example.result_of(client, sid)
    payloads = example.payloads_of(result)
    assert payloads["text"] == b"i would like a refund for my last order please"
    assert json.loads(payloads["transcript"])["keywords"][0]["count"] == 1
    wait_until_page_says(demo["webhook"], f"{result.fetch().sid}/Payloads/")
    assert result.delete()
    assert client.recordings(sid).add_on_results.list() == []


def wait_until_page_says(url: str, words: str) -> None:
    end = time.monotonic() + PATIENCE
    while words not in page_of(url):
        assert time.monotonic() < end
        time.sleep(0.1)


def test_when_a_child_dies_everything_stops_and_the_reason_is_told(tmp_path: Path) -> None:
    with running(tmp_path, free_ports(PORTS)) as run:
        run.wait_for(READY)
        started = re.search(r"text_mood started \(pid=(\d+)\)", run.text)
        assert started is not None
        os.killpg(int(started[1]), signal.SIGKILL)
        assert run.process.wait(timeout=30) != 0
    assert "Everything is stopped, because text_mood stopped (rc=-9). Its last lines:" in run.text
    assert "Text Mood listens" in run.text.rpartition("Its last lines:")[2]
    assert [pid for pid in run.children() if lives(pid)] == []


def test_a_port_in_use_is_told_before_anything_starts(tmp_path: Path) -> None:
    port = free_ports(PORTS)
    with socket.create_server(("127.0.0.1", port + 2)):
        assert not port_is_free(port + 2)
        run = Run(tmp_path, port)
        assert run.process.wait(timeout=PATIENCE) == 1
    assert f"Port {port + 2} is in use." in run.text
    assert "PORT=9000 make up" in run.text
    assert not (tmp_path / "var" / "demo.json").exists()


def test_a_second_run_from_the_same_folder_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    with running(tmp_path, free_ports(PORTS)) as first:
        first.wait_for(READY)
        before = facts(first)
        second = Run(tmp_path, free_ports(PORTS))
        assert second.process.wait(timeout=PATIENCE) == 1
        assert f"already runs from this folder, on port {first.port}" in first.text
        assert facts(first) == before


def test_a_proxy_in_the_environment_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with running(tmp_path, free_ports(PORTS)) as run:
        run.wait_for(READY)
        assert run.stop() == 0
