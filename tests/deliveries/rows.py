"""Notices for tests, and receivers for them."""

from typing import Any

from accounts.models import Account
from deliveries import services
from deliveries.models import Delivery, DeliveryAttempt
from deliveries.sending import Notice
from publishers.contract.addresses import EgressPolicy
from publishers.contract.secret import Secret
from rest.leases import database_time
from rest.sids import new_sid

TOKEN = "0123456789abcdef0123456789abcdef"
SAID = '{"status":"successful"}'
LOOPBACK = EgressPolicy.from_hosts(["127.0.0.1"])


def make_notice(url: str, **changes: Any) -> Notice:
    """A notice of one parameter, as it is sent."""
    values = {
        "sid": new_sid("DE"),
        "method": "POST",
        "parameters": (("AddOns", SAID),),
        "token": Secret(TOKEN),
    }
    return Notice(url=url, **{**values, **changes})


def make_delivery(
    account: Account, url: str = "https://hooks.acme.example/results", **changes: Any
) -> Delivery:
    """A notice that is owed, due now."""
    parameters = changes.pop("parameters", [("AddOns", SAID)])
    delivery, _ = services.owe(
        account=account,
        kind="result",
        reference_sid=changes.pop("reference_sid", new_sid("XR")),
        callback=services.Callback(url=url, method=changes.pop("method", "POST"), parameters=parameters),
    )
    Delivery.objects.filter(pk=delivery.pk).update(**changes)
    return Delivery.objects.get(pk=delivery.pk)


def make_attempt(delivery: Delivery, **changes: Any) -> DeliveryAttempt:
    """An attempt that the receiver answered with 500."""
    values = {"http_status": 500, "duration_ms": 12, "error": "The answer was 500."}
    return DeliveryAttempt.objects.create(delivery=delivery, **{**values, **changes})


def make_due(delivery: Delivery) -> None:
    """The pause is over."""
    Delivery.objects.filter(pk=delivery.pk).update(due_at=database_time())
