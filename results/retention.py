"""What is deleted or too old goes: rows, and the files that they name.

Always in this order: a row is marked, so that nobody reads it; its file is removed; the row goes. Whoever
dies on the way leaves what the next run finds. What was never marked keeps its file.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Final

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils import timezone

from deliveries import services as deliveries
from recordings.models import Recording
from rest.errors import Conflict
from rest.files import StorageDown, drop_leftovers, each_name
from rest.leases import database_time
from results import settling
from results.models import AddOnResult, Event, Invocation, Payload
from results.result_models import ResultStatus

log = logging.getLogger(__name__)

BATCH: Final = 1000
# A run that would delete more than this part of a table stops and asks: a clock may have jumped.
MOST_OF_A_TABLE: Final = 0.2
FEW: Final = 1000
# A file is stored before its row is written; a younger one may still get it.
ORPHAN_AGE: Final = timedelta(hours=1)
PAYLOADS: Final = "payloads"
FOLDERS: Final = (PAYLOADS, "recordings")
_TRIES: Final = 5


class TooMuch(Exception):
    """The purge would delete so much of a table that somebody should look first."""


# --- What an account deletes -----------------------------------------------------------------


def delete_result(result: AddOnResult) -> None:
    """Delete a result and all its payloads; what is still to come for it is not taken. Raises Conflict."""
    row = AddOnResult.objects.select_related("recording", "installed_add_on").get(pk=result.pk)
    for _ in range(_TRIES):  # it may change between our reading and our writing
        if row.status == ResultStatus.DELETED or settling.delete(row):
            break
        row.refresh_from_db()
    else:
        raise Conflict("Conflict: the result is changing, delete it again")
    _remove_once_committed(Payload.objects.filter(result=row))


def delete_payload(payload: Payload) -> None:
    """Delete one payload; its result stays."""
    row = Payload.objects.filter(pk=payload.pk)
    row.filter(removed_at=None).update(removed_at=database_time())
    _remove_once_committed(row)


def kept_until(result: AddOnResult) -> datetime:
    """When retention takes it."""
    return result.date_created + timedelta(days=settings.RESULT_RETENTION_DAYS)


def _remove_once_committed(payloads: "models.QuerySet[Payload]") -> None:
    """Should a file stay, because we die here or the storage is down, its mark says that it goes."""
    rows = payloads.filter(removed_at__isnull=False)
    transaction.on_commit(lambda: _remove(rows), robust=True)


def _remove(payloads: Iterable[Payload]) -> int:
    """Remove the files of marked payloads, then the rows. Raises StorageDown."""
    removed = 0
    for payload in payloads:
        if payload.data:
            payload.data.storage.delete(str(payload.data.name))
        removed += Payload.objects.filter(pk=payload.pk, removed_at__isnull=False).delete()[0]
    return removed


# --- What time takes -------------------------------------------------------------------------


def purge(*, even_if_much: bool = False) -> int:
    """Delete what is past its retention, by the database's clock. Returns how many rows went.

    Running it twice, or after a crash, deletes what is left. What things cost stays in the ledger. Raises
    TooMuch before anything is deleted, unless told to go on; StorageDown.
    """
    limit = database_time() - timedelta(days=settings.RESULT_RETENTION_DAYS)
    results = AddOnResult.objects.filter(date_created__lt=limit).order_by("date_created")
    invocations = Invocation.objects.filter(started_at__lt=limit).order_by("sid")
    if not even_if_much:
        _ask_if_much(results, AddOnResult)
        _ask_if_much(invocations, Invocation)
    dropped = remove_deleted() + _in_batches(results, _drop_results)
    dropped += _in_batches(invocations, partial(_delete_rows, Invocation))
    # An event does not outlive the results it belongs to.
    dropped += _in_batches(Event.objects.before(limit).order_by("sid"), partial(_delete_rows, Event))
    return dropped + deliveries.drop_before(limit)


def remove_deleted() -> int:
    """Finish what was deleted: results of deleted recordings, files of marked payloads."""
    ended = AddOnResult.objects.filter(recording__status=Recording.Status.DELETED)
    for result in ended.exclude(status=ResultStatus.DELETED).select_related("recording").iterator():
        settling.delete(result)
    removed = 0
    while marked := list(Payload.objects.to_remove().order_by("sid")[:BATCH]):
        removed += _remove(marked)
    return removed


def _ask_if_much(expired: "models.QuerySet[Any]", model: type[models.Model]) -> None:
    if not expired[FEW : FEW + 1].exists():
        return
    count, rows = expired.count(), model._default_manager.count()  # noqa: SLF001 - Django's public manager
    if count > MOST_OF_A_TABLE * rows:
        name = model._meta.verbose_name_plural  # noqa: SLF001 - Django's public _meta
        raise TooMuch(
            f"The purge would delete {count} of {rows} {name}: look at the clock of the database and at"
            " RESULT_RETENTION_DAYS; if both are right, run `manage.py purge --even-if-much`."
        )


def _in_batches(expired: "models.QuerySet[Any]", drop: Callable[[list[str]], int]) -> int:
    dropped = 0
    while sids := list(expired.values_list("sid", flat=True)[:BATCH]):
        dropped += drop(sids)
    return dropped


def _delete_rows(model: type[models.Model], sids: list[str]) -> int:
    return int(model._default_manager.filter(sid__in=sids).delete()[0])  # noqa: SLF001 - Django's public manager


def _drop_results(sids: list[str]) -> int:
    """Mark, remove, delete. Nobody reads one of these any more: `kept()` looks at its age as well."""
    now = database_time()
    AddOnResult.objects.filter(sid__in=sids).update(status=ResultStatus.DELETED, due_at=None)
    Payload.objects.filter(result__in=sids, removed_at=None).update(removed_at=now)
    removed = _remove(Payload.objects.filter(result__in=sids))
    return removed + _delete_rows(AddOnResult, sids)


# --- Files that no row names -----------------------------------------------------------------


def sweep_files() -> int:
    """Remove what whoever died left in the storage. Returns how many files went."""
    dropped = drop_leftovers()
    for folder in FOLDERS:
        for name in orphans(folder):
            try:
                default_storage.delete(name)
            except StorageDown:
                log.warning("%s belongs to nothing, and could not be removed", name)
            else:
                dropped += 1
    return dropped


def orphans(folder: str) -> Iterator[str]:
    """The names of files that no row names, and that no row is going to name."""
    stored = each_name(folder)
    while names := list(islice(stored, BATCH)):
        known = _known(folder, names)
        yield from (name for name in names if name not in known and _is_old(name))


def _known(folder: str, names: Iterable[str]) -> set[str]:
    """Those that rows name."""
    if folder == PAYLOADS:
        sids = [name.rpartition("/")[2] for name in names]
        return set(Payload.objects.filter(sid__in=sids).values_list("data", flat=True))
    return set(Recording.objects.filter(audio__in=names).values_list("audio", flat=True))


def _is_old(name: str) -> bool:
    """By the clock of the database and by ours: either may be ahead of the one that dated the file."""
    at = min(database_time(), timezone.now())
    try:
        return default_storage.get_modified_time(name) < at - ORPHAN_AGE
    except FileNotFoundError:  # somebody else was quicker
        return False
