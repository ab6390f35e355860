from django.apps import AppConfig


class BillingAppConfig(AppConfig):
    """What it costs: pricing rules and the ledger."""

    name = "billing"
    default_auto_field = "django.db.models.BigAutoField"
