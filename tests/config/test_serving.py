"""The web process as uvicorn runs it: its start, its end, and its sudden end."""

import http.client
import os
import signal
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from accounts.models import Account
from benchmarks import servers
from billing.models import LedgerEntry
from config.serving import ONE_PROCESS, Server
from config.supervisor import only_one
from results.models import Invocation
from tests.factories import make_account
from tests.fake_publisher import Answer, FakePublisher
from tests.invocations.test_lookup_api import URL, install_for

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 30
CLIENTS = 4
# So many answers before the process is killed.
ANSWERS = 60


@pytest.fixture
def account(transactional_db: None) -> Account:
    return make_account()


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    (tmp_path / "static").mkdir()
    return tmp_path


@pytest.fixture
def service() -> Iterator[FakePublisher]:
    with FakePublisher({"ok": 1}).in_thread() as service:
        yield service


def web_process(settings: Any) -> AbstractContextManager[servers.Server]:
    """A web process on the database of this test."""
    url = servers.database_url()
    if connection.vendor == "sqlite":
        url = f"sqlite:///{connection.settings_dict['NAME']}"
    environment = {
        name: getattr(settings, name) for name in ("SECRET_KEY", "FIELD_KEYS", "CREDENTIAL_PEPPER")
    }
    return servers.uvicorn(
        "config.asgi:application",
        **environment,
        VAR_DIR=str(settings.VAR_DIR),
        DATABASE_URL=url,
        OUTBOUND_ALLOWED_HOSTS="127.0.0.1",
        REQUESTS_PER_MINUTE="0",
    )


class Client:
    """Asks one server for lookups, on one connection."""

    def __init__(self, server: servers.Server, account: Account, name: str) -> None:
        self.address = urlsplit(server.url).netloc
        credentials = b64encode(f"{account.sid}:{account.auth_token}".encode()).decode()
        self.headers = {"Authorization": f"Basic {credentials}"}
        self.target, self.name = f"{URL}?AddOns={name}", name
        self.answered: list[str] = []
        self._connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)

    def ask(self) -> int:
        self._connection.request("GET", self.target, headers=self.headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status == 200:
            self.answered.append(_sid_in(body))
        return answer.status

    def ask_until_it_dies(self) -> None:
        with suppress(OSError, http.client.HTTPException):
            while True:
                self.ask()

    def close(self) -> None:
        self._connection.close()


def _sid_in(body: bytes) -> str:
    return body.partition(b'"request_sid":"')[2][:34].decode()


def wait_until(is_so: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_after_a_sudden_end_every_answer_has_its_rows_and_none_is_billed_twice(
    folder: Path, account: Account, service: FakePublisher, settings: Any
) -> None:
    name = install_for(account, service).unique_name
    with web_process(settings) as server:
        clients = [Client(server, account, name) for _ in range(CLIENTS)]
        threads = [threading.Thread(target=client.ask_until_it_dies) for client in clients]
        for thread in threads:
            thread.start()
        wait_until(lambda: sum(len(client.answered) for client in clients) >= ANSWERS)
        os.kill(server.pid, signal.SIGKILL)
        for thread in threads:
            thread.join(PATIENCE)
    with web_process(settings) as again:
        last = Client(again, account, name)
        assert last.ask() == 200
    answered = [sid for client in (*clients, last) for sid in client.answered]
    for client in (*clients, last):
        client.close()
    kept = set(Invocation.objects.values_list("sid", flat=True))
    billed = list(LedgerEntry.objects.values_list("request_sid", flat=True))
    assert len(answered) == len(set(answered)) > ANSWERS
    assert set(answered) <= kept
    assert sorted(billed) == sorted(kept)
    assert len(kept) <= len(service.requests)
    assert len(kept) - len(answered) <= CLIENTS


def test_it_ends_without_a_complaint(folder: Path, account: Account, settings: Any) -> None:
    with web_process(settings) as server:
        client = Client(server, account, "unknown")
        assert client.ask() == 200
        client.close()
    (log,) = folder.glob("server-*.log")
    assert log.read_text() == ""


def test_who_hangs_up_is_billed_for_what_was_asked(folder: Path, account: Account, settings: Any) -> None:
    with FakePublisher(Answer(200, {"ok": 1}, delay=0.3)).in_thread() as service:
        name = install_for(account, service).unique_name
        with web_process(settings) as server:
            client = Client(server, account, name)
            lines = [f"GET {client.target} HTTP/1.1", f"Host: {client.address}"]
            lines += [f"{header}: {value}" for header, value in client.headers.items()]
            host, port = client.address.split(":")
            with socket.create_connection((host, int(port))) as connected:
                connected.sendall("\r\n".join([*lines, "", ""]).encode())
                wait_until(lambda: service.requests)
            wait_until(LedgerEntry.objects.exists)
    assert Invocation.objects.get().status == "successful"


def test_a_second_process_on_sqlite_does_not_start_and_says_why(
    folder: Path, db: None, settings: Any
) -> None:
    with web_process(settings) as server:
        if connection.vendor != "sqlite":
            with web_process(settings):
                return
        with pytest.raises(RuntimeError) as refused, web_process(settings):
            raise AssertionError("it started")
        assert ONE_PROCESS.format(server.pid) in str(refused.value)
    with web_process(settings):  # the first one has ended
        pass


async def test_the_lock_is_held_for_as_long_as_it_serves(folder: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has many writers")
    sent: list[Any] = []

    async def site(*_: Any) -> None:
        raise AssertionError("nobody asks for a page")

    async def receive() -> Any:
        return {"type": "lifespan.startup" if not sent else "lifespan.shutdown"}

    async def send(message: Any) -> None:
        sent.append(message)

    with only_one(folder / "web.lock", note="4711"):
        await Server(site)({"type": "lifespan"}, receive, send)
    assert sent == [{"type": "lifespan.startup.failed", "message": ONE_PROCESS.format("4711")}]
    sent.clear()
    await Server(site)({"type": "lifespan"}, receive, send)
    assert [each["type"] for each in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    only_one(folder / "web.lock", note="").close()
