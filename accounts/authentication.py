"""HTTP Basic for the APIs: `AccountSid:AuthToken` or `ApiKeySid:ApiKeySecret` (contract 2.2)."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Final

from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import credentials
from accounts.models import Account, ApiKey
from accounts.scopes import Scope
from accounts.throttling import count_request
from rest.databases import INLINE, Database, Row, completed
from rest.errors import AUTHENTICATE, Refused
from rest.sids import is_sid
from rest.statements import Query, Statement, rows_of

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
    return completed(callers_of(INLINE, [given]))[0]


async def callers_of(database: Database, given: Sequence[Credentials]) -> list[Caller | None]:
    """The same for many, with one query for each kind of credential."""
    return await callers_from(database, given, await rows_of(database, *queries_for(given)))


def queries_for(given: Sequence[Credentials]) -> tuple[Query | None, Query | None]:
    """What `callers_from` needs the rows of."""
    tokens = {each.sid for each in given if not is_key(each)}
    keys = {each.sid for each in given if is_key(each)}
    return _ACCOUNTS.query(sid=list(tokens)), _KEYS.query(sid=list(keys))


def is_key(given: Credentials) -> bool:
    """Whether these are an API key; else the SID is the account's."""
    return is_sid(given.sid, "SK")


async def callers_from(
    database: Database, given: Sequence[Credentials], rows: Sequence[Sequence[Row]]
) -> list[Caller | None]:
    """The callers. Of a key the use is noted."""
    digests = [credentials.digest(each.secret) for each in given]
    accounts = {account.sid: account for account in map(_account, rows[0])}
    keys = {key.sid: key for key in map(_key, rows[1])}
    callers = [
        _by_api_key(keys.get(each.sid), digest)
        if is_key(each)
        else _by_auth_token(accounts.get(each.sid), digest)
        for each, digest in zip(given, digests, strict=True)
    ]
    used = {caller.api_key for caller in callers if caller and caller.api_key}
    if unnoted := [key for key in used if _is_unnoted(key)]:
        await database.apart(partial(_note_use, unnoted))
    return callers


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


def _key(values: Row) -> ApiKey:
    key = ApiKey.from_db(DEFAULT_DB_ALIAS, _KEY_COLUMNS, values[: len(_KEY_COLUMNS)])
    key.account = _account(values[len(_KEY_COLUMNS) :])
    return key


def _account(values: Row) -> Account:
    return Account.from_db(DEFAULT_DB_ALIAS, _ACCOUNT_COLUMNS, values)


def _by_auth_token(account: Account | None, secret_digest: str) -> Caller | None:
    primary = credentials.matches(secret_digest, account.auth_token_digest if account else "")
    secondary = credentials.matches(secret_digest, account.secondary_auth_token_digest if account else "")
    return Caller(account) if account and (primary | secondary) else None


def _by_api_key(key: ApiKey | None, secret_digest: str) -> Caller | None:
    if not credentials.matches(secret_digest, key.secret_digest if key else "") or key is None:
        return None
    return Caller(key.account, key)


def _is_unnoted(key: ApiKey) -> bool:
    return key.last_used_at is None or timezone.now() - key.last_used_at > LAST_USED_STEP


def _note_use(keys: Iterable[ApiKey]) -> None:
    now = timezone.now()
    ApiKey.objects.filter(pk__in=[key.pk for key in keys]).update(last_used_at=now)
    for key in keys:
        key.last_used_at = now


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
