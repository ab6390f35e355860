"""What a review is made of: comments, the operators' check list, and reports of the contract tester."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils import timezone

from accounts.models import User
from rest.documents import DocumentField
from rest.leases import Leased, LeasedQuerySet
from rest.sids import SidField

if TYPE_CHECKING:
    from publishers.models import ListingVersion


class ReviewComment(models.Model):
    """RC: a remark on a section of a version, by an operator or its publisher. Open until it is resolved."""

    MAX_TEXT_LENGTH = 4_000

    sid = SidField(prefix="RC")
    version = models.ForeignKey("ListingVersion", on_delete=models.CASCADE, related_name="comments")
    # A slug of `publishers.sections.SECTIONS`.
    section = models.CharField(max_length=32)
    text = models.TextField(max_length=MAX_TEXT_LENGTH)
    is_operators = models.BooleanField(help_text="written by an operator, not by the publisher")
    # A change that the publisher is asked for; a plain remark needs no answer.
    is_request = models.BooleanField(default=False)
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    credential = models.CharField(max_length=34, blank=True, default="")
    resolved_at = models.DateTimeField(null=True, editable=False)
    resolved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    date_created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["sid"]

    def __str__(self) -> str:
        return f"{self.version}, {self.section}: {self.text[:40]}"


class ChecklistItem(models.Model):
    """CI: a thing to look at in each review, defined by operators."""

    sid = SidField(prefix="CI")
    text = models.CharField(max_length=200)
    help_text = models.CharField(max_length=500, blank=True, default="")
    is_required = models.BooleanField(default=True, help_text="no approval without its tick")
    position = models.PositiveIntegerField(default=0)
    # A removed one stays with the reviews that ticked it.
    removed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class ChecklistTick(models.Model):
    """That an operator looked at an item, for one version."""

    version = models.ForeignKey("ListingVersion", on_delete=models.CASCADE, related_name="ticks")
    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="ticks")
    ticked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    date_created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "item"], name="one_tick_per_version_and_item"),
        ]

    def __str__(self) -> str:
        return f"{self.item} of {self.version}"


class ContractReportQuerySet(LeasedQuerySet):
    def of(self, version: "ListingVersion") -> Self:
        """The reports about what the version says now, newest first."""
        return self.filter(version=version, definition_sha256=version.definition_sha256).order_by("-sid")


class ContractReport(Leased):
    """CR: one run of the contract tester against a version's service. Pinned to what the version said."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "In progress"
        DONE = "done", "Finished"
        # The tester itself ended early; what it found so far is in the document.
        BROKEN = "broken", "Broken off"
        CANCELED = "canceled", "Cancelled"

    class Verdict(models.TextChoices):
        """Red blocks a submission, amber needs a reason."""

        NONE = "", "None yet"
        GREEN = "green", "Passed"
        AMBER = "amber", "Passed with warnings"
        RED = "red", "Failed"

    sid = SidField(prefix="CR", primary_key=True)
    version = models.ForeignKey("ListingVersion", on_delete=models.CASCADE, related_name="reports")
    definition_sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.QUEUED)
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True, default=Verdict.NONE)
    done = models.PositiveIntegerField(default=0, help_text="checks")
    total = models.PositiveIntegerField(default=0, help_text="checks")
    failed = models.PositiveIntegerField(default=0)
    warned = models.PositiveIntegerField(default=0)
    # As `conformance.suite.report.Report.as_json()`.
    document: Any = DocumentField(default=dict)
    requested_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    credential = models.CharField(max_length=34, blank=True, default="")
    is_operators = models.BooleanField(default=False, help_text="run again by an operator")
    date_created = models.DateTimeField(default=timezone.now, editable=False)
    date_completed = models.DateTimeField(null=True, editable=False)

    objects = ContractReportQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["version", "-sid"], name="reports_of_version"),
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="reports_owed"),
        ]

    def __str__(self) -> str:
        return self.sid

    @property
    def is_under_way(self) -> bool:
        return self.status in {self.Status.QUEUED, self.Status.RUNNING}
