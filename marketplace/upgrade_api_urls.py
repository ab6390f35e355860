"""The path of upgrades under /v1. The preview mirror has no such thing, so it is in a file of its own."""

from django.urls import path

from marketplace.upgrade_api import Upgrades

urlpatterns = [
    path(
        "InstalledAddOns/<sid:sid>/Upgrade",
        Upgrades.as_view({"get": "retrieve", "post": "update"}),
        name="upgrade",
    ),
]
