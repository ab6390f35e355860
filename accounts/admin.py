"""Accounts in the plain Django admin. Secrets are never shown there."""

from typing import TypeVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Model
from django.http import HttpRequest

from accounts.credentials import new_secret
from accounts.models import Account, ApiKey, Membership, User

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
    model = Membership
    extra = 0
    autocomplete_fields = ["user"]


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


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin[Account]):
    list_display = ["friendly_name", "sid", "status", "date_created"]
    list_filter = ["status"]
    search_fields = ["friendly_name", "sid"]
    fields = ["sid", "friendly_name", "status", "date_created"]
    readonly_fields = ["sid", "date_created"]
    inlines = [MembershipInline]

    def save_model(self, request: HttpRequest, obj: Account, form: object, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """An account without a token could be signed for by anybody."""
        if not change:
            obj.set_auth_token(new_secret())
        super().save_model(request, obj, form, change)


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
