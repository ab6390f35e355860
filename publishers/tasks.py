"""What a date brings about."""

from celery import shared_task
from django.utils import timezone

from publishers import availability


@shared_task(ignore_result=True, acks_late=True)
def retire_deprecated() -> int:
    """Retire listings that were deprecated until yesterday or before. Doubled, it does no harm."""
    return availability.retire_deprecated(timezone.now().date())
