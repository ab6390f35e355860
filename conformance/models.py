"""What a publisher keeps to ask its service again: test cases, and what each came to."""

import json
from http import HTTPStatus
from typing import Any, Self

from django.db import models
from django.utils import timezone

from accounts.encryption import SealedTextField
from accounts.models import Account, User
from publishers.contract.points import POINTS, ExtensionPoint
from publishers.models import Listing, ListingVersion
from rest.documents import DocumentField
from rest.sids import SidField


class BenchCaseQuerySet(models.QuerySet["BenchCase"]):
    def of(self, account: Account) -> Self:
        """Of the account's own listings, as their publisher."""
        return self.filter(listing__publisher__account=account)


class BenchCase(models.Model):
    """TC: one event of an extension point with made-up values, kept to be sent again for every version."""

    sid = SidField(prefix="TC")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="test_cases")
    name = models.CharField(max_length=80)
    extension = models.CharField("point", max_length=32)
    # The fields of the event, and what a lookup would give with it (contract 8.4).
    event: Any = DocumentField(default=dict)
    runtime: Any = DocumentField(default=dict)
    # Sealed like an installation's own: it may hold keys.
    sealed_configuration = SealedTextField(default="{}")
    # The code that the case is to end with; none for an answer that is good.
    expected_code = models.PositiveIntegerField(null=True, blank=True)
    date_created = models.DateTimeField(default=timezone.now, editable=False)
    date_updated = models.DateTimeField(auto_now=True)

    objects = BenchCaseQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["listing", "name"], name="one_test_case_per_listing_and_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def configuration(self) -> dict[str, Any]:
        return dict(json.loads(self.sealed_configuration))

    @configuration.setter
    def configuration(self, document: dict[str, Any]) -> None:
        self.sealed_configuration = json.dumps(document)

    @property
    def point(self) -> ExtensionPoint:
        return POINTS[self.extension]


class BenchRun(models.Model):
    """TR: one call of the test bench: never billed, never counted, never seen by a circuit breaker."""

    sid = SidField(prefix="TR", primary_key=True)
    version = models.ForeignKey(ListingVersion, on_delete=models.CASCADE, related_name="test_runs")
    definition_sha256 = models.CharField(max_length=64)
    # None of a call that nobody keeps.
    case = models.ForeignKey(BenchCase, on_delete=models.SET_NULL, null=True, related_name="runs")
    extension = models.CharField("point", max_length=32)
    code = models.PositiveIntegerField(null=True)
    as_expected = models.BooleanField(null=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    duration_ms = models.PositiveIntegerField()
    # Input, request, signature base string, reply, steps and envelope, secrets masked.
    sealed_document = SealedTextField(default="{}")
    requested_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    date_created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["version", "-sid"], name="test_runs_of_version")]

    def __str__(self) -> str:
        return self.sid

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.sealed_document))

    @document.setter
    def document(self, values: dict[str, Any]) -> None:
        self.sealed_document = json.dumps(values)

    @property
    def succeeded(self) -> bool:
        return self.code is None

    @property
    def request_sid(self) -> str:
        """What its publisher knows it by: the same digits."""
        return f"XR{self.sid[2:]}"


class ReceivedCallback(models.Model):
    """What a publisher posted to a callback URL of a test, of the bench's or of the contract tester's.

    The web process that takes it in and the worker that waits for it meet in these rows.
    """

    MAX_METHOD_LENGTH = 16
    MAX_TYPE_LENGTH = 255

    sid = SidField(prefix="CB", primary_key=True)
    request_sid = models.CharField(max_length=34)
    version = models.ForeignKey(ListingVersion, on_delete=models.CASCADE, related_name="test_callbacks")
    method = models.CharField(max_length=MAX_METHOD_LENGTH, default="POST")
    # As it was answered. One of a call is taken (202).
    status = models.PositiveSmallIntegerField()
    is_authentic = models.BooleanField(help_text="signed in as the publisher's account")
    content_type = models.CharField(max_length=MAX_TYPE_LENGTH, blank=True, default="")
    size = models.PositiveBigIntegerField(default=0)
    # Its parts, as far as a page shows them, and what they were found to be.
    sealed_document = SealedTextField(default="{}")
    date_created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["sid"]
        indexes = [models.Index(fields=["request_sid"], name="callbacks_of_test_call")]
        constraints = [
            models.UniqueConstraint(
                fields=["request_sid"], condition=models.Q(status=202), name="one_callback_per_test_call"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_sid}: {self.status}"

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.sealed_document))

    @document.setter
    def document(self, values: dict[str, Any]) -> None:
        self.sealed_document = json.dumps(values)

    @property
    def was_taken(self) -> bool:
        return self.status == HTTPStatus.ACCEPTED
