from django.apps import AppConfig


class InvocationsAppConfig(AppConfig):
    """What happened, and whom we asked: the engine and its points."""

    name = "invocations"
    default_auto_field = "django.db.models.BigAutoField"
