"""Fixtures that every test may use."""

from base64 import b64encode

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Account, User
from tests.factories import make_account, make_user


@pytest.fixture
def account(db: None) -> Account:
    return make_account()


@pytest.fixture
def api(account: Account) -> APIClient:
    """The API, called with the account's own credentials."""
    return api_of(account)


def api_of(account: Account) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=basic(account.sid, account.auth_token))
    return client


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def user(account: Account) -> User:
    return make_user(account)


@pytest.fixture
def console(user: User) -> Client:
    """A browser without JavaScript, signed in as the account's owner."""
    client = Client()
    client.force_login(user)
    return client
