"""A version under review, and who takes part in it."""

from typing import Any

from accounts.models import User
from accounts.requests import Actor
from publishers import versions
from publishers.drafts import create_draft
from publishers.models import Listing, ListingVersion, Publisher
from publishers.versions import Role, Wish
from tests.factories import NOBODY, make_definition, make_listing_document, make_report, make_user


def actor_for(user: User) -> Actor:
    return Actor(user=user, credential="", ip_address="127.0.0.1")


def make_operator(**fields: Any) -> User:
    """An operator without an account."""
    return make_user(is_staff=True, **fields)


def submitted(
    publisher: Publisher, definition: dict[str, Any] | None = None, *, by: Actor = NOBODY
) -> ListingVersion:
    """The first version of a new listing, submitted."""
    document = make_listing_document()
    listing = Listing.objects.create(
        publisher=publisher,
        unique_name=document["unique_name"],
        module_info=document["module_info"],
        policies=document["policies"],
    )
    return next_submitted(listing, definition or make_definition(), by=by)


def next_submitted(listing: Listing, definition: dict[str, Any], *, by: Actor = NOBODY) -> ListingVersion:
    """The next version of a listing, submitted."""
    version = create_draft(
        listing=listing, definition=definition, credentials=None, role=Role.PUBLISHER, actor=by
    )
    make_report(version)
    return versions.move(version=version, wish=Wish(status="submitted"), role=Role.PUBLISHER, actor=by)


def decide(version: ListingVersion, status: str, *, by: Actor = NOBODY, **wish: Any) -> ListingVersion:
    wish.setdefault("reason", "Because.")
    return versions.move(version=version, wish=Wish(status=status, **wish), role=Role.OPERATOR, actor=by)
