"""What the database guards: the ledger, price lists and referrals."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from billing.models import BillingItem, LedgerEntry, Referral
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from rest.sids import new_sid
from tests.factories import make_account, make_listing, make_user

ITEMS = "admin:billing_billingitem"


@pytest.fixture
def operator(db: None) -> Client:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def make_entry(installed: InstalledAddOn, **changes: Any) -> LedgerEntry:
    """A use, unless changed."""
    values = {
        "payer": installed.account,
        "payee": installed.listing.publisher.account,
        "request_sid": new_sid("XR"),
        "kind": "use",
        "installed_add_on": installed,
        "version": installed.version,
        "extension": "lookup-api",
        "quantity": 1,
        "unit_price_micros": 7_500,
        "amount_micros": 7_500,
        "currency": "USD",
    }
    return LedgerEntry.objects.create(**{**values, **changes})


def test_entries_that_add_up_are_kept(installed: InstalledAddOn, item: BillingItem) -> None:
    make_entry(installed)
    make_entry(installed, quantity=3, amount_micros=22_500)
    usage = {"kind": "usage", "billing_item": item}
    make_entry(installed, **usage, quantity=44, quantity_millionths=20_000, amount_micros=330_150)
    half = {"quantity": 0, "quantity_millionths": 500_000, "unit_price_micros": 1, "amount_micros": 1}
    make_entry(installed, **usage, **half)
    assert LedgerEntry.objects.count() == 4


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_micros": 7_501},
        {"quantity_millionths": 1},
        {"quantity_millionths": 500_000, "amount_micros": 11_250},
        {"kind": "usage"},
        {"kind": "gift"},
    ],
)
def test_a_use_that_does_not_add_up_is_refused(installed: InstalledAddOn, changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_entry(installed, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "use"},
        {"amount_micros": 7_501},
        {"quantity_millionths": 500_000, "amount_micros": 11_249},
        {"quantity": 0, "quantity_millionths": 1_000_000},
        {"quantity": 1_000_001, "amount_micros": 7_500 * 1_000_001},
    ],
)
def test_usage_that_does_not_add_up_is_refused(
    installed: InstalledAddOn, item: BillingItem, changes: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_entry(installed, **{"kind": "usage", "billing_item": item, **changes})


def test_nothing_is_written_twice(installed: InstalledAddOn, item: BillingItem) -> None:
    usage = {"kind": "usage", "billing_item": item, "request_sid": new_sid("UE")}
    make_entry(installed, **usage)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_entry(installed, **usage)


def test_an_item_that_was_used_is_never_deleted(installed: InstalledAddOn, item: BillingItem) -> None:
    make_entry(installed, kind="usage", billing_item=item)
    with pytest.raises(ProtectedError):
        item.delete()


@pytest.mark.parametrize("price", [0, 10_000_000_001])
def test_a_price_out_of_bounds_is_refused(installed: InstalledAddOn, item: BillingItem, price: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        BillingItem.objects.filter(pk=item.pk).update(unit_price_micros=price)


def test_the_database_refuses_a_referral_of_oneself_or_a_second_one(db: None) -> None:
    account, other = make_account(), make_account()
    Referral.objects.create(account=account, referred=other)
    for referred in (account, other):
        with pytest.raises(IntegrityError), transaction.atomic():
            Referral.objects.create(account=account, referred=referred)


# --- The admin -------------------------------------------------------------------------------


def add(operator: Client, listing: Listing, **changes: str) -> Any:
    given = {
        "listing": str(listing.pk),
        "name": "Seats",
        "unit": "seat",
        "unit_price": "0.0075",
        "active": "on",
    }
    return operator.post(reverse(f"{ITEMS}_add"), {**given, **changes})


def test_an_operator_adds_an_item_with_a_decimal_price(operator: Client) -> None:
    listing = make_listing()
    assert operator.get(reverse(f"{ITEMS}_add")).status_code == 200
    assert add(operator, listing).status_code == 302
    made = BillingItem.objects.get()
    assert (made.listing, made.unit_price_micros, made.currency, made.active) == (listing, 7_500, "USD", True)
    assert operator.get(reverse(f"{ITEMS}_changelist"), {"q": made.sid}).status_code == 200


@pytest.mark.parametrize("price", ["0", "-1", "10000.000001", "0.0000001", "NaN", "1e9", ""])
def test_a_price_we_cannot_charge_is_refused_in_the_form(operator: Client, price: str) -> None:
    answer = add(operator, make_listing(), unit_price=price)
    assert answer.status_code == 200
    assert "unit_price" in answer.context["adminform"].form.errors
    assert not BillingItem.objects.exists()


def test_a_price_is_never_changed_and_an_item_is_only_renamed_or_retired(
    operator: Client, item: BillingItem
) -> None:
    path = reverse(f"{ITEMS}_change", args=[item.pk])
    assert b"0.0075" in operator.get(path).content
    changes = {"name": "People", "unit": "x", "unit_price": "1", "unit_price_micros": "1"}
    assert operator.post(path, changes).status_code == 302
    changed = BillingItem.objects.get()
    assert (changed.name, changed.active) == ("People", False)
    assert (changed.unit, changed.unit_price_micros) == ("message", 7_500)


@pytest.mark.parametrize("model", ["ledgerentry", "referral"])
def test_the_ledger_and_referrals_are_only_shown(
    operator: Client, installed: InstalledAddOn, model: str
) -> None:
    make_entry(installed)
    Referral.objects.create(account=make_account(), referred=make_account())
    assert operator.get(reverse(f"admin:billing_{model}_changelist")).status_code == 200
    assert operator.get(reverse(f"admin:billing_{model}_add")).status_code == 403
