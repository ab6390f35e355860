"""What a recording add-on gives back: its result, from the first try to the end, and the payloads."""

from datetime import datetime, timedelta
from typing import Final, Self

from django.conf import settings
from django.db import models
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Account
from marketplace.models import InstalledAddOn
from publishers.contract.points import POINTS, ExtensionPoint
from publishers.models import ListingVersion
from recordings.models import Recording
from rest.documents import DocumentField
from rest.leases import LONGEST_LEASE, Leased, LeasedQuerySet
from rest.sids import SidField


class ResultStatus(models.TextChoices):
    """Contract 11.5."""

    INIT = "init", "Waiting"
    QUEUED = "queued", "Queued"
    IN_PROGRESS = "in-progress", "In progress"
    PROCESSING = "processing", "Processing"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Canceled"
    DELETED = "deleted", "Deleted"


MOVES: Final = {
    ResultStatus.INIT: {ResultStatus.QUEUED, ResultStatus.FAILED, ResultStatus.CANCELED},
    ResultStatus.QUEUED: {
        ResultStatus.IN_PROGRESS,
        ResultStatus.PROCESSING,
        ResultStatus.FAILED,
        ResultStatus.CANCELED,
    },
    # Back from processing: what came was no JSON, or who read it died. The publisher may try again.
    ResultStatus.IN_PROGRESS: {ResultStatus.PROCESSING, ResultStatus.FAILED, ResultStatus.CANCELED},
    ResultStatus.PROCESSING: {ResultStatus.COMPLETED, ResultStatus.FAILED, ResultStatus.IN_PROGRESS},
    ResultStatus.COMPLETED: set[ResultStatus](),
    ResultStatus.FAILED: set[ResultStatus](),
    ResultStatus.CANCELED: set[ResultStatus](),
}
"""Which status may follow which (contract 11.5). Every one may become `deleted`, which nothing follows."""

OPEN: Final = frozenset(
    {ResultStatus.INIT, ResultStatus.QUEUED, ResultStatus.IN_PROGRESS, ResultStatus.PROCESSING}
)
"""Those that still change by themselves."""


def oldest_kept() -> Combinable:
    """Since when results are kept, by the clock of the database: one that was made before is not read."""
    return Now() - timedelta(days=settings.RESULT_RETENTION_DAYS)


class AddOnResultQuerySet(LeasedQuerySet):
    def of(self, account: Account) -> Self:
        return self.filter(account=account)

    def kept(self) -> Self:
        """Those that exist for their account, whether or not the others are removed already."""
        return self.exclude(status=ResultStatus.DELETED).filter(date_created__gt=oldest_kept())

    def open(self) -> Self:
        return self.filter(status__in=OPEN)

    def with_add_on(self) -> Self:
        return self.select_related("installed_add_on", "version__listing__publisher")

    def late(self, at: datetime) -> Self:
        """Those whose publisher had its time. One that is being read came in time."""
        return self.filter(status__in=OPEN - {ResultStatus.PROCESSING}, deadline__lte=at)

    def abandoned(self, at: datetime) -> Self:
        """Those whose reader died."""
        is_dead = models.Q(leased_until=None) | models.Q(leased_until__lte=at)
        is_odd = models.Q(leased_until__gt=at + LONGEST_LEASE)
        return self.filter(is_dead | is_odd, status=ResultStatus.PROCESSING)

    def newest_first(self) -> Self:
        """By SID: a SID sorts by the time it was made."""
        return self.order_by("-sid")


class AddOnResult(Leased):
    """XR: one add-on asked about one recording. When it ends, an Invocation of the same SID is recorded.

    Every change of its status is an UPDATE where it is still in the old one (`settling`).
    """

    MAX_REASON_LENGTH: Final = 250

    sid = SidField(prefix="XR", primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="add_on_results")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="add_on_results")
    installed_add_on = models.ForeignKey(
        InstalledAddOn, on_delete=models.PROTECT, related_name="add_on_results"
    )
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="+")
    extension = models.CharField(max_length=32)
    event_id = models.CharField(max_length=32, editable=False)
    purpose = models.CharField(max_length=8)
    status = models.CharField(max_length=16, choices=ResultStatus.choices, default=ResultStatus.INIT)
    code = models.PositiveIntegerField(null=True, help_text="61000 to 61009 when it failed")
    message = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=MAX_REASON_LENGTH, blank=True, help_text="what went wrong, in words")
    # SHA-256 of the one-time callback token.
    callback_digest = models.CharField(max_length=64, unique=True, editable=False)
    accepted_at = models.DateTimeField(null=True, help_text="when the publisher said 202")
    deadline = models.DateTimeField(null=True, help_text="by when the publisher has to call back")
    # The steps so far, as in an invocation's trace.
    trace = DocumentField(default=list)
    date_created = models.DateTimeField(default=timezone.now, editable=False)
    date_updated = models.DateTimeField(default=timezone.now, editable=False)
    date_completed = models.DateTimeField(null=True, editable=False)

    objects = AddOnResultQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recording", "installed_add_on"], name="an_add_on_is_asked_once_about_a_recording"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-sid"], name="add_on_results_of_account"),
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="add_on_results_that_owe"
            ),
            models.Index(
                fields=["deadline"],
                condition=models.Q(status__in=["init", "queued", "in-progress", "processing"]),
                name="add_on_results_awaited",
            ),
            models.Index(fields=["date_created"], name="add_on_results_by_age"),
        ]

    def __str__(self) -> str:
        return self.sid

    @property
    def point(self) -> ExtensionPoint:
        return POINTS[self.extension]

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


def payload_name(payload: "Payload", _: str) -> str:
    """Where the bytes lie in the storage. The name says nothing about whose they are."""
    return f"payloads/{payload.sid[-2:]}/{payload.sid}"


class PayloadQuerySet(models.QuerySet["Payload"]):
    def kept(self) -> Self:
        """Those that can be read: the file of one that is being removed may be gone."""
        young = self.filter(removed_at=None, result__date_created__gt=oldest_kept())
        return young.exclude(result__status=ResultStatus.DELETED)

    def to_remove(self) -> Self:
        """Those that nobody can read any more, and whose file may still be there."""
        return self.filter(removed_at__isnull=False)

    def in_order(self) -> Self:
        """As the publisher sent them."""
        return self.order_by("sid")


class Payload(models.Model):
    """XH: one part of what a publisher sent. Its file is written before the row, and removed before it."""

    MAX_LABEL_LENGTH: Final = 255
    MAX_TYPE_LENGTH: Final = 255

    sid = SidField(prefix="XH", primary_key=True)
    result = models.ForeignKey(AddOnResult, on_delete=models.PROTECT, related_name="payloads")
    label = models.CharField(max_length=MAX_LABEL_LENGTH)
    content_type = models.CharField(max_length=MAX_TYPE_LENGTH)
    size = models.PositiveBigIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    data = models.FileField(upload_to=payload_name, max_length=120)
    # Set first, so that nobody reads it while its file goes.
    removed_at = models.DateTimeField(null=True, editable=False)
    date_created = models.DateTimeField(default=timezone.now, editable=False)
    date_updated = models.DateTimeField(default=timezone.now, editable=False)

    objects = PayloadQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["sid"], condition=models.Q(removed_at__isnull=False), name="payloads_to_remove"
            ),
        ]

    def __str__(self) -> str:
        return self.sid
