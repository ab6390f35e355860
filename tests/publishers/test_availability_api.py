"""Our extension `Availability` of the Listing API."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Account, AuditEntry
from accounts.scopes import Scope
from accounts.services import create_api_key
from publishers import availability
from publishers.models import Listing, Publisher
from tests.conftest import api_of, basic
from tests.factories import NOBODY, make_account, make_listing

pytestmark = pytest.mark.django_db


@pytest.fixture
def publisher(account: Account) -> Publisher:
    return Publisher.objects.create(
        account=account, slug="acme", name="Acme", status=Publisher.Status.APPROVED
    )


@pytest.fixture
def listing(publisher: Publisher) -> Listing:
    return make_listing(publisher=publisher, availability="developer_preview")


def path_of(listing: Listing) -> str:
    return f"/v1/Listing/{listing.sid}/Availability"


def day(days: int) -> str:
    return (timezone.now().date() + timedelta(days=days)).isoformat()


def test_it_says_what_it_is_and_what_it_can_become(api: APIClient, listing: Listing) -> None:
    shown = api.get(path_of(listing)).json()
    assert list(shown) == [
        "listing_sid",
        "account_sid",
        "availability",
        "allowed_moves",
        "deprecated_until",
        "replacement_sid",
        "suspension_reason",
        "url",
        "links",
    ]
    assert shown["allowed_moves"] == ["coming_soon", "beta", "ga", "retired"]
    assert (shown["listing_sid"], shown["deprecated_until"]) == (listing.sid, None)
    assert api.get(shown["links"]["listing"]).status_code == 200


def test_a_publisher_moves_its_listing(api: APIClient, account: Account, listing: Listing) -> None:
    answer = api.post(path_of(listing), {"Availability": "Beta", "Reason": "ready"})
    assert (answer.status_code, answer.json()["availability"]) == (200, "beta")
    entry = AuditEntry.objects.newest_first()[0]
    assert (entry.action, entry.reason, entry.credential) == ("listing.moved", "ready", account.sid)


def test_a_publisher_deprecates_its_listing_and_takes_that_back(api: APIClient, listing: Listing) -> None:
    other = make_listing()
    given = {"DeprecatedUntil": day(3), "Replacement": other.sid}
    shown = api.post(path_of(listing), given).json()
    assert (shown["deprecated_until"], shown["replacement_sid"]) == (day(3), other.sid)
    assert api.post(path_of(listing), {"DeprecatedUntil": ""}).json()["replacement_sid"] is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Invalid Availability: give either"),
        ({"Availability": "ga", "DeprecatedUntil": "2030-01-01"}, "Invalid Availability: give either"),
        ({"Availability": "ga", "Replacement": f"XB{'0' * 32}"}, "Invalid Replacement: it is given together"),
        ({"Availability": "suspended"}, "Invalid Availability: must be coming_soon or"),
        ({"Availability": "developer_preview"}, "Invalid Availability: the listing is “Developer preview”"),
        ({"Availability": "ga\0"}, "Invalid Availability: must be"),
        ({"DeprecatedUntil": "tomorrow"}, "Invalid DeprecatedUntil: must be a day"),
        ({"DeprecatedUntil": "2020-01-01"}, "Invalid DeprecatedUntil: give a day from"),
        ({"DeprecatedUntil": ""}, "Invalid DeprecatedUntil: the listing is not deprecated"),
        ({"Availability": "ga", "Reason": "x" * 2001}, "Invalid Reason: must have at most"),
        ({"Availability": "ga", "Reason": "\0"}, "Invalid Reason: must not contain NUL"),
    ],
    ids=[
        "nothing",
        "both",
        "replacement alone",
        "operators move",
        "no move",
        "NUL",
        "no day",
        "past",
        "not deprecated",
        "long",
        "NUL in reason",
    ],
)
def test_each_refusal_says_what_is_wrong(
    api: APIClient, listing: Listing, given: dict[str, Any], message: str
) -> None:
    answer = api.post(path_of(listing), given)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert answer.json()["message"].startswith(message)
    assert Listing.objects.get(pk=listing.pk).availability == "developer_preview"


def test_a_replacement_that_the_caller_cannot_see_is_like_none(api: APIClient, listing: Listing) -> None:
    hidden, absent = make_listing(availability="developer_preview").sid, f"XB{'0' * 32}"
    answers = [
        api.post(path_of(listing), {"DeprecatedUntil": day(3), "Replacement": sid}).json()
        for sid in (hidden, absent)
    ]
    assert answers[0] == answers[1]
    assert answers[0]["message"].startswith("Invalid Replacement: name a listing that everybody sees")


def test_the_publisher_reads_why_it_is_suspended(api: APIClient, listing: Listing) -> None:
    availability.suspend(listing=listing, reason="It leaks.", actor=NOBODY)
    shown = api.get(path_of(listing)).json()
    assert (shown["allowed_moves"], shown["suspension_reason"]) == ([], "It leaks.")


def test_another_account_finds_nothing_also_when_the_listing_is_public(listing: Listing) -> None:
    Listing.objects.update(availability="ga")
    stranger = api_of(make_account())
    assert stranger.get(path_of(listing)).status_code == 404
    assert stranger.post(path_of(listing), {"Availability": "retired"}).status_code == 404


@pytest.mark.parametrize("scope", [Scope.MARKETPLACE, Scope.READ])
def test_a_key_needs_the_scope_of_publishing(account: Account, listing: Listing, scope: str) -> None:
    key, secret = create_api_key(account=account, friendly_name="key", scope=scope)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=basic(key.sid, secret))
    assert client.post(path_of(listing), {"Availability": "ga"}).status_code == 403


def test_with_a_key_a_move_happens_once(api: APIClient, listing: Listing) -> None:
    first, second = (
        api.post(path_of(listing), {"Availability": "ga"}, headers={"Idempotency-Key": "a"}) for _ in range(2)
    )
    assert first.json() == second.json()
    assert AuditEntry.objects.filter(action="listing.moved").count() == 1
