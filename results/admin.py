"""Invocations, results and events in the admin: to look at. Answers stay in their account’s console."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin import ReadOnlyAdmin
from results.models import AddOnResult, Event, Invocation


@admin.register(Invocation)
class InvocationAdmin(ReadOnlyAdmin[Invocation]):
    list_display = [
        "sid",
        "account",
        "installed_add_on",
        "extension",
        "status",
        "code",
        "duration_ms",
        "started_at",
    ]
    list_select_related = ["account", "installed_add_on"]
    list_filter = ["status", "extension", "purpose"]
    search_fields = ["sid", "account__sid"]
    show_full_result_count = False
    exclude = ["answer", "trace", "primary_address"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invocation]:
        return super().get_queryset(request).defer("answer", "trace")


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin[Event]):
    list_display = ["sid", "account", "level", "code", "extension", "text", "date_created"]
    list_select_related = ["account"]
    list_filter = ["level", "code", "extension"]
    search_fields = ["sid", "event_id", "reference_sid", "account__sid"]
    ordering = ["-sid"]
    show_full_result_count = False


@admin.register(AddOnResult)
class AddOnResultAdmin(ReadOnlyAdmin[AddOnResult]):
    list_display = [
        "sid",
        "account",
        "installed_add_on",
        "extension",
        "status",
        "code",
        "tries",
        "deadline",
        "date_created",
    ]
    list_select_related = ["account", "installed_add_on"]
    list_filter = ["status", "extension", "purpose"]
    search_fields = ["sid", "recording__sid", "account__sid"]
    ordering = ["-sid"]
    show_full_result_count = False
    exclude = ["trace", "callback_digest"]
