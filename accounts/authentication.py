"""HTTP Basic for the APIs: `AccountSid:AuthToken` or `ApiKeySid:ApiKeySecret` (contract 2.2)."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import credentials
from accounts.models import Account, ApiKey
from accounts.scopes import Scope
from accounts.throttling import count_request
from rest.errors import AUTHENTICATE, Refused
from rest.sids import is_sid
from rest.statements import Statement

# "Last used" is for people: one write a minute for a busy key is enough.
LAST_USED_STEP = timedelta(minutes=1)


class AccountNotActive(Refused):
    """403/20005: the credentials are right, the account is suspended or closed."""

    http_status = HTTPStatus.FORBIDDEN
    code = 20005


@dataclass(frozen=True)
class Credentials:
    """What a request says it is. The SID is in the letter case of ours."""

    sid: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Caller:
    """Who an API request comes from."""

    account: Account
    api_key: ApiKey | None = None

    is_authenticated = True

    @property
    def scope(self) -> str:
        """What the credential is limited to."""
        return self.api_key.scope if self.api_key else Scope.FULL

    @property
    def is_operator(self) -> bool:
        """Whether an operator made this key to operate with, and still is one."""
        maker = self.api_key.created_by if self.api_key else None
        return self.scope == Scope.OPERATE and maker is not None and maker.is_active and maker.is_staff


class AccountAuthentication(BaseAuthentication):
    """Cookies are never looked at: a page elsewhere cannot make a browser call the API."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        caller = caller_of(user_and_password(header))
        return admitted(caller), None

    def authenticate_header(self, request: Request) -> str:
        return AUTHENTICATE


def admitted(caller: Caller | None) -> Caller:
    """The caller, counted and of an active account. Raises AuthenticationFailed, TooManyRequests,
    AccountNotActive.
    """
    if caller is None:
        raise AuthenticationFailed
    count_request(caller.account.sid)
    if caller.account.status != Account.Status.ACTIVE:
        raise AccountNotActive("Account not active")
    return caller


def caller_of(given: Credentials) -> Caller | None:
    """The caller these credentials belong to. An unknown SID costs the same work as a wrong secret."""
    return callers_of([given])[0]


def callers_of(given: Sequence[Credentials]) -> list[Caller | None]:
    """The same for many, with one query for each kind of credential."""
    digests = [credentials.digest(each.secret) for each in given]
    accounts = _accounts({each.sid for each in given if not is_sid(each.sid, "SK")})
    keys = _keys({each.sid for each in given if is_sid(each.sid, "SK")})
    return [
        _by_api_key(keys.get(each.sid), digest)
        if is_sid(each.sid, "SK")
        else _by_auth_token(accounts.get(each.sid), digest)
        for each, digest in zip(given, digests, strict=True)
    ]


_ACCOUNT_COLUMNS: Final = [field.attname for field in Account._meta.concrete_fields]  # noqa: SLF001 - Django's public _meta
_KEY_COLUMNS: Final = [field.attname for field in ApiKey._meta.concrete_fields]  # noqa: SLF001 - the same
_ACCOUNTS: Final = Statement(
    lambda sid: Account.objects.filter(sid__in=sid).values_list(*_ACCOUNT_COLUMNS), sid=str
)
_KEYS: Final = Statement(
    lambda sid: (
        ApiKey.objects.live()
        .filter(sid__in=sid)
        .values_list(*_KEY_COLUMNS, *(f"account__{name}" for name in _ACCOUNT_COLUMNS))
    ),
    sid=str,
)


def _accounts(sids: Iterable[str]) -> dict[str, Account]:
    rows = _ACCOUNTS.rows(sid=list(sids))
    return {account.sid: account for account in (_account(row) for row in rows)}


def _keys(sids: Iterable[str]) -> dict[str, ApiKey]:
    found = {}
    for row in _KEYS.rows(sid=list(sids)):
        key = ApiKey.from_db(DEFAULT_DB_ALIAS, _KEY_COLUMNS, row[: len(_KEY_COLUMNS)])
        key.account = _account(row[len(_KEY_COLUMNS) :])
        found[key.sid] = key
    return found


def _account(values: Sequence[Any]) -> Account:
    return Account.from_db(DEFAULT_DB_ALIAS, _ACCOUNT_COLUMNS, values)


def _by_auth_token(account: Account | None, secret_digest: str) -> Caller | None:
    primary = credentials.matches(secret_digest, account.auth_token_digest if account else "")
    secondary = credentials.matches(secret_digest, account.secondary_auth_token_digest if account else "")
    return Caller(account) if account and (primary | secondary) else None


def _by_api_key(key: ApiKey | None, secret_digest: str) -> Caller | None:
    if not credentials.matches(secret_digest, key.secret_digest if key else "") or key is None:
        return None
    _note_use(key)
    return Caller(key.account, key)


def _note_use(key: ApiKey) -> None:
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > LAST_USED_STEP:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        key.last_used_at = now  # the same key may come many times in one batch


def user_and_password(header: str) -> Credentials:
    """Raises AuthenticationFailed for anything that is not Basic with a colon."""
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError as error:  # not base64, or not UTF-8
        raise AuthenticationFailed from error
    user, colon, password = text.partition(":")
    if scheme.lower() != "basic" or not colon or "\x00" in user:
        raise AuthenticationFailed
    sid = user.lower()
    return Credentials(sid[:2].upper() + sid[2:], password)
