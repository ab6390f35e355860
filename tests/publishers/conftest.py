"""A publisher, its listing, and an operator who reviews it, all by REST."""

import pytest
from rest_framework.test import APIClient

from publishers.models import Listing, Publisher
from tests.conftest import api_of
from tests.factories import make_publisher
from tests.publishers.publishing import NAMED, operator_api


@pytest.fixture
def publisher(db: None) -> Publisher:
    return make_publisher("acme")


@pytest.fixture
def api(publisher: Publisher) -> APIClient:
    """The API, called by the publisher."""
    return api_of(publisher.account)


@pytest.fixture
def operator(publisher: Publisher) -> APIClient:
    """The API, called with an operator's key of another account."""
    return operator_api()


@pytest.fixture
def listing(publisher: Publisher) -> Listing:
    """A draft listing without a version."""
    return Listing.objects.create(publisher=publisher, unique_name="facts", module_info=NAMED)
