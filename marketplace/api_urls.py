"""Paths of the marketplace API under /v1."""

from typing import Any

from django.urls import path

from marketplace.api import AvailableAddOns, AvailableExtensions, InstalledAddOns, InstalledExtensions

Actions = dict[str, Any]

LIST: Actions = {"get": "list"}
READ: Actions = {"get": "retrieve"}

urlpatterns = [
    path("AvailableAddOns", AvailableAddOns.as_view(LIST), name="available-add-ons"),
    path("AvailableAddOns/<sid:sid>", AvailableAddOns.as_view(READ), name="available-add-on"),
    path(
        "AvailableAddOns/<sid:listing_sid>/Extensions",
        AvailableExtensions.as_view(LIST),
        name="available-extensions",
    ),
    path(
        "AvailableAddOns/<sid:listing_sid>/Extensions/<sid:sid>",
        AvailableExtensions.as_view(READ),
        name="available-extension",
    ),
    path("InstalledAddOns", InstalledAddOns.as_view({**LIST, "post": "create"}), name="installed-add-ons"),
    path(
        "InstalledAddOns/<sid:sid>",
        InstalledAddOns.as_view({**READ, "post": "update", "delete": "destroy"}),
        name="installed-add-on",
    ),
    path(
        "InstalledAddOns/<sid:installed_sid>/Extensions",
        InstalledExtensions.as_view(LIST),
        name="installed-extensions",
    ),
    path(
        "InstalledAddOns/<sid:installed_sid>/Extensions/<sid:sid>",
        InstalledExtensions.as_view({**READ, "post": "update"}),
        name="installed-extension",
    ),
]
