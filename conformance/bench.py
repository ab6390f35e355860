"""The test bench: made-up events sent to a version's service for real, and cases kept to be sent again.

Nothing of it is an invocation: nobody pays, no service level counts it and no circuit breaker sees it.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from conformance import bench_events
from conformance.bench_calls import Came, ask_once, dispatch_once
from conformance.bench_events import Given
from conformance.models import BenchCase, BenchRun
from conformance.receiving import callback_url_of
from invocations.calls import Call, Plan
from publishers.compiled import definition_of
from publishers.contract.definition import Definition, definition_faults
from publishers.contract.egress import EgressPolicy
from publishers.contract.limits import ASYNC_DEADLINE_FACTOR, ASYNC_DEADLINE_FLOOR_MS
from publishers.contract.render import Identity
from publishers.contract.secret import MASK, Secret
from publishers.models import Listing, ListingVersion
from publishers.versions import locked_listing
from rest.errors import Conflict, Refused
from rest.sids import new_sid
from results.outcomes import Asked
from schema_forms.schemas import Fault

MOST_CASES: Final = 30
AT_ONCE: Final = 5
# A callback that did not come by then is not waited for any more.
LONGEST_WAIT: Final = timedelta(milliseconds=ASYNC_DEADLINE_FACTOR * bench_events.LONGEST_SAMPLE_MS)
_HEX: Final = 32


class NotYetRight(Refused):
    """400: the definition has faults, so nothing can be made of it to send."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("Invalid Definition: mend its faults first")


class NameTaken(Conflict):
    """409: another case of the listing has this name."""


class TooManyCases(Conflict):
    """409: the listing has as many cases as it may have."""


def testable(version: ListingVersion) -> Definition:
    """The compiled definition. Raises NotYetRight for one that its publisher is still writing."""
    if version.is_editable:
        faults = definition_faults(version.definition, allow_http_hosts=settings.OUTBOUND_ALLOWED_HOSTS)
        if faults:
            raise NotYetRight(faults)
    return definition_of(version)


def send(
    *, version: ListingVersion, given: Given, user: User | None, case: BenchCase | None = None
) -> BenchRun:
    """Send one event and keep what came of it. Raises NotYetRight.

    A recording is handed over; its callback is kept when it comes (`receiving`).
    """
    return _send_all(version, [(given, case)], user)[0]


def run_all(*, version: ListingVersion, user: User | None) -> list[BenchRun]:
    """Send every case of the listing whose point the version has, a few at a time. Raises NotYetRight."""
    points = testable(version).extensions
    cases = BenchCase.objects.filter(listing=version.listing, extension__in=points)
    return _send_all(version, [(given_of(each), each) for each in cases], user)


def keep_case(
    *, listing: Listing, name: str, given: Given, expected_code: int | None, case: BenchCase | None = None
) -> BenchCase:
    """Keep an event under a name, or change a kept one. Raises NameTaken, TooManyCases."""
    with transaction.atomic():
        locked_listing(listing)
        if case is None and listing.test_cases.count() >= MOST_CASES:
            raise TooManyCases(f"Conflict: a listing has at most {MOST_CASES} test cases: delete one first")
        kept = case or BenchCase(listing=listing)
        kept.name, kept.extension, kept.expected_code = name, given.point, expected_code
        kept.event, kept.runtime = dict(given.event), dict(given.runtime)
        kept.configuration = dict(given.configuration)
        try:
            with transaction.atomic():
                kept.save()
        except IntegrityError as error:
            raise NameTaken(f"Conflict: another test case is named {name}") from error
    return kept


def generate(*, version: ListingVersion, point: str) -> list[BenchCase]:
    """Keep six cases of a point, without those whose names are there. Raises NotYetRight, TooManyCases."""
    proposals = bench_events.six(testable(version), point)
    with transaction.atomic():
        names = set(version.listing.test_cases.values_list("name", flat=True))
        return [
            keep_case(
                listing=version.listing, name=each.name, given=each.given, expected_code=each.expected_code
            )
            for each in proposals
            if each.name not in names
        ]


def given_of(case: BenchCase) -> Given:
    """What a case sends."""
    return Given(
        point=case.extension, event=case.event, runtime=case.runtime, configuration=case.configuration
    )


