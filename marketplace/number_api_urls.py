"""Paths of numbers and assignments under /2010-04-01/Accounts/{AC} (contract 4.1 to 4.3)."""

from typing import Any

from marketplace.number_api import AssignedAddOns, AssignedExtensions, IncomingPhoneNumbers
from rest.formats import paths

Actions = dict[str, Any]

LIST: Actions = {"get": "list"}
READ: Actions = {"get": "retrieve"}

NUMBERS = "IncomingPhoneNumbers"
ASSIGNED = f"{NUMBERS}/<sid:number_sid>/AssignedAddOns"

urlpatterns = [
    *paths(
        NUMBERS,
        IncomingPhoneNumbers.as_view({**LIST, "post": "create"}),
        name="incoming-phone-numbers",
    ),
    *paths(
        f"{NUMBERS}/<sid:sid>",
        IncomingPhoneNumbers.as_view({**READ, "post": "update", "delete": "destroy"}),
        name="incoming-phone-number",
    ),
    *paths(ASSIGNED, AssignedAddOns.as_view({**LIST, "post": "create"}), name="assigned-add-ons"),
    *paths(
        f"{ASSIGNED}/<slug:name>",
        AssignedAddOns.as_view({**READ, "delete": "destroy"}),
        name="assigned-add-on",
    ),
    *paths(
        f"{ASSIGNED}/<slug:name>/Extensions",
        AssignedExtensions.as_view(LIST),
        name="assigned-extensions",
    ),
    *paths(
        f"{ASSIGNED}/<slug:name>/Extensions/<sid:sid>",
        AssignedExtensions.as_view(READ),
        name="assigned-extension",
    ),
]
