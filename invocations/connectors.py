"""Connectors: an event of the platform comes in, the add-ons are asked, the developer's webhook answers.

Read, ask, write, forward, write: while anybody else is waited for, no transaction is open and no connection
to the database is held.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import orjson
from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connection

from invocations import events
from invocations.forwarding import Failure, Forwarded, Pairs, Target, Webhook, WebhookAnswer, forward
from marketplace.models import IncomingPhoneNumber, InstalledAddOn
from marketplace.number_runs import running_at
from publishers.contract.egress import EgressPolicy
from publishers.contract.points import POINTS
from publishers.contract.secret import Secret
from rest.errors import Refused
from results.event_codes import WEBHOOK_USES_GET
from results.models import MAX_ADDRESS_LENGTH, MAX_REFERENCE_LENGTH, Invocation
from results.services import Happening, note_event

ADD_ONS: Final = "AddOns"
# What the platform takes for "nothing to do": no webhook is set.
NOTHING_TO_DO: Final = WebhookAnswer(
    content_type="application/xml", body=b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
)


class NobodyAnswered(Refused):
    """502: neither the webhook nor its fallback gave an answer; the platform shall do as if it had asked."""

    http_status = HTTPStatus.BAD_GATEWAY

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"The webhook gave no answer: {failure.reason}")
        self.code = failure.code


@dataclass(frozen=True, kw_only=True)
class Connector:
    """What comes in at one extension point.

    `fields`: the parameter behind each template field. `references`: the parameters that may name the event,
    the best first. `targets`: the webhook of a number and its fallback.
    """

    point: str
    fields: Mapping[str, str]
    references: tuple[str, ...]
    targets: Callable[[IncomingPhoneNumber], tuple[Target, Target]]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of an event: what the targets were to be told, and what they said within how long."""

    event_id: str
    webhook: Webhook
    forwarded: Forwarded
    forward_ms: int


def take(*, number: IncomingPhoneNumber, connector: Connector, parameters: Pairs) -> WebhookAnswer:
    """Ask the add-ons that run at this number, tell the developer, and return what the developer answers.

    A failing add-on stops nothing. An event the platform repeats is asked about, and forwarded, again: only
    the developer knows whether the first answer arrived. Raises NobodyAnswered.
    """
    targets = targets_of(number, connector)
    if not targets:
        return NOTHING_TO_DO
    taken = carry(number=number, connector=connector, parameters=parameters, targets=targets)
    if taken.forwarded.answer is None:
        raise NobodyAnswered(taken.forwarded.failures[-1])
    return taken.forwarded.answer


def targets_of(number: IncomingPhoneNumber, connector: Connector) -> tuple[Target, ...]:
    """The number's webhook, and its fallback if it has one; none without a webhook."""
    webhook, fallback = connector.targets(number)
    if not webhook.url:
        return ()
    return (webhook, fallback) if fallback.url else (webhook,)


def carry(
    *, number: IncomingPhoneNumber, connector: Connector, parameters: Pairs, targets: tuple[Target, ...]
) -> Taken:
    """Ask the add-ons that run at this number and tell the targets; with no target, only ask."""
    own = tuple(pair for pair in parameters if pair[0] != ADD_ONS)
    happening = _happening(number, connector, dict(own))
    if targets and not targets[0].takes_add_ons:
        add_ons = None
        _note_get(number, happening)
    else:
        add_ons = _add_ons(number, connector, happening, dict(own))
    webhook = Webhook(
        targets=targets, parameters=own, add_ons=add_ons, token=Secret(number.account.auth_token)
    )
    policy = EgressPolicy.from_hosts(settings.OUTBOUND_ALLOWED_HOSTS)
    if not connection.in_atomic_block:
        connection.close()  # a webhook that hangs must not hold one of the database's connections
    started = time.monotonic()
    forwarded = async_to_sync(forward)(webhook, policy)
    forward_ms = round((time.monotonic() - started) * 1000)
    for failure in forwarded.failures:
        _note_failure(number, happening, failure)
    return Taken(event_id=happening.event_id, webhook=webhook, forwarded=forwarded, forward_ms=forward_ms)


def _happening(number: IncomingPhoneNumber, connector: Connector, given: Mapping[str, str]) -> Happening:
    fields = connector.fields
    reference = next((given[name] for name in connector.references if given.get(name)), "")
    return Happening(
        extension=connector.point,
        purpose=Invocation.Purpose.LIVE,
        primary_address=_column(given.get(fields["primary_address"], ""), MAX_ADDRESS_LENGTH),
        reference_sid=_column(reference, MAX_REFERENCE_LENGTH),
        number_sid=number.sid,
    )


def _column(text: str, length: int) -> str:
    """What fits a column: PostgreSQL keeps no NUL."""
    return text.replace("\x00", "")[:length]


def _note_get(number: IncomingPhoneNumber, happening: Happening) -> None:
    """A webhook that uses GET gets no answers, so none is paid for; its owner is told, if any would run."""
    if running_at(number, POINTS[happening.extension]).exists():
        note_event(
            account=number.account,
            happening=happening,
            code=WEBHOOK_USES_GET,
            text="The webhook uses GET, so no add-on was asked.",
        )


def _add_ons(
    number: IncomingPhoneNumber, connector: Connector, happening: Happening, given: Mapping[str, str]
) -> str | None:
    """The envelope as compact JSON; None when no add-on is on."""
    chosen = list(running_at(number, POINTS[connector.point]))
    enabled = InstalledAddOn.objects.of(number.account).enabled_for(connector.point)
    if not chosen and not enabled.exists():
        return None
    event = {field: given[name] for field, name in connector.fields.items() if name in given}
    return orjson.dumps(events.answers(chosen, happening=happening, event=event)).decode()


def _note_failure(number: IncomingPhoneNumber, happening: Happening, failure: Failure) -> None:
    which = "fallback of the webhook" if failure.is_fallback else "webhook"
    note_event(
        account=number.account,
        happening=happening,
        code=failure.code,
        text=f"The {which} failed: {failure.reason}",
        url_host=failure.host,
    )
