"""The official Python client: the catalogue, installs and their switches."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from accounts.models import Account
from examples.lookup_with_twilio import client_for
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from tests.clients.conftest import CONFIGURATION_SCHEMA
from tests.factories import make_account, make_install, make_listing


@pytest.fixture(params=["marketplace.v1", "preview.marketplace"])
def shelf(request: pytest.FixtureRequest, client: Client) -> Any:
    """The two APIs that show the same things: v1 and its deprecated preview."""
    return client.marketplace.v1 if request.param == "marketplace.v1" else client.preview.marketplace


def test_available_add_ons(shelf: Any, base_url: str, listing: Listing) -> None:
    make_listing(availability="coming_soon")
    make_listing(availability="developer_preview")
    add_ons = shelf.available_add_ons
    fetched = add_ons(listing.sid).fetch()
    assert (fetched.sid, fetched.friendly_name) == (listing.sid, "Facts")
    assert (fetched.description, fetched.pricing_type) == ("Facts about a number.", "free")
    assert fetched.configuration_schema == CONFIGURATION_SCHEMA
    assert fetched.url.startswith(base_url)
    assert fetched.links == {"extensions": f"{fetched.url}/Extensions"}
    shelf_url = fetched.url.removesuffix(f"/{listing.sid}")
    for rows in (add_ons.list(), add_ons.stream(), add_ons.page(), add_ons.get_page(shelf_url)):
        assert [row.sid for row in rows] == [listing.sid]


def test_available_add_ons_extensions(shelf: Any, listing: Listing) -> None:
    extensions = shelf.available_add_ons(listing.sid).extensions
    listed = extensions.list()
    assert {row.unique_name for row in listed} == {"lookup-api", "voice-incoming"}
    for row in listed:
        fetched = extensions(row.sid).fetch()
        assert (fetched.sid, fetched.available_add_on_sid) == (row.sid, listing.sid)
        assert (fetched.friendly_name, fetched.product_name) == (row.friendly_name, row.product_name)
        assert fetched.url == row.url
    assert [row.sid for row in extensions.stream()] == [row.sid for row in extensions.page()]


def test_an_installed_add_on_from_create_to_delete(shelf: Any, account: Account, listing: Listing) -> None:
    add_ons = shelf.installed_add_ons
    made = add_ons.create(
        available_add_on_sid=listing.sid,
        accept_terms_of_service=True,
        configuration={"shortest_word": 3},
        unique_name="words",
    )
    assert (made.account_sid, made.unique_name) == (account.sid, "words")
    assert (made.friendly_name, made.description) == ("Facts", "Facts about a number.")
    assert made.configuration == {"shortest_word": 3}
    assert set(made.links) == {"extensions", "available_add_on"}
    assert abs(datetime.now(UTC) - made.date_created).total_seconds() < 60
    assert made.date_updated.tzinfo is not None
    assert made.fetch().configuration == {"shortest_word": 3}
    changed = add_ons(made.sid).update(configuration={"shortest_word": 5}, unique_name="longer")
    assert (changed.sid, changed.configuration, changed.unique_name) == (
        made.sid,
        {"shortest_word": 5},
        "longer",
    )
    assert add_ons(made.sid).update(unique_name="kept").configuration == {"shortest_word": 5}
    assert add_ons(made.sid).update(configuration={}).configuration == {}
    assert add_ons(made.sid).delete() is True
    assert add_ons.list() == []


def test_default_unique_names_count(client: Client, listing: Listing) -> None:
    add_ons = client.marketplace.v1.installed_add_ons
    made = [add_ons.create(available_add_on_sid=listing.sid, accept_terms_of_service=True) for _ in range(3)]
    assert [row.unique_name for row in made] == ["northwind_facts", "northwind_facts_1", "northwind_facts_2"]
    assert [row.sid for row in add_ons.list()] == [row.sid for row in reversed(made)]
    assert [row.configuration for row in made] == [{}] * 3


def test_installed_add_ons_extensions(shelf: Any, installed: InstalledAddOn) -> None:
    extensions = shelf.installed_add_ons(installed.sid).extensions
    listed = {row.unique_name: row for row in extensions.list()}
    assert {name: row.enabled for name, row in listed.items()} == {
        "lookup-api": True,
        "voice-incoming": False,
    }
    assert listed["lookup-api"].installed_add_on_sid == installed.sid
    voice = extensions(listed["voice-incoming"].sid)
    assert voice.fetch().enabled is False
    assert voice.update(enabled=True).enabled is True
    assert voice.update(enabled=True).enabled is True
    assert voice.fetch().enabled is True
    assert voice.update(enabled=False).enabled is False
    assert {row.sid for row in extensions.stream()} == {row.sid for row in extensions.page()}


def test_another_accounts_install_is_not_found(client: Client, listing: Listing) -> None:
    theirs = make_install(make_account(), listing)
    for call in ("fetch", "update", "delete"):
        with pytest.raises(TwilioRestException) as refused:
            getattr(client.marketplace.v1.installed_add_ons(theirs.sid), call)()
        assert (refused.value.status, refused.value.code) == (404, 20404)


def test_status_and_headers_reach_the_client(client: Client, listing: Listing) -> None:
    add_ons = client.marketplace.v1.installed_add_ons
    made = add_ons.create_with_http_info(available_add_on_sid=listing.sid, accept_terms_of_service=True)
    assert (made.status_code, made.data.friendly_name) == (201, "Facts")
    assert made.headers["Content-Type"].startswith("application/json")
    assert add_ons(made.data.sid).fetch_with_http_info().status_code == 200
    assert add_ons(made.data.sid).delete_with_http_info().status_code == 204


# The client's own use of aiohttp; its next release will not need this.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_asynchronous_client(base_url: str, account: Account, listing: Listing) -> None:
    async def visit() -> tuple[list[str], str, bool]:
        async with AsyncTwilioHttpClient() as http:
            client = client_for(base_url, account.sid, account.auth_token)
            client.http_client = http
            add_ons = client.marketplace.v1.installed_add_ons
            made = await add_ons.create_async(
                available_add_on_sid=listing.sid,
                accept_terms_of_service=True,
                configuration={"shortest_word": 2},
            )
            listed = [row.sid for row in await add_ons.list_async()]
            fetched = await add_ons(made.sid).fetch_async()
            assert fetched.configuration == {"shortest_word": 2}
            return listed, made.sid, await add_ons(made.sid).delete_async()

    listed, sid, deleted = asyncio.run(visit())
    assert (listed, deleted) == ([sid], True)
