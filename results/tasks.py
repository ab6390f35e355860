"""Background work on results: retention."""

from datetime import datetime, timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from results.models import Event, Invocation

BATCH = 1000


@shared_task(ignore_result=True, acks_late=True)
def drop_expired_results() -> int:
    """Delete invocations and events past their retention, in batches; what they cost stays in the ledger.

    Running it twice, or after a crash, deletes what is left. Returns the number of rows deleted.
    """
    limit = timezone.now() - timedelta(days=settings.RESULT_RETENTION_DAYS)
    expired = Invocation.objects.filter(started_at__lt=limit).order_by("sid")
    dropped = 0
    while sids := list(expired.values_list("sid", flat=True)[:BATCH]):
        dropped += Invocation.objects.filter(sid__in=sids).delete()[0]
    return dropped + _drop_events(limit)


def _drop_events(limit: datetime) -> int:
    """An event does not outlive the results it belongs to."""
    expired, dropped = Event.objects.before(limit).order_by("sid"), 0
    while sids := list(expired.values_list("sid", flat=True)[:BATCH]):
        dropped += Event.objects.filter(sid__in=sids).delete()[0]
    return dropped
