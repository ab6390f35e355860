"""Writes of results: the record of what happened, and the events an account should know of."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from django.db import transaction

from accounts.models import Account
from billing.models import LedgerEntry
from marketplace.models import InstalledAddOn
from publishers.contract.errors import Unexpected
from rest.sids import new_sid
from results.event_codes import CODES
from results.models import Event, Invocation
from results.outcomes import Outcome


@dataclass(frozen=True, kw_only=True)
class Happening:
    """What happened, once for all the add-ons it was shown to.

    `reference_sid`: the platform's own name of the message or call. `number_sid`: where it came in.
    """

    extension: str
    purpose: str
    primary_address: str
    reference_sid: str = ""
    number_sid: str = ""
    event_id: str = field(default_factory=partial(new_sid, ""))


def record(event: Happening, asked: Iterable[tuple[InstalledAddOn, Outcome]]) -> None:
    """Keep every invocation of a happening, its charges and what went wrong, in one transaction.

    Nothing is delivered before this has committed, so nobody pays for an answer that was lost, and no
    answer is given away.
    """
    asked = list(asked)
    with transaction.atomic():
        Invocation.objects.bulk_create(_invocation(event, *each) for each in asked)
        LedgerEntry.objects.bulk_create(
            _charge(event, installed, outcome) for installed, outcome in asked if outcome.charge.amount_micros
        )
        Event.objects.bulk_create(
            _failure(event, installed, outcome) for installed, outcome in asked if not outcome.succeeded
        )


def note_event(*, account: Account, happening: Happening, code: int, text: str, url_host: str = "") -> Event:
    """Tell an account what went wrong with something that happened at one of its numbers."""
    event = _event(happening, code=code, text=text)
    event.account, event.url_host = account, url_host[: Event.MAX_HOST_LENGTH]
    event.save(force_insert=True)
    return event


def _failure(happening: Happening, installed: InstalledAddOn, outcome: Outcome) -> Event:
    code = Unexpected.code if outcome.code is None else outcome.code
    event = _event(happening, code=code, text=f"{installed.unique_name}: {outcome.message}")
    event.account_id = installed.account_id
    return event


def _event(happening: Happening, *, code: int, text: str) -> Event:
    return Event(
        level=CODES[code].level,
        code=code,
        text=text[: Event.MAX_TEXT_LENGTH],
        extension=happening.extension,
        number_sid=happening.number_sid,
        reference_sid=happening.reference_sid,
        event_id=happening.event_id,
    )


def _invocation(event: Happening, installed: InstalledAddOn, outcome: Outcome) -> Invocation:
    return Invocation(
        sid=outcome.request_sid,
        event_id=event.event_id,
        account_id=installed.account_id,
        installed_add_on=installed,
        version_id=installed.version_id,
        extension=event.extension,
        purpose=event.purpose,
        primary_address=event.primary_address,
        reference_sid=event.reference_sid,
        status=Invocation.Status.SUCCESSFUL if outcome.succeeded else Invocation.Status.FAILED,
        code=outcome.code,
        message=outcome.message,
        http_status=outcome.http_status,
        attempts=outcome.attempts,
        started_at=outcome.started_at,
        duration_ms=outcome.duration_ms,
        answer_bytes=outcome.answer_bytes,
        answer=outcome.answer,
        trace=[step.as_json() for step in outcome.trace],
        counts_in_service_level=outcome.counts_in_service_level,
        charge_micros=outcome.charge.amount_micros,
        currency=outcome.charge.currency,
        charge_reason=outcome.charge.reason,
    )


def _charge(event: Happening, installed: InstalledAddOn, outcome: Outcome) -> LedgerEntry:
    charge = outcome.charge
    return LedgerEntry(
        payer_id=installed.account_id,
        payee_id=installed.listing.publisher.account_id,
        request_sid=outcome.request_sid,
        kind=LedgerEntry.Kind.USE,
        installed_add_on=installed,
        version_id=installed.version_id,
        extension=event.extension,
        quantity=charge.quantity,
        unit_price_micros=charge.unit_price_micros,
        amount_micros=charge.amount_micros,
        currency=charge.currency,
    )
