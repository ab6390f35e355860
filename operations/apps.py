from django.apps import AppConfig


class OperationsAppConfig(AppConfig):
    """The operators’ workspace."""

    name = "operations"
    default_auto_field = "django.db.models.BigAutoField"
