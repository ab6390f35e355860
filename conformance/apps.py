from django.apps import AppConfig


class ConformanceAppConfig(AppConfig):
    """The contract tester, and the test bench."""

    name = "conformance"
    default_auto_field = "django.db.models.BigAutoField"
