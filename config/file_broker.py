"""A broker made of files in a folder, for a machine without one: kombu's, but a file is whole or not there.

Kombu's lets a worker read a message that is being written; the worker then ends, and all that it does.
"""

import fcntl
import logging
import os
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any, Final
from uuid import uuid4

from kombu.transport import filesystem
from kombu.transport.filesystem import exchange_queue_t
from kombu.utils.json import dumps, loads

log = logging.getLogger(__name__)

# No queue's name begins so, and nobody takes such a file.
BEING_WRITTEN: Final = "."


class Channel(filesystem.Channel):
    """Messages are files in one folder, named by their time and queue; whoever moves one away has it."""

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{int(monotonic() * 1000):015d}_{uuid4()}.{queue}.msg"
        _write(Path(self.data_folder_out) / name, payload)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder, mine = Path(self.data_folder_in), f"{queue}.msg"
        for name in sorted(os.listdir(folder)):  # noqa: PTH208 - names alone, many and often
            if name.partition(".")[2] != mine:
                continue
            taken = Path(self.processed_folder) / name
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:
                continue  # another worker was quicker
            message = taken.read_bytes()
            taken.unlink()
            try:
                return loads(message)
            except ValueError:
                log.warning("a message in %s cannot be read, and is dropped", queue)
        raise Empty

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str) -> None:
        """Several processes begin at once, and all of them bind."""
        binding = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with (Path(self.control_folder) / f"{BEING_WRITTEN}lock").open("wb") as alone:
            fcntl.flock(alone, fcntl.LOCK_EX)
            known = [exchange_queue_t(*each) for each in self.get_table(exchange)]
            if binding not in known:
                file: Path = self._exchange_file(exchange)  # type: ignore[attr-defined]
                _write(file, [binding, *known])


class Transport(filesystem.Transport):
    """What `filesystem://` stands for."""

    Channel = Channel


def _write(path: Path, content: Any) -> None:
    part = path.with_name(f"{BEING_WRITTEN}{path.name}.{uuid4()}")
    part.write_text(dumps(content))
    part.rename(path)
