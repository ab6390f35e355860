"""The benchmark of results: both ends do what they should, and what is counted is really there."""

import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import bare_tasks, both_ends, result_rows, results
from benchmarks.load import basic
from benchmarks.result_memory import asked
from benchmarks.servers import Server
from config.celery import app as ours
from invocations.dispatch import dispatch_one
from results.models import AddOnResult
from tests.factories import make_publisher
from tests.fake_publisher import FakePublisher
from tests.ports import free_ports

AUTHORIZATION = basic("AC1", "secret")
PATIENCE = 10


@pytest.fixture(scope="module")
def ends() -> Iterator[Server]:
    with results.ends("AC1", "secret", free_ports(1)) as server:
        yield server


def posted(url: str, body: bytes) -> int:
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=5) as answer:
        return int(answer.status)


def test_the_publisher_accepts_and_calls_back(ends: Server) -> None:
    with FakePublisher(202).in_thread() as platform:
        form = b'--b\r\nContent-Disposition: form-data; name="callback"\r\n\r\n%s\r\n--b--\r\n'
        assert posted(f"{ends.url}/audio/small", form % platform.url("/addons/callbacks/x").encode()) == 202
        end = time.monotonic() + PATIENCE
        while not platform.requests and time.monotonic() < end:
            time.sleep(0.01)
        (request,) = platform.requests
    assert (request.path, request.headers["authorization"]) == ("/addons/callbacks/x", AUTHORIZATION)
    assert request.body == both_ends.SMALL


def test_the_bare_tasks_make_the_same_two_calls_with_our_workers_settings(
    ends: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.wav").write_bytes(bytes(100_000))
    monkeypatch.setenv("AUDIO", str(tmp_path / "a.wav"))
    monkeypatch.setenv("SERVICE", ends.url)
    monkeypatch.setenv("NOTICE", "x")
    monkeypatch.setattr(bare_tasks.tell, "delay", bare_tasks.tell)
    before = asked(f"{ends.url}/counts")
    bare_tasks.hand_over(1)
    after = asked(f"{ends.url}/counts")
    came = {name: after.get(name, 0) - before.get(name, 0) for name in ("accepted", "notices")}
    assert came == {"accepted": 1, "notices": 1}
    for name in ("worker_pool", "worker_concurrency", "task_acks_late", "worker_prefetch_multiplier"):
        assert bare_tasks.app.conf[name] == ours.conf[name]


@pytest.mark.django_db(transaction=True)
def test_what_is_not_there_is_not_counted(ends: Server, settings: Any) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]
    shop = result_rows.Shop(make_publisher(), int(ends.url.rpartition(":")[2]))
    (sid,) = result_rows.owe([shop.install("127.0.0.1", "none")], 1)
    assert result_rows.kept([sid]).rows == {0}
    assert dispatch_one(sid) is None
    assert AddOnResult.objects.get(sid=sid).status == "in-progress"
    assert result_rows.kept([sid]).rows == {0}
