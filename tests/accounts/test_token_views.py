"""The page of an account's auth tokens."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Account, Role
from tests.conftest import basic
from tests.factories import PASSWORD, make_account, make_user

URL = "/console/api-keys/auth-tokens/"


def owner_of(account: Account, *, confirmed: bool = True, role: str = Role.OWNER) -> Client:
    """A browser of a member who is signed in, and has typed the password again just now."""
    client = Client()
    client.force_login(make_user(account, role=role))
    if confirmed:
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def accepts(account: Account, token: str) -> bool:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=basic(account.sid, token))
    return client.get("/v1/InstalledAddOns").status_code == 200


def test_the_tokens_are_shown_on_demand_only_and_never_stored_by_a_browser(account: Account) -> None:
    browser = owner_of(account)
    assert account.auth_token not in browser.get(URL).content.decode()
    shown = browser.post(URL, {"step": "show"})
    assert account.auth_token in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]


def test_a_rotation_never_refuses_a_program_that_follows_it(account: Account) -> None:
    browser, old = owner_of(account), account.auth_token
    browser.post(URL, {"step": "create"})
    account.refresh_from_db()
    new = account.secondary_auth_token
    assert (accepts(account, old), accepts(account, new)) == (True, True)
    browser.post(URL, {"step": "promote"})
    account.refresh_from_db()
    assert account.auth_token == new
    assert (accepts(account, old), accepts(account, new)) == (False, True)


def test_a_secondary_token_can_be_removed_again(account: Account) -> None:
    browser = owner_of(account)
    browser.post(URL, {"step": "create"})
    account.refresh_from_db()
    given_away = account.secondary_auth_token
    browser.post(URL, {"step": "remove"})
    assert not accepts(account, given_away)
    assert accepts(account, account.auth_token)


@pytest.mark.parametrize("step", ["promote", "remove"])
def test_a_step_somebody_else_took_already_changes_nothing(account: Account, step: str) -> None:
    page = owner_of(account).post(URL, {"step": step}, follow=True)
    assert "somebody has promoted or removed it already" in page.content.decode()
    assert accepts(account, account.auth_token)


def test_a_browser_left_open_asks_for_the_password_first(account: Account) -> None:
    browser = owner_of(account, confirmed=False)
    answer = browser.post(URL, {"step": "show"})
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/reauthenticate/")
    browser.post(answer["Location"], {"password": PASSWORD})
    assert account.auth_token in browser.post(URL, {"step": "show"}).content.decode()


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER])
def test_only_an_owner_gets_there(account: Account, role: str) -> None:
    browser = owner_of(account, role=role)
    for answer in (
        browser.get(URL),
        browser.post(URL, {"step": "show"}),
        browser.post(URL, {"step": "create"}),
    ):
        assert answer.status_code == 403
        assert account.auth_token not in answer.content.decode()
    account.refresh_from_db()
    assert account.secondary_auth_token == ""


def test_the_tokens_of_another_account_are_out_of_reach(account: Account) -> None:
    theirs = make_account()
    shown = owner_of(account).post(URL, {"step": "show"}).content.decode()
    assert theirs.auth_token not in shown


def test_an_unknown_step_is_400(account: Account) -> None:
    assert owner_of(account).post(URL, {"step": "explode"}).status_code == 400
