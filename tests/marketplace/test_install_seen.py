"""Installing agrees to the price and the terms that the page showed, to no others."""

import pytest
from django.test import Client

from marketplace.models import InstalledAddOn
from publishers.models import Listing
from tests.factories import make_account, make_listing, make_user
from tests.marketplace.test_upgrades import publish_next
from tests.pages import console_of, text

pytestmark = pytest.mark.django_db
DEARER = {"model": "per_use", "price": "9.00", "currency": "USD"}


@pytest.fixture
def console() -> Client:
    return console_of(make_user(make_account()))


def path_of(listing: Listing) -> str:
    return f"/console/catalogue/{listing.sid}/install/"


def post(console: Client, listing: Listing, mark: str) -> str:
    given = {"terms-accept_terms": "on", "mark": mark}
    return text(console.post(path_of(listing), given, follow=True))


@pytest.mark.parametrize("changed", ["price", "terms"])
def test_what_was_published_since_is_read_before_it_is_agreed_to(console: Client, changed: str) -> None:
    listing = make_listing()
    seen = console.get(path_of(listing)).context["mark"]
    if changed == "price":
        publish_next(listing, pricing=DEARER)
    else:
        Listing.objects.update(policies={"legal": "Pay us more."})
    assert "Something else is offered since you opened this page" in post(console, listing, seen)
    assert not InstalledAddOn.objects.exists()
    page = console.get(path_of(listing))
    assert f'name="mark" value="{page.context["mark"]}"' in page.content.decode()
    assert "is installed as" in post(console, listing, page.context["mark"])
