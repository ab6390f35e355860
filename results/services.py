"""Writes of results: the record of what happened, and the events an account should know of."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import InterfaceError, OperationalError

from accounts.models import Account
from billing.models import LedgerEntry
from publishers.contract.errors import Unexpected
from rest.bulk import Tables, insert, insert_on
from rest.databases import Database
from rest.sids import new_sid
from results.event_codes import CODES
from results.models import Event, Invocation
from results.outcomes import Asked, Outcome

_PERCENT: Final = 100


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


@dataclass(frozen=True)
class Record:
    """A happening, and what came of it at each add-on that was asked."""

    happening: Happening
    outcomes: Sequence[tuple[Asked, Outcome]]


def record(happening: Happening, outcomes: Sequence[tuple[Asked, Outcome]]) -> None:
    """Keep every invocation of a happening, its charges and what went wrong, in one transaction.

    Nothing is delivered before this has committed, so nobody pays for an answer that was lost, and no
    answer is given away. Raises DatabaseError.
    """
    insert(_tables([Record(happening, outcomes)]))


async def record_all(database: Database, records: Sequence[Record]) -> list[Exception | None]:
    """The same for many happenings in one commit; tells for each whether it was kept.

    When a row is refused, each happening is tried alone, so that only its own is lost. Raises
    OperationalError or InterfaceError when the database is gone or locked: then none is kept.
    """
    try:
        await insert_on(database, _tables(records))
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # noqa: BLE001 - a bug of ours in one record, too, costs that one alone
        return [await _kept_alone(database, each) for each in records]
    return [None] * len(records)


async def _kept_alone(database: Database, each: Record) -> Exception | None:
    """What kept this one from being kept. Never raises, because the ones before it are kept by now."""
    try:
        await insert_on(database, _tables([each]))
    except Exception as error:  # noqa: BLE001 - it is raised to whoever asked for this one
        return error
    return None


def _tables(records: Sequence[Record]) -> Tables:
    rows = [(each.happening, *outcome) for each in records for outcome in each.outcomes]
    return {
        Invocation: [_invocation(*row) for row in rows],
        LedgerEntry: [_charge(*row) for row in rows if row[2].charge.amount_micros],
        Event: [_failure(*row) for row in rows if not row[2].succeeded],
    }


def note_event(*, account: Account, happening: Happening, code: int, text: str, url_host: str = "") -> Event:
    """Tell an account what went wrong with something that happened at one of its numbers."""
    event = Event(**_event(happening, code=code, text=text), account=account)
    event.url_host = url_host[: Event.MAX_HOST_LENGTH]
    event.save(force_insert=True)
    return event


def _failure(happening: Happening, asked: Asked, outcome: Outcome) -> dict[str, Any]:
    code = Unexpected.code if outcome.code is None else outcome.code
    text = f"{asked.unique_name}: {outcome.message}"
    return {**_event(happening, code=code, text=text), "account_id": asked.account_id}


def _event(happening: Happening, *, code: int, text: str) -> dict[str, Any]:
    return {
        "level": CODES[code].level,
        "code": code,
        "text": text[: Event.MAX_TEXT_LENGTH],
        "extension": happening.extension,
        "number_sid": happening.number_sid,
        "reference_sid": happening.reference_sid,
        "event_id": happening.event_id,
    }


def _invocation(happening: Happening, asked: Asked, outcome: Outcome) -> dict[str, Any]:
    return {
        "sid": outcome.request_sid,
        "event_id": happening.event_id,
        "account_id": asked.account_id,
        "installed_add_on_id": asked.installed_add_on_id,
        "version_id": asked.version_id,
        "extension": happening.extension,
        "purpose": happening.purpose,
        "primary_address": happening.primary_address,
        "reference_sid": happening.reference_sid,
        "status": "successful" if outcome.succeeded else "failed",
        "code": outcome.code,
        "message": outcome.message,
        "http_status": outcome.http_status,
        "attempts": outcome.attempts,
        "started_at": outcome.started_at,
        "duration_ms": outcome.duration_ms,
        "answer_bytes": outcome.answer_bytes,
        "answer": outcome.answer if is_kept(outcome.request_sid) else b"",
        "answer_sha256": hashlib.sha256(outcome.answer).hexdigest() if outcome.answer else "",
        "trace": [step.as_json() for step in outcome.trace],
        "counts_in_service_level": outcome.counts_in_service_level,
        "charge_micros": outcome.charge.amount_micros,
        "currency": outcome.charge.currency,
        "charge_reason": outcome.charge.reason,
    }


def is_kept(request_sid: str) -> bool:
    """Whether the answer's bytes are kept: the share of KEPT_ANSWERS, chosen by the random end of the SID."""
    return int(request_sid[-8:], 16) % _PERCENT < settings.KEPT_ANSWERS


def _charge(happening: Happening, asked: Asked, outcome: Outcome) -> dict[str, Any]:
    charge = outcome.charge
    return {
        "payer_id": asked.account_id,
        "payee_id": asked.publisher_account_id,
        "request_sid": outcome.request_sid,
        "kind": LedgerEntry.Kind.USE.value,
        "installed_add_on_id": asked.installed_add_on_id,
        "version_id": asked.version_id,
        "extension": happening.extension,
        "quantity": charge.quantity,
        "unit_price_micros": charge.unit_price_micros,
        "amount_micros": charge.amount_micros,
        "currency": charge.currency,
    }
