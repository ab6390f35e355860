"""Recordings in the admin: to look at. Audio stays in its account's console."""

from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from recordings.models import Recording


@admin.register(Recording)
class RecordingAdmin(ReadOnlyAdmin[Recording]):
    list_display = ["sid", "account", "source", "status", "reason", "duration_ms", "size", "date_created"]
    list_select_related = ["account"]
    list_filter = ["status", "source", "purpose"]
    search_fields = ["sid", "platform_sid", "call_sid", "account__sid"]
    ordering = ["-date_created"]
    show_full_result_count = False
    exclude = ["audio", "media_url"]
