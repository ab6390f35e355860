"""Each process says every few seconds that it lives, whom it does not ask, and what it refused to connect to.

Workers are not asked whether they live (their remote control is off): a row that grew old says that one died.
"""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any, Final

from django.conf import settings
from django.db import Error, connections
from django.utils import timezone

from invocations.breaker import State, breakers
from operations.models import Process
from operations.refused import write_down

log = logging.getLogger(__name__)

# The first sign of life does not wait so long.
FIRST_SECONDS: Final = 1.0
# Rows of processes that were killed are shown for so long.
FORGOTTEN_AFTER: Final = timedelta(days=1)


class Pulse:
    """The signs of life of this process."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.started_at = timezone.now()

    def beat(self) -> None:
        """One sign of life. Raises DatabaseError."""
        now = timezone.now()
        values = {"started_at": self.started_at, "seen_at": now, "breakers": _not_asked()}
        Process.objects.update_or_create(kind=self.kind, name=self.name, defaults=values)
        Process.objects.filter(seen_at__lt=now - FORGOTTEN_AFTER).delete()
        write_down()

    def end(self) -> None:
        """The process ends in order. Raises DatabaseError."""
        write_down()
        Process.objects.filter(kind=self.kind, name=self.name).delete()


@contextmanager
def beating(kind: str) -> Iterator[None]:
    """Signs of life from a thread, for as long as the block lasts. None where PULSE_SECONDS is 0."""
    if not settings.PULSE_SECONDS:
        yield
        return
    ended = Event()
    thread = Thread(target=_beat_until, args=(Pulse(kind), ended), name="pulse", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=2)


def _beat_until(pulse: Pulse, ended: Event) -> None:
    pause = FIRST_SECONDS
    while not ended.wait(pause):
        pause = settings.PULSE_SECONDS
        _tried(pulse.beat)
    _tried(pulse.end)


def _tried(step: Any) -> None:
    """A database that is away costs a sign of life, not the thread."""
    try:
        step()
    except Error as error:
        log.warning("no sign of life: %s", type(error).__name__)
    except Exception:
        log.exception("no sign of life")
    finally:
        connections.close_all()


def _not_asked() -> list[dict[str, Any]]:
    """The versions whose breaker is not closed here; the moment lets a page tell how old that is."""
    at: datetime = timezone.now()
    return [
        {"version": each.version_sid, "failures": each.failures, "words": str(each), "at": at.isoformat()}
        for each in breakers.states()
        if each.state is not State.CLOSED
    ]
