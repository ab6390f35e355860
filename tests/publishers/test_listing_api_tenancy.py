"""Listings by REST: whose they are, and what happens at the same moment."""

import json

import pytest
from rest_framework.test import APIClient

from publishers import listing_services
from publishers.models import Listing, Publisher
from tests.conftest import api_of
from tests.factories import NOBODY, make_account, make_listing, make_publisher
from tests.publishers.publishing import NAMED, error_of, operator_api, update_listing


@pytest.fixture
def listing(publisher: Publisher) -> Listing:
    return make_listing(publisher=publisher)


@pytest.mark.parametrize("state", ["beta", "ga"])
def test_a_public_listing_is_read_by_anyone_and_changed_by_its_publisher(db: None, state: str) -> None:
    theirs = make_listing(availability=state)
    stranger = api_of(make_account())
    assert stranger.get(f"/v1/Listing/{theirs.sid}").json()["sid"] == theirs.sid
    assert error_of(update_listing(stranger, theirs, Pricing={"body": "Free!"})) == (
        403,
        20403,
        "Forbidden: only its publisher can change this listing",
    )
    theirs.refresh_from_db()
    assert theirs.pricing == {}


@pytest.mark.parametrize("state", ["coming_soon", "developer_preview", "retired", "draft"])
def test_any_other_foreign_listing_is_as_unknown_as_none(db: None, state: str) -> None:
    theirs, none = make_listing(availability=state), "XB" + "0" * 32
    stranger = api_of(make_publisher().account)
    for method in ("get", "post"):
        foreign = getattr(stranger, method)(f"/v1/Listing/{theirs.sid}")
        unknown = getattr(stranger, method)(f"/v1/Listing/{none}")
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.content == unknown.content.replace(none.encode(), theirs.sid.encode())
    assert api_of(theirs.publisher.account).get(f"/v1/Listing/{theirs.sid}").status_code == 200


@pytest.mark.parametrize("state", ["coming_soon", "draft", "ga"])
def test_an_operator_reads_every_listing_and_writes_none(db: None, state: str) -> None:
    theirs = make_listing(availability=state)
    api = operator_api()
    assert api.get(f"/v1/Listing/{theirs.sid}").status_code == 200
    assert update_listing(api, theirs, Pricing={"body": "x"}).status_code == 403
    assert api.get("/v1/Listings").json() == {"listings": []}


def test_a_sid_in_capitals_is_the_same_listing(api: APIClient, listing: Listing) -> None:
    assert api.get(f"/v1/Listing/XB{listing.sid[2:].upper()}").json()["sid"] == listing.sid


@pytest.mark.parametrize("method", ["delete", "put", "patch"])
def test_a_listing_is_neither_deleted_nor_put(api: APIClient, listing: Listing, method: str) -> None:
    answer = getattr(api, method)(f"/v1/Listing/{listing.sid}")
    assert (answer.status_code, answer.json()["code"]) == (405, 20004)
    assert {"GET", "POST"} <= {name.strip() for name in answer.headers["Allow"].split(",")}


def test_no_credential_leaves(publisher: Publisher) -> None:
    listing = make_listing(publisher=publisher, credentials={"service_key": "canary"})
    assert b"canary" not in api_of(publisher.account).get(f"/v1/Listing/{listing.sid}").content


# --- At the same moment ----------------------------------------------------------------------


def test_updates_of_different_blocks_do_not_undo_each_other(publisher: Publisher, listing: Listing) -> None:
    one, other = (Listing.objects.select_related("publisher").get(pk=listing.pk) for _ in range(2))
    account = publisher.account
    listing_services.update_listing(
        listing=one, account=account, blocks={"pricing": {"body": "New"}}, actor=NOBODY
    )
    after = listing_services.update_listing(
        listing=other, account=account, blocks={"support": {}}, actor=NOBODY
    )
    assert after.pricing == Listing.objects.get(pk=listing.pk).pricing == {"body": "New"}


def test_an_update_keeps_a_suspension_that_came_meanwhile(publisher: Publisher, listing: Listing) -> None:
    Listing.objects.filter(pk=listing.pk).update(availability="suspended")
    blocks = {"pricing": {"body": "New"}}
    listing_services.update_listing(listing=listing, account=publisher.account, blocks=blocks, actor=NOBODY)
    assert Listing.objects.get(pk=listing.pk).availability == "suspended"


def test_a_key_makes_a_post_happen_once(api: APIClient) -> None:
    sent = {"ModuleInfo": json.dumps(NAMED)}
    first, again = (api.post("/v1/Listings", sent, HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2))
    assert first.json() == again.json()
    assert Listing.objects.count() == 1
