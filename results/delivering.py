"""Send one notice that is owed, and tell the account when its receiver does not take it."""

import logging
from functools import partial
from typing import Final

from celery import shared_task
from django.conf import settings
from django.db import connection, transaction

from deliveries import mails, services
from deliveries.models import Delivery
from deliveries.sending import Attempt, Notice, send
from deliveries.services import Settled
from publishers.contract.egress import EgressPolicy
from publishers.contract.secret import Secret
from rest.leases import hint
from results.event_codes import RETRIEVAL_FAILED
from results.models import AddOnResult
from results.services import Happening, note_event

log = logging.getLogger(__name__)

IN_TROUBLE: Final = "The notice of a result was not taken {failures} times, and is tried on. {error}"
GIVEN_UP: Final = "The notice of a result was given up after {attempts}. {error}"
WORN_OUT: Final = "The process that sent it ended each time."


# The name under which workers know it; `results.tasks` offers it, so that they find it.
@shared_task(name="results.tasks.deliver", ignore_result=True, acks_late=True)
def deliver(sid: str) -> None:
    """Send a notice, if it is still owed. May run twice: the row decides."""
    waiting = deliver_one(sid)
    if waiting is not None:
        hint(deliver, [waiting])


def deliver_one(sid: str) -> str | None:
    """Claim it, send it, keep what came of it. Returns the next notice that waits for the same host."""
    delivery = services.claim(sid)
    if delivery is None:
        return None
    if services.is_worn_out(delivery):
        with transaction.atomic():
            _tell(delivery, services.give_up(delivery), WORN_OUT)
    else:
        notice = _notice(delivery)
        if not connection.in_atomic_block:
            connection.close()  # a receiver that hangs must not hold one of the database's connections
        attempt = send(notice, EgressPolicy.from_hosts(settings.OUTBOUND_ALLOWED_HOSTS))
        _log(delivery, attempt)
        with transaction.atomic():
            _tell(delivery, services.settle(delivery, attempt), attempt.error)
    return Delivery.objects.next_at(delivery.host)


def _notice(delivery: Delivery) -> Notice:
    return Notice(
        sid=delivery.sid,
        url=delivery.url,
        method=delivery.method,
        parameters=tuple((name, value) for name, value in delivery.parameters),
        token=Secret(delivery.account.auth_token),
    )


def _tell(delivery: Delivery, settled: Settled, error: str) -> None:
    """An event for the account, in the transaction that settles; and at the end a message to its owners.

    That a publisher does not take word of an install is told in the log alone (contract 16).
    """
    if delivery.is_to_publisher:
        if settled is Settled.GIVEN_UP:
            log.warning("%s of %s was given up: %s", delivery.kind, delivery.sid, error)
        return
    match settled:
        case Settled.IN_TROUBLE:
            _note(delivery, IN_TROUBLE.format(failures=delivery.failures, error=error))
        case Settled.GIVEN_UP:
            attempts = "1 attempt" if delivery.failures == 1 else f"{delivery.failures} attempts"
            _note(delivery, GIVEN_UP.format(attempts=attempts, error=error))
            if mails.is_due(delivery):
                transaction.on_commit(partial(mails.tell_owners, delivery, error), robust=True)


def _note(delivery: Delivery, text: str) -> None:
    result = AddOnResult.objects.select_related("recording").filter(sid=delivery.reference_sid).first()
    if result is None:  # retention took it, and nobody waits for it
        return
    note_event(
        account=delivery.account,
        happening=happening_of(result),
        code=RETRIEVAL_FAILED,
        text=text,
        url_host=delivery.host,
    )


def happening_of(result: AddOnResult) -> Happening:
    """What an event about a result belongs to: its recording."""
    return Happening(
        extension=result.extension,
        purpose=result.purpose,
        primary_address="",
        reference_sid=result.recording.sid,
        event_id=result.event_id,
    )


def _log(delivery: Delivery, attempt: Attempt) -> None:
    log.info("%s %s %s ms %s", delivery.sid, attempt.http_status or "-", attempt.duration_ms, attempt.error)
