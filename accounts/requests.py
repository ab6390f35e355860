"""Whose data a request may see. `account_of` is the only door to per-account data."""

from dataclasses import dataclass
from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.authentication import Caller
from accounts.models import Account, Membership, User
from rest.errors import NotFound, not_found_message

SESSION_KEY = "account"


class NoAccount(PermissionDenied):
    """The signed-in user belongs to no account yet."""


class ReadOnly(PermissionDenied):
    """The signed-in user may look but not change."""


@dataclass(frozen=True)
class Actor:
    """Who did something, for the record: a person, or the credential of a program; and from where."""

    user: User | None
    credential: str
    ip_address: str


def account_of(request: HttpRequest | Request) -> Account:
    """The account a request acts for: of its credentials (API) or of its signed-in user (console).

    Raises NoAccount for a user without one, ReadOnly when a viewer's request would change something
    (whatever is not a safe method counts as a change), and NotFound when a path of the 2010 API names
    another account (contract 2.2).
    """
    if isinstance(request, Request):
        return _account_of_call(request)
    membership = membership_of(request)
    if membership is None:
        raise NoAccount("You are not a member of any account yet.")
    if request.method not in {"GET", "HEAD", "OPTIONS"} and not membership.may_write:
        raise ReadOnly("Your role in this account is Viewer: you can look, but not change anything.")
    return membership.account


def _account_of_call(request: Request) -> Account:
    account = cast(Caller, request.user).account
    match = request.resolver_match
    if match is not None and match.kwargs.get("account_sid", account.sid) != account.sid:
        raise NotFound(not_found_message(request.path))
    return account


def is_operator(request: Request) -> bool:
    """Whether an API request comes with an operator's key, which may act on every publisher's listings."""
    return cast(Caller, request.user).is_operator


def user_of(request: HttpRequest) -> User:
    """The signed-in user of a console request."""
    return cast(User, request.user)


def membership_of(request: HttpRequest) -> Membership | None:
    """The membership in use: the one chosen in this session, else the first one."""
    if not request.user.is_authenticated:
        return None
    memberships = memberships_of(user_of(request))
    chosen = request.session.get(SESSION_KEY)
    return next((each for each in memberships if each.account.sid == chosen), next(iter(memberships), None))


def may_see_tokens(request: HttpRequest) -> bool:
    """Whether the signed-in user may see and replace the account's auth tokens."""
    membership = membership_of(request)
    return membership is not None and membership.may_see_tokens


def memberships_of(user: User) -> list[Membership]:
    """The user's memberships in active accounts, by account name; read once per request."""
    known: list[Membership] | None = getattr(user, "_live_memberships", None)
    if known is None:
        members = Membership.objects.filter(user=user, account__status=Account.Status.ACTIVE)
        known = list(members.select_related("account").order_by("account__friendly_name", "pk"))
        user._live_memberships = known  # type: ignore[attr-defined]  # noqa: SLF001 - a cache on the request's own user
    return known


def choose_account(request: HttpRequest, account_sid: str) -> bool:
    """Work for this account from now on. False, and nothing changes, when the user is no member."""
    memberships = memberships_of(user_of(request))
    if all(each.account.sid != account_sid for each in memberships):
        return False
    request.session[SESSION_KEY] = account_sid
    return True


def actor_of(request: HttpRequest | Request) -> Actor:
    """Who is doing this, as terms acceptances and saved configurations remember it."""
    ip_address = request.META.get("REMOTE_ADDR", "")
    if isinstance(request, Request):
        caller = cast(Caller, request.user)
        credential = caller.api_key.sid if caller.api_key else caller.account.sid
        return Actor(user=None, credential=credential, ip_address=ip_address)
    return Actor(user=user_of(request), credential="", ip_address=ip_address)
