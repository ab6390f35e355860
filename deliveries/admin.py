"""Notices in the admin: to look at, with every attempt."""

from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from deliveries.models import Delivery, DeliveryAttempt


class AttemptInline(admin.TabularInline[DeliveryAttempt, Delivery]):
    model = DeliveryAttempt
    extra = 0
    can_delete = False

    def has_add_permission(self, *_: object) -> bool:
        return False

    def has_change_permission(self, *_: object) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin[Delivery]):
    list_display = ["sid", "account", "kind", "host", "status", "failures", "due_at", "date_created"]
    list_select_related = ["account"]
    list_filter = ["status", "kind"]
    search_fields = ["sid", "reference_sid", "host", "account__sid"]
    ordering = ["-sid"]
    show_full_result_count = False
    exclude = ["parameters", "url"]
    inlines = [AttemptInline]
