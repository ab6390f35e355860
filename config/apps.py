"""The assembled site."""

from importlib import import_module

from django.apps import AppConfig


class ConfigAppConfig(AppConfig):
    """Pages and commands that need every app."""

    name = "config"

    def ready(self) -> None:
        """Make our Celery application the current one, so a queued task finds its broker; add our checks."""
        import_module("config.celery")
        import_module("config.checks")
