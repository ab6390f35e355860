from django.apps import AppConfig


class MarketplaceAppConfig(AppConfig):
    """The shelf, and what an account took from it."""

    name = "marketplace"
    default_auto_field = "django.db.models.BigAutoField"
