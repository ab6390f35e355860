"""Secrets at rest."""

import base64
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection

from accounts.encryption import CannotOpen, Sealed, seal, sealed_fields, unseal
from accounts.models import Account
from tests.factories import make_account, make_listing

OLD = "old:" + base64.b64encode(b"o" * 32).decode()
NEW = "new:" + base64.b64encode(b"n" * 32).decode()


def stored_token(account: Account) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT auth_token FROM accounts_account WHERE id = %s", [account.pk])
        return str(cursor.fetchone()[0])


def test_a_secret_is_plain_on_the_instance_and_sealed_in_the_database(account: Account) -> None:
    assert account.auth_token == Account.objects.get(pk=account.pk).auth_token
    assert len(account.auth_token) == 32
    assert account.auth_token not in stored_token(account)


def test_sealing_the_same_text_twice_gives_two_ciphertexts() -> None:
    assert seal("secret", "a.b.c") != seal("secret", "a.b.c")


def test_a_ciphertext_moved_to_another_row_does_not_open(account: Account) -> None:
    other = make_account()
    Account.objects.filter(pk=other.pk).update(auth_token=Sealed(stored_token(account)))
    with pytest.raises(CannotOpen, match=f"accounts_account.auth_token.{other.sid}"):
        _ = Account.objects.get(pk=other.pk).auth_token


def test_a_ciphertext_moved_to_another_column_does_not_open(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(secondary_auth_token=Sealed(stored_token(account)))
    with pytest.raises(CannotOpen):
        _ = Account.objects.get(pk=account.pk).secondary_auth_token


def test_a_query_cannot_write_plain_text_into_a_sealed_column(account: Account) -> None:
    with pytest.raises(TypeError, match="auth_token is encrypted"):
        Account.objects.filter(pk=account.pk).update(auth_token="plain")


def test_a_deferred_secret_is_read_when_it_is_asked_for(account: Account) -> None:
    assert Account.objects.defer("auth_token").get(pk=account.pk).auth_token == account.auth_token


def test_a_missing_key_is_named(settings: object) -> None:
    settings.FIELD_KEYS = OLD  # type: ignore[attr-defined]
    token = seal("secret", "a.b.c")
    settings.FIELD_KEYS = NEW  # type: ignore[attr-defined]
    with pytest.raises(CannotOpen, match="sealed with key 'old'"):
        unseal(token, "a.b.c")


@pytest.mark.parametrize(
    "keys", ["", "k1", "k1:short", "k1:" + base64.b64encode(b"x" * 16).decode(), "k 1:" + OLD[4:]]
)
def test_unusable_keys_are_refused_with_what_to_write(settings: object, keys: str) -> None:
    settings.FIELD_KEYS = keys  # type: ignore[attr-defined]
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS"):
        seal("secret", "a.b.c")


def test_rotation_moves_every_secret_to_the_newest_key(db: None, settings: object) -> None:
    settings.FIELD_KEYS = OLD  # type: ignore[attr-defined]
    account = make_account()
    listing = make_listing(credentials={"service_key": "hidden"})
    settings.FIELD_KEYS = f"{NEW},{OLD}"  # type: ignore[attr-defined]
    output = StringIO()
    call_command("rotate_keys", stdout=output)
    settings.FIELD_KEYS = NEW  # type: ignore[attr-defined]
    assert Account.objects.get(pk=account.pk).auth_token == account.auth_token
    listing.refresh_from_db()
    assert listing.credentials == {"service_key": "hidden"}
    assert output.getvalue().count(" 0 left") == len(sealed_fields())


def test_rotating_twice_moves_nothing_the_second_time(account: Account) -> None:
    output = StringIO()
    call_command("rotate_keys", stdout=output)
    assert "accounts.Account.auth_token: 0 moved, 0 left" in output.getvalue()
