"""Background work on results: telling whom they belong to, and retention."""

import logging

from celery import shared_task

from results import invariants, retention
from results.delivering import deliver

__all__ = ["check_invariants", "deliver", "drop_expired_results", "sweep_files"]

log = logging.getLogger(__name__)


@shared_task(ignore_result=True, acks_late=True)
def drop_expired_results() -> int:
    """Delete what is past its retention. When that is a large part of all there is, somebody has to look."""
    try:
        return retention.purge()
    except retention.TooMuch as error:
        log.error("%s", error)  # noqa: TRY400 - it is said to the operator, and nothing is broken
        return 0


@shared_task(ignore_result=True, acks_late=True)
def sweep_files() -> int:
    """Remove files that nothing names."""
    return retention.sweep_files()


@shared_task(ignore_result=True, acks_late=True)
def check_invariants() -> list[str]:
    """Say in the log what contradicts itself: that is a fault of ours. Returns the sentences."""
    found = invariants.violations()
    for sentence in found:
        log.error("an invariant does not hold: %s", sentence)
    return found
