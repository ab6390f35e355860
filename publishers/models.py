"""Publishers, their listings, and the versions of a listing."""

import hashlib
import json
from typing import Any, Self

from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.utils import timezone

from accounts.encryption import SealedTextField
from accounts.models import Account, User
from publishers.review_models import ChecklistItem, ChecklistTick, ContractReport, ReviewComment
from rest.documents import DocumentField
from rest.sids import SidField

__all__ = [
    "Availability",
    "ChecklistItem",
    "ChecklistTick",
    "ContractReport",
    "Extension",
    "Listing",
    "ListingVersion",
    "PreviewInvitation",
    "Publisher",
    "ReviewComment",
    "VersionMove",
]

NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"


class Publisher(models.Model):
    """Who offers add-ons. Its account signs requests, authenticates callbacks and is paid."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="publisher")

    class Status(models.TextChoices):
        APPLIED = "applied", "Waiting for approval"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        SUSPENDED = "suspended", "Suspended"

    slug = models.CharField(max_length=64, unique=True, validators=[RegexValidator(NAME_PATTERN)])
    name = models.CharField(max_length=120)
    website = models.CharField(max_length=200, blank=True, validators=[URLValidator(["https", "http"])])
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.APPLIED)
    about = models.TextField(blank=True, default="", help_text="what it does, for operators")
    contact_name = models.CharField(max_length=120, blank=True, default="")
    contact_email = models.EmailField(blank=True, default="")
    contact_phone = models.CharField(max_length=40, blank=True, default="")
    # Why it was declined or suspended; for the publisher to read.
    reason = models.TextField(blank=True, default="")
    date_created = models.DateTimeField(default=timezone.now, editable=False)
    date_decided = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return self.name

    @property
    def is_approved(self) -> bool:
        """Only then are its versions taken for review. Drafts may be written before."""
        return self.status == self.Status.APPROVED


class Availability(models.TextChoices):
    """Who can see and install a listing (contract section 15)."""

    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    COMING_SOON = "coming_soon", "Coming soon"
    DEVELOPER_PREVIEW = "developer_preview", "Developer preview"
    BETA = "beta", "Beta"
    GA = "ga", "Generally available"
    RETIRED = "retired", "Retired"
    SUSPENDED = "suspended", "Suspended"


IN_API = [Availability.BETA, Availability.GA]
IN_CATALOGUE = [Availability.COMING_SOON, *IN_API]
INSTALLABLE = [Availability.DEVELOPER_PREVIEW, *IN_API]
# A retired listing serves those who have it; a draft or suspended one is asked by nobody.
RUNS = [*INSTALLABLE, Availability.RETIRED]


def name_in(module_info: dict[str, Any]) -> str:
    """The name people know an add-on by; empty when its block has none."""
    return str(module_info.get("name") or "")


def short_description_in(module_info: dict[str, Any]) -> str:
    return str(module_info.get("short_description") or "")


class ListingQuerySet(models.QuerySet["Listing"]):
    def of(self, account: Account) -> Self:
        """The account's own, as their publisher."""
        return self.filter(publisher__account=account)

    def in_api(self) -> Self:
        """What the REST APIs show: Beta and GA, never anything else (contract section 3)."""
        return self.filter(availability__in=IN_API, published_version__isnull=False)

    def readable_by(self, account: Account) -> Self:
        """The Listing API: the account's own, and what is public (contract 3.7)."""
        return self.of(account) | self.in_api()

    def visible_to(self, account: Account) -> Self:
        """The console's catalogue: what is announced, previews of its own and those it is invited to, what
        it has installed, also when nobody else can see that any more (contract 15).
        """
        own = models.Q(publisher__account=account)
        is_invited = models.Exists(
            PreviewInvitation.objects.filter(listing=models.OuterRef("pk"), account=account)
        )
        live = models.Q(installs__account=account, installs__installed_add_ons__removed_at__isnull=True)
        installed = self.model.objects.filter(
            live, installs__installed_add_ons__isnull=False, pk=models.OuterRef("pk")
        )
        announced = models.Q(availability__in=IN_CATALOGUE)
        preview = models.Q(availability=Availability.DEVELOPER_PREVIEW) & (own | is_invited)
        kept = models.Q(availability__in=RUNS) & models.Exists(installed)
        return self.filter(announced | preview | kept, published_version__isnull=False)

    def with_publisher(self) -> Self:
        return self.select_related("publisher", "published_version")

    def search(self, words: str) -> Self:
        """Listings that hold every word in their name, tagline, text or publisher."""
        found = self
        for word in words.split():
            found = found.filter(
                models.Q(module_info__name__icontains=word)
                | models.Q(module_info__tagline__icontains=word)
                | models.Q(module_info__short_description__icontains=word)
                | models.Q(unique_name__icontains=word)
                | models.Q(publisher__name__icontains=word)
            )
        return found


