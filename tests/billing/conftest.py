"""A customer's installed add-on, its price list and its publisher."""

import pytest
from rest_framework.test import APIClient

from billing.models import BillingItem
from marketplace.models import InstalledAddOn
from tests.billing.reporting import make_item
from tests.conftest import api_of
from tests.factories import make_install


@pytest.fixture
def installed(db: None) -> InstalledAddOn:
    """A customer's installed add-on with a price list."""
    return make_install()


@pytest.fixture
def item(installed: InstalledAddOn) -> BillingItem:
    return make_item(installed.listing)


@pytest.fixture
def publisher(installed: InstalledAddOn) -> APIClient:
    return api_of(installed.listing.publisher.account)
