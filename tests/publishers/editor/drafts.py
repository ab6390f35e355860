"""A publisher's console and a draft in it, for the tests of the editor."""

from typing import Any

from django.test import Client

from accounts.models import Role
from publishers.editor import saving
from publishers.models import Listing, ListingVersion, Publisher
from tests.factories import NOBODY, make_definition, make_publisher, make_user
from tests.pages import console_of


def make_draft(publisher: Publisher | None = None, **definition: Any) -> tuple[Listing, ListingVersion]:
    """A draft whose definition and blocks are right; `definition` changes parts of it."""
    return saving.start_listing(
        account=(publisher or make_publisher()).account,
        name="Facts",
        actor=NOBODY,
        definition=make_definition(**definition),
        blocks={"module_info": {"short_description": "Facts about a number."}},
    )


def console_for(listing: Listing, role: str = Role.OWNER) -> Client:
    """A browser of somebody in the publisher's account."""
    return console_of(make_user(listing.publisher.account, role=role))


def url_of(listing: Listing, section: str) -> str:
    """The page of one section."""
    return f"/publish/listings/{listing.sid}/edit/{section}/"


def revision(listing: Listing) -> str:
    """What a page opened now would send back."""
    listing.refresh_from_db()
    return saving.revision_of(listing, listing.versions.first())


def save(client: Client, listing: Listing, section: str, data: dict[str, Any], **headers: str) -> Any:
    """Press Save, as a page opened now would."""
    sent = {"revision": revision(listing), **data}
    return client.post(url_of(listing, section), sent, headers=headers)
