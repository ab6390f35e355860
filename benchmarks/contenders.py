"""Who is measured: the product, what it is compared with, and the publishers themselves."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from accounts.models import Account
from benchmarks import market
from benchmarks.load import Target, run_wrk
from benchmarks.nginx import modules, nginx
from benchmarks.servers import Server, database_url, uvicorn
from publishers.models import Listing

PRODUCT: Final = "Patchbay"
BARE: Final = "bare fan-out"
NGINX: Final = "nginx with Lua"
ORDINARY: Final = "ordinary Django view"
PUBLISHER: Final = "one publisher, asked directly"

# Connections of the baseline's pool that are tried.
POOLS = (4, 16, 32)
TRIAL_SECONDS = 3
TRIAL_CONNECTIONS = 64


@dataclass(frozen=True)
class Contender:
    """A server, how it is asked with publishers of a delay, and whose rows it writes."""

    server: Server
    target: Callable[[str], Target]
    customer: Account | None = None
    has_cpu: bool = True


@dataclass(frozen=True)
class Market:
    """The publishers, and a listing of each for every delay."""

    publishers: Sequence[Server]
    listings: dict[str, list[Listing]]

    @property
    def all_listings(self) -> list[Listing]:
        return [listing for listings in self.listings.values() for listing in listings]


@contextmanager
def product() -> Iterator[Server]:
    """The product with its normal settings; only the limit of requests and the local publishers differ."""
    with uvicorn(
        "config.asgi:application",
        DJANGO_SETTINGS_MODULE="config.settings",
        DATABASE_URL=database_url(),
        REQUESTS_PER_MINUTE="0",
        OUTBOUND_ALLOWED_HOSTS="127.0.0.1",
    ) as server:
        yield server


@contextmanager
def ordinary(pool: int) -> Iterator[Server]:
    with uvicorn(
        "django.core.asgi:get_asgi_application",
        "--factory",
        DJANGO_SETTINGS_MODULE="benchmarks.ordinary_settings",
        DATABASE_URL=database_url(),
        POOL=str(pool),
    ) as server:
        yield server


@contextmanager
def bare(publishers: Sequence[Server]) -> Iterator[Server]:
    addresses = " ".join(publisher.url for publisher in publishers)
    with uvicorn("benchmarks.bare:application", PUBLISHERS=addresses) as server:
        yield server


def best_pool(account: Account, shop: Market) -> dict[int, float]:
    """Lookups a second of the baseline with each size of its pool, the best one first."""
    found: dict[int, float] = {}
    for size in POOLS:
        with ordinary(size) as server:
            target = market.lookups(server, account, shop.listings["0"])
            run_wrk(target, connections=TRIAL_CONNECTIONS, seconds=1)
            found[size] = run_wrk(target, connections=TRIAL_CONNECTIONS, seconds=TRIAL_SECONDS).per_second
    return dict(sorted(found.items(), key=lambda each: -each[1]))


@contextmanager
def contenders(shop: Market, *, pool: int) -> Iterator[dict[str, Contender]]:
    """All of them, running. They take turns; who waits costs nothing."""
    with ExitStack() as stack:
        start = stack.enter_context
        own, others = market.customer(shop.all_listings), market.customer(shop.all_listings)
        found = {
            BARE: _floor(start(bare(shop.publishers))),
            ORDINARY: _with_rows(start(ordinary(pool)), others, shop),
            PRODUCT: _with_rows(start(product()), own, shop),
        }
        if modules():
            found[NGINX] = _floor(start(nginx(shop.publishers)), has_cpu=False)
        publisher = shop.publishers[0]
        found[PUBLISHER] = Contender(publisher, lambda delay: market.direct(publisher, delay))
        yield found


def _floor(server: Server, *, has_cpu: bool = True) -> Contender:
    return Contender(server, lambda delay: market.floors(server, delay), has_cpu=has_cpu)


def _with_rows(server: Server, account: Account, shop: Market) -> Contender:
    return Contender(server, lambda delay: market.lookups(server, account, shop.listings[delay]), account)
