"""The price list of a listing, as its publisher reads it."""

from typing import Any

from rest_framework.test import APIClient

from billing.models import BillingItem
from marketplace.models import InstalledAddOn
from tests.billing.reporting import make_item
from tests.conftest import api_of
from tests.factories import make_listing

BASE = "http://127.0.0.1:8000/v1"


def test_a_publisher_finds_the_items_of_a_listing(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem
) -> None:
    make_item(installed.listing, active=False)
    make_item(make_listing(publisher=installed.listing.publisher))
    body = publisher.get(f"/v1/Listing/{installed.listing.sid}/BillingItems").json()
    assert list(body) == ["billing_items", "meta"]
    assert [list(row.items()) for row in body["billing_items"]] == [
        [
            ("sid", item.sid),
            ("listing_sid", installed.listing.sid),
            ("friendly_name", "Messages"),
            ("unit", "message"),
            ("unit_price", "0.0075"),
            ("currency", "USD"),
            ("date_created", body["billing_items"][0]["date_created"]),
        ]
    ]


def test_a_price_of_thousands_is_plain_text(publisher: APIClient, installed: InstalledAddOn) -> None:
    make_item(installed.listing, unit_price_micros=1_234_500_001)
    body = publisher.get(f"/v1/Listing/{installed.listing.sid}/BillingItems").json()
    assert body["billing_items"][0]["unit_price"] == "1234.500001"


def test_the_price_list_is_paged(publisher: APIClient, installed: InstalledAddOn) -> None:
    newest_first = [make_item(installed.listing).sid for _ in range(3)][::-1]
    page = publisher.get(f"/v1/Listing/{installed.listing.sid}/BillingItems?PageSize=2").json()
    rest = publisher.get(page["meta"]["next_page_url"]).json()
    assert [row["sid"] for row in page["billing_items"] + rest["billing_items"]] == newest_first
    assert page["meta"]["url"].startswith(f"{BASE}/Listing/{installed.listing.sid}/BillingItems?")


def test_the_price_list_of_another_publisher_is_404_like_an_unknown_one(
    installed: InstalledAddOn, item: BillingItem
) -> None:
    unknown = "XB" + "0" * 32
    for account in (installed.account, make_listing().publisher.account):
        seen = api_of(account).get(f"/v1/Listing/{installed.listing.sid}/BillingItems")
        assert seen.status_code == 404
        expected = api_of(account).get(f"/v1/Listing/{unknown}/BillingItems").content
        assert seen.content.replace(installed.listing.sid.encode(), unknown.encode()) == expected


def test_a_long_price_list_costs_as_many_queries_as_a_short_one(
    publisher: APIClient, installed: InstalledAddOn, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        make_item(installed.listing)
    with django_assert_max_num_queries(3):
        publisher.get(f"/v1/Listing/{installed.listing.sid}/BillingItems")


def test_a_price_list_is_not_written_by_the_api(publisher: APIClient, installed: InstalledAddOn) -> None:
    answer = publisher.post(f"/v1/Listing/{installed.listing.sid}/BillingItems")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
