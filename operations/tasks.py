"""Background work for operators: what the hourly check of the invariants found."""

import time
from typing import Final

from celery import shared_task

from operations.models import Examination
from results.tasks import check_invariants

# Two weeks of hours.
KEPT: Final = 336


@shared_task(ignore_result=True, acks_late=True)
def examine() -> int:
    """Look whether what must always hold does, and keep the outcome. Returns how much contradicts it."""
    began = time.monotonic()
    found = check_invariants()
    Examination.objects.create(found=found, seconds=time.monotonic() - began)
    old = Examination.objects.values_list("pk", flat=True)[KEPT:]
    Examination.objects.filter(pk__in=list(old)).delete()
    return len(found)
