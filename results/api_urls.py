"""Paths of results under /2010-04-01/Accounts/{AC}/Recordings/{RE} (contract 4.5)."""

from typing import Any

from rest.formats import paths
from results.api import AddOnResults, PayloadData, Payloads

Actions = dict[str, Any]

LIST: Actions = {"get": "list"}
READ: Actions = {"get": "retrieve"}
DELETE: Actions = {"delete": "destroy"}

RESULTS = "Recordings/<sid:recording_sid>/AddOnResults"
PAYLOADS = f"{RESULTS}/<sid:result_sid>/Payloads"

urlpatterns = [
    *paths(RESULTS, AddOnResults.as_view(LIST), name="add-on-results"),
    *paths(f"{RESULTS}/<sid:sid>", AddOnResults.as_view({**READ, **DELETE}), name="add-on-result"),
    *paths(PAYLOADS, Payloads.as_view(LIST), name="payloads"),
    *paths(f"{PAYLOADS}/<sid:sid>", Payloads.as_view({**READ, **DELETE}), name="payload"),
    *paths(f"{PAYLOADS}/<sid:sid>/Data", PayloadData.as_view(READ), name="payload-data"),
]
