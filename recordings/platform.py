"""The credentials with which an account's audio is fetched from its platform: the setting, and its rules."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from publishers.contract.addresses import EgressPolicy, check_url
from publishers.contract.errors import AddressNotAllowed
from recordings.models import PlatformCredentials
from rest.errors import Refused


class BadHost(Refused):
    """400: audio is never fetched from this host."""


class PasswordNeeded(Refused):
    """400: a password is kept for the host and the user it was given for, and for no others."""


def credentials_of(account: Account) -> PlatformCredentials | None:
    """Those that are kept; None when audio is fetched without."""
    return PlatformCredentials.objects.filter(account=account).first()


def set_credentials(*, account: Account, host: str, username: str, password: str = "") -> None:
    """Fetch the account's audio with these from now on. Without a password the stored one is kept.

    A stored password is not sent to another host, nor as another user's: whoever may change the setting
    would else learn it. Raises BadHost, PasswordNeeded.
    """
    try:
        check_url(f"https://{host}/", EgressPolicy.from_hosts(settings.OUTBOUND_ALLOWED_HOSTS))
    except AddressNotAllowed as error:
        raise BadHost(error.reason) from error
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)  # two first settings at once are one row
        kept = credentials_of(account) or PlatformCredentials(account=account)
        if not password and (kept.host, kept.username) != (host, username):
            raise PasswordNeeded("Enter the auth token: it is kept for the host and the user it was for.")
        kept.host, kept.username = host, username
        kept.password = password or kept.password
        kept.date_updated = timezone.now()
        kept.save()


def forget_credentials(*, account: Account) -> None:
    """Fetch the account's audio without credentials from now on."""
    PlatformCredentials.objects.filter(account=account).delete()
