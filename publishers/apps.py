from django.apps import AppConfig


class PublishersAppConfig(AppConfig):
    """Supply: publishers, listings, versions, and the wire to their services."""

    name = "publishers"
    default_auto_field = "django.db.models.BigAutoField"
