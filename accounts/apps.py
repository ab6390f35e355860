from django.apps import AppConfig


class AccountsAppConfig(AppConfig):
    """Who is asking: users, accounts, memberships, API keys."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
