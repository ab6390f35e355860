"""Calls for the engine alone: no database, no account, a service on the loopback."""

from dataclasses import replace
from typing import Any

from invocations import engine
from invocations.calls import Call, Plan
from publishers.contract.definition import Definition, compiled
from publishers.contract.egress import EgressPolicy
from publishers.contract.render import Identity
from publishers.contract.secret import Secret
from results.outcomes import Asked, Outcome
from tests.publishers.contract.documents import IDENTITY, NUMBER, document

LOCAL = EgressPolicy.from_hosts(["127.0.0.1"])


def call_to(url: str, *, version: str = "XC1", publisher: str = "AC1", **sections: Any) -> Call:
    """A lookup that asks this URL."""
    sections.setdefault("request", {"method": "GET", "url": url})
    plan = plan_for(
        compiled(document(**sections)),
        identity=replace(IDENTITY, version_sid=version, vendor_account_sid=publisher),
    )
    return Call(plan=plan, point="lookup-api", event={"primary_address": NUMBER})


def plan_for(definition: Definition, *, identity: Identity = IDENTITY, token: str = "12345") -> Plan:
    """The plan of an add-on that has no settings."""
    return Plan(
        asked=Asked(
            account_id=1,
            installed_add_on_id=1,
            version_id=1,
            publisher_account_id=2,
            unique_name="facts",
        ),
        definition=definition,
        identity=identity,
        configuration={},
        credentials={},
        auth_token=Secret(token),
    )


async def ask(call: Call, **options: Any) -> Outcome:
    """The outcome of one call."""
    (outcome,) = await engine.ask_all([call], LOCAL, **options)
    return outcome
