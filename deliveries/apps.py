from django.apps import AppConfig


class DeliveriesAppConfig(AppConfig):
    """The outbox: notices owed to developers and publishers, and every attempt to hand them over."""

    name = "deliveries"
    default_auto_field = "django.db.models.BigAutoField"
