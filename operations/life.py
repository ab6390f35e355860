"""Begins and ends the pulse of Celery's processes with them. Imported as the site is loaded."""

import atexit
from contextlib import ExitStack
from typing import Any, Final

from celery.signals import beat_init, worker_ready, worker_shutdown

from operations.models import Process
from operations.pulse import beating

_beating: Final = ExitStack()


@worker_ready.connect
def worker_begins(**_: Any) -> None:
    _beating.enter_context(beating(Process.Kind.WORKER))


@beat_init.connect
def clock_begins(**_: Any) -> None:
    """Celery has no word for its end."""
    _beating.enter_context(beating(Process.Kind.BEAT))
    atexit.register(_beating.close)


@worker_shutdown.connect
def worker_ends(**_: Any) -> None:
    _beating.close()
