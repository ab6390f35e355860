"""The ledger: what was earned, by whom, from whom. What publishers charge for, and who brought whom."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.utils import timezone

from accounts.models import Account
from billing.money import plain
from billing.quantities import MAX_QUANTITY, MAX_UNIT_PRICE_MICROS, MILLIONTHS
from marketplace.models import InstalledAddOn
from publishers.models import Listing, ListingVersion
from rest.sids import SidField


class BillingItemQuerySet(models.QuerySet["BillingItem"]):
    def active(self) -> Self:
        return self.filter(active=True)


class BillingItem(models.Model):
    """BI: one line of a listing's price list, for usage that the publisher reports itself.

    Its price never changes: a new price is a new item. One that was used is never deleted, because the
    ledger points to it.
    """

    sid = SidField(prefix="BI")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="billing_items")
    name = models.CharField(max_length=120)
    unit = models.CharField(max_length=32, help_text="what is counted, such as message or seat")
    unit_price_micros = models.PositiveBigIntegerField(help_text="millionths of the currency unit")
    currency = models.CharField(max_length=3, default="USD", editable=False)
    active = models.BooleanField(default=True, help_text="an inactive item cannot be reported any more")
    date_created = models.DateTimeField(default=timezone.now, editable=False)

    objects = BillingItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(unit_price_micros__range=(1, MAX_UNIT_PRICE_MICROS)),
                name="unit_price_is_within_bounds",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def unit_price(self) -> str:
        """The price as decimal text."""
        return plain(self.unit_price_micros)


class LedgerEntryQuerySet(models.QuerySet["LedgerEntry"]):
    def of(self, account: Account) -> Self:
        return self.filter(payer=account)


class LedgerEntry(models.Model):
    """One transfer, so debit and credit cannot disagree.

    Written in the transaction of the result or report that earned it, and never changed. `request_sid`
    names what it is for: the invocation of a use (XR), or one reported item of usage (UE).
    """

    class Kind(models.TextChoices):
        USE = "use", "Use of an add-on"
        USAGE = "usage", "Usage reported by the publisher"

    sid = SidField(prefix="LE")
    payer = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payments")
    payee = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="earnings")
    request_sid = models.CharField(max_length=34, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    installed_add_on = models.ForeignKey(InstalledAddOn, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="+")
    extension = models.CharField(max_length=32, blank=True, help_text="the extension point of a use")
    billing_item = models.ForeignKey(
        BillingItem, on_delete=models.PROTECT, null=True, blank=True, related_name="ledger_entries"
    )
    quantity = models.PositiveIntegerField(help_text="whole units")
    # The database has a default too: the release before knows no fractions.
    quantity_millionths = models.PositiveIntegerField(
        default=0, db_default=0, help_text="the rest of a reported quantity, in millionths of a unit"
    )
    unit_price_micros = models.PositiveBigIntegerField(help_text="millionths of the currency unit")
    amount_micros = models.PositiveBigIntegerField(help_text="millionths of the currency unit")
    currency = models.CharField(max_length=3)
    date_created = models.DateTimeField(default=timezone.now, editable=False)

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [
            models.UniqueConstraint(fields=["request_sid", "kind"], name="one_charge_per_request_and_kind"),
            # Rounded half up. A use has no millionths, so its amount is exactly quantity times price.
            models.CheckConstraint(
                condition=models.Q(
                    amount_micros=models.F("quantity") * models.F("unit_price_micros")
                    + (models.F("quantity_millionths") * models.F("unit_price_micros") + MILLIONTHS // 2)
                    / MILLIONTHS
                ),
                name="amount_is_quantity_times_price",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="use", billing_item__isnull=True, quantity_millionths=0)
                | models.Q(
                    kind="usage",
                    billing_item__isnull=False,
                    quantity__lte=MAX_QUANTITY,
                    quantity_millionths__lt=MILLIONTHS,
                ),
                name="only_usage_has_an_item_and_millionths",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_sid} {self.kind} {self.amount_micros}"

    @property
    def exact_quantity(self) -> Decimal:
        """Whole units and millionths together."""
        return self.quantity + Decimal(self.quantity_millionths) / MILLIONTHS


class Referral(models.Model):
    """XL: that an account brought another one. Kept with billing, because revenue follows from it."""

    sid = SidField(prefix="XL")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="referrals")
    referred = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="referred_by")
    date_created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "referred"], name="one_referral_per_pair_of_accounts"),
            models.CheckConstraint(
                condition=~models.Q(account=models.F("referred")), name="nobody_refers_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.sid
