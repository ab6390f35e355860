"""Hand a recording to a publisher (contract 11.2): one row, one lease, one try.

The row decides what is to be done, so a task may run twice and may die anywhere. The publisher sees the same
request SID and the same callback URL in every try. While it is asked, no transaction is open and no
connection of the database held.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final, cast

import orjson
from celery import shared_task
from django.conf import settings
from django.db import connection
from django.utils import timezone

from invocations.breaker import breakers
from invocations.calls import Plan, plan_of
from invocations.engine import told
from invocations.turns import Turns
from publishers.contract.audio import Audio
from publishers.contract.egress import EgressPolicy, client
from publishers.contract.errors import (
    AddressNotAllowed,
    ContractError,
    NoResults,
    OwnFault,
    TimedOut,
    VendorFailed,
)
from publishers.contract.fields import Sources, collect
from publishers.contract.limits import (
    ASYNC_ATTEMPT_MS,
    ASYNC_DEADLINE_FACTOR,
    ASYNC_DEADLINE_FLOOR_MS,
    ASYNC_RETRY_PAUSES_MS,
    MAX_DISPATCH_LEASES,
    MAX_DISPATCHES_PER_VERSION,
)
from publishers.contract.render import render
from publishers.contract.rendered import RenderedRequest
from publishers.contract.secret import MASK
from publishers.contract.send import Budget, Reply, send
from rest.leases import database_time, hint
from rest.statements import Rows
from results import settling
from results.callbacks import callback_url_of, token_of
from results.models import AddOnResult
from results.outcomes import Step
from results.receiving import why_void
from results.result_models import AddOnResultQuerySet, ResultStatus

log = logging.getLogger(__name__)

DECLINED: Final = 200
# Longer than one try, so that nobody takes over while it lasts.
LEASE: Final = timedelta(milliseconds=ASYNC_ATTEMPT_MS + 10_000)
RENDER: Final = "Render"
SEND: Final = "Send"


def _to_send() -> AddOnResultQuerySet:
    rows: AddOnResultQuerySet = AddOnResult.objects.filter(
        status__in=[ResultStatus.INIT, ResultStatus.QUEUED]
    )
    return rows


def _with_all_it_takes(sid: str) -> AddOnResultQuerySet:
    rows: AddOnResultQuerySet = AddOnResult.objects.filter(sid=sid)
    return rows.select_related(
        "account", "recording", "installed_add_on__install", "version__listing__publisher__account"
    )


TURNS: Final = Turns(
    rows=_to_send,
    key="version_id",
    most=MAX_DISPATCHES_PER_VERSION,
    lock=0xAD,
    read=Rows(_with_all_it_takes),
)


class Declined(NoResults):
    """61004: the publisher answered at once, with JSON, that it does not want the recording."""

    counts_in_service_level = False


class GivenUp(VendorFailed):
    """61002: so many processes died at it that it is not tried again. That is no fault of the publisher."""

    counts_against_publisher = False
    counts_in_service_level = False


# The name under which workers know it; `invocations.tasks` offers it, so that they find it.
@shared_task(name="invocations.tasks.dispatch_result", ignore_result=True, acks_late=True)
def dispatch_result(sid: str) -> None:
    """Hand over the recording of one result, if that is still to be done. May run twice: the row decides."""
    waiting = dispatch_one(sid)
    if waiting is not None:
        hint(dispatch_result, [waiting])


def dispatch_one(sid: str) -> str | None:
    """Claim the result, try, keep what came of it. Returns the next one that waits for the same publisher."""
    result: AddOnResult | None = TURNS.claim(sid, lease=LEASE)
    if result is None:
        return None
    _dispatch(result)
    return TURNS.next_after(result)


def _dispatch(result: AddOnResult) -> None:
    """One try, and what it means for the result. Whatever is written is refused to who was overtaken."""
    if reason := why_void(result):
        settling.cancel(result, reason=reason)
        return
    if result.tries > MAX_DISPATCH_LEASES:
        settling.fail(
            result, error=GivenUp(f"It was tried {MAX_DISPATCH_LEASES} times, and none came to an end.")
        )
        return
    began = timezone.now()
    try:
        plan = _plan(result)
        request = _rendered(result, plan, at=began)
    except ContractError as error:
        settling.fail(result, error=error, steps=[_step(result, RENDER, began, error.reason, ok=False)])
        return
    rendered = _step(result, RENDER, began, *request.shown)
    if result.status == ResultStatus.INIT and not settling.queued(result, steps=[rendered]):
        return
    _send(result, plan, request)


def _plan(result: AddOnResult) -> Plan:
    """Of the version that was asked first, whatever the account has changed to since."""
    installed = result.installed_add_on
    installed.version = result.version
    return plan_of(installed)


def _rendered(result: AddOnResult, plan: Plan, *, at: datetime) -> RenderedRequest:
    sources = Sources(
        point=result.extension,
        event=event_of(result),
        runtime={},
        configuration=plan.configuration,
        request_sid=result.sid,
        at=at,
        ttl_ms=max(ASYNC_DEADLINE_FACTOR * result.recording.duration_ms, ASYNC_DEADLINE_FLOOR_MS),
    )
    fields = collect(plan.definition, sources)
    return render(plan.definition, fields=fields, credentials=plan.credentials, identity=plan.identity)


def event_of(result: AddOnResult) -> Mapping[str, Any]:
    """The template fields of a recording (contract 8.4)."""
    recording = result.recording
    storage, name = recording.audio.storage, str(recording.audio.name)
    audio = Audio(
        open=lambda: cast(BinaryIO, storage.open(name)),
        size=recording.size,
        content_type=recording.content_type,
        sha256=recording.sha256,
    )
    return {
        "audio_data": audio,
        "callback_url": callback_url_of(result.sid),
        "channels": recording.channels,
        "duration": recording.duration_ms,
        "format": recording.content_type,
        "media_sid": recording.sid,
        "size": recording.size,
    }


def _send(result: AddOnResult, plan: Plan, request: RenderedRequest) -> None:
    began, version_sid = timezone.now(), plan.identity.version_sid
    if not connection.in_atomic_block:
        connection.close()  # a publisher that hangs must not hold one of the database's connections
    try:
        with nullcontext() if result.purpose == "test" else breakers.asking(version_sid):
            reply = asyncio.run(_replied(plan, request))
    except ContractError as error:
        failure = error
    except Exception:  # a bug of ours, or of the storage, fails this try alone, and is logged
        log.exception("%s failed by a bug", result.sid)
        failure = OwnFault("An error of the platform; its log holds the details.")
    else:
        _answered(result, reply, began)
        return
    _failed(result, failure, began)


async def _replied(plan: Plan, request: RenderedRequest) -> Reply:
    """One request, redirects included, under one clock."""
    policy = EgressPolicy.from_hosts(settings.OUTBOUND_ALLOWED_HOSTS)
    within = Budget.starting_now(ASYNC_ATTEMPT_MS).within(plan.definition)
    budget = within._replace(pauses_ms=(), read=range(DECLINED, DECLINED + 1))
    async with client(policy) as opened:
        return await send(opened, request, token=plan.auth_token, budget=budget)


def _answered(result: AddOnResult, reply: Reply, began: datetime) -> None:
    """Any 2xx is a yes, but for a 200 with JSON: that is what the publisher has to say already."""
    step = _step(result, SEND, began, *map(told, reply.attempts))
    if reply.status == DECLINED and _is_json(reply.body):
        declined = Declined("The publisher answered 200 with JSON: it does not take the recording.")
        settling.fail(result, error=declined, steps=[step])
    else:
        settling.accepted(result, step=step)
    _log(result, step)


def _failed(result: AddOnResult, error: ContractError, began: datetime) -> None:
    step = _step(result, SEND, began, error.reason, *map(told, error.attempts), ok=False)
    pause = _pause(result, step) if _may_pass(error) else None
    if pause is not None:
        settling.retry(result, step=step, due_at=database_time() + pause)
    elif isinstance(error, TimedOut):
        settling.fail(result, error=VendorFailed(error.reason), steps=[step])  # contract 11.2
    else:
        settling.fail(result, error=error, steps=[step])
    _log(result, step)


def _may_pass(error: ContractError) -> bool:
    """Whether another try may end otherwise."""
    match error:
        case AddressNotAllowed():
            return False
        case VendorFailed() | TimedOut() | OwnFault():
            return True
    return False


def _pause(result: AddOnResult, step: Step) -> timedelta | None:
    """How long to wait before the next try; None when this was the last.

    A try that was not made, because the breaker is open, is none of those that the publisher has.
    """
    lines = [each["lines"] for each in result.trace if each["name"] == SEND]
    asked = sum(len(each) > 1 for each in [*lines, step.lines])
    if asked > len(ASYNC_RETRY_PAUSES_MS) or result.tries >= MAX_DISPATCH_LEASES:
        return None
    return timedelta(milliseconds=ASYNC_RETRY_PAUSES_MS[min(result.tries, len(ASYNC_RETRY_PAUSES_MS)) - 1])


def _is_json(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True


def _step(result: AddOnResult, name: str, began: datetime, *lines: str, ok: bool = True) -> Step:
    """One that ends now, counted from the making of the result. The token of the callback is masked."""
    token = token_of(result.sid)
    lines = tuple(line.replace(token, MASK) for line in lines)
    since, took = began - result.date_created, timezone.now() - began
    return Step(name, ok, lines, max(0, _milliseconds(since)), max(0, _milliseconds(took)))


def _milliseconds(time: timedelta) -> int:
    return round(time.total_seconds() * 1000)


def _log(result: AddOnResult, step: Step) -> None:
    log.info("%s %s %s %d ms", result.sid, result.status, result.code or "ok", step.duration_ms)
