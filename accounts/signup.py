"""Sign-up policy: closed unless the operator opens it; a new user gets an account of their own."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from accounts.models import Account, Membership, Role, User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Our answers to allauth's questions."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:  # noqa: FBT001, FBT002 - allauth's signature
        saved: User = super().save_user(request, user, form, commit)
        account = Account.objects.open(friendly_name=saved.email)
        Membership.objects.create(user=saved, account=account, role=Role.OWNER)
        return saved
