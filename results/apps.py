from django.apps import AppConfig


class ResultsAppConfig(AppConfig):
    """What came back: invocations and their answers."""

    name = "results"
    default_auto_field = "django.db.models.BigAutoField"
