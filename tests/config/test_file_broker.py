"""The broker made of files: several processes write and read the same folder."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Exchange, Queue

from config.celery import transport_options

MESSAGES = 150


def queue(name: str, exchange: str = "e") -> Queue:
    return Queue(name, Exchange(exchange), routing_key=name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def connected(folder: Path) -> Connection:
    url = "filesystem://localhost"
    return Connection(url, transport_options=transport_options(url, folder))


@pytest.fixture
def broker(folder: Path) -> Iterator[Connection]:
    with connected(folder) as broker:
        yield broker


@pytest.fixture
def interleaved() -> Iterator[None]:
    """Threads that take turns as often as processes do."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def put(folder: Path, first: int) -> None:
    with connected(folder) as broker:
        producer = broker.Producer()
        for number in range(first, first + MESSAGES):
            body = {"number": number, "padding": "x" * 20_000}
            producer.publish(body, exchange=Exchange("e"), routing_key="q", declare=[queue("q")])


@pytest.mark.usefixtures("interleaved")
def test_messages_are_read_whole_while_others_are_written(folder: Path, broker: Connection) -> None:
    read: list[int] = []
    waiting: Any = queue("q")(broker.default_channel)
    waiting.declare()
    with ThreadPoolExecutor() as pool:
        writers = [pool.submit(put, folder, first) for first in range(0, 3 * MESSAGES, MESSAGES)]
        while not all(writer.done() for writer in writers) or waiting.queue_declare().message_count:
            if message := waiting.get(no_ack=True):
                read.append(message.payload["number"])
    for writer in writers:
        writer.result()
    assert sorted(read) == list(range(3 * MESSAGES))


@pytest.mark.usefixtures("interleaved")
def test_processes_that_begin_at_once_lose_no_binding(folder: Path, broker: Connection) -> None:
    def bind(number: int) -> None:
        with connected(folder) as own:
            queue(f"q{number}")(own.default_channel).declare()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(bind, range(24)))
    channel: Any = broker.default_channel
    bound = {each[2] for each in channel.get_table("e")}
    assert bound == {f"q{number}" for number in range(24)}


def test_a_message_that_cannot_be_read_is_dropped(folder: Path, broker: Connection) -> None:
    waiting: Any = queue("q")(broker.default_channel)
    waiting.declare()
    (folder / "queue" / "000_broken.q.msg").write_text("")
    assert waiting.get() is None
    assert list((folder / "queue").iterdir()) == []
