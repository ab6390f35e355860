"""Writes of the outbox: owe a notice, take one to send it, and keep what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import Account
from deliveries.models import Delivery, DeliveryAttempt
from deliveries.pauses import FAILURES_BEFORE_AN_EVENT, LEASE, pause_after
from deliveries.sending import Attempt
from rest.errors import Conflict
from rest.leases import database_time

BATCH = 1000


class NotReplayable(Conflict):
    """409: it cannot be sent again, or not now."""


class Settled(Enum):
    """What an attempt came to. `STALE`: the notice was withdrawn meanwhile, or somebody else holds it."""

    DELIVERED = auto()
    WAITING = auto()
    IN_TROUBLE = auto()
    GIVEN_UP = auto()
    STALE = auto()


@dataclass(frozen=True, kw_only=True)
class Callback:
    """Where an account wants to be told, how, and what: the parameters of the form."""

    url: str
    method: str
    parameters: Sequence[tuple[str, str]]


def owe(
    *, account: Account, kind: str, reference_sid: str, callback: Callback, is_told: bool = True
) -> tuple[Delivery, bool]:
    """Owe a notice, due now, in the caller's transaction; and whether it was not owed already.

    Who calls tells a worker (`rest.leases.hint`), or leaves that to the next sweep (`is_told` is false). The
    address is judged each time it is connected to.
    """
    at = database_time()
    delivery = Delivery(
        account=account,
        kind=kind,
        reference_sid=reference_sid,
        url=callback.url,
        host=host_of(callback.url),
        method=callback.method,
        parameters=[list(pair) for pair in callback.parameters],
        due_at=at,
        hinted_at=at if is_told else None,
    )
    try:
        with transaction.atomic():
            delivery.save(force_insert=True)
    except IntegrityError:
        return Delivery.objects.get(kind=kind, reference_sid=reference_sid), False
    return delivery, True


def host_of(url: str) -> str:
    """The host of a URL; empty when it has none that can be read."""
    try:
        return (urlsplit(url).hostname or "")[: Delivery.MAX_HOST_LENGTH]
    except ValueError:
        return ""


def claim(sid: str) -> Delivery | None:
    """Take a notice to send it; None when it is not due, somebody has it, or its host has enough."""
    claimed: Delivery | None = Delivery.objects.claim(sid, lease=LEASE)
    return claimed


def settle(delivery: Delivery, attempt: Attempt) -> Settled:
    """Keep an attempt, and what becomes of the notice, in one transaction. Sent first, marked after: a
    process that dies in between sends it again.
    """
    with transaction.atomic(savepoint=False):
        DeliveryAttempt.objects.create(
            delivery=delivery,
            at=attempt.at,
            http_status=attempt.http_status,
            duration_ms=attempt.duration_ms,
            error=attempt.error[: DeliveryAttempt.MAX_ERROR_LENGTH],
            by_hand=delivery.by_hand,
        )
        return _delivered(delivery) if attempt.succeeded else _failed(delivery, attempt)


def give_up(delivery: Delivery) -> Settled:
    """End a notice over which processes died as often as it may be tried."""
    return _ended(delivery, Delivery.Status.GIVEN_UP, Settled.GIVEN_UP)


def _delivered(delivery: Delivery) -> Settled:
    return _ended(delivery, Delivery.Status.DELIVERED, Settled.DELIVERED)


def _failed(delivery: Delivery, attempt: Attempt) -> Settled:
    delivery.failures += 1
    pause = pause_after(delivery.failures, retry_after=attempt.retry_after, most=delivery.most_attempts)
    if attempt.is_final:
        pause = None
    if pause is None:
        return _ended(delivery, Delivery.Status.GIVEN_UP, Settled.GIVEN_UP)
    delivery.due_at = database_time() + pause
    if not _written(delivery):
        return Settled.STALE
    in_trouble = delivery.failures == FAILURES_BEFORE_AN_EVENT
    return Settled.IN_TROUBLE if in_trouble else Settled.WAITING


def _ended(delivery: Delivery, status: Delivery.Status, settled: Settled) -> Settled:
    delivery.status, delivery.due_at = status, None
    delivery.date_completed = database_time()
    return settled if _written(delivery) else Settled.STALE


def _written(delivery: Delivery) -> bool:
    """Write what became of a notice and end the lease, if it is still ours and still wanted."""
    mine = Delivery.objects.held(delivery).filter(status=Delivery.Status.PENDING)
    return (
        mine.update(
            status=delivery.status,
            failures=delivery.failures,
            due_at=delivery.due_at,
            date_completed=delivery.date_completed,
            by_hand=False,
            leased_until=None,
            hinted_at=None,
        )
        == 1
    )


def replay(*, delivery: Delivery) -> Delivery:
    """Send a notice once more because somebody asks, also one that was taken: due now, as if it were new.

    Who calls tells a worker. Raises NotReplayable.
    """
    at = database_time()
    if not delivery.may_be_replayed:
        raise NotReplayable("What this notice tells about was deleted, so it is not sent any more.")
    rows = Delivery.objects.filter(sid=delivery.sid).exclude(status=Delivery.Status.WITHDRAWN)
    replayed = rows.not_under_way(at).update(
        status=Delivery.Status.PENDING,
        failures=0,
        due_at=at,
        leased_until=None,
        hinted_at=at,
        tries=F("tries") + 1,  # whoever still held it was overtaken
        date_completed=None,
        by_hand=True,
    )
    if not replayed:
        raise NotReplayable("It is being sent right now. Look at how that ends first.")
    return Delivery.objects.get(sid=delivery.sid)


def withdraw(*, kind: str, reference_sids: Sequence[str]) -> int:
    """Send nothing more about what was deleted. What was delivered stays as it is; tells how many changed."""
    told = Delivery.objects.filter(kind=kind, reference_sid__in=reference_sids)
    open_ones = told.filter(status__in=[Delivery.Status.PENDING, Delivery.Status.GIVEN_UP])
    return open_ones.update(
        status=Delivery.Status.WITHDRAWN, due_at=None, leased_until=None, date_completed=database_time()
    )


def drop_before(moment: datetime) -> int:
    """Delete notices made before this moment, in batches, with their attempts; tells how many rows went."""
    expired, dropped = Delivery.objects.filter(date_created__lt=moment).order_by("date_created"), 0
    while sids := list(expired.values_list("sid", flat=True)[:BATCH]):
        dropped += Delivery.objects.filter(sid__in=sids).delete()[0]
    return dropped


def is_worn_out(delivery: Delivery) -> bool:
    """Whether it was tried as often as it may be: the last holders died before they could tell."""
    return delivery.failures >= delivery.most_attempts
