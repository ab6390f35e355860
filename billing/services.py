"""Usage that publishers report, and conversions of referrals. The API writes only through here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from accounts.models import Account
from billing.models import BillingItem, LedgerEntry, Referral
from billing.quantities import amount_micros, parts
from marketplace.models import InstalledAddOn
from publishers.models import IN_API, Availability
from rest.errors import Forbidden, NotFound, Refused
from rest.sids import new_sid

# Contract 3.5 and 15: Marketing Preview, Private Beta and Active, with Beta between the last two.
REPORTABLE = [Availability.COMING_SOON, Availability.DEVELOPER_PREVIEW, *IN_API]


class NotInstalled(NotFound):
    """404: no such installed add-on, or none that the caller may know of."""


class NotThePublisher(Forbidden):
    """403: somebody else publishes this add-on."""


class NotSetUp(Forbidden):
    """403: the listing has no billing items, so usage of it cannot be reported."""


class NotReportable(Forbidden):
    """403: usage of a listing in this state is not charged."""


class BadReferral(Refused):
    """400: there is no such account to convert, or it is the caller's own."""


@dataclass(frozen=True)
class Usage:
    """What a publisher says was used: an item of its price list, and how much of it."""

    sid: str
    quantity: Decimal


@dataclass(frozen=True)
class Report:
    """What became of reported usage: each item, and whether it is charged."""

    items: Sequence[tuple[Usage, bool]]

    @property
    def total_submitted(self) -> Decimal:
        return sum((usage.quantity for usage, submitted in self.items if submitted), Decimal(0))


def report_usage(*, account: Account, installed_sid: str, usages: Sequence[Usage]) -> Report:
    """Charge a customer for usage its publisher reports: a ledger entry for each item, or none at all.

    An item that is unknown, inactive or another listing's is not charged, and the others are. Two of the
    same item are two charges. Raises NotInstalled, NotThePublisher, NotSetUp or NotReportable; then
    nothing is stored.
    """
    with transaction.atomic():
        installed = _installed_of_customer(account, installed_sid)
        active = _price_list(installed)
        items = [(usage, usage.sid in active) for usage in usages]
        LedgerEntry.objects.bulk_create(
            _charge(installed, active[usage.sid], usage.quantity) for usage, submitted in items if submitted
        )
    return Report(items)


def convert_referral(*, account: Account, referred_sid: str) -> Referral:
    """Record that an account brought another one. The second time is the first one's record."""
    if referred_sid == account.sid:
        raise BadReferral("Invalid referral_account_sid: must be another account than your own")
    referred = Account.objects.filter(sid=referred_sid).first()
    if referred is None:
        raise BadReferral(f"Invalid referral_account_sid: the account {referred_sid} was not found")
    referral, _ = Referral.objects.get_or_create(account=account, referred=referred)
    return referral


def _installed_of_customer(account: Account, sid: str) -> InstalledAddOn:
    """The live installed add-on, of whatever account, if the caller publishes it.

    Somebody else learns by a 403 that it exists only where the API shows such installs to their owners
    (Beta, GA and retired listings). A preview or a suspended listing is a 404 like an unknown one.
    """
    everybodys = InstalledAddOn.objects.live().with_listing()
    # Uninstalling waits for us, or we see it done. Results of the same install need not wait.
    locked = everybodys.select_for_update(of=("self",), no_key=True)
    installed = locked.filter(sid=sid).first()
    if installed is None:
        raise _not_found(sid)
    if installed.listing.publisher.account_id != account.pk:
        if InstalledAddOn.objects.in_api().filter(pk=installed.pk).exists():
            raise NotThePublisher("Forbidden: only the publisher of this add-on reports its usage")
        raise _not_found(sid)
    return installed


def _not_found(sid: str) -> NotInstalled:
    return NotInstalled(f"The requested resource /InstalledAddOns/{sid}/Usage was not found")


def _price_list(installed: InstalledAddOn) -> Mapping[str, BillingItem]:
    listing = installed.listing
    items = {item.sid: item for item in listing.billing_items.active()}
    if not items:
        raise NotSetUp("Forbidden: this add-on is not set up for manual usage reporting")
    if listing.availability not in REPORTABLE:
        state = Availability(listing.availability).label
        raise NotReportable(f"Forbidden: usage of a listing in the state {state} cannot be reported")
    return items


def _charge(installed: InstalledAddOn, item: BillingItem, quantity: Decimal) -> LedgerEntry:
    whole, millionths = parts(quantity)
    return LedgerEntry(
        payer_id=installed.account_id,
        payee_id=installed.listing.publisher.account_id,
        request_sid=new_sid("UE"),
        kind=LedgerEntry.Kind.USAGE,
        installed_add_on=installed,
        version_id=installed.version_id,
        billing_item=item,
        quantity=whole,
        quantity_millionths=millionths,
        unit_price_micros=item.unit_price_micros,
        amount_micros=amount_micros(quantity, item.unit_price_micros),
        currency=item.currency,
    )
