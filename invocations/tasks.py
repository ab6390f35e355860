"""Background work: take recordings in, hand them to publishers, and see that nothing is left lying.

Tasks take SIDs, may run twice and may die anywhere: rows with leases say what is to be done (`rest.leases`).
"""

import logging
import math
import time
from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock
from typing import Any, Final

from celery import shared_task
from django.db import close_old_connections

from deliveries.models import Delivery
from invocations import dispatch
from invocations.dispatch import dispatch_result
from invocations.points.recording import note_absent, start
from invocations.turns import Turns
from recordings.intake import LEASE, take_in
from recordings.models import Recording
from rest.leases import hint
from rest.statements import Rows
from results import sweeping
from results.tasks import deliver

__all__ = ["dispatch_result", "sweep", "take_in_recording"]

log = logging.getLogger(__name__)

# A platform that hangs may take minutes.
INTAKES: Final = Turns(
    rows=Recording.objects.all,
    key="account_id",
    most=4,
    lock=0xAE,
    read=Rows(lambda sid: Recording.objects.filter(sid=sid).select_related("account")),
)


@shared_task(ignore_result=True, acks_late=True)
def take_in_recording(sid: str) -> None:
    """Fetch a recording's audio, complete it and owe it to the add-ons; or tell that there is none."""
    recording = INTAKES.claim(sid, lease=LEASE)
    if recording is None:
        return
    take_in(recording, on_complete=start, on_absent=note_absent)
    waiting = INTAKES.next_after(recording)
    if waiting is not None:
        hint(take_in_recording, [waiting])


@shared_task(ignore_result=True, bind=True)
def sweep(task: Any) -> None:
    """Tell workers of every row that owes something, and end what is over. Doubled, it does no harm.

    Each part is alone: what fails in one keeps no other from its turn. Of those that piled up while no worker
    ran, nearly all are left out.
    """
    if not task.request.called_directly and not PACE.is_time():
        return
    for name, part in PARTS.items():
        try:
            part()
        except Exception:
            log.exception("the sweep of %s failed", name)
        close_old_connections()


class Pace:
    """So often and no oftener, in one process, by a clock that nobody moves."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds, self._next, self._lock = seconds, -math.inf, Lock()

    def is_time(self) -> bool:
        """Whether it is; then somebody else has to wait."""
        with self._lock:
            now = time.monotonic()
            if now < self._next:
                return False
            self._next = now + self._seconds
        return True


PACE: Final = Pace(seconds=1)


def _tell(task: Any, due: Callable[[], list[str]]) -> None:
    hint(task, due())


PARTS: Final[Mapping[str, Callable[[], object]]] = {
    "recordings": partial(_tell, take_in_recording, INTAKES.to_hint),
    "dispatches": partial(_tell, dispatch_result, dispatch.TURNS.to_hint),
    "results": sweeping.sweep,
    "notices": partial(_tell, deliver, Delivery.objects.to_hint),
}
