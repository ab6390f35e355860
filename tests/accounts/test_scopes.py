"""What an API key that is limited may do, and what it is told otherwise."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from accounts.scopes import Scope
from accounts.services import OperatorsOnly, create_api_key
from marketplace.models import InstalledAddOn
from tests.conftest import basic
from tests.factories import make_install, make_listing, make_publisher, make_user


def api_with(account: Account, scope: str, **maker: Any) -> APIClient:
    key, secret = create_api_key(
        account=account, friendly_name="limited", scope=scope, created_by=make_user(account, **maker)
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=basic(key.sid, secret))
    return client


def lacks(answer: Any, scope: str) -> bool:
    body = answer.json()
    expected = (403, 20403, f"Forbidden: this API key lacks the scope {scope}")
    return bool((answer.status_code, body["code"], body["message"]) == expected)


def test_a_key_for_everything_reads_and_writes(account: Account) -> None:
    api = api_with(account, Scope.FULL)
    installed = make_install(account)
    assert api.get("/v1/InstalledAddOns").status_code == 200
    assert api.delete(f"/v1/InstalledAddOns/{installed.sid}").status_code == 204


def test_a_key_for_reading_changes_nothing_and_spends_nothing(account: Account) -> None:
    api = api_with(account, Scope.READ)
    installed = make_install(account, enabled=["lookup-api"])
    assert api.get(f"/v1/InstalledAddOns/{installed.sid}").status_code == 200
    assert lacks(api.post(f"/v1/InstalledAddOns/{installed.sid}", {"UniqueName": "x"}), "marketplace")
    assert lacks(api.delete(f"/v1/InstalledAddOns/{installed.sid}"), "marketplace")
    assert lacks(api.get("/v1/PhoneNumbers/+14155552671", {"AddOns": installed.unique_name}), "marketplace")
    assert InstalledAddOn.objects.live().get().unique_name == installed.unique_name


def test_a_key_for_publishing_does_not_reach_installs(account: Account) -> None:
    api = api_with(account, Scope.PUBLISHING)
    assert lacks(api.get("/v1/InstalledAddOns"), "marketplace")
    assert lacks(api.post("/v1/InstalledAddOns"), "marketplace")
    assert api.get("/v1/Listings").status_code == 200


def test_a_key_for_the_marketplace_does_not_publish(account: Account) -> None:
    api = api_with(account, Scope.MARKETPLACE)
    listing = make_listing()
    assert api.get("/v1/AvailableAddOns").status_code == 200
    assert lacks(api.get("/v1/Listings"), "publishing")
    assert lacks(api.post(f"/v1/Listing/{listing.sid}", {"Pricing": "{}"}), "publishing")


def test_an_operators_key_reads_but_installs_nothing(account: Account) -> None:
    api = api_with(account, Scope.OPERATE, is_staff=True)
    assert api.get("/v1/InstalledAddOns").status_code == 200
    assert lacks(api.post("/v1/InstalledAddOns"), "marketplace")


def test_only_an_operator_makes_a_key_for_operating(account: Account) -> None:
    with pytest.raises(OperatorsOnly):
        create_api_key(account=account, friendly_name="x", scope=Scope.OPERATE, created_by=make_user(account))


def test_the_auth_token_is_not_limited(api: APIClient) -> None:
    assert api.get("/v1/InstalledAddOns").status_code == 200
    assert api.get("/v1/Listings").status_code == 200


def test_an_operators_key_publishes_nothing_of_its_own_account(account: Account) -> None:
    publisher = make_publisher()
    api = api_with(publisher.account, Scope.OPERATE, is_staff=True)
    listing = make_listing(publisher=publisher)
    assert lacks(api.post("/v1/Listings"), "publishing")
    assert lacks(api.post(f"/v1/Listing/{listing.sid}", {"Pricing": "{}"}), "publishing")
    assert lacks(api.post(f"/v1/InstalledAddOns/{make_install(account, listing).sid}/Usage"), "publishing")
    assert api.get(f"/v1/Listing/{listing.sid}/BillingItems").status_code == 200
