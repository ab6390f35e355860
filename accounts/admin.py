"""Accounts in the plain Django admin. Secrets are never shown there."""

from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Model
from django.http import HttpRequest

from accounts import audit
from accounts.credentials import new_secret
from accounts.models import Account, ApiKey, Membership, User
from accounts.requests import actor_of

Row = TypeVar("Row", bound=Model)


class ReadOnlyAdmin(admin.ModelAdmin[Row]):
    """What an operator may look at; changes go through the product's own rules."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False


class MembershipInline(admin.TabularInline[Membership, Account]):
    """To be read: roles are given and taken under /operate/, where that is kept in the audit log."""

    model = Membership
    extra = 0
    can_delete = False
    readonly_fields = ["user", "role"]

    def has_add_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User]):
    ordering = ["email"]
    list_display = ["email", "name", "is_staff", "is_active", "date_joined"]
    search_fields = ["email", "name"]
    fieldsets = [
        (None, {"fields": ["email", "name", "password"]}),
        ("Permissions", {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "name", "usable_password", "password1", "password2"]})]
    # Who operates is changed under /operate/, which never leaves nobody.
    readonly_fields = ["is_staff"]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Which fields were changed is kept, never what is in them: one is a password."""
        super().save_model(request, obj, form, change)
        action = "user.changed" if change else "user.made"
        changed = [name for name in form.changed_data if "password" not in name]
        audit.record(action, actor=actor_of(request), subject=obj.email, after={"fields": changed})


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin[Account]):
    list_display = ["friendly_name", "sid", "status", "date_created"]
    list_filter = ["status"]
    search_fields = ["friendly_name", "sid"]
    fields = ["sid", "friendly_name", "status", "date_created"]
    # An account is suspended under /operate/, with a reason.
    readonly_fields = ["sid", "status", "date_created"]
    inlines = [MembershipInline]

    def save_model(self, request: HttpRequest, obj: Account, form: object, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """An account without a token could be signed for by anybody."""
        if not change:
            obj.set_auth_token(new_secret())
        super().save_model(request, obj, form, change)
        audit.record(
            "account.renamed" if change else "account.opened",
            actor=actor_of(request),
            subject_sid=obj.sid,
            subject=obj.friendly_name,
            account=obj,
        )


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin[ApiKey]):
    list_display = ["friendly_name", "sid", "account", "last_used_at", "revoked_at"]
    list_select_related = ["account"]
    search_fields = ["friendly_name", "sid", "account__friendly_name"]
    readonly_fields = ["sid", "account", "created_by", "date_created", "last_used_at", "revoked_at"]
    fields = ["friendly_name", *readonly_fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A key made here could not show its secret."""
        return False
