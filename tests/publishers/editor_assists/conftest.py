"""A publisher at a browser, and a draft of his."""

from typing import Any

import pytest
from django.test import Client

from publishers.models import Listing, ListingVersion, Publisher
from tests.factories import make_definition, make_publisher, make_user
from tests.pages import console_of


@pytest.fixture
def publisher(db: None) -> Publisher:
    return make_publisher("northwind")


@pytest.fixture
def browser(publisher: Publisher) -> Client:
    return console_of(make_user(publisher.account))


@pytest.fixture
def draft(publisher: Publisher) -> ListingVersion:
    """A listing that nobody but its publisher has seen."""
    return make_draft(publisher)


def make_draft(publisher: Publisher, definition: Any = None, **blocks: Any) -> ListingVersion:
    module_info = {"name": "Number Facts", "short_description": "Facts about a number."}
    listing = Listing.objects.create(
        publisher=publisher, unique_name="northwind_facts", **{"module_info": module_info, **blocks}
    )
    return listing.versions.create(
        number=1, definition=make_definition() if definition is None else definition
    )
