"""The deprecated preview mirror: the same shapes under its own URLs (contract 3.9)."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from tests.factories import make_install, make_listing


@pytest.fixture(autouse=True)
def hosts(settings: Any) -> None:
    settings.API_URLS = {"marketplace": "https://marketplace.example", "preview": "https://preview.example"}


def mirrored(text: str) -> str:
    return text.replace("https://marketplace.example/v1/", "https://preview.example/marketplace/")


def test_every_resource_differs_in_its_urls_only(api: APIClient, account: Account) -> None:
    installed = make_install(account)
    point = installed.listing.extensions.get(unique_name="lookup-api").sid
    listing, install = f"AvailableAddOns/{installed.listing.sid}", f"InstalledAddOns/{installed.sid}"
    paths = ["AvailableAddOns", listing, f"{listing}/Extensions", f"{listing}/Extensions/{point}"]
    paths += ["InstalledAddOns", install, f"{install}/Extensions", f"{install}/Extensions/{point}"]
    for path in paths:
        now, preview = api.get(f"/v1/{path}"), api.get(f"/marketplace/{path}")
        assert (now.status_code, preview.status_code) == (200, 200)
        assert preview.content.decode() == mirrored(now.content.decode())
        assert "https://preview.example/marketplace/" in preview.content.decode()


def test_it_writes_too(api: APIClient) -> None:
    listing = make_listing()
    made = api.post(
        "/marketplace/InstalledAddOns", {"AvailableAddOnSid": listing.sid, "AcceptTermsOfService": "true"}
    )
    assert made.status_code == 201
    path = f"/marketplace/InstalledAddOns/{made.json()['sid']}"
    assert made.json()["url"] == f"https://preview.example{path}"
    assert api.post(path, {"UniqueName": "renamed"}).json()["unique_name"] == "renamed"
    assert api.delete(path).status_code == 204


def test_it_says_that_it_is_deprecated_and_what_comes_after_it(api: APIClient) -> None:
    for path in ("/marketplace/InstalledAddOns", "/marketplace/InstalledAddOns/XE" + "0" * 32):
        answer = api.get(path)
        assert answer["Deprecation"].startswith("@")
        successor = path.replace("/marketplace/", "https://marketplace.example/v1/")
        assert answer["Link"] == f'<{successor}>; rel="successor-version"'
    assert "Deprecation" not in api.get("/v1/InstalledAddOns")


@pytest.mark.parametrize("path", ["Listings", "Listing/XB" + "0" * 32, "ReferralConversion"])
def test_what_needs_no_mirror_has_none(api: APIClient, path: str) -> None:
    assert api.get(f"/marketplace/{path}").status_code == 404
