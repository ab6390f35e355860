"""The call pipeline: render, sign, send, check, charge, clean. No database here, and no transaction is open.

Every step returns a frozen value or raises one ContractError; the steps with their times are the trace
that the result page shows.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from billing.pricing import Charge, charge_for_use, not_billed
from invocations.breaker import breakers
from invocations.calls import Call
from publishers.contract.check import check
from publishers.contract.clean import clean
from publishers.contract.egress import Client, EgressPolicy, shared_client
from publishers.contract.errors import Attempt, ContractError, OwnFault
from publishers.contract.fields import Sources, collect
from publishers.contract.limits import DEADLINE_MS
from publishers.contract.render import render
from publishers.contract.rendered import RenderedRequest
from publishers.contract.send import Budget, Reply, now, send, turn
from results.outcomes import Outcome, Step

log = logging.getLogger(__name__)


class Trace:
    """What happened so far to one call, and since when."""

    def __init__(self) -> None:
        self.started = self.told_until = now()
        self.at = datetime.now(UTC)
        self.steps: list[Step] = []
        self.attempts: tuple[Attempt, ...] = ()
        self.answer_bytes = 0

    def step(self, name: str) -> "Timed":
        """Time a step. The block tells about it in lines; a ContractError has its own to say."""
        return Timed(self, name)


class Timed:
    """One step of a trace. A context manager, and no generator: five of them run in every call."""

    def __init__(self, trace: Trace, name: str) -> None:
        self._trace, self._name = trace, name
        self._told: list[str] = []

    def __enter__(self) -> list[str]:
        return self._told

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        trace = self._trace
        if isinstance(error, ContractError):
            trace.attempts = error.attempts or trace.attempts
            self._told[:] = [error.reason, *map(_told, error.attempts)]
        began, trace.told_until = trace.told_until, now()  # a step begins where the one before it ended
        since, took = round((began - trace.started) * 1000), round((trace.told_until - began) * 1000)
        trace.steps.append(Step(self._name, error is None, tuple(self._told), since, took))


@dataclass(frozen=True)
class Shared:
    """What the calls of one event share."""

    session: Client
    budget: Budget
    is_test: bool


async def ask_all(calls: Sequence[Call], policy: EgressPolicy, *, is_test: bool = False) -> list[Outcome]:
    """Ask every add-on of one event at once, under one clock. One add-on never affects another.

    `is_test`: circuit breakers are neither heeded nor moved. Whoever mends a service wants its own answer.
    """
    budget = Budget.starting_now(DEADLINE_MS)
    async with shared_client(policy) as session:
        return await together([ask(session, call, budget, is_test=is_test) for call in calls])


async def together(asked: Sequence[Coroutine[Any, Any, Outcome]]) -> list[Outcome]:
    """The outcomes of all, in their order. The first runs in the caller's own task: most events have one."""
    first, *others = asked
    tasks = [asyncio.create_task(each) for each in others]
    try:
        return [await first, *[await task for task in tasks]]
    finally:
        for task in tasks:
            task.cancel()  # only of an event that is given up; the others have ended


async def ask(session: Client, call: Call, budget: Budget, *, is_test: bool = False) -> Outcome:
    """Ask one add-on. Never raises: what goes wrong is the outcome, and a line without bodies in the log."""
    outcome = await _ask(Shared(session, budget, is_test), call)
    log.log(
        logging.DEBUG if outcome.succeeded else logging.INFO,  # a busy day has millions of successes
        "%s %s %s %s %d ms",
        call.request_sid,
        call.identity.version_sid,
        call.point,
        outcome.code or "ok",
        outcome.duration_ms,
    )
    return outcome


async def _ask(shared: Shared, call: Call) -> Outcome:
    trace = Trace()
    try:
        request = _render(call, trace)
        reply = await _send(shared, call, request, trace)
        answer, charge = _judge(call, reply, trace)
    except ContractError as error:
        failure = error
    except Exception:  # a bug of ours fails this call alone, and is logged
        log.exception("%s failed by a bug", call.request_sid)
        failure = OwnFault("An error of the platform; its log holds the details.")
    else:
        return _outcome(call, trace, answer=answer, charge=charge)
    return _outcome(call, trace, error=failure, charge=not_billed("failed uses are free."))


def _render(call: Call, trace: Trace) -> RenderedRequest:
    with trace.step("Render") as told:
        request = _rendered(call, trace.at)
        told.extend(request.shown)
    return request


async def _send(shared: Shared, call: Call, request: RenderedRequest, trace: Trace) -> Reply:
    """Ask when it is this call's turn, unless the breaker is open."""
    with (
        trace.step("Send") as told,
        nullcontext() if shared.is_test else breakers.asking(call.identity.version_sid),
    ):
        budget = shared.budget.within(call.definition)
        lane = shared.session.lane(call.identity.vendor_account_sid)
        async with turn(lane, budget=budget) as waited_ms:
            reply = await send(lane, request, token=call.auth_token, budget=budget)
        trace.attempts, trace.answer_bytes = reply.attempts, len(reply.body)
        if waited_ms:
            told.append(f"Waited {waited_ms} ms for its turn: many calls to this publisher were under way.")
        told.extend(map(_told, reply.attempts))
    return reply


def _judge(call: Call, reply: Reply, trace: Trace) -> tuple[bytes, Charge]:
    """Check, charge on the unclean answer, clean."""
    definition = call.definition
    with trace.step("Check") as told:
        checked = check(reply, definition)
        fits = " that fits the response schema" if definition.response_schema else ""
        told.append(f"A JSON object of {len(reply.body)} bytes{fits}.")
    with trace.step("Charge") as told:
        charge = charge_for_use(definition.pricing, http_status=reply.status, document=checked.document)
        told.append(charge.reason)
    with trace.step("Clean") as told:
        cleaned = clean(checked, definition.remove)
        told.append(
            f"{cleaned.removed} removed." if cleaned.removed else "Nothing to remove: delivered as it came."
        )
    return cleaned.body, charge


def _rendered(call: Call, at: datetime) -> RenderedRequest:
    sources = Sources(
        point=call.point,
        event=call.event,
        runtime=call.runtime,
        configuration=call.configuration,
        request_sid=call.request_sid,
        at=at,
    )
    return render(
        call.definition,
        fields=collect(call.definition, sources),
        credentials=call.credentials,
        identity=call.identity,
    )


def _told(attempt: Attempt) -> str:
    """One request on the wire, in a line."""
    came = f"HTTP {attempt.status}" if attempt.status else "no answer"
    return f"Signed and sent to {attempt.url}: {came} after {attempt.ms} ms. {attempt.error or ''}".rstrip()


def _outcome(
    call: Call, trace: Trace, *, charge: Charge, answer: bytes = b"", error: ContractError | None = None
) -> Outcome:
    return Outcome(
        request_sid=call.request_sid,
        unique_name=call.unique_name,
        code=error.code if error else None,
        message=error.message if error else "",
        answer=answer,
        charge=charge,
        started_at=trace.at,
        duration_ms=round((trace.told_until - trace.started) * 1000),
        http_status=trace.attempts[-1].status if trace.attempts else None,
        attempts=len(trace.attempts),
        answer_bytes=trace.answer_bytes,
        trace=tuple(trace.steps),
        counts_in_service_level=error is None or error.counts_in_service_level,
    )
