"""What must hold at any moment, whatever was killed, flushed or restarted (safety 6), in sentences.

Each function gives what contradicts it, at most `SHOWN` of it. I4, I8 and I9 are the database's: the ledger
has no balance that could differ, foreign keys and the acceptance of terms are constraints.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any, Final

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet

from billing.models import LedgerEntry
from deliveries.models import Delivery
from publishers.contract.limits import MAX_DISPATCH_LEASES
from recordings.models import Recording
from rest.leases import LONGEST_LEASE, LONGEST_PAUSE, database_time
from results import retention
from results.models import AddOnResult, Invocation, Payload
from results.result_models import OPEN, ResultStatus
from results.settling import PROCESSING_LEASE

SHOWN: Final = 100
# What the sweeper has not come to yet.
GRACE: Final = timedelta(seconds=60)
# The purge runs each hour, and may be stopped for a while.
PURGE_GRACE: Final = timedelta(days=1)
_PIECE: Final = 262_144

_WAITING: Final = (ResultStatus.INIT, ResultStatus.QUEUED)
_TOLD: Final = (ResultStatus.COMPLETED, ResultStatus.FAILED)


def violations(*, with_files: bool = False) -> list[str]:
    """Everything that contradicts an invariant. `with_files`: also by reading every file that is kept."""
    found = [f"{name}: {sentence}" for name, each in INVARIANTS.items() for sentence in islice(each(), SHOWN)]
    if with_files:
        found += [f"I6: {sentence}" for sentence in islice(files_differ(), SHOWN)]
    return found


def open_for_too_long() -> Iterator[str]:
    """I1: whatever is past its deadline has ended, and what has none is somebody's to send."""
    at = database_time()
    late = Q(deadline__lt=at - GRACE) & ~Q(status=ResultStatus.PROCESSING)
    unread = Q(status=ResultStatus.PROCESSING, date_updated__lt=at - PROCESSING_LEASE - GRACE)
    for result in AddOnResult.objects.open().filter(late | unread):
        yield f"{result} is {result.status} since {result.date_updated}, its deadline is {result.deadline}"
    nobodys = AddOnResult.objects.filter(status__in=_WAITING, due_at=None)
    yield from (f"{result} is {result.status}, and nobody is to send it" for result in nobodys)
    endless = AddOnResult.objects.filter(status=ResultStatus.IN_PROGRESS, deadline=None)
    yield from (f"{result} is awaited without a deadline" for result in endless)


def results_without_records() -> Iterator[str]:
    """I2: each result that ended has one invocation that says the same, and a charge if that has a price."""
    same = Invocation.objects.filter(sid=OuterRef("sid"))
    good = same.filter(status=Invocation.Status.SUCCESSFUL)
    kept = _kept_results()
    for result in kept.filter(~Exists(good), status=ResultStatus.COMPLETED):
        yield f"{result} is completed, and no successful invocation says so"
    bad = same.filter(status=Invocation.Status.FAILED)
    for result in kept.filter(~Exists(bad), status__in=[ResultStatus.FAILED, ResultStatus.CANCELED]):
        yield f"{result} is {result.status}, and no failed invocation says so"
    for result in kept.filter(Exists(same), status__in=OPEN):
        yield f"{result} is {result.status}, and has an invocation already"
    charged = LedgerEntry.objects.filter(request_sid=OuterRef("sid"), kind=LedgerEntry.Kind.USE)
    recorded = Invocation.objects.filter(Exists(AddOnResult.objects.filter(sid=OuterRef("sid"))))
    for invocation in recorded.filter(~Exists(charged), charge_micros__gt=0):
        yield f"{invocation} costs {invocation.charge_micros} millionths, and the ledger does not know"


def charges_without_results() -> Iterator[str]:
    """I3: what is charged was completed, once, at the price of its invocation."""
    charges = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.USE)
    not_completed = AddOnResult.objects.filter(sid=OuterRef("request_sid")).exclude(
        status__in=[ResultStatus.COMPLETED, ResultStatus.DELETED]
    )
    for entry in charges.filter(Exists(not_completed)):
        yield f"{entry.request_sid} is charged, and not completed"
    other = Invocation.objects.filter(sid=OuterRef("request_sid")).exclude(
        charge_micros=OuterRef("amount_micros")
    )
    for entry in charges.filter(Exists(other)):
        yield f"{entry.request_sid} is charged {entry.amount_micros}, which is not what its invocation says"


