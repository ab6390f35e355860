"""An operator's browser, and a version that waits for a decision."""

import pytest
from django.test import Client

from accounts.models import User
from publishers.models import ListingVersion, Publisher
from tests.factories import make_publisher, make_user
from tests.pages import console_of
from tests.publishers.reviewing import actor_for, make_operator, submitted


@pytest.fixture
def publisher(db: None) -> Publisher:
    return make_publisher("acme")


@pytest.fixture
def author(publisher: Publisher) -> User:
    """An owner of the publisher's account."""
    return make_user(publisher.account)


@pytest.fixture
def version(publisher: Publisher, author: User) -> ListingVersion:
    return submitted(publisher, by=actor_for(author))


@pytest.fixture
def operator(db: None) -> User:
    return make_operator()


@pytest.fixture
def console(operator: User) -> Client:
    return console_of(operator)
