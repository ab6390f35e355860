from django.apps import AppConfig


class RecordingsAppConfig(AppConfig):
    """Recordings: where they came from, and their audio."""

    name = "recordings"
    default_auto_field = "django.db.models.BigAutoField"
