"""Reports of the contract tester: asked for, worked off by whoever takes the lease, cancelled.

A report is pinned to what the version said when it was asked for. While it is made, its row tells how far it
is and keeps its lease alive; a process that dies leaves a lease that runs out, and another begins anew.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from asgiref.sync import async_to_sync, sync_to_async
from celery import shared_task
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.requests import Actor
from conformance.platform_receiver import PlatformReceiver
from conformance.suite.report import Report
from conformance.suite.run import run
from conformance.suite.subject import Subject, identity_of
from publishers.blocks import BLOCKS
from publishers.contract.points import RECORDING_ANALYSIS
from publishers.contract.secret import Secret
from publishers.models import ContractReport, ListingVersion
from publishers.versions import locked_listing
from rest.errors import Conflict
from rest.leases import database_time, hint

log = logging.getLogger(__name__)

Status = ContractReport.Status
UNDER_WAY: Final = (Status.QUEUED, Status.RUNNING)
LEASE: Final = timedelta(seconds=60)
BEAT_SECONDS: Final = 1.0
# So many processes may die at one before it is broken off.
MOST_TRIES: Final = 3
# The tester has clocks of its own; this one is behind them.
LONGEST_SECONDS: Final = 900.0
BROKE_OFF: Final = (
    "The tester was interrupted {} times. Run it again; if it happens again, ask the operators."
)
CHANGED: Final = "The version changed before the tester began. Run it again."
OWN_FAULT: Final = "The tester itself failed. The log of the platform holds the details."
OUT_OF_TIME: Final = "The tester ran out of time before every check had its turn."


class AlreadyUnderWay(Conflict):
    """409: one report of a listing is made at a time."""


class NotUnderWay(Conflict):
    """409: the report has ended, so there is nothing to cancel."""


def request_report(*, version: ListingVersion, actor: Actor, is_operators: bool = False) -> ContractReport:
    """Owe a report about what the version says now, and tell a worker. Raises AlreadyUnderWay.

    Whoever calls has seen to it that the actor is the publisher, or an operator (`is_operators`).
    """
    with transaction.atomic():
        listing = locked_listing(version.listing)
        open_report = ContractReport.objects.filter(version__listing=listing, status__in=UNDER_WAY).first()
        if open_report is not None:
            raise AlreadyUnderWay(
                f"Conflict: the contract tester is at work on this listing already ({open_report.sid}): "
                "wait for it, or cancel it"
            )
        at = database_time()
        report = ContractReport.objects.create(
            version=version,
            definition_sha256=version.definition_sha256,
            requested_by=actor.user,
            credential=actor.credential,
            is_operators=is_operators,
            due_at=at,
            hinted_at=at,
        )
        hint(make_report, [report.sid])
    return report


def cancel(*, report: ContractReport) -> None:
    """End a report early. Who works on it sees that within a second. Raises NotUnderWay."""
    open_rows = ContractReport.objects.filter(pk=report.pk, status__in=UNDER_WAY)
    if not open_rows.update(status=Status.CANCELED, due_at=None, date_completed=timezone.now()):
        raise NotUnderWay("Conflict: this report has ended already")


# The name under which workers know it; `conformance.tasks` offers it, so that they find it.
@shared_task(name="conformance.tasks.make_report", ignore_result=True, acks_late=True)
def make_report(sid: str) -> None:
    """Make the report, if that is still to be done. May run twice and may die anywhere: the row decides."""
    report = _claimed(sid)
    if report is None:
        return
    if report.tries > MOST_TRIES:
        _end(report, status=Status.BROKEN, document={"error": BROKE_OFF.format(MOST_TRIES)})
        return
    if report.version.definition_sha256 != report.definition_sha256:
        _end(report, status=Status.BROKEN, document={"error": CHANGED})
        return
    ContractReport.objects.held(report).filter(status=Status.QUEUED).update(status=Status.RUNNING)
    try:
        made = async_to_sync(_watched)(report)
    except Exception:  # a bug of ours ends this report alone, and is logged
        log.exception("%s failed by a bug", report.sid)
        _end(report, status=Status.BROKEN, document={"error": OWN_FAULT})
        return
    if made is not None:
        _keep(report, made)


def subject_of(version: ListingVersion) -> Subject:
    """The version as the contract tester takes it; it comes with its listing and publisher's account."""
    listing = version.listing
    account = listing.publisher.account
    return Subject(
        blocks={name: getattr(listing, name) for name in BLOCKS},
        definition=version.definition,
        credentials={name: Secret(value) for name, value in listing.credentials.items()},
        auth_token=Secret(account.auth_token),
        identity=identity_of(account.sid, add_on_sid=listing.sid, version_sid=version.sid),
        allowed_hosts=tuple(settings.OUTBOUND_ALLOWED_HOSTS),
    )


def _claimed(sid: str) -> ContractReport | None:
    claimed = ContractReport.objects.filter(status__in=UNDER_WAY)
    if not claimed.lease(sid, LEASE):
        return None
    report: ContractReport = ContractReport.objects.select_related(
        "version__listing__publisher__account"
    ).get(sid=sid)
    return report


class _Progress:
    """How far the tester is, told by it and read beside it."""

    def __init__(self) -> None:
        self.done = self.total = 0

    def tell(self, done: int, total: int) -> None:
        self.done, self.total = done, total


async def _watched(report: ContractReport) -> Report | None:
    """The report, while its row says how far it is. None when it was cancelled or taken over."""
    progress, version = _Progress(), report.version
    is_recording = version.definition.get("type") == RECORDING_ANALYSIS
    receiver = PlatformReceiver(version.sid) if is_recording else None
    testing = asyncio.create_task(
        run(subject_of(version), receiver=receiver, on_progress=progress.tell), name=report.sid
    )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            while not testing.done():
                await asyncio.wait({testing}, timeout=BEAT_SECONDS)
                if not await sync_to_async(_is_still_wanted)(report, progress):
                    return None
            return testing.result()
    finally:
        testing.cancel()
        with suppress(asyncio.CancelledError, Exception):  # what it raised was raised above
            await testing


def _is_still_wanted(report: ContractReport, progress: _Progress) -> bool:
    """Note how far it is, and keep the lease. False when it was cancelled, or somebody else took it."""
    mine = ContractReport.objects.held(report).filter(status=Status.RUNNING)
    lease = database_time() + LEASE
    is_wanted = bool(mine.update(done=progress.done, total=progress.total, leased_until=lease))
    if not connection.in_atomic_block:
        connection.close()  # a service that is slow must not hold one of the database's connections
    return is_wanted


def _keep(report: ContractReport, made: Report) -> None:
    document, counts = made.as_json(), made.counts
    verdict: str = made.verdict
    status = Status.DONE
    if not made.is_complete:
        status, verdict, document = Status.BROKEN, "", {**document, "error": OUT_OF_TIME}
    total = len(made.checks)
    _end(
        report,
        status=status,
        verdict=verdict,
        document=document,
        done=total,
        total=total,
        failed=counts["failed"],
        warned=counts["warned"],
    )


def _end(report: ContractReport, **values: Any) -> None:
    """The last word about a report, unless it was cancelled or taken over."""
    ended = {**values, "due_at": None, "leased_until": None, "date_completed": timezone.now()}
    ContractReport.objects.held(report).filter(status__in=UNDER_WAY).update(**ended)