def masked_configuration(definition: Definition, configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as a page may show them."""
    return {
        name: MASK if name in definition.secret_fields and value else value
        for name, value in configuration.items()
    }


def plan_of(version: ListingVersion, definition: Definition, configuration: Mapping[str, Any]) -> Plan:
    """A plan as that of an install; the install is made up, the same for each call of a listing."""
    listing = version.listing
    account = listing.publisher.account
    digits = hashlib.sha256(f"bench:{listing.sid}".encode()).hexdigest()[:_HEX]
    return Plan(
        asked=Asked(
            account_id=account.pk,
            installed_add_on_id=0,
            version_id=version.pk,
            publisher_account_id=account.pk,
            unique_name=listing.unique_name,
        ),
        definition=definition,
        identity=Identity(
            vendor_account_sid=account.sid,
            add_on_sid=listing.sid,
            version_sid=version.sid,
            install_sid=f"XD{digits}",
            configuration_sid=f"XE{digits}",
        ),
        configuration=configuration,
        credentials={name: Secret(value) for name, value in listing.credentials.items()},
        auth_token=Secret(account.auth_token),
    )


def _send_all(
    version: ListingVersion, wanted: Sequence[tuple[Given, BenchCase | None]], user: User | None
) -> list[BenchRun]:
    definition = testable(version)
    runs = [_begun(version, given, case, user) for given, case in wanted]
    for run in [] if definition.is_sync else runs:
        run.save(force_insert=True)  # its callback may come before the answer
    calls = [_call(version, definition, run, given) for run, (given, _) in zip(runs, wanted, strict=True)]
    if not connection.in_atomic_block:
        connection.close()  # a service that hangs must not hold one of the database's connections
    came = async_to_sync(_ask_all)(calls, definition)
    for run, each, (given, case) in zip(runs, came, wanted, strict=True):
        shown = {
            "event": dict(given.event),
            "runtime": dict(given.runtime),
            "configuration": masked_configuration(definition, given.configuration),
        }
        _end(run, each, {**run.document, **each.document, "input": shown}, case)
    return runs


def _begun(version: ListingVersion, given: Given, case: BenchCase | None, user: User | None) -> BenchRun:
    run = BenchRun(
        sid=new_sid("TR"),
        version=version,
        definition_sha256=version.definition_sha256,
        case=case,
        extension=given.point,
        duration_ms=0,
        requested_by=user,
    )
    if "milliseconds" in given.event:
        run.document = {"audio_ms": given.event["milliseconds"]}
    return run


def _call(version: ListingVersion, definition: Definition, run: BenchRun, given: Given) -> Call:
    event: Mapping[str, Any] = given.event
    if not definition.is_sync:
        url = callback_url_of(version.sid, run.request_sid, since=timezone.now())
        event = bench_events.sent_event(given, callback_url=url, media_sid=f"RE{run.sid[2:]}")
    return Call(
        plan=plan_of(version, definition, given.configuration),
        request_sid=run.request_sid,
        point=given.point,
        event=event,
        runtime=given.runtime,
    )


async def _ask_all(calls: Sequence[Call], definition: Definition) -> list[Came]:
    policy = EgressPolicy.from_hosts(settings.OUTBOUND_ALLOWED_HOSTS)
    turns = asyncio.Semaphore(AT_ONCE)

    async def ask(call: Call) -> Came:
        async with turns:
            if definition.is_sync:
                return await ask_once(call, policy)
            return await dispatch_once(call, policy, ttl_ms=deadline_ms(int(call.event["duration"])))

    return list(await asyncio.gather(*map(ask, calls)))


def deadline_ms(audio_ms: int) -> int:
    """How long the callback of a recording is waited for (contract 11.3)."""
    return max(ASYNC_DEADLINE_FACTOR * audio_ms, ASYNC_DEADLINE_FLOOR_MS)


def _end(run: BenchRun, came: Came, document: dict[str, Any], case: BenchCase | None) -> None:
    """What a run came to. Of a recording that was taken, only its callback tells."""
    run.document, run.duration_ms, run.http_status = document, came.duration_ms, came.http_status
    is_recording = "audio_ms" in document
    if not is_recording:
        run.code, run.as_expected = came.code, came.code == (case.expected_code if case else None)
        run.save(force_insert=True)
        return
    run.save(update_fields=["sealed_document", "duration_ms", "http_status"])
    if came.code is not None:
        run.code, run.as_expected = came.code, came.code == (case.expected_code if case else None)
        open_runs = BenchRun.objects.filter(pk=run.pk, as_expected=None)
        open_runs.update(code=run.code, as_expected=run.as_expected)
