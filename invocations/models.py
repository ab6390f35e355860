"""Whom an account's events are handed on to, where no number says it."""

from typing import Self
from urllib.parse import urlsplit

from django.db import models

from accounts.encryption import SealedTextField
from accounts.models import Account
from rest.parameters import MAX_URL_CHARACTERS
from rest.sids import SidField


class TaskRouterQuerySet(models.QuerySet["TaskRouter"]):
    def of(self, account: Account) -> Self:
        return self.filter(account=account)


class TaskRouter(models.Model):
    """TR: the platform that routes an account's tasks, and the credentials it gave to the account."""

    MAX_USER_CHARACTERS = 128

    sid = SidField(prefix="TR")
    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="task_router")
    url = models.CharField(max_length=MAX_URL_CHARACTERS, help_text="base: /v1/Workspaces/… follows it")
    user = models.CharField(max_length=MAX_USER_CHARACTERS, help_text="the platform's account or key SID")
    password = SealedTextField()
    date_updated = models.DateTimeField(auto_now=True)

    objects = TaskRouterQuerySet.as_manager()

    def __str__(self) -> str:
        return self.host

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""
