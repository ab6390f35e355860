"""Pages of the product APIs (contract 2.6)."""

from urllib.parse import urlsplit

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from tests.factories import make_install, make_listing

URL = "/v1/InstalledAddOns"


@pytest.fixture
def installs(account: Account) -> list[str]:
    """Five installs, newest first, as their SIDs."""
    listing = make_listing()
    return [make_install(account, listing).sid for _ in range(5)][::-1]


def sids(page: dict) -> list[str]:  # type: ignore[type-arg]
    return [row["sid"] for row in page["installed_add_ons"]]


def follow(api: APIClient, url: str) -> dict:  # type: ignore[type-arg]
    parts = urlsplit(url)
    return dict(api.get(f"{parts.path}?{parts.query}").json())


def test_an_empty_list_is_one_page_with_no_neighbours(api: APIClient) -> None:
    page = api.get(URL).json()
    assert page == {
        "installed_add_ons": [],
        "meta": {
            "page": 0,
            "page_size": 50,
            "first_page_url": "http://127.0.0.1:8000/v1/InstalledAddOns?PageSize=50&Page=0",
            "previous_page_url": None,
            "url": "http://127.0.0.1:8000/v1/InstalledAddOns?PageSize=50&Page=0",
            "next_page_url": None,
            "key": "installed_add_ons",
        },
    }
    assert list(page) == ["installed_add_ons", "meta"]


def test_links_lead_through_every_row_and_back(api: APIClient, installs: list[str]) -> None:
    first = api.get(URL, {"PageSize": 2}).json()
    second = follow(api, first["meta"]["next_page_url"])
    third = follow(api, second["meta"]["next_page_url"])
    assert sids(first) + sids(second) + sids(third) == installs
    assert third["meta"]["next_page_url"] is None
    assert [page["meta"]["page"] for page in (first, second, third)] == [0, 1, 2]
    back = follow(api, third["meta"]["previous_page_url"])
    assert sids(back) == sids(second)
    assert sids(follow(api, back["meta"]["previous_page_url"])) == sids(first)


def test_a_pages_own_url_shows_the_same_page(api: APIClient, installs: list[str]) -> None:
    second = follow(api, api.get(URL, {"PageSize": 2}).json()["meta"]["next_page_url"])
    assert sids(follow(api, second["meta"]["url"])) == sids(second)


def test_rows_added_and_removed_between_pages_neither_repeat_nor_hide_others(
    api: APIClient, account: Account, installs: list[str]
) -> None:
    first = api.get(URL, {"PageSize": 2}).json()
    make_install(account)
    api.delete(f"{URL}/{installs[1]}")
    assert sids(follow(api, first["meta"]["next_page_url"])) == installs[2:4]


def test_a_page_number_alone_counts_pages(api: APIClient, installs: list[str]) -> None:
    assert sids(api.get(URL, {"PageSize": 2, "Page": 2}).json()) == installs[4:]


def test_a_page_beyond_the_end_is_empty(api: APIClient, installs: list[str]) -> None:
    page = api.get(URL, {"Page": 7}).json()
    assert (sids(page), page["meta"]["next_page_url"]) == ([], None)
    assert follow(api, page["meta"]["previous_page_url"])["meta"]["page"] == 6


def test_a_page_size_above_a_thousand_is_a_thousand(api: APIClient) -> None:
    for size in ("5000", "9" * 20, "9" * 5000):
        assert api.get(URL, {"PageSize": size}).json()["meta"]["page_size"] == 1000
    assert api.get(URL, {"Page": "9" * 20}).json()["installed_add_ons"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PageSize", "0"),
        ("PageSize", "-1"),
        ("PageSize", "many"),
        ("PageSize", ""),
        ("Page", "-1"),
        ("Page", "9" * 40 + "x"),
    ],
)
def test_an_unreadable_number_is_400_with_its_name(api: APIClient, name: str, value: str) -> None:
    answer = api.get(URL, {name: value})
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert answer.json()["message"].startswith(f"Invalid {name}: ")


@pytest.mark.parametrize(
    "token", ["x", "PAx", "PA' OR 1=1", "PCXE" + "0" * 32, "PAXB" + "0" * 32, "PAXZ" + "f" * 32]
)
def test_an_unreadable_token_is_400(api: APIClient, token: str) -> None:
    answer = api.get(URL, {"PageToken": token})
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "Invalid PageToken: use the token of a page link",
    )


def test_a_token_in_capitals_is_the_same_token(api: APIClient, installs: list[str]) -> None:
    token = "PA" + installs[1][:2] + installs[1][2:].upper()
    assert sids(api.get(f"{URL}?PageSize=2&PageToken={token}").json()) == installs[2:4]
