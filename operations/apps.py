from importlib import import_module

from django.apps import AppConfig


class OperationsAppConfig(AppConfig):
    """The operators’ workspace."""

    name = "operations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Celery's processes tell that they live."""
        import_module("operations.life")
