"""A running Patchbay with one add-on on the shelf, one installed, and the official clients that use it.

Nothing but the base URLs of the client's domains is set (contract section 19).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twilio.rest import Client

from accounts.models import Account
from billing.models import BillingItem
from examples.lookup_with_twilio import client_for
from marketplace.models import Install, InstalledAddOn
from publishers.models import Listing, Publisher
from tests.factories import make_definition, make_install, make_listing, make_publisher
from tests.fake_publisher import FakePublisher

MANY = 2_500
NODE = Path(__file__).parent / "node"
CONFIGURATION_SCHEMA = {
    "type": "object",
    "properties": {
        "shortest_word": {"type": "integer", "minimum": 1, "maximum": 7, "title": "Shortest word"}
    },
}
NUMBER = "+14155552671"


@pytest.fixture
def base_url(transactional_db: None, live_server: Any, settings: Any) -> str:
    """A server with a database of its own, which calls itself by the address it is reached at."""
    settings.PUBLIC_URL = live_server.url
    settings.API_URLS = dict.fromkeys(settings.API_URLS, live_server.url)
    return str(live_server.url)


@pytest.fixture
def service(base_url: str) -> Iterator[FakePublisher]:
    with FakePublisher({"line_type": "mobile"}).in_thread() as publisher:
        yield publisher


@pytest.fixture
def publisher(base_url: str) -> Publisher:
    return make_publisher("northwind")


@pytest.fixture
def listing(publisher: Publisher, service: FakePublisher) -> Listing:
    """In the catalogue, with one setting and two extension points."""
    return make_listing(
        publisher=publisher,
        unique_name="northwind_facts",
        module_info={"name": "Facts", "short_description": "Facts about a number."},
        definition=make_definition(
            configuration_schema=CONFIGURATION_SCHEMA,
            request={
                "method": "GET",
                "url": service.url("/facts"),
                "query": [{"name": "number", "value": "{{primary_address}}", "required": True}],
            },
        ),
    )


@pytest.fixture
def installed(account: Account, listing: Listing) -> InstalledAddOn:
    """What the account has before the client comes: one install, switched on for lookups."""
    return make_install(account, listing, enabled=["lookup-api"], configuration={"shortest_word": 4})


@pytest.fixture
def many(account: Account, installed: InstalledAddOn) -> list[str]:
    """2,500 installs. Their SIDs as a list shows them: newest first."""
    install = Install.objects.get(account=account, listing=installed.listing)
    rows = [
        InstalledAddOn(
            account=account, install=install, version=installed.version, unique_name=f"copy_{number}"
        )
        for number in range(MANY - 1)
    ]
    InstalledAddOn.objects.bulk_create(rows, batch_size=500)
    return [*(row.sid for row in reversed(rows)), installed.sid]


@pytest.fixture
def billing_item(listing: Listing) -> BillingItem:
    """A line of the listing's price list: usage that the publisher reports itself."""
    return BillingItem.objects.create(listing=listing, name="Seats", unit="seat", unit_price_micros=20_000)


@pytest.fixture
def client(base_url: str, account: Account) -> Client:
    """The official client with the developer's credentials."""
    return client_for(base_url, account.sid, account.auth_token)


@pytest.fixture
def seller(base_url: str, publisher: Publisher) -> Client:
    """The official client with the publisher's credentials."""
    return client_for(base_url, publisher.account.sid, publisher.account.auth_token)
