"""An operator at a browser; operators need no account."""

import pytest
from django.test import Client

from tests.factories import make_user
from tests.pages import console_of


@pytest.fixture
def operator(db: None) -> Client:
    return console_of(make_user(is_staff=True))
