"""Read: everything the engine needs to ask one add-on, taken out of the database before anything is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marketplace.models import InstalledAddOn
from publishers.compiled import definition_of
from publishers.contract.definition import Definition
from publishers.contract.render import Identity
from publishers.contract.secret import Secret
from rest.sids import new_sid


@dataclass(frozen=True)
class Call:
    """One add-on to be asked for one event."""

    unique_name: str
    point: str
    definition: Definition
    identity: Identity
    event: Mapping[str, Any]
    runtime: Mapping[str, Any]
    configuration: Mapping[str, Any] = field(repr=False)
    credentials: Mapping[str, Secret] = field(repr=False)
    auth_token: Secret

    @property
    def request_sid(self) -> str:
        return self.identity.request_sid


def call_of(
    installed: InstalledAddOn, *, point: str, event: Mapping[str, Any], runtime: Mapping[str, Any]
) -> Call:
    """The call that asks this installed add-on. `installed` comes from `with_listing()`."""
    listing = installed.listing
    publisher_account = listing.publisher.account
    return Call(
        unique_name=installed.unique_name,
        point=point,
        definition=definition_of(installed.version),
        identity=Identity(
            vendor_account_sid=publisher_account.sid,
            add_on_sid=listing.sid,
            version_sid=installed.version.sid,
            install_sid=installed.install.sid,
            configuration_sid=installed.sid,
            request_sid=new_sid("XR"),
        ),
        event=event,
        runtime=runtime,
        configuration=installed.configuration,
        credentials={name: Secret(value) for name, value in listing.credentials.items()},
        auth_token=Secret(publisher_account.auth_token),
    )