class Listing(models.Model):
    """XB: an add-on as the catalogue shows it. Its blocks are those of the Listing API (contract 3.7)."""

    sid = SidField(prefix="XB")
    publisher = models.ForeignKey(Publisher, on_delete=models.PROTECT, related_name="listings")
    unique_name = models.CharField(max_length=64, unique=True, validators=[RegexValidator(NAME_PATTERN)])
    availability = models.CharField(max_length=20, choices=Availability.choices, default=Availability.DRAFT)
    category = models.CharField(max_length=64, blank=True)
    module_info = models.JSONField(default=dict)
    description = models.JSONField(default=dict, blank=True)
    documentation = models.JSONField(default=dict, blank=True)
    policies = models.JSONField(default=dict, blank=True)
    support = models.JSONField(default=dict, blank=True)
    configuration = models.JSONField(default=dict, blank=True)
    pricing = models.JSONField(default=dict, blank=True)
    sealed_credentials = SealedTextField(blank=True, default="")
    # Deprecated: offered and asked as before, with a date after which it is retired, and what to use then.
    deprecated_until = models.DateField(null=True, blank=True)
    replacement = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # What it was before an operator suspended it, and why that was.
    suspended_from = models.CharField(max_length=20, choices=Availability.choices, blank=True, default="")
    suspension_reason = models.TextField(blank=True, default="")
    published_version = models.ForeignKey(
        "ListingVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    date_created = models.DateTimeField(default=timezone.now, editable=False)
    date_updated = models.DateTimeField(auto_now=True)

    objects = ListingQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return name_in(self.module_info) or self.unique_name

    @property
    def short_description(self) -> str:
        return short_description_in(self.module_info)

    @property
    def tagline(self) -> str:
        return str(self.module_info.get("tagline") or self.short_description)

    @property
    def is_installable(self) -> bool:
        return self.availability in INSTALLABLE and self.published_version_id is not None

    @property
    def credentials(self) -> dict[str, str]:
        """The publisher's secrets by name, as definitions refer to them. Never shown to anyone."""
        return dict(json.loads(self.sealed_credentials or "{}"))

    @credentials.setter
    def credentials(self, values: dict[str, str]) -> None:
        self.sealed_credentials = json.dumps(values) if values else ""

    @property
    def terms(self) -> str:
        """The text a developer accepts when installing."""
        parts = {
            "Terms of service": self.policies.get("legal"),
            "Privacy policy": self.policies.get("privacy"),
        }
        given = [f"## {title}\n\n{text}" for title, text in parts.items() if text]
        return "\n\n".join(given) or "The publisher of this add-on sets no terms of its own."


class ListingVersion(models.Model):
    """XC: one definition. It never changes once submitted, so what is compiled from it may be kept.

    Only when changes are requested does it become the publisher's to edit again (`publishers.versions`).
    """

    class Status(models.TextChoices):
        DRAFT = "draft"
        SUBMITTED = "submitted"
        CHANGES_REQUESTED = "changes_requested"
        APPROVED = "approved"
        PUBLISHED = "published"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"

    # Its publisher may still change the first two; the next two wait for an operator.
    EDITABLE = (Status.DRAFT, Status.CHANGES_REQUESTED)
    WAITING = (Status.SUBMITTED, Status.APPROVED)
    OPEN = (*EDITABLE, *WAITING)

    sid = SidField(prefix="XC")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DRAFT)
    definition = DocumentField()
    # What is new in it, for those who upgrade to it.
    notes = models.TextField(blank=True, default="")
    # Why it came to its present status; for the publisher to read.
    reason = models.TextField(blank=True, default="", editable=False)
    # What the publisher wants to happen with its approval.
    publish_on_approval = models.BooleanField(default=True)
    # The operator who reviews it.
    assigned_to = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    date_created = models.DateTimeField(default=timezone.now, editable=False)
    date_updated = models.DateTimeField(auto_now=True)
    date_published = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["listing", "number"], name="version_numbers_count_per_listing"),
            models.UniqueConstraint(
                fields=["listing"],
                condition=models.Q(status__in=["draft", "changes_requested", "submitted", "approved"]),
                name="one_open_version_per_listing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.listing} version {self.number}"

    @property
    def is_editable(self) -> bool:
        return self.status in self.EDITABLE

    @property
    def definition_sha256(self) -> str:
        """Names this definition, whatever the order of its keys: contract reports are pinned to it."""
        return hashlib.sha256(
            json.dumps(self.definition, sort_keys=True, separators=(",", ":")).encode()
        ).hexdigest()

    @property
    def pricing_type(self) -> str:
        """The price model in the API's words: `free`, `per use`, `per minute`."""
        return str(self.definition["pricing"]["model"]).replace("_", " ")

    @property
    def configuration_schema(self) -> dict[str, Any]:
        """The schema of an installation's settings; without one, anything that is an object."""
        return dict(self.definition.get("configuration_schema") or {"type": "object"})


class PreviewInvitation(models.Model):
    """That an account may see and install a listing in developer preview."""

    sid = SidField(prefix="PI")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="invitations")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="preview_invitations")
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    date_created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "account"], name="one_invitation_per_listing_and_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} is invited to {self.listing}"


class VersionMove(models.Model):
    """One step of a version along the state table: who, when and why. Written once, never changed."""

    version = models.ForeignKey(ListingVersion, on_delete=models.CASCADE, related_name="moves")
    from_status = models.CharField(max_length=20, choices=ListingVersion.Status.choices)
    to_status = models.CharField(max_length=20, choices=ListingVersion.Status.choices)
    reason = models.TextField(blank=True, default="")
    moved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    # The SID of the account or API key that a program used.
    credential = models.CharField(max_length=34, blank=True, default="")
    date_created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.version}: {self.from_status} to {self.to_status}"


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def in_api(self) -> Self:
        return self.filter(listing__availability__in=IN_API, listing__published_version__isnull=False)


class Extension(models.Model):
    """XF: an extension point of a listing. One SID for the available, installed and assigned views."""

    sid = SidField(prefix="XF")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="extensions")
    unique_name = models.CharField("point", max_length=32)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "unique_name"], name="one_extension_per_listing_and_point"
            ),
        ]

    def __str__(self) -> str:
        return self.unique_name
