"""What came back: one row for each add-on that was asked, and the events an account should know of."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.utils import timezone

from accounts.models import Account
from marketplace.models import InstalledAddOn
from publishers.contract.points import POINTS, ExtensionPoint
from publishers.models import ListingVersion
from rest.documents import DocumentField
from rest.sids import SidField
from results.event_codes import CODES, Code
from results.result_models import AddOnResult, Payload

__all__ = ["AddOnResult", "Event", "Invocation", "Payload"]

MAX_ADDRESS_LENGTH = 32
# Room for the names that other platforms give to their messages and calls.
MAX_REFERENCE_LENGTH = 64


class InvocationQuerySet(models.QuerySet["Invocation"]):
    def of(self, account: Account) -> Self:
        return self.filter(account=account)

    def with_add_on(self) -> Self:
        return self.select_related("installed_add_on", "version__listing__publisher")

    def newest_first(self) -> Self:
        """By SID: a SID sorts by the time it was made."""
        return self.order_by("-sid")

    def since(self, moment: datetime) -> Self:
        """Made at or after this moment, found by the index: a SID begins with the time in milliseconds."""
        return self.filter(sid__gte=f"XR{int(moment.timestamp() * 1000):012x}")

    def totals(self) -> dict[str, Any]:
        """How many there are, how many failed, and what they cost."""
        failed = models.Count("pk", filter=models.Q(status="failed"))
        return self.aggregate(
            count=models.Count("pk"), failed=failed, charge_micros=models.Sum("charge_micros", default=0)
        )

    def without_bodies(self) -> Self:
        """Rows for a list: the answer and the trace stay in the database."""
        return self.defer("answer", "trace")


class Invocation(models.Model):
    """XR: one add-on asked once for one event. Append-only: inserted, and dropped after retention."""

    class Purpose(models.TextChoices):
        LIVE = "live", "Live"
        TEST = "test", "Test"
        DEMO = "demo", "Demo"

    class Status(models.TextChoices):
        SUCCESSFUL = "successful", "Successful"
        FAILED = "failed", "Failed"

    sid = SidField(prefix="XR", primary_key=True)
    event_id = models.CharField(max_length=32, db_index=True, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="invocations", db_index=False)
    installed_add_on = models.ForeignKey(InstalledAddOn, on_delete=models.PROTECT, related_name="invocations")
    # Found by the index `invocations_of_version`, which its publisher pages through.
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    extension = models.CharField(max_length=32)
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    primary_address = models.CharField(max_length=MAX_ADDRESS_LENGTH, blank=True)
    reference_sid = models.CharField(
        max_length=MAX_REFERENCE_LENGTH, blank=True, help_text="MessageSid, CallSid or the SID of a task"
    )
    status = models.CharField(max_length=12, choices=Status.choices)
    code = models.PositiveIntegerField(null=True)
    message = models.CharField(max_length=120, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    attempts = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    answer_bytes = models.PositiveIntegerField(help_text="size of the publisher's answer before cleaning")
    # The publisher's bytes, cleaned: jsonb would refuse some and rewrite others. The hash is always kept, the
    # bytes as KEPT_ANSWERS says.
    answer = models.BinaryField()
    answer_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    trace = DocumentField()
    counts_in_service_level = models.BooleanField(
        default=True,
        db_default=True,
        help_text="the publisher was asked and had its chance to answer; its code says whether it failed",
    )
    charge_micros = models.PositiveBigIntegerField(help_text="millionths of the currency unit")
    currency = models.CharField(max_length=3, blank=True)
    charge_reason = models.CharField(max_length=200)

    objects = InvocationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-sid"], name="invocations_of_account"),
            # Rising, as the SIDs are: PostgreSQL then fills its pages, and reads backwards just as well.
            models.Index(fields=["version", "sid"], name="invocations_of_version"),
            models.Index(
                fields=["version", "sid"],
                condition=models.Q(status="failed"),
                name="failures_of_version",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="successful") | models.Q(charge_micros=0),
                name="a_failed_invocation_is_free",
            ),
        ]

    def __str__(self) -> str:
        return self.sid

    @property
    def point(self) -> ExtensionPoint:
        return POINTS[self.extension]


class EventQuerySet(models.QuerySet["Event"]):
    def of(self, account: Account) -> Self:
        return self.filter(account=account)

    def newest_first(self) -> Self:
        """By SID: a SID sorts by the time it was made."""
        return self.order_by("-sid")

    def before(self, moment: datetime) -> Self:
        """Made before this moment, found by the key."""
        return self.filter(sid__lt=f"NO{int(moment.timestamp() * 1000):012x}")


class Event(models.Model):
    """NO: something an account should know: what went wrong. Its code says why, and how to mend it."""

    MAX_TEXT_LENGTH = 250
    MAX_HOST_LENGTH = 255

    class Level(models.TextChoices):
        ERROR = "error", "Error"
        WARNING = "warning", "Warning"

    sid = SidField(prefix="NO", primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="events", db_index=False)
    level = models.CharField(max_length=8, choices=Level.choices)
    code = models.PositiveIntegerField()
    text = models.CharField(max_length=MAX_TEXT_LENGTH)
    extension = models.CharField(max_length=32)
    # Plain text: a number may be removed, what happened at it stays.
    number_sid = models.CharField(max_length=34, blank=True)
    reference_sid = models.CharField(
        max_length=MAX_REFERENCE_LENGTH, blank=True, help_text="MessageSid, CallSid or the SID of a task"
    )
    url_host = models.CharField(max_length=MAX_HOST_LENGTH, blank=True)
    event_id = models.CharField(max_length=32, help_text="that of the invocations it belongs to")
    date_created = models.DateTimeField(default=timezone.now, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["account", "-sid"], name="events_of_account")]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"

    @property
    def point(self) -> ExtensionPoint:
        return POINTS[self.extension]

    @property
    def meaning(self) -> Code:
        """What its code means, and what mends it."""
        return CODES[self.code]