def ends_without_notice() -> Iterator[str]:
    """I5: whoever named an address is owed one notice of each end, and it is never put off for days."""
    notice = Delivery.objects.filter(reference_sid=OuterRef("sid"), kind=Delivery.Kind.RESULT)
    # Settings that were changed since may have named no address then.
    unnoticed = _kept_results().filter(
        ~Exists(notice), status__in=_TOLD, date_completed__gt=F("installed_add_on__date_updated")
    )
    for result in unnoticed.select_related("installed_add_on"):
        if result.installed_add_on.configuration.get("callback_url"):
            yield f"{result} is {result.status}, and nobody is told"
    early = AddOnResult.objects.filter(sid=OuterRef("reference_sid"), status__in=OPEN)
    for delivery in Delivery.objects.filter(Exists(early), kind=Delivery.Kind.RESULT):
        yield f"{delivery} tells of {delivery.reference_sid}, which has not ended"
    far = database_time() + LONGEST_PAUSE
    for delivery in Delivery.objects.filter(status=Delivery.Status.PENDING):
        if delivery.due_at is None or delivery.due_at > far:
            yield f"{delivery} is to be sent {delivery.due_at or 'never'}"


def files_missing() -> Iterator[str]:
    """I6: what can be read has its file, and each file belongs to something."""
    for payload in Payload.objects.kept().iterator():
        if not default_storage.exists(str(payload.data.name)):
            yield f"{payload} has no file"
    completed = Recording.objects.filter(status=Recording.Status.COMPLETED)
    for recording in completed.iterator():
        if not default_storage.exists(str(recording.audio.name)):
            yield f"{recording} has no file"
    for folder in retention.FOLDERS:
        yield from (f"{name} belongs to nothing" for name in retention.orphans(folder))


def files_differ() -> Iterator[str]:
    """I6, read to the end: a file is what was stored."""
    for payload in Payload.objects.kept().iterator():
        yield from _difference(payload, str(payload.data.name), payload.size, payload.sha256)
    completed = Recording.objects.filter(status=Recording.Status.COMPLETED)
    for recording in completed.iterator():
        yield from _difference(recording, str(recording.audio.name), recording.size, recording.sha256)


def readable_for_too_long() -> Iterator[str]:
    """I7: nothing too old or deleted is readable, and the purge does come to it."""
    at = database_time()
    limit = at - timedelta(days=settings.RESULT_RETENTION_DAYS)
    for result in AddOnResult.objects.kept().filter(date_created__lt=limit):
        yield f"{result} is readable past its retention"
    old_or_deleted = Q(result__date_created__lt=limit) | Q(result__status=ResultStatus.DELETED)
    for payload in Payload.objects.kept().filter(old_or_deleted | Q(removed_at__isnull=False)):
        yield f"{payload} is readable, and should be gone"
    for result in AddOnResult.objects.filter(date_created__lt=limit - PURGE_GRACE):
        yield f"{result} is past its retention for more than a day"
    for payload in Payload.objects.to_remove().filter(removed_at__lt=at - PURGE_GRACE):
        yield f"{payload} is to be removed for more than a day"


def tried_or_leased_too_much() -> Iterator[str]:
    """I10: tries have an end, and a lease is never an hour long."""
    at = database_time()
    models: list[type[Any]] = [AddOnResult, Recording, Delivery]
    for model in models:
        for row in model.objects.filter(leased_until__gt=at + LONGEST_LEASE):
            yield f"{row} is leased until {row.leased_until}"
    # One more than the limit, in which it is given up.
    for result in AddOnResult.objects.filter(status__in=_WAITING, tries__gt=MAX_DISPATCH_LEASES + 1):
        yield f"{result} was taken {result.tries} times to be sent"


INVARIANTS: Final[Mapping[str, Callable[[], Iterator[str]]]] = {
    "I1": open_for_too_long,
    "I2": results_without_records,
    "I3": charges_without_results,
    "I5": ends_without_notice,
    "I6": files_missing,
    "I7": readable_for_too_long,
    "I10": tried_or_leased_too_much,
}


def _kept_results() -> "QuerySet[AddOnResult]":
    """Those whose invocation is not purged yet: the two go one after the other."""
    limit = database_time() - timedelta(days=settings.RESULT_RETENTION_DAYS)
    return AddOnResult.objects.filter(date_created__gt=limit)


def _difference(row: Model, name: str, size: int, sha256: str) -> Iterator[str]:
    digest, read = hashlib.sha256(), 0
    try:
        with default_storage.open(name) as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                read += len(piece)
    except FileNotFoundError:  # `files_missing` says so
        return
    if (read, digest.hexdigest()) != (size, sha256):
        yield f"{row} has other bytes than were stored"
