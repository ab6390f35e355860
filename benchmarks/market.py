"""What the benchmarks of lookups put into the database: accounts, and add-ons of the two publishers."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from accounts.models import Account
from benchmarks.load import NUMBERS, Request, Target, basic
from benchmarks.servers import Server
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from tests.factories import make_account, make_definition, make_install, make_listing

PRICE = "0.001"


def listing_of(publisher: Server, delay: str) -> Listing:
    """A listing whose service answers after a delay and charges for each use."""
    query = [{"name": "number", "value": "{{primary_address}}", "required": True}]
    request = {"method": "GET", "url": f"{publisher.url}/facts/{delay}", "query": query}
    definition = make_definition(request=request, pricing={"model": "per_use", "price": PRICE})
    return make_listing(definition=definition)


def listings_of(publishers: Sequence[Server], delays: Sequence[str]) -> dict[str, list[Listing]]:
    """For each delay, a listing of each publisher."""
    return {delay: [listing_of(each, delay) for each in publishers] for delay in delays}


def customer(listings: Sequence[Listing]) -> Account:
    """An account that has all of these installed and switched on for lookups."""
    account = make_account()
    for listing in listings:
        make_install(account, listing, enabled=["lookup-api"])
    return account


def lookups(server: Server, account: Account, listings: Sequence[Listing]) -> Target:
    """Lookups of a thousand numbers, each of which asks these add-ons."""
    installed = InstalledAddOn.objects.of(account).filter(version__listing__in=listings)
    # An account may have a listing many times: the first one of each is asked.
    names = {each.version_id: each.unique_name for each in installed.order_by("-sid")}
    authorization = basic(account.sid, account.auth_token)
    requests = [Request(_path(number, names.values()), authorization) for number in NUMBERS]
    return Target(server.url, requests, add_ons=len(listings))


def lookups_of(server: Server, accounts: Sequence[Account], name: str) -> Target:
    """Lookups of an add-on that all these accounts have under the same name, another account each time."""
    requests = [
        Request(_path(number, [name]), basic(account.sid, account.auth_token))
        for number, account in zip(NUMBERS, accounts, strict=False)
    ]
    return Target(server.url, requests, add_ons=1)


def _path(number: str, names: Iterable[str]) -> str:
    return f"/v1/PhoneNumbers/{number}?" + "&".join(f"AddOns={name}" for name in names)


def floors(server: Server, delay: str) -> Target:
    """The same of a floor: both publishers are asked about a thousand numbers."""
    requests = [Request(f"/facts/{delay}?number={quote(number)}") for number in NUMBERS]
    return Target(server.url, requests, add_ons=2)


def direct(publisher: Server, delay: str) -> Target:
    """One publisher asked directly, with nothing in between."""
    requests = [Request(f"/facts/{delay}?number={quote(number)}") for number in NUMBERS]
    return Target(publisher.url, requests, add_ons=0)
