"""What an account took from the shelf, how it configured it, and where it runs."""

import json
import re
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, Self, cast

from django.db import models
from django.utils import timezone

from accounts.encryption import SealedTextField
from accounts.models import Account, User
from publishers.models import IN_API, RUNS, Availability, Extension, Listing, ListingVersion
from rest.sids import SidField

# A plus and at most 15 digits.
MAX_E164_LENGTH = 16


class Install(models.Model):
    """XD: that an account uses a listing; one for each pair. Publishers see it, not the account."""

    sid = SidField(prefix="XD")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="installs")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="installs")
    date_created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "listing"], name="one_install_per_account_and_listing"
            ),
        ]

    def __str__(self) -> str:
        return self.sid


class InstalledRow(NamedTuple):
    """The columns of an installed add-on that the API shows, by their names in a query."""

    sid: str
    version__sid: str
    version__listing__sid: str
    version__listing__module_info: dict[str, Any]
    version__listing__unique_name: str
    sealed_configuration: str
    unique_name: str
    date_created: datetime
    date_updated: datetime


class InstalledAddOnQuerySet(models.QuerySet["InstalledAddOn"]):
    def of(self, account: Account) -> Self:
        return self.filter(account=account)

    def live(self) -> Self:
        return self.filter(removed_at__isnull=True)

    def in_api(self) -> Self:
        """What the REST APIs show: installs of Beta and GA listings, and those that outlive a retired one
        (contract sections 3 and 15)."""
        shown = [*IN_API, Availability.RETIRED]
        return self.filter(removed_at__isnull=True, version__listing__availability__in=shown)

    def asking_for_a_look(self) -> Self:
        """Live ones that have an upgrade (see `InstalledAddOn.has_upgrade`), or whose listing will end."""
        listing, published = "version__listing", "version__listing__published_version"
        is_behind = models.Q((f"{published}__isnull", False)) & ~models.Q((published, models.F("version")))
        can_upgrade = is_behind & models.Q((f"{listing}__availability__in", RUNS))
        return self.live().filter(can_upgrade | models.Q((f"{listing}__deprecated_until__isnull", False)))

    def with_listing(self) -> Self:
        return self.select_related("install", "version__listing__publisher__account")

    def as_rows(self) -> Self:
        """InstalledRows: what the API shows of each, without the models. A list of 50 costs a third."""
        return cast(Self, self.values_list(*InstalledRow._fields, named=True))

    def enabled_for(self, point: str) -> Self:
        """Installs whose switch for this extension point is on, and whose listing may be asked."""
        running = self.live().filter(version__listing__availability__in=RUNS)
        return running.filter(switches__extension__unique_name=point, switches__enabled=True)


class InstalledAddOn(models.Model):
    """XE: one configuration of an install, pinned to a version."""

    sid = SidField(prefix="XE")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="installed_add_ons")
    install = models.ForeignKey(Install, on_delete=models.PROTECT, related_name="installed_add_ons")
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="installed_add_ons")
    unique_name = models.CharField(max_length=128)
    # Sealed, because a configuration may hold the account's own keys for the publisher's service.
    sealed_configuration = SealedTextField(default="{}")
    date_created = models.DateTimeField(default=timezone.now, editable=False)
    date_updated = models.DateTimeField(default=timezone.now, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)

    objects = InstalledAddOnQuerySet.as_manager()

    class Meta:
        verbose_name = "installed add-on"
        indexes = [
            # A page of an account's list is found by its key, however many rows other accounts have.
            models.Index(
                fields=["account", "sid"],
                condition=models.Q(removed_at__isnull=True),
                name="installed_in_list_order",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "unique_name"],
                condition=models.Q(removed_at__isnull=True),
                name="unique_name_per_account_while_installed",
            ),
        ]

    def __str__(self) -> str:
        return self.unique_name

    @property
    def listing(self) -> Listing:
        return self.version.listing

    @property
    def has_upgrade(self) -> bool:
        """Whether its listing has published another version, and is asked at all."""
        published = self.listing.published_version_id
        return published not in {None, self.version_id} and self.listing.availability in RUNS

    @property
    def configuration(self) -> dict[str, Any]:
        return dict(json.loads(self.sealed_configuration))

    @configuration.setter
    def configuration(self, document: dict[str, Any]) -> None:
        self.sealed_configuration = json.dumps(document)

    @classmethod
    def configuration_in(cls, row: InstalledRow) -> dict[str, Any]:
        """The configuration of a row that came as columns."""
        document: dict[str, Any] = json.loads(cls._sealed_column().opened(row))
        return document

    @classmethod
    @cache
    def _sealed_column(cls) -> SealedTextField:
        return cast(SealedTextField, cls._meta.get_field("sealed_configuration"))


class SavedConfiguration(models.Model):
    """Every configuration an installed add-on ever had, and who saved it."""

    sid = SidField(prefix="XG")
    installed_add_on = models.ForeignKey(
        InstalledAddOn, on_delete=models.PROTECT, related_name="saved_configurations"
    )
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="+")
    sealed_configuration = SealedTextField()
    saved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    credential = models.CharField(max_length=34, blank=True, help_text="API credential that saved it")
    date_created = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.sid


