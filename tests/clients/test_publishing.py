"""The official Python client in a publisher's hands: listings, usage and referrals.

This release sends the blocks of a listing as they come, so the caller writes the JSON text.
"""

import json
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from accounts.models import Account
from billing.models import BillingItem
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from tests.factories import make_account, make_listing

UNKNOWN_ITEM = "BI" + "0" * 32
BLOCKS = {
    "module_info": {
        "name": "Facts",
        "short_description": "Facts about a number.",
        "tagline": "All of them",
        "tag": "facts",
        "logo_bg_color_hex": "#102030",
    },
    "description": {"body": "# Facts", "highlights": [{"title": "Quick", "description": "Very."}]},
    "documentation": {"body": "Send a number."},
    "policies": {
        "legal": "https://northwind.example/legal",
        "privacy": "[ours](https://northwind.example/p)",
    },
    "support": {"customer_support_email": "help@northwind.example", "support_description": "By day."},
    "configuration": {"buttons": [{"url": "https://northwind.example/", "label": "Open", "help_text": "Us"}]},
    "pricing": {"body": "Free for all."},
}


def test_module_data_lists_the_callers_listings(seller: Client, client: Client, listing: Listing) -> None:
    make_listing()
    (row,) = seller.marketplace.v1.module_data.fetch().listings
    assert (row["sid"], row["name"]) == (listing.sid, "Facts")
    assert client.marketplace.v1.module_data.fetch().listings == []


def test_module_data_creates_a_listing(seller: Client, listing: Listing) -> None:
    made = seller.marketplace.v1.module_data.create(
        module_info=json.dumps({"name": "Second", "tagline": "Once more"}),
        configuration=json.dumps(BLOCKS["configuration"]),
    )
    assert made.sid.startswith("XB")
    assert made.sid != listing.sid
    assert made.url.endswith(f"/v1/Listing/{made.sid}")
    assert made.module_info["name"] == "Second"
    assert made.configuration == BLOCKS["configuration"]
    listed = seller.marketplace.v1.module_data.fetch().listings
    assert {row["sid"] for row in listed} == {made.sid, listing.sid}
    assert (
        seller.marketplace.v1.module_data_management(made.sid).fetch().module_info["tagline"] == "Once more"
    )


def test_module_data_management_reads_a_public_listing(client: Client, listing: Listing) -> None:
    fetched = client.marketplace.v1.module_data_management(listing.sid).fetch()
    assert (fetched.sid, fetched.module_info["name"]) == (listing.sid, "Facts")
    assert fetched.url.endswith(f"/v1/Listing/{listing.sid}")
    assert fetched.policies["legal"] == "Be nice."


@pytest.mark.parametrize("block", list(BLOCKS))
def test_module_data_management_replaces_one_block(seller: Client, listing: Listing, block: str) -> None:
    management = seller.marketplace.v1.module_data_management(listing.sid)
    before = management.fetch()
    updated = management.update(**{block: json.dumps(BLOCKS[block])})
    assert getattr(updated, block) == BLOCKS[block]
    for other in set(BLOCKS) - {block}:
        assert getattr(updated, other) == getattr(before, other)
    again = management.update(**{block: json.dumps(BLOCKS[block])})
    assert getattr(again, block) == BLOCKS[block]


def test_another_accounts_listing_cannot_be_updated(client: Client, listing: Listing) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.marketplace.v1.module_data_management(listing.sid).update(pricing=json.dumps({"body": "Mine"}))
    assert (refused.value.status, refused.value.code) == (403, 20403)


def test_anothers_hidden_listing_is_unknown(client: Client, base_url: str) -> None:
    hidden = make_listing(availability="developer_preview")
    with pytest.raises(TwilioRestException) as refused:
        client.marketplace.v1.module_data_management(hidden.sid).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def usage_of(client: Client, installed_sid: str, *items: dict[str, Any]) -> Any:
    """Report usage in the client's own classes, which send their read-only fields as null."""
    usage = client.marketplace.v1.installed_add_ons(installed_sid).usage
    return usage.create(usage.MarketplaceV1InstalledAddOnInstalledAddOnUsage({"billable_items": list(items)}))


def test_usage_is_summed(seller: Client, installed: InstalledAddOn, billing_item: BillingItem) -> None:
    answer = usage_of(
        seller,
        installed.sid,
        {"sid": billing_item.sid, "quantity": 12.355},
        {"sid": UNKNOWN_ITEM, "quantity": 100},
        {"sid": billing_item.sid, "quantity": 2},
    )
    assert float(answer.total_submitted) == 14.355
    assert answer.billable_items == [
        {"sid": billing_item.sid, "quantity": 12.355, "submitted": True},
        {"sid": UNKNOWN_ITEM, "quantity": 100, "submitted": False},
        {"sid": billing_item.sid, "quantity": 2, "submitted": True},
    ]


@pytest.mark.parametrize("quantity", [0, -1, None, "", "1"])
def test_a_quantity_is_above_zero(
    seller: Client, installed: InstalledAddOn, billing_item: BillingItem, quantity: Any
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        usage_of(seller, installed.sid, {"sid": billing_item.sid, "quantity": quantity})
    assert (refused.value.status, refused.value.code) == (400, 20001)


def test_usage_needs_a_price_list(seller: Client, installed: InstalledAddOn) -> None:
    with pytest.raises(TwilioRestException) as refused:
        usage_of(seller, installed.sid, {"sid": UNKNOWN_ITEM, "quantity": 1})
    assert (refused.value.status, refused.value.code) == (403, 20403)


def test_usage_is_not_for_the_customer(
    client: Client, installed: InstalledAddOn, billing_item: BillingItem
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        usage_of(client, installed.sid, {"sid": billing_item.sid, "quantity": 1.5})
    assert (refused.value.status, refused.value.code) == (403, 20403)


def test_usage_of_an_unknown_install_is_not_found(seller: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        usage_of(seller, "XE" + "0" * 32, {"sid": UNKNOWN_ITEM, "quantity": 1.5})
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_referral_conversion(seller: Client, account: Account) -> None:
    referrals = seller.marketplace.v1.referral_conversion
    for _ in range(2):
        converted = referrals.create(
            referrals.CreateReferralConversionRequest({"referral_account_sid": account.sid})
        )
        assert converted.converted_account_sid == account.sid


def test_a_referral_of_an_unknown_account_is_refused(seller: Client) -> None:
    referrals = seller.marketplace.v1.referral_conversion
    unknown = make_account().sid[:-4] + "0000"
    with pytest.raises(TwilioRestException) as refused:
        referrals.create(referrals.CreateReferralConversionRequest({"referral_account_sid": unknown}))
    assert refused.value.status == 400
