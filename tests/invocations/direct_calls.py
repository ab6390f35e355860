"""Calls for the engine alone: no database, no account, a service on the loopback."""

from dataclasses import replace
from itertools import count
from typing import Any

from invocations import engine
from invocations.calls import Call
from publishers.contract.definition import compiled
from publishers.contract.egress import EgressPolicy
from publishers.contract.secret import Secret
from results.outcomes import Outcome
from tests.publishers.contract.documents import IDENTITY, NUMBER, document

LOCAL = EgressPolicy.from_hosts(["127.0.0.1"])
_numbers = count(1)


def call_to(url: str, *, version: str = "XC1", publisher: str = "AC1", **sections: Any) -> Call:
    """A lookup that asks this URL."""
    sections.setdefault("request", {"method": "GET", "url": url})
    return Call(
        unique_name="facts",
        point="lookup-api",
        definition=compiled(document(**sections)),
        identity=replace(
            IDENTITY,
            version_sid=version,
            vendor_account_sid=publisher,
            request_sid=f"XR{next(_numbers):032x}",
        ),
        event={"primary_address": NUMBER},
        runtime={},
        configuration={},
        credentials={},
        auth_token=Secret("12345"),
    )


async def ask(call: Call, **options: Any) -> Outcome:
    """The outcome of one call."""
    (outcome,) = await engine.ask_all([call], LOCAL, **options)
    return outcome
