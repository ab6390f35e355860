"""Brokers of a trial's own: a queue on the one of BROKER_URL, or a Redis that it may stop."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import kombu
import redis

from tests.ports import free_ports

FILES: Final = "filesystem"
DEFAULT_PORTS: Final = {"amqp": 5672, "redis": 6379}


class Broker:
    """A queue of our own. `url`: what BROKER_URL says."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.queue = url, f"faults-{uuid4().hex[:12]}"
        self._messages = folder / "broker" / "queue"

    @property
    def queues(self) -> list[str]:
        return [self.queue, f"{self.queue}-sweep"]

    def flush(self) -> int:
        """Forget every message that waits; tells how many those were."""
        if self.url.startswith(FILES):
            waiting = [file for file in self._messages.glob("*.msg") if _gone(file)]
            return len(waiting)
        with kombu.Connection(self.url) as connection:
            channel: Any = connection.default_channel
            return sum(int(channel.queue_purge(name) or 0) for name in self.queues)

    def delete(self) -> None:
        if self.url.startswith(FILES):
            return
        with kombu.Connection(self.url) as connection:
            channel: Any = connection.default_channel
            for name in self.queues:
                channel.queue_delete(name)
                channel.exchange_delete(name)


def _gone(file: Path) -> bool:
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    return True


@contextmanager
def own_queue(url: str, folder: Path) -> Iterator[Broker]:
    broker = Broker(url, folder)
    try:
        yield broker
    finally:
        broker.delete()


class RedisServer:
    """A Redis of our own, that can be flushed, killed, and started again with nothing in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_ports(1)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program, "redis-server is needed"
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen([program, *options], stdout=log, stderr=log)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with suppress(redis.ConnectionError), self._client() as client:
                client.ping()
                return
            time.sleep(0.05)
        raise AssertionError("redis-server did not start")

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def flush(self) -> int:
        """FLUSHALL; tells how many keys there were."""
        with self._client() as client:
            keys = int(client.dbsize())
            client.flushall()
        return keys

    def _client(self) -> "redis.Redis":
        return redis.Redis(port=self.port)


@contextmanager
def own_redis(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class Wire:
    """Between the system and a server: TCP that can be cut, and mended. For brokers that we may not stop."""

    def __init__(self, host: str, port: int) -> None:
        self._to, self.port = (host, port), free_ports(1)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """Nobody is accepted, and every connection ends in the middle of what it says."""
        if self._server:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            there, here = await asyncio.open_connection(*self._to)
            both = {writer, here}
            self._open |= both
            try:
                await asyncio.gather(self._copy(reader, here), self._copy(there, writer))
            finally:
                self._open -= both
                for each in both:
                    each.transport.abort()

    @staticmethod
    async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


def address_of(url: str) -> tuple[str, int]:
    """Where a broker listens."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or DEFAULT_PORTS[parts.scheme]


def through(wire: Wire, url: str) -> str:
    """The same broker, behind a wire."""
    parts = urlsplit(url)
    login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    return parts._replace(netloc=f"{login}127.0.0.1:{wire.port}").geturl()
