"""Installed add-ons in the admin: to look at. Changes go through the console's own rules."""

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import ReadOnlyAdmin
from marketplace.models import (
    AssignedAddOn,
    IncomingPhoneNumber,
    InstalledAddOn,
    InstalledExtension,
    TermsAcceptance,
)


class SwitchInline(admin.TabularInline[InstalledExtension, InstalledAddOn]):
    model = InstalledExtension
    extra = 0
    fields = ["extension", "enabled"]
    readonly_fields = ["extension", "enabled"]
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(InstalledAddOn)
class InstalledAddOnAdmin(ReadOnlyAdmin[InstalledAddOn]):
    list_display = ["unique_name", "sid", "account", "version", "date_created", "removed_at"]
    list_select_related = ["account", "version__listing"]
    search_fields = ["unique_name", "sid", "account__sid"]
    fields = [
        "sid",
        "account",
        "install",
        "version",
        "unique_name",
        "date_created",
        "date_updated",
        "removed_at",
    ]
    inlines = [SwitchInline]


@admin.register(TermsAcceptance)
class TermsAcceptanceAdmin(ReadOnlyAdmin[TermsAcceptance]):
    list_display = ["account", "version", "accepted_by", "credential", "accepted_at"]
    list_select_related = ["account", "version__listing", "accepted_by"]
    search_fields = ["account__sid", "credential"]


class AssignmentInline(admin.TabularInline[AssignedAddOn, IncomingPhoneNumber]):
    model = AssignedAddOn
    extra = 0
    fields = ["installed_add_on", "date_created"]
    readonly_fields = ["installed_add_on", "date_created"]
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(IncomingPhoneNumber)
class IncomingPhoneNumberAdmin(ReadOnlyAdmin[IncomingPhoneNumber]):
    list_display = ["phone_number", "sid", "account", "friendly_name", "date_created"]
    list_select_related = ["account"]
    search_fields = ["phone_number", "sid", "account__sid"]
    inlines = [AssignmentInline]
