"""What lookups are compared with does the work: both publishers are asked, and what must be kept is kept."""

import json
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient

from accounts.models import Account
from benchmarks import filling, market, ordinary
from benchmarks.contenders import bare
from benchmarks.load import Request, Target
from benchmarks.nginx import modules, nginx
from benchmarks.publishers import BODY
from benchmarks.servers import Server, two_publishers
from billing.models import LedgerEntry
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from results.models import Invocation

DELAY_MS = 50


@pytest.fixture(scope="module")
def publishers() -> Iterator[list[Server]]:
    with two_publishers() as found:
        yield found


@pytest.fixture
def listings(publishers: list[Server], transactional_db: None) -> list[Listing]:
    return [market.listing_of(each, "0") for each in publishers]


@pytest.fixture
def customer(listings: list[Listing]) -> Account:
    return market.customer(listings)


@pytest.fixture
async def site(settings) -> AsyncIterator[AsyncClient]:
    settings.ROOT_URLCONF = "benchmarks.ordinary"
    settings.MIDDLEWARE = []
    yield AsyncClient()
    await ordinary.session().close()
    ordinary.session.cache_clear()
    await sync_to_async(connections.close_all)()  # that of the thread in which the view read and wrote


def answer_of(target: Target):
    with urllib.request.urlopen(target.url + target.requests[0].path, timeout=10) as answer:
        return json.loads(answer.read())


async def request_of(server: Server, account: Account, listings: list[Listing]) -> Request:
    return (await sync_to_async(market.lookups)(server, account, listings)).requests[0]


def headers_of(request: Request) -> dict[str, str]:
    return {"authorization": request.authorization}


def test_a_publisher_answers_as_late_as_the_path_says(publishers):
    began = time.monotonic()
    assert answer_of(market.direct(publishers[0], str(DELAY_MS))) == json.loads(BODY)
    assert time.monotonic() - began >= (DELAY_MS - 1) / 1000


def test_the_bare_fan_out_joins_both_answers(publishers):
    with bare(publishers) as server:
        results = answer_of(market.floors(server, "0"))["results"]
        assert server.cpu_seconds() > 0
        assert server.memory_mb() > 1
    assert [each["result"] for each in results.values()] == [json.loads(BODY)] * 2


@pytest.mark.skipif(modules() is None, reason="nginx with Lua is not installed")
def test_nginx_says_the_same_as_the_bare_fan_out(publishers):
    with bare(publishers) as one, nginx(publishers) as other:
        assert answer_of(market.floors(one, "0")) == answer_of(market.floors(other, "0"))


async def test_the_ordinary_view_asks_both_and_keeps_both(site, publishers, listings, customer):
    request = await request_of(publishers[0], customer, listings)
    answer = await site.get(request.path, headers=headers_of(request))
    results = answer.json()["add_ons"]["results"]
    assert [each["status"] for each in results.values()] == ["successful", "successful"]
    assert await Invocation.objects.of(customer).acount() == 2
    assert await LedgerEntry.objects.of(customer).acount() == 2


async def test_the_ordinary_view_knows_nobody_with_a_wrong_token(site, publishers, listings, customer):
    request = await request_of(publishers[0], customer, listings)
    wrong = market.basic(customer.sid, "wrong")
    assert (await site.get(request.path, headers={"authorization": wrong})).status_code == 401


def test_many_accounts_have_the_add_on_switched_on(publishers, transactional_db):
    listing = market.listing_of(publishers[0], "0")
    account = market.customer([listing])
    for other in filling.more_accounts(account, 3):
        [installed] = InstalledAddOn.objects.of(other).enabled_for("lookup-api")
        assert (installed.unique_name, installed.configuration) == (listing.unique_name, {})


def test_one_account_has_the_add_on_many_times(publishers, transactional_db):
    account = market.customer([market.listing_of(publishers[0], "0")])
    filling.more_installs(account, 3)
    assert InstalledAddOn.objects.of(account).enabled_for("lookup-api").count() == 4
