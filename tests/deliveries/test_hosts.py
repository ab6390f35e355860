"""A receiver that hangs holds up nobody else: real workers, real receivers, real rows."""

import asyncio
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import close_old_connections, connection

from accounts.models import Account
from deliveries import sending, services
from deliveries.models import Delivery
from deliveries.pauses import MOST_PER_HOST
from results import delivering
from tests.deliveries.rows import make_delivery
from tests.fake_publisher import Answer, FakePublisher

WORKERS = 8
HANGS_SECONDS = 3.0


@contextmanager
def workers(hints: "queue.Queue[str | None]") -> Iterator[None]:
    """Threads that do what Celery's do: take the oldest hint, and put the next one of its host at the end."""

    def work() -> None:
        try:
            while (sid := hints.get()) is not None:
                if following := delivering.deliver_one(sid):
                    hints.put(following)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for _ in threads:
            hints.put(None)
        for thread in threads:
            thread.join(10)
        close_old_connections()


def until(done: Any, seconds: float) -> float:
    """Wait until it is so, and tell how long that took."""
    started = time.monotonic()
    while not done():
        assert time.monotonic() - started < seconds
        time.sleep(0.02)
    return time.monotonic() - started


@pytest.mark.django_db(transaction=True)
def test_fifty_for_a_host_that_hangs_do_not_hold_up_twenty_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "ATTEMPT_SECONDS", HANGS_SECONDS)
    monkeypatch.setattr(services, "host_of", lambda url: url.split("/")[2])  # loopback hosts differ by port
    account = Account.objects.open(friendly_name="Acme")
    hints: queue.Queue[str | None] = queue.Queue()
    with FakePublisher(Answer(delay=60)).in_thread() as stuck, FakePublisher().in_thread() as healthy:
        for _ in range(50):
            hints.put(make_delivery(account, stuck.url()).sid)
        fine = [make_delivery(account, healthy.url()) for _ in range(20)]
        for each in fine:
            hints.put(each.sid)
        delivered = Delivery.objects.filter(status="delivered")
        with workers(hints):
            took = until(lambda: delivered.count() == 20, 10)
            assert len(stuck.requests) <= MOST_PER_HOST
            assert took < HANGS_SECONDS  # behind all fifty it would be 50 / 4 times that
        assert len(healthy.requests) == 20


@pytest.mark.django_db(transaction=True)
def test_many_for_one_host_that_is_well_go_on_by_themselves_and_four_at_a_time() -> None:
    account = Account.objects.open(friendly_name="Acme")
    hints: queue.Queue[str | None] = queue.Queue()
    under_way, most, taken = 0, 0, 0
    are_most = asyncio.Event()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal under_way, most, taken
        under_way += 1
        most = max(most, under_way)
        await reader.readuntil(b"\r\n\r\n")
        if most >= MOST_PER_HOST:
            are_most.set()
        with suppress(TimeoutError):  # however slow the workers are
            await asyncio.wait_for(are_most.wait(), 2)
        await asyncio.sleep(0.05)  # a fifth has time to come
        under_way, taken = under_way - 1, taken + 1
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()

    with FakePublisher(raw=receive).in_thread() as healthy:
        for _ in range(40):
            hints.put(make_delivery(account, healthy.url()).sid)
        delivered = Delivery.objects.filter(status="delivered")
        with workers(hints):
            until(lambda: delivered.count() == 40, 10)
    assert (taken, most) == (40, MOST_PER_HOST)
