"""HTTP Basic for the APIs: `AccountSid:AuthToken` or `ApiKeySid:ApiKeySecret` (contract 2.2)."""

import base64
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar

from django.db.models import Model, QuerySet
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

Row = TypeVar("Row", bound=Model)

# "Last used" is for people: one write a minute for a busy key is enough.
LAST_USED_STEP = timedelta(minutes=1)


class AccountNotActive(Refused):
    """403/20005: the credentials are right, the account is suspended or closed."""

    http_status = HTTPStatus.FORBIDDEN
    code = 20005


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
        caller = caller_of(*_user_and_password(header))
        if caller is None:
            raise AuthenticationFailed
        count_request(caller.account.sid)
        if caller.account.status != Account.Status.ACTIVE:
            raise AccountNotActive("Account not active")
        return caller, None

    def authenticate_header(self, request: Request) -> str:
        return AUTHENTICATE


def caller_of(sid: str, secret: str) -> Caller | None:
    """The caller these credentials belong to. An unknown SID costs the same work as a wrong secret."""
    secret_digest = credentials.digest(secret)
    if is_sid(sid, "SK"):
        return _by_api_key(sid.lower(), secret_digest)
    return _by_auth_token(sid.lower(), secret_digest)


def _by_auth_token(sid: str, secret_digest: str) -> Caller | None:
    account = _only(Account.objects.filter(sid=sid[:2].upper() + sid[2:]))
    primary = credentials.matches(secret_digest, account.auth_token_digest if account else "")
    secondary = credentials.matches(secret_digest, account.secondary_auth_token_digest if account else "")
    return Caller(account) if account and (primary | secondary) else None


def _by_api_key(sid: str, secret_digest: str) -> Caller | None:
    keys = ApiKey.objects.live().select_related("account", "created_by")
    key = _only(keys.filter(sid=sid[:2].upper() + sid[2:]))
    if not credentials.matches(secret_digest, key.secret_digest if key else "") or key is None:
        return None
    _note_use(key)
    return Caller(key.account, key)


def _only(found: QuerySet[Row]) -> Row | None:
    """The one row of a unique column. `first()` would sort, and this runs for every request."""
    return next(iter(found), None)


def _note_use(key: ApiKey) -> None:
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > LAST_USED_STEP:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


def _user_and_password(header: str) -> tuple[str, str]:
    """Raises AuthenticationFailed for anything that is not Basic with a colon."""
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError as error:  # not base64, or not UTF-8
        raise AuthenticationFailed from error
    user, colon, password = text.partition(":")
    if scheme.lower() != "basic" or not colon or "\x00" in user:
        raise AuthenticationFailed
    return user, password
