"""`ETag` and 304, and what the preview mirror adds."""

from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Account
from tests.factories import make_install

URL = "/v1/InstalledAddOns"


def test_an_answer_the_caller_has_already_is_304_and_empty(api: APIClient, account: Account) -> None:
    make_install(account)
    first = api.get(URL)
    again = api.get(URL, headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert (again["ETag"], again["Cache-Control"]) == (first["ETag"], "private, no-cache")


def test_a_change_makes_another_etag(api: APIClient, account: Account) -> None:
    before = api.get(URL)["ETag"]
    make_install(account)
    assert api.get(URL, headers={"If-None-Match": before}).status_code == 200


def test_writes_and_refusals_have_no_etag(api: APIClient) -> None:
    assert "ETag" not in api.post(URL)
    assert "ETag" not in api.get(f"{URL}/XE{'0' * 32}")


def test_the_pages_of_the_console_are_left_alone(console: Client) -> None:
    assert "ETag" not in console.get("/console/installed/")


def test_a_304_of_the_preview_mirror_says_too_that_it_is_deprecated(api: APIClient) -> None:
    path = "/marketplace/InstalledAddOns"
    again = api.get(path, headers={"If-None-Match": api.get(path)["ETag"]})
    assert again.status_code == 304
    assert again["Deprecation"].startswith("@")
    assert "successor-version" in again["Link"]


def test_a_lookup_costs_money_and_is_never_answered_by_304(api: APIClient) -> None:
    path = "/v1/PhoneNumbers/+14155552671"
    answer = api.get(path, headers={"If-None-Match": "*"})
    assert (answer.status_code, answer["Cache-Control"], "ETag" in answer) == (
        200,
        "private, no-store",
        False,
    )
