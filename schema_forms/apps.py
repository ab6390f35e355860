from django.apps import AppConfig


class SchemaFormsAppConfig(AppConfig):
    """JSON Schema to native Django forms."""

    name = "schema_forms"
    default_auto_field = "django.db.models.BigAutoField"
