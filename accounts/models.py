"""Users, accounts, who may do what for which account, and API keys."""

from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone

from accounts import credentials
from accounts.encryption import SealedTextField
from accounts.scopes import Scope
from rest.documents import DocumentField
from rest.sids import SidField


class UserManager(BaseUserManager["User"]):
    """Makes users; an e-mail address is the whole name."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in to the console."""

    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_staff = models.BooleanField("operator", default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.email


class AccountManager(models.Manager["Account"]):
    """Opens accounts."""

    def open(self, *, friendly_name: str, auth_token: str | None = None) -> "Account":
        """Create an active account with a fresh auth token."""
        account = Account(friendly_name=friendly_name)
        account.set_auth_token(auth_token or credentials.new_secret())
        account.save()
        return account


class Account(models.Model):
    """AC: the tenant. Installs, results and costs belong to it; its tokens sign its webhooks."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"
        CLOSED = "closed"

    sid = SidField(prefix="AC")
    friendly_name = models.CharField(max_length=120)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ACTIVE)
    auth_token = SealedTextField()
    auth_token_digest = models.CharField(max_length=64, editable=False)
    secondary_auth_token = SealedTextField(blank=True, default="")
    secondary_auth_token_digest = models.CharField(max_length=64, blank=True, editable=False)
    date_created = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[AccountManager] = AccountManager()

    def __str__(self) -> str:
        return f"{self.friendly_name} ({self.sid})"

    def set_auth_token(self, token: str) -> None:
        """Replace the primary token, which signs. The caller saves."""
        self.auth_token = token
        self.auth_token_digest = credentials.digest(token)

    def set_secondary_auth_token(self, token: str) -> None:
        """Set the second token that is accepted during a rotation; empty ends it. The caller saves."""
        self.secondary_auth_token = token
        self.secondary_auth_token_digest = credentials.digest(token) if token else ""


class Role(models.TextChoices):
    """What a member may do for an account, from all to looking."""

    OWNER = "owner", "Owner"
    DEVELOPER = "developer", "Developer"
    VIEWER = "viewer", "Viewer"


class Membership(models.Model):
    """A user's role in an account."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.DEVELOPER)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "account"], name="one_membership_per_user_and_account"),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.account}"

    @property
    def may_write(self) -> bool:
        return self.role != Role.VIEWER

    @property
    def may_see_tokens(self) -> bool:
        """An auth token is the whole account: it signs, and no scope limits it."""
        return self.role == Role.OWNER


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def of(self, account: Account) -> Self:
        return self.filter(account=account)

    def live(self) -> Self:
        return self.filter(revoked_at__isnull=True)


class ApiKey(models.Model):
    """SK: a named credential that can be revoked alone. Its secret is shown once and never stored."""

    sid = SidField(prefix="SK")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="api_keys")
    friendly_name = models.CharField("name", max_length=64)
    secret_digest = models.CharField(max_length=64, editable=False)
    scope = models.CharField(max_length=16, choices=Scope.choices, default=Scope.FULL)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, editable=False)
    date_created = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.friendly_name} ({self.sid})"


class IdempotentAnswer(models.Model):
    """What a POST with an `Idempotency-Key` answered, so that its repetition answers the same."""

    sid = SidField(prefix="IK")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="HMAC of the request")
    status = models.PositiveSmallIntegerField()
    # Sealed like the configuration it may show.
    sealed_body = SealedTextField()
    date_created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="one_answer_per_account_and_key"),
        ]

    def __str__(self) -> str:
        return self.sid


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def newest_first(self) -> Self:
        """By SID: a SID sorts by the time it was made."""
        return self.order_by("-sid")


class AuditEntry(models.Model):
    """AU: a decision or a sensitive change: who, what, before, after. It outlives what it tells about.

    Written by `accounts.audit.record` alone; the database refuses to change one.
    """

    sid = SidField(prefix="AU", primary_key=True)
    action = models.CharField(max_length=48, help_text="such as version.approved")
    subject_sid = models.CharField(max_length=34, blank=True)
    subject = models.CharField(max_length=160, blank=True, help_text="its name at that time")
    account_sid = models.CharField(max_length=34, blank=True, help_text="whose it is")
    actor = models.CharField(max_length=254, blank=True, help_text="e-mail address of the person")
    credential = models.CharField(max_length=34, blank=True, help_text="the SID that a program used")
    ip_address = models.CharField(max_length=45, blank=True)
    reason = models.TextField(blank=True)
    before = DocumentField(null=True)
    after = DocumentField(null=True)
    date_created = models.DateTimeField(default=timezone.now, editable=False)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["action", "-sid"], name="audit_by_action"),
            models.Index(fields=["subject_sid", "-sid"], name="audit_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_sid}"
