"""Writes of accounts: API keys and auth tokens."""

from django.db import transaction
from django.utils import timezone

from accounts import credentials
from accounts.models import Account, ApiKey, User
from accounts.scopes import Scope
from rest.errors import Conflict, Forbidden
from rest.sids import new_sid

PRIMARY_COLUMNS = ["auth_token", "auth_token_digest"]
SECONDARY_COLUMNS = ["secondary_auth_token", "secondary_auth_token_digest"]


class OperatorsOnly(Forbidden):
    """403: the person is not an operator of this installation."""


class AlreadyCreated(Conflict):
    """409: a key with this SID exists."""


class NoSecondaryToken(Conflict):
    """409: there is no secondary token, or someone else dealt with it already."""


def create_api_key(
    *,
    account: Account,
    friendly_name: str,
    created_by: User | None = None,
    scope: str = Scope.FULL,
    sid: str = "",
) -> tuple[ApiKey, str]:
    """A new key and its secret, which exists only in this answer. Raises OperatorsOnly, AlreadyCreated.

    `sid`: what the key is to be called, by whoever may ask for the same key again.
    """
    if scope == Scope.OPERATE and not (created_by and created_by.is_staff):
        raise OperatorsOnly("Forbidden: only an operator can make a key for operating")
    secret = credentials.new_secret()
    key, is_new = ApiKey.objects.get_or_create(
        sid=sid or new_sid("SK"),
        defaults={
            "account": account,
            "friendly_name": friendly_name,
            "scope": scope,
            "secret_digest": credentials.digest(secret),
            "created_by": created_by,
        },
    )
    if not is_new:
        raise AlreadyCreated("This key exists already, and its secret is not shown again")
    return key, secret


def revoke_api_key(*, api_key: ApiKey) -> bool:
    """Refuse the key from now on. False when someone else already did."""
    live = ApiKey.objects.filter(pk=api_key.pk).live()
    return live.update(revoked_at=timezone.now()) == 1


def create_secondary_token(*, account: Account) -> None:
    """Give the account a second token, accepted beside the first one. Replaces one that is there."""
    with transaction.atomic():
        current = _locked(account)
        current.set_secondary_auth_token(credentials.new_secret())
        current.save(update_fields=SECONDARY_COLUMNS)


def promote_secondary_token(*, account: Account) -> None:
    """The secondary token becomes the primary one, which signs; the old one ends. Raises NoSecondaryToken."""
    with transaction.atomic():
        current = _locked_with_secondary(account)
        current.set_auth_token(current.secondary_auth_token)
        current.set_secondary_auth_token("")
        current.save(update_fields=[*PRIMARY_COLUMNS, *SECONDARY_COLUMNS])


def remove_secondary_token(*, account: Account) -> None:
    """Accept the primary token only. Raises NoSecondaryToken."""
    with transaction.atomic():
        current = _locked_with_secondary(account)
        current.set_secondary_auth_token("")
        current.save(update_fields=SECONDARY_COLUMNS)


def _locked(account: Account) -> Account:
    return Account.objects.select_for_update().get(pk=account.pk)


def _locked_with_secondary(account: Account) -> Account:
    current = _locked(account)
    if not current.secondary_auth_token:
        raise NoSecondaryToken("There is no secondary token: somebody has promoted or removed it already.")
    return current
