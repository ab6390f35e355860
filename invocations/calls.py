"""Read: everything the engine needs to ask one add-on, taken out of the database before anything is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from marketplace.models import InstalledAddOn
from publishers.compiled import definition_of
from publishers.contract.definition import Definition
from publishers.contract.render import Identity
from publishers.contract.secret import Secret
from rest.sids import new_sid
from results.outcomes import Asked


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What every call of one installed add-on has in common."""

    asked: Asked
    definition: Definition
    identity: Identity
    configuration: Mapping[str, Any] = field(repr=False)
    credentials: Mapping[str, Secret] = field(repr=False)
    auth_token: Secret

    @property
    def unique_name(self) -> str:
        return self.asked.unique_name


@dataclass(slots=True, kw_only=True)
class Call:
    """One add-on to be asked for one event, under a request SID of its own."""

    plan: Plan
    request_sid: str = field(default_factory=partial(new_sid, "XR"))
    point: str
    event: Mapping[str, Any]
    runtime: Mapping[str, Any] = field(default_factory=dict)


def plan_of(installed: InstalledAddOn) -> Plan:
    """The plan of an installed add-on that comes from `with_listing()`."""
    listing = installed.listing
    publisher_account = listing.publisher.account
    return Plan(
        asked=Asked(
            account_id=installed.account_id,
            installed_add_on_id=installed.pk,
            version_id=installed.version_id,
            publisher_account_id=publisher_account.pk,
            unique_name=installed.unique_name,
        ),
        definition=definition_of(installed.version),
        identity=Identity(
            vendor_account_sid=publisher_account.sid,
            add_on_sid=listing.sid,
            version_sid=installed.version.sid,
            install_sid=installed.install.sid,
            configuration_sid=installed.sid,
        ),
        configuration=installed.configuration,
        credentials={name: Secret(value) for name, value in listing.credentials.items()},
        auth_token=Secret(publisher_account.auth_token),
    )