class TermsText(models.Model):
    """A text somebody accepted, kept once, whatever the listing says later."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()

    def __str__(self) -> str:
        return self.sha256


class TermsAcceptance(models.Model):
    """Who accepted which text, when and from where: with the install, and anew with an upgrade when the text
    has changed. Kept after an uninstall."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="terms_acceptances")
    installed_add_on = models.ForeignKey(
        InstalledAddOn, on_delete=models.PROTECT, related_name="terms_acceptances"
    )
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="+")
    text = models.ForeignKey(TermsText, on_delete=models.PROTECT, related_name="acceptances")
    accepted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    credential = models.CharField(max_length=34, blank=True, help_text="API credential that accepted")
    ip_address = models.CharField(max_length=45, blank=True)
    accepted_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"{self.account} accepted {self.text}"


class InstalledExtensionQuerySet(models.QuerySet["InstalledExtension"]):
    def of(self, account: Account) -> Self:
        return self.filter(installed_add_on__account=account)

    def live(self) -> Self:
        return self.filter(installed_add_on__removed_at__isnull=True)


class InstalledExtension(models.Model):
    """The switch of one extension point of one installed add-on. Off until somebody turns it on."""

    installed_add_on = models.ForeignKey(InstalledAddOn, on_delete=models.CASCADE, related_name="switches")
    extension = models.ForeignKey(Extension, on_delete=models.PROTECT, related_name="switches")
    enabled = models.BooleanField(default=False)

    objects = InstalledExtensionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["installed_add_on", "extension"], name="one_switch_per_installed_add_on_and_extension"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.extension} {'on' if self.enabled else 'off'}"


class IncomingPhoneNumberQuerySet(models.QuerySet["IncomingPhoneNumber"]):
    def of(self, account: Account) -> Self:
        return self.filter(account=account)

    def matching(self, pattern: str) -> Self:
        """Numbers with these digits in a row, a leading `+` first; `*` stands for any digits.

        Spaces and punctuation are ignored, as people write them; anything else is in no number. A space in
        front is a `+` that a client put into a query without encoding it.
        """
        given = f"+{pattern[1:]}" if pattern.startswith(" ") else pattern
        wanted = re.sub(r"\*+", "*", re.sub(r"[ ().-]", "", given))
        if not re.fullmatch(r"\+?[0-9*]*", wanted) or len(wanted.replace("*", "")) > MAX_E164_LENGTH:
            return self.none()
        like = models.Func(
            models.F("phone_number"),
            models.Value(f"%{wanted.replace('*', '%')}%"),
            template="%(expressions)s",
            arg_joiner=" LIKE ",
            output_field=models.BooleanField(),
        )
        return self.filter(like)


class IncomingPhoneNumber(models.Model):
    """PN: a number of an account. Add-ons assigned to it run for its messages and calls only."""

    class Kind(models.TextChoices):
        LOCAL = "local"
        MOBILE = "mobile"
        TOLL_FREE = "toll-free"

    class Method(models.TextChoices):
        GET = "GET"
        POST = "POST"

    sid = SidField(prefix="PN")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="incoming_phone_numbers")
    phone_number = models.CharField(max_length=MAX_E164_LENGTH)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    friendly_name = models.CharField(max_length=64)
    sms_url = models.CharField(max_length=2048, blank=True)
    sms_method = models.CharField(max_length=4, choices=Method.choices, default=Method.POST)
    sms_fallback_url = models.CharField(max_length=2048, blank=True)
    sms_fallback_method = models.CharField(max_length=4, choices=Method.choices, default=Method.POST)
    voice_url = models.CharField(max_length=2048, blank=True)
    voice_method = models.CharField(max_length=4, choices=Method.choices, default=Method.POST)
    voice_fallback_url = models.CharField(max_length=2048, blank=True)
    voice_fallback_method = models.CharField(max_length=4, choices=Method.choices, default=Method.POST)
    status_callback = models.CharField(max_length=2048, blank=True)
    status_callback_method = models.CharField(max_length=4, choices=Method.choices, default=Method.POST)
    date_created = models.DateTimeField(default=timezone.now, editable=False)
    date_updated = models.DateTimeField(default=timezone.now, editable=False)

    objects = IncomingPhoneNumberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "phone_number"], name="one_number_per_account"),
        ]
        indexes = [models.Index(fields=["account", "sid"], name="numbers_in_list_order")]

    def __str__(self) -> str:
        return self.phone_number


class AssignedAddOnQuerySet(models.QuerySet["AssignedAddOn"]):
    def of(self, account: Account) -> Self:
        return self.filter(number__account=account)

    def in_api(self) -> Self:
        return self.filter(installed_add_on__in=InstalledAddOn.objects.in_api())

    def with_add_on(self) -> Self:
        return self.select_related("installed_add_on__version__listing")


class AssignedAddOn(models.Model):
    """That an installed add-on runs for one number. With none, it runs for every number (contract 7)."""

    # Only for the order of the list: the API names an assignment by its add-on.
    sid = SidField(prefix="AN")
    number = models.ForeignKey(IncomingPhoneNumber, on_delete=models.CASCADE, related_name="assignments")
    installed_add_on = models.ForeignKey(InstalledAddOn, on_delete=models.PROTECT, related_name="assignments")
    date_created = models.DateTimeField(default=timezone.now, editable=False)
    date_updated = models.DateTimeField(default=timezone.now, editable=False)

    objects = AssignedAddOnQuerySet.as_manager()

    class Meta:
        verbose_name = "assigned add-on"
        constraints = [
            models.UniqueConstraint(
                fields=["number", "installed_add_on"], name="an_add_on_is_assigned_once_to_a_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.installed_add_on} for {self.number}"
