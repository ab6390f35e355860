"""Tell a publisher that its add-on was installed or uninstalled (contract 16), through the outbox."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from deliveries import services
from deliveries.models import Delivery
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from rest.representation import IsoDate


def owe_notice(installed: InstalledAddOn, *, kind: Delivery.Kind) -> Delivery | None:
    """Owe its publisher word of an installed add-on, in the caller's transaction. None when none is wanted.

    The next sweep tells a worker: the task that sends is above this app. What it says is fixed now.
    """
    listing = installed.listing
    url = _address(listing, kind)
    if not url:
        return None
    parameters = [
        ("EventType", kind.value),
        ("AccountSid", installed.account.sid),
        ("ModuleSid", listing.sid),
        ("InstalledAddOnSid", installed.sid),
        ("Timestamp", IsoDate().to_representation(timezone.now())),
    ]
    delivery, _ = services.owe(
        account=listing.publisher.account,
        kind=kind,
        reference_sid=installed.sid,
        callback=services.Callback(url=url, method="POST", parameters=parameters),
        is_told=False,
    )
    return delivery


def _address(listing: Listing, kind: str) -> str:
    """Where the publisher wants to be told of this; empty when it does not. A listing file is judged when it
    is stored, but nothing a publisher wrote may keep an account from uninstalling."""
    wanted = _mapping(_mapping(listing.configuration).get("notification_configuration"))
    url, events = wanted.get("callback_url"), wanted.get("notification_events")
    if not isinstance(events, list) or kind not in events or not isinstance(url, str):
        return ""
    return url if url.isprintable() and len(url) <= Delivery.MAX_URL_LENGTH else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
