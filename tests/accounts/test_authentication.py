"""HTTP Basic for the APIs (contract 2.2)."""

import pytest
from rest_framework.test import APIClient

from accounts.models import Account, ApiKey
from accounts.services import create_api_key, revoke_api_key
from tests.conftest import basic

URL = "/v1/InstalledAddOns"


def status_for(authorization: str | None) -> int:
    client = APIClient()
    if authorization is not None:
        client.credentials(HTTP_AUTHORIZATION=authorization)
    return int(client.get(URL).status_code)


def test_the_account_sid_and_auth_token_are_accepted(account: Account) -> None:
    assert status_for(basic(account.sid, account.auth_token)) == 200


def test_hex_digits_of_a_sid_may_be_upper_case(account: Account) -> None:
    assert status_for(basic("AC" + account.sid[2:].upper(), account.auth_token)) == 200


def test_both_tokens_are_accepted_during_a_rotation(account: Account) -> None:
    old, new = account.auth_token, "f" * 32
    account.set_secondary_auth_token(old)
    account.set_auth_token(new)
    account.save()
    assert [status_for(basic(account.sid, token)) for token in (old, new)] == [200, 200]


def test_an_api_key_is_accepted_and_its_use_is_noted(account: Account) -> None:
    key, secret = create_api_key(account=account, friendly_name="ci")
    assert status_for(basic(key.sid, secret)) == 200
    assert ApiKey.objects.get(pk=key.pk).last_used_at is not None


def test_a_revoked_api_key_is_refused(account: Account) -> None:
    key, secret = create_api_key(account=account, friendly_name="ci")
    assert revoke_api_key(api_key=key)
    assert status_for(basic(key.sid, secret)) == 401
    assert not revoke_api_key(api_key=key)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Basic",
        "Basic !!!",
        "Bearer abc",
        basic("", ""),
        basic("AC" + "0" * 32, "x"),
        basic("SK" + "0" * 32, "x"),
        basic("AC\x00", "x"),
        "Basic " + "ÿ",
    ],
)
def test_anything_else_is_401_with_the_platforms_error(db: None, authorization: str | None) -> None:
    client = APIClient()
    if authorization is not None:
        client.credentials(HTTP_AUTHORIZATION=authorization)
    answer = client.get(URL)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Basic realm="Twilio API"'
    assert list(answer.json().items()) == [
        ("code", 20003),
        ("message", "Authenticate"),
        ("more_info", "https://www.twilio.com/docs/errors/20003"),
        ("status", 401),
    ]


def test_a_wrong_token_and_a_foreign_token_are_refused(account: Account) -> None:
    other = Account.objects.open(friendly_name="Other")
    assert status_for(basic(account.sid, "wrong")) == 401
    assert status_for(basic(account.sid, other.auth_token)) == 401


def test_an_empty_secondary_token_opens_nothing(account: Account) -> None:
    assert status_for(basic(account.sid, "")) == 401


def test_a_suspended_account_is_403_not_active(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(status=Account.Status.SUSPENDED)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=basic(account.sid, account.auth_token))
    answer = client.get(URL)
    assert (answer.status_code, answer.json()["code"]) == (403, 20005)


def test_a_browsers_cookie_opens_no_api(console: object) -> None:
    assert console.get(URL).status_code == 401  # type: ignore[attr-defined]


def test_a_secret_is_stored_only_as_a_digest(account: Account) -> None:
    key, secret = create_api_key(account=account, friendly_name="ci")
    stored = ApiKey.objects.filter(pk=key.pk).values().get()
    assert secret not in str(stored)
