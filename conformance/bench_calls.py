"""A call of the test bench on the wire: asked like any other, heard to its last byte, charged to nobody.

Values in, values out: no database here.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from conformance.bench_shown import Heard, document_of, envelope_of, heard_in
from invocations.calls import Call
from invocations.engine import ask, told
from publishers.contract.egress import SUCCESSES, Answer, Client, EgressPolicy, client
from publishers.contract.errors import (
    BodyTooLarge,
    ContractError,
    NoResults,
    OwnFault,
    TimedOut,
    VendorFailed,
)
from publishers.contract.fields import Sources, collect
from publishers.contract.limits import DEADLINE_MS
from publishers.contract.render import render
from publishers.contract.rendered import RenderedRequest
from publishers.contract.send import Budget, send
from publishers.contract.signing import SignedRequest
from results.outcomes import Step

log = logging.getLogger(__name__)

# A page waits for it; real dispatches have thirty seconds, good ones need two.
DISPATCH_MS: Final = 10_000
DECLINED: Final = 200
_FIRST_FAILURE: Final = 400
_STATUSES_END: Final = 600


@dataclass(frozen=True, kw_only=True)
class Came:
    """What came of a call. `code`: None for a success, for a recording so far. `document`: for the page."""

    code: int | None
    http_status: int | None
    duration_ms: int
    document: dict[str, Any] = field(repr=False)


class HearingClient(Client):
    """A client that keeps what is answered, errors with their bodies."""

    def __init__(self, inner: Client) -> None:
        # It opens and keeps nothing itself: no more of a client is needed than these.
        self._inner = inner
        self.policy, self.turns, self.room = inner.policy, inner.turns, inner.room
        self.heard: list[Heard] = []

    def lane(self, publisher: str) -> "HearingClient":
        return self

    async def exchange(  # noqa: PLR0913 - that of a client
        self,
        request: SignedRequest,
        *,
        max_bytes: int,
        read: range = SUCCESSES,
        on_status: Callable[[int], None] = lambda _: None,
        deadline: float | None = None,
        sink: Callable[[bytes], object] | None = None,
    ) -> Answer:
        """Read the body of every status; of one whose body nobody needs, whatever is wrong with it is no
        matter.
        """
        statuses: list[int] = []

        def note(status: int) -> None:
            statuses.append(status)
            on_status(status)

        wider = range(min(read.start, SUCCESSES.start), _STATUSES_END)
        try:
            answer = await self._inner.exchange(
                request, max_bytes=max_bytes, read=wider, on_status=note, deadline=deadline, sink=sink
            )
        except (BodyTooLarge, TimedOut, VendorFailed):
            is_failure = bool(statuses) and statuses[-1] >= _FIRST_FAILURE
            if not is_failure:
                raise
            answer = Answer(status=statuses[-1])
        self.heard.append(heard_in(answer))
        return answer


async def ask_once(call: Call, policy: EgressPolicy) -> Came:
    """Ask a synchronous add-on. Never raises."""
    async with client(policy) as opened:
        listening = HearingClient(opened)
        outcome = await ask(listening, call, Budget.starting_now(DEADLINE_MS), is_test=True)
    # The same values make the same request.
    request = _rendered_or_none(call, at=outcome.started_at)
    document = {
        **document_of(call, request=request, steps=outcome.trace, heard=listening.heard),
        "envelope": envelope_of(call, outcome),
        "message": outcome.message,
    }
    return Came(
        code=outcome.code,
        http_status=outcome.http_status,
        duration_ms=outcome.duration_ms,
        document=document,
    )


async def dispatch_once(call: Call, policy: EgressPolicy, *, ttl_ms: int) -> Came:
    """Hand a recording over, in one try. Never raises; a success says no more than that it was taken."""
    at = datetime.now(UTC)
    steps: list[Step] = []
    heard: list[Heard] = []
    code, request = None, None
    try:
        request = rendered(call, at=at, ttl_ms=ttl_ms)
        steps.append(_step("Render", at, steps, *request.shown))
        async with client(policy) as opened:
            listening = HearingClient(opened)
            heard = listening.heard
            lines = await _dispatched(listening, call, request)
        steps.append(_step("Send", at, steps, *lines))
    except ContractError as error:
        name = "Send" if steps else "Render"
        # Contract 11.2.
        code = VendorFailed.code if isinstance(error, TimedOut) else error.code
        steps.append(_step(name, at, steps, error.reason, *map(told, error.attempts), ok=False))
    except Exception:  # a bug of ours fails this call alone, and is logged
        log.exception("%s failed by a bug", call.request_sid)
        code = OwnFault.code
        steps.append(_step("Send", at, steps, "An error of the platform.", ok=False))
    return Came(
        code=code,
        http_status=heard[-1].status if heard else None,
        duration_ms=_ms_since(at),
        document=document_of(call, request=request, steps=steps, heard=heard),
    )


async def _dispatched(listening: HearingClient, call: Call, request: RenderedRequest) -> list[str]:
    """What was tried, in lines. Raises ContractError; NoResults when the service declines (contract 11.2)."""
    budget = Budget.starting_now(DISPATCH_MS).within(call.plan.definition)
    within = budget._replace(pauses_ms=(), read=range(DECLINED, DECLINED + 1))
    reply = await send(listening, request, token=call.plan.auth_token, budget=within)
    if reply.status == DECLINED and _is_json(reply.body):
        declined = NoResults("The publisher answered 200 with JSON: it does not take the recording.")
        declined.attempts = reply.attempts
        raise declined
    return [told(attempt) for attempt in reply.attempts]


def _rendered_or_none(call: Call, *, at: datetime) -> RenderedRequest | None:
    try:
        return rendered(call, at=at)
    except ContractError:
        return None


def rendered(call: Call, *, at: datetime, ttl_ms: int | None = None) -> RenderedRequest:
    """The request of a call at a time. Raises RequirementsNotMet, CannotRender."""
    plan = call.plan
    given: dict[str, Any] = {} if ttl_ms is None else {"ttl_ms": ttl_ms}
    sources = Sources(
        point=call.point,
        event=call.event,
        runtime=call.runtime,
        configuration=plan.configuration,
        request_sid=call.request_sid,
        at=at,
        **given,
    )
    fields = collect(plan.definition, sources)
    return render(plan.definition, fields=fields, credentials=plan.credentials, identity=plan.identity)


def _is_json(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True


def _step(name: str, at: datetime, before: list[Step], *lines: str, ok: bool = True) -> Step:
    began = sum(each.duration_ms for each in before)
    return Step(name, ok, lines, began, max(0, _ms_since(at) - began))


def _ms_since(at: datetime) -> int:
    return round((datetime.now(UTC) - at).total_seconds() * 1000)
