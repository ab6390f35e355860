"""Invocations in the admin: to look at. Answers and traces belong to the account and stay in its console."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin import ReadOnlyAdmin
from results.models import Invocation


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
