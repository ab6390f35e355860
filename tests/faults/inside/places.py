"""Places to die at: a process kills itself there, as if somebody had done so in that very moment.

`FAULTS_DIE_AT="notice sent=0.05,*=0.01"`: with this probability, each time that a process comes by.
"""

import functools
import os
import random
import signal
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, NamedTuple

BEFORE: Final = "before"
AFTER: Final = "after"


class Place(NamedTuple):
    """Before or after a function, named as its callers find it."""

    when: str
    module: str
    name: str


PLACES: Final[Mapping[str, Place]] = MappingProxyType(
    {
        # a recording comes in
        "upload read": Place(BEFORE, "recordings.services", "store"),
        "upload committed": Place(AFTER, "recordings.services", "store"),
        "upload in its transaction": Place(AFTER, "invocations.recording_connect", "start"),
        "announcement committed": Place(AFTER, "recordings.services", "announce"),
        "recording claimed": Place(BEFORE, "invocations.tasks", "take_in"),
        "audio fetched": Place(BEFORE, "recordings.services", "complete"),
        "recording in its transaction": Place(AFTER, "invocations.tasks", "start"),
        "recording completed": Place(AFTER, "recordings.services", "complete"),
        # and is handed to a publisher
        "result claimed": Place(BEFORE, "invocations.dispatch", "_dispatch"),
        "result queued": Place(AFTER, "results.settling", "queued"),
        "publisher answered": Place(BEFORE, "invocations.dispatch", "_answered"),
        "publisher failed": Place(BEFORE, "invocations.dispatch", "_failed"),
        "acceptance committed": Place(AFTER, "results.settling", "accepted"),
        "retry committed": Place(AFTER, "results.settling", "retry"),
        "failure committed": Place(AFTER, "results.settling", "fail"),
        # who calls back
        "callback claimed": Place(AFTER, "results.receiving", "_begin"),
        "callback read": Place(BEFORE, "results.receiving", "_judge"),
        "callback judged": Place(BEFORE, "results.receiving", "_keep"),
        "payloads stored": Place(BEFORE, "results.settling", "complete"),
        "end without its notice": Place(BEFORE, "results.settling", "owe_notice"),
        "end in its transaction": Place(AFTER, "results.settling", "owe_notice"),
        "result committed": Place(AFTER, "results.settling", "complete"),
        # and the developer is told
        "notice claimed": Place(AFTER, "deliveries.services", "claim"),
        "notice sent": Place(AFTER, "results.delivering", "send"),
        "notice marked": Place(AFTER, "deliveries.services", "settle"),
        # while somebody sweeps
        "sweep begun": Place(BEFORE, "results.sweeping", "_each"),
        "rows counted as told": Place(AFTER, "rest.leases", "LeasedQuerySet.to_hint"),
    }
)


def dig_all(text: str, log: str) -> None:
    """Lay what `FAULTS_DIE_AT` names. `log`: a file in which each death is told."""
    chances = {name: float(chance) for name, _, chance in (each.rpartition("=") for each in text.split(","))}
    chances = {name: chance for name, chance in _spread(chances).items() if chance}
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for name, chance in chances.items():
        _dig(name, chance, file)


def _spread(chances: dict[str, float]) -> dict[str, float]:
    everywhere = chances.pop("*", 0.0)
    return {**dict.fromkeys(PLACES, everywhere), **chances}


def _dig(name: str, chance: float, log: int) -> None:
    place = PLACES[name]
    *path, last = place.name.split(".")
    owner: Any = functools.reduce(getattr, path, import_module(place.module))
    passed = getattr(owner, last)

    def die() -> None:
        if random.random() < chance:
            os.write(log, f"{name}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(passed)
    def passing(*args: Any, **options: Any) -> Any:
        if place.when == BEFORE:
            die()
        result = passed(*args, **options)
        if place.when == AFTER:
            die()
        return result

    setattr(owner, last, passing)
