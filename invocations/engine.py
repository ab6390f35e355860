"""The call pipeline: render, sign, send, check, charge, clean. No database here, and no transaction is open.

Every step returns a value or raises one ContractError; the steps with their times are the trace that the
result page shows.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any, Final

from billing.pricing import FAILED, Charge, charge_for_use
from invocations.breaker import breakers
from invocations.calls import Call
from publishers.contract.check import check
from publishers.contract.clean import clean
from publishers.contract.deadlines import now
from publishers.contract.egress import Client, EgressPolicy, shared_client
from publishers.contract.errors import Attempt, ContractError, OwnFault
from publishers.contract.fields import Sources, collect
from publishers.contract.limits import DEADLINE_MS
from publishers.contract.render import render
from publishers.contract.rendered import RenderedRequest
from publishers.contract.send import Budget, Reply, send_in_turn
from results.outcomes import Outcome, Step

log = logging.getLogger(__name__)

# What every trace tells, as far as its call comes.
STEPS: Final = ("Render", "Send", "Check", "Charge", "Clean")


class Trace:
    """What happened so far to one call, and since when."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)
        self.steps: list[Step] = []
        self.attempts: tuple[Attempt, ...] = ()
        self.answer_bytes = 0
        self.duration_ms = 0
        self._started = now()

    def tell(self, *lines: str, ok: bool = True) -> None:
        """The next step is over. It began where the one before it ended."""
        steps, began_ms = self.steps, self.duration_ms
        self.duration_ms = round((now() - self._started) * 1000)
        steps.append(Step(STEPS[len(steps)], ok, lines, began_ms, self.duration_ms - began_ms))


async def ask_all(calls: Sequence[Call], policy: EgressPolicy, *, is_test: bool = False) -> list[Outcome]:
    """Ask every add-on of one event at once, under one clock. One add-on never affects another.

    `is_test`: circuit breakers are neither heeded nor moved. Whoever mends a service wants its own answer.
    """
    budget = Budget.starting_now(DEADLINE_MS)
    async with shared_client(policy) as session:
        # The first runs in the caller's own task: most events have one.
        first, *others = [ask(session, call, budget, is_test=is_test) for call in calls]
        tasks = [asyncio.create_task(each) for each in others]
        try:
            return [await first, *[await task for task in tasks]]
        finally:
            for task in tasks:
                task.cancel()  # only of an event that is given up; the others have ended


async def ask(session: Client, call: Call, budget: Budget, *, is_test: bool = False) -> Outcome:
    """Ask one add-on. Never raises: what goes wrong is the outcome, and a line without bodies in the log."""
    trace = Trace()
    try:
        request = _render(call, trace)
        with nullcontext() if is_test else breakers.asking(call.plan.identity.version_sid):
            reply = await _send(session, call, request, budget)
        answer, charge = _judge(call, reply, trace)
    except ContractError as error:
        outcome = _failure(call, error, trace)
    except Exception:  # a bug of ours fails this call alone, and is logged
        log.exception("%s failed by a bug", call.request_sid)
        bug = OwnFault("An error of the platform; its log holds the details.")
        outcome = _failure(call, bug, trace)
    else:
        outcome = _outcome(call, trace, charge, answer=answer)
    _log(call, outcome)
    return outcome


def _render(call: Call, trace: Trace) -> RenderedRequest:
    plan = call.plan
    sources = Sources(
        point=call.point,
        event=call.event,
        runtime=call.runtime,
        configuration=plan.configuration,
        request_sid=call.request_sid,
        at=trace.at,
    )
    fields = collect(plan.definition, sources)
    request = render(plan.definition, fields=fields, credentials=plan.credentials, identity=plan.identity)
    trace.tell(*request.shown)
    return request


def _send(
    session: Client, call: Call, request: RenderedRequest, budget: Budget
) -> Coroutine[Any, Any, Reply]:
    plan = call.plan
    return send_in_turn(
        session.lane(plan.identity.vendor_account_sid),
        request,
        token=plan.auth_token,
        budget=budget.within(plan.definition),
    )


def _judge(call: Call, reply: Reply, trace: Trace) -> tuple[bytes, Charge]:
    """Check, charge on the unclean answer, clean."""
    definition = call.plan.definition
    trace.attempts, trace.answer_bytes = reply.attempts, len(reply.body)
    trace.tell(*_way_to(reply))
    checked = check(reply, definition)
    fits = " that fits the response schema" if definition.response_schema else ""
    trace.tell(f"A JSON object of {len(reply.body)} bytes{fits}.")
    charge = charge_for_use(definition.pricing, http_status=reply.status, document=checked.document)
    trace.tell(charge.reason)
    cleaned = clean(checked, definition.remove)
    trace.tell(
        f"{cleaned.removed} removed." if cleaned.removed else "Nothing to remove: delivered as it came."
    )
    return cleaned.body, charge


def _failure(call: Call, error: ContractError, trace: Trace) -> Outcome:
    trace.attempts = error.attempts or trace.attempts
    trace.tell(error.reason, *map(told, error.attempts), ok=False)
    return _outcome(call, trace, FAILED, error=error)


def _outcome(
    call: Call, trace: Trace, charge: Charge, *, answer: bytes = b"", error: ContractError | None = None
) -> Outcome:
    return Outcome(
        request_sid=call.request_sid,
        unique_name=call.plan.unique_name,
        code=error.code if error else None,
        message=error.message if error else "",
        answer=answer,
        charge=charge,
        started_at=trace.at,
        duration_ms=trace.duration_ms,
        http_status=trace.attempts[-1].status if trace.attempts else None,
        attempts=len(trace.attempts),
        answer_bytes=trace.answer_bytes,
        trace=tuple(trace.steps),
        counts_in_service_level=error is None or error.counts_in_service_level,
    )


def _way_to(reply: Reply) -> list[str]:
    """What was waited for and tried, in lines."""
    lines = [told(attempt) for attempt in reply.attempts]
    if reply.waited_ms:
        waited = f"Waited {reply.waited_ms} ms for its turn: many calls to this publisher were under way."
        return [waited, *lines]
    return lines


def told(attempt: Attempt) -> str:
    """One request on the wire, in a line."""
    came = f"HTTP {attempt.status}" if attempt.status else "no answer"
    return f"Signed and sent to {attempt.url}: {came} after {attempt.ms} ms. {attempt.error or ''}".rstrip()


def _log(call: Call, outcome: Outcome) -> None:
    level = logging.DEBUG if outcome.succeeded else logging.INFO  # a busy day has millions of successes
    if log.isEnabledFor(level):
        ended, took = outcome.code or "ok", outcome.duration_ms
        version_sid = call.plan.identity.version_sid
        log.log(level, "%s %s %s %s %d ms", call.request_sid, version_sid, call.point, ended, took)
