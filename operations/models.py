"""What operators look at: the processes that run, what the door to the network refused, the hourly check."""

from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.db import models
from django.utils import timezone

from publishers.contract.refusals import MAX_HOST_CHARS
from rest.documents import DocumentField


class ProcessQuerySet(models.QuerySet["Process"]):
    def alive(self, at: datetime) -> Self:
        return self.filter(seen_at__gt=at - Process.SILENT_FOR)


class Process(models.Model):
    """One of our processes. It says every few seconds that it lives, and goes when it ends in order."""

    # Several signs of life are missing: it was killed, or its machine was.
    SILENT_FOR: Final = timedelta(seconds=45)

    class Kind(models.TextChoices):
        WEB = "web", "Web"
        WORKER = "worker", "Worker"
        BEAT = "beat", "Clock"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    # "host:process number".
    name = models.CharField(max_length=160)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    # The services that it does not ask just now, as `invocations.breaker.Shown` says: [{version, words}, …].
    breakers: Any = DocumentField(default=list)

    objects = ProcessQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "processes"
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="one_row_per_process"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class RefusedAddress(models.Model):
    """A place that a publisher's URL, redirect or DNS led to, or a webhook, and that was not connected to."""

    host = models.CharField(max_length=MAX_HOST_CHARS)
    port = models.PositiveIntegerField()
    reason = models.CharField(max_length=250)
    # Plain text: empty for a webhook, a notice or a recording.
    publisher_sid = models.CharField("account SID of the publisher", max_length=34, blank=True)
    times = models.PositiveBigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "refused addresses"
        constraints = [
            models.UniqueConstraint(
                fields=["host", "port", "reason", "publisher_sid"], name="one_row_per_refused_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Examination(models.Model):
    """One run of the check of what must always hold (`results.invariants`). The last ones are kept."""

    date_created = models.DateTimeField(default=timezone.now, editable=False)
    seconds = models.FloatField()
    # A sentence for each contradiction.
    found: Any = DocumentField(default=list)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{len(self.found)} found, {self.date_created}"
