"""Background work of the contract tester. Tasks take SIDs and may run twice: rows with leases decide."""

from datetime import timedelta
from typing import Final

from celery import shared_task
from django.utils import timezone

from conformance.models import BenchRun, ReceivedCallback
from conformance.reports import make_report
from publishers.models import ContractReport
from rest.leases import hint

__all__ = ["drop_old_tests", "make_report", "sweep_reports"]

# As long as the answers of real calls.
KEPT: Final = timedelta(days=30)


@shared_task(ignore_result=True)
def sweep_reports() -> None:
    """Tell workers of every report that is owed. Doubled, it does no harm."""
    hint(make_report, ContractReport.objects.to_hint())


@shared_task(ignore_result=True)
def drop_old_tests() -> None:
    """Delete the calls of the bench, and what was called back to tests, when they are old."""
    before = timezone.now() - KEPT
    BenchRun.objects.filter(date_created__lt=before).delete()
    ReceivedCallback.objects.filter(date_created__lt=before).delete()
