"""Usage that publishers report: what is charged, and who may report (contract 3.5, 14)."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts import services as accounts
from accounts.models import Account
from accounts.scopes import Scope
from billing.models import BillingItem, LedgerEntry
from billing.quantities import MAX_ITEMS
from marketplace import services as marketplace
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from tests.billing.reporting import error_of, make_item, report, send
from tests.conftest import api_of, basic
from tests.factories import make_account, make_listing


def set_state(installed: InstalledAddOn, state: str) -> None:
    Listing.objects.filter(pk=installed.listing.pk).update(availability=state)


# --- What is charged -------------------------------------------------------------------------


def test_a_report_answers_202_with_what_was_submitted(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem
) -> None:
    unknown = "BI" + "a" * 32
    answer = report(publisher, installed, (unknown, 12.355), (item.sid, 44.02))
    assert answer.status_code == 202
    assert answer.content == (
        b'{"total_submitted":44.02,"billable_items":['
        b'{"sid":"%s","quantity":12.355,"submitted":false},'
        b'{"sid":"%s","quantity":44.02,"submitted":true}]}' % (unknown.encode(), item.sid.encode())
    )


def test_a_submitted_item_is_one_ledger_entry_from_the_customer_to_the_publisher(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem
) -> None:
    report(publisher, installed, (item.sid, 44.02))
    entry = LedgerEntry.objects.get()
    assert (entry.payer, entry.payee) == (installed.account, installed.listing.publisher.account)
    assert (entry.kind, entry.billing_item, entry.installed_add_on) == ("usage", item, installed)
    assert (entry.version, entry.extension, entry.currency) == (installed.version, "", "USD")
    assert (entry.quantity, entry.quantity_millionths, str(entry.exact_quantity)) == (44, 20_000, "44.02")
    assert (entry.unit_price_micros, entry.amount_micros) == (7_500, 330_150)
    assert entry.request_sid.startswith("UE")


def test_the_same_item_twice_in_a_report_counts_twice(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem
) -> None:
    answer = report(publisher, installed, (item.sid, 0.1), ("BI" + item.sid[2:].upper(), 0.2))
    assert answer.json()["total_submitted"] == 0.3
    assert [row["sid"] for row in answer.json()["billable_items"]] == [item.sid, item.sid]
    assert LedgerEntry.objects.values("request_sid").distinct().count() == 2


def test_an_item_of_another_listing_or_an_inactive_one_counts_as_unknown(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem
) -> None:
    same_publisher = make_item(make_listing(publisher=installed.listing.publisher))
    inactive = make_item(installed.listing, active=False)
    body = report(publisher, installed, (same_publisher.sid, 1), (inactive.sid, 2)).json()
    assert [row["submitted"] for row in body["billable_items"]] == [False, False]
    assert body["total_submitted"] == 0
    assert not LedgerEntry.objects.exists()


def test_every_digit_of_a_large_report_survives(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem
) -> None:
    BillingItem.objects.filter(pk=item.pk).update(unit_price_micros=10_000_000_000)
    answer = report(publisher, installed, *[(item.sid, 999_999.999999)] * MAX_ITEMS)
    assert b'"total_submitted":99999999.9999,' in answer.content
    assert {entry.amount_micros for entry in LedgerEntry.objects.all()} == {9_999_999_999_990_000}
    assert report(publisher, installed, (item.sid, 1_000_000)).status_code == 202
    assert LedgerEntry.objects.latest("pk").amount_micros == 10**16


@pytest.mark.parametrize(
    ("quantity", "written"),
    [
        ("1", b"1"),
        ("1.0", b"1"),
        ("2e0", b"2"),
        ("0.000001", b"1e-6"),
        ("1.5000000000000", b"1.5"),
        ("1" + "." + "0" * 30_000, b"1"),
    ],
)
def test_a_quantity_is_answered_as_the_number_it_is(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem, quantity: str, written: bytes
) -> None:
    answer = send(
        publisher, installed, f'{{"billable_items":[{{"sid":"{item.sid}","quantity":{quantity}}}]}}'
    )
    assert answer.status_code == 202
    assert answer.content.startswith(b'{"total_submitted":' + written + b",")


def test_unknown_keys_are_ignored(publisher: APIClient, installed: InstalledAddOn, item: BillingItem) -> None:
    row = {"sid": item.sid, "quantity": 1, "submitted": None, "more": {"a": []}}
    assert send(publisher, installed, {"billable_items": [row], "note": "\x00"}).status_code == 202


def test_an_idempotency_key_makes_a_repeated_report_one_charge(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem
) -> None:
    first, again = (
        report(publisher, installed, (item.sid, 12.355), **{"Idempotency-Key": "1"}) for _ in range(2)
    )
    assert (first.status_code, again.status_code, first.content) == (202, 202, again.content)
    assert LedgerEntry.objects.count() == 1


def test_a_report_is_stored_as_a_whole_or_not_at_all(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing.services.new_sid", lambda prefix: prefix + "0" * 32)
    publisher.raise_request_exception = False
    assert report(publisher, installed, (item.sid, 1), (item.sid, 1)).status_code == 500
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("state", ["coming_soon", "developer_preview", "beta", "ga"])
def test_usage_is_reported_in_every_announced_state(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem, state: str
) -> None:
    set_state(installed, state)
    assert report(publisher, installed, (item.sid, 1)).status_code == 202


def test_a_report_of_many_items_costs_as_many_queries_as_one(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(6):
        report(publisher, installed, *[(item.sid, 1)] * 50)


# --- Who may report --------------------------------------------------------------------------


def test_an_unknown_or_uninstalled_add_on_is_404(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem
) -> None:
    marketplace.uninstall(installed=installed)
    for sid in (installed.sid, "XE" + "0" * 32):
        message = f"The requested resource /InstalledAddOns/{sid}/Usage was not found"
        assert error_of(report(publisher, sid, (item.sid, 1))) == (404, 20404, message)
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("state", ["beta", "ga", "retired"])
def test_another_account_than_the_publisher_is_403(
    installed: InstalledAddOn, item: BillingItem, state: str
) -> None:
    set_state(installed, state)
    expected = (403, 20403, "Forbidden: only the publisher of this add-on reports its usage")
    for account in (installed.account, make_account(), make_listing().publisher.account):
        assert error_of(report(api_of(account), installed, (item.sid, 1))) == expected
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("state", ["draft", "in_review", "coming_soon", "developer_preview", "suspended"])
def test_what_the_api_does_not_show_is_404_for_others_like_an_unknown_one(
    installed: InstalledAddOn, item: BillingItem, state: str
) -> None:
    set_state(installed, state)
    unknown = "XE" + "0" * 32
    for account in (installed.account, make_account()):
        seen = report(api_of(account), installed, (item.sid, 1))
        assert seen.status_code == 404
        expected = report(api_of(account), unknown, (item.sid, 1)).content
        assert seen.content.replace(installed.sid.encode(), unknown.encode()) == expected


def test_a_listing_without_active_items_is_403(publisher: APIClient, installed: InstalledAddOn) -> None:
    item = make_item(installed.listing, active=False)
    expected = (403, 20403, "Forbidden: this add-on is not set up for manual usage reporting")
    assert error_of(report(publisher, installed, (item.sid, 1))) == expected


@pytest.mark.parametrize(
    ("state", "label"),
    [("draft", "Draft"), ("in_review", "In review"), ("retired", "Retired"), ("suspended", "Suspended")],
)
def test_a_listing_in_another_state_is_403(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem, state: str, label: str
) -> None:
    set_state(installed, state)
    message = f"Forbidden: usage of a listing in the state {label} cannot be reported"
    assert error_of(report(publisher, installed, (item.sid, 1))) == (403, 20403, message)
    assert not LedgerEntry.objects.exists()


def test_a_refusal_is_one_warning_with_ids_and_code(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem, caplog: pytest.LogCaptureFixture
) -> None:
    report(publisher, installed, (item.sid, 0))
    reporter = installed.listing.publisher.account.sid
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("WARNING", f"usage of {installed.sid} refused to {reporter}: 400 20001")
    ]


def test_a_stranger_without_credentials_is_401_and_not_logged(
    installed: InstalledAddOn, caplog: pytest.LogCaptureFixture
) -> None:
    assert report(APIClient(), installed, ("BI" + "a" * 32, 1)).status_code == 401
    suspended = make_account()
    Account.objects.filter(pk=suspended.pk).update(status="suspended")
    assert report(api_of(suspended), installed, ("BI" + "a" * 32, 1)).json()["code"] == 20005
    assert not caplog.records


@pytest.mark.parametrize(
    ("scope", "reported", "listed"),
    [
        (Scope.PUBLISHING, 202, 200),
        (Scope.MARKETPLACE, 403, 403),
        (Scope.READ, 403, 200),
        (Scope.FULL, 202, 200),
    ],
)
def test_a_key_needs_the_scope_publishing(
    installed: InstalledAddOn, item: BillingItem, scope: Scope, reported: int, listed: int
) -> None:
    account = installed.listing.publisher.account
    key, secret = accounts.create_api_key(account=account, friendly_name="key", scope=scope)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=basic(key.sid, secret))
    assert report(client, installed, (item.sid, 1)).status_code == reported
    assert client.get(f"/v1/Listing/{installed.listing.sid}/BillingItems").status_code == listed


def test_an_operator_reads_the_exact_quantity_in_the_ledger(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem, admin_client: Client
) -> None:
    report(publisher, installed, (item.sid, 44.02))
    assert "44.02" in admin_client.get("/admin/billing/ledgerentry/").content.decode()
