"""What time undoes."""

from celery import shared_task
from django.utils import timezone

from accounts.idempotency import KEPT_FOR
from accounts.models import IdempotentAnswer


@shared_task(ignore_result=True, acks_late=True)
def forget_idempotent_answers() -> int:
    """Delete answers that nobody repeats any more. Returns how many."""
    deleted, _ = IdempotentAnswer.objects.filter(date_created__lt=timezone.now() - KEPT_FOR).delete()
    return deleted
