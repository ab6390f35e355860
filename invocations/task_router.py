"""Whom the tasks of an account are handed on to: the setting, and its rules."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from accounts.models import Account
from invocations.models import TaskRouter
from publishers.contract.addresses import EgressPolicy, check_url
from publishers.contract.errors import AddressNotAllowed
from rest.errors import Refused


class BadAddress(Refused):
    """400: credentials never go to this address."""


class PasswordNeeded(Refused):
    """400: a password is kept for the place it was given for, and for no other."""


def router_of(account: Account) -> TaskRouter | None:
    """Where the account's tasks go; None when we answer them ourselves."""
    return TaskRouter.objects.of(account).first()


def set_router(*, account: Account, url: str, user: str, password: str = "") -> TaskRouter:
    """Hand the account's tasks on to this base URL from now on. Without a password the stored one is kept.

    A stored password is not sent to another host, nor as another user's: whoever may change the setting
    would else learn it. Raises BadAddress, PasswordNeeded.
    """
    url = url.rstrip("/")
    _check(url)
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)  # two first settings at once are one row
        router = router_of(account) or TaskRouter(account=account)
        if not password and not _is_same_place(router, url, user):
            raise PasswordNeeded("Enter the auth token: it is kept for the address and the user it was for.")
        router.url, router.user = url, user
        router.password = password or router.password
        router.save()
    return router


def clear_router(*, account: Account) -> None:
    """Answer the account's tasks here, and forget the credentials."""
    TaskRouter.objects.of(account).delete()


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise BadAddress("Leave out everything behind the path: /v1/Workspaces/… follows it.")
    if parts.path.endswith("/v1"):
        raise BadAddress("Leave /v1 out: it is added.")
    try:
        check_url(url, EgressPolicy.from_hosts(settings.OUTBOUND_ALLOWED_HOSTS))
    except AddressNotAllowed as error:
        raise BadAddress(error.reason) from error


def _is_same_place(router: TaskRouter, url: str, user: str) -> bool:
    """Whether the stored password was given for this host and user."""
    return bool(router.password) and (_origin(router.url), router.user) == (_origin(url), user)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
