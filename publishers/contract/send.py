"""Ask the publisher: one clock round every try, every redirect and the last byte (contract 9.2, 9.3)."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Self
from urllib.parse import urljoin, urlsplit

from publishers.contract.bodies import NO_BODY
from publishers.contract.deadlines import now
from publishers.contract.definition import Definition
from publishers.contract.egress import SUCCESSES, Answer, Client
from publishers.contract.errors import (
    AddressNotAllowed,
    Attempt,
    BadRequest,
    ContractError,
    TimedOut,
    TooManyRedirects,
    Unexpected,
    VendorFailed,
)
from publishers.contract.limits import (
    DEADLINE_MS,
    MAX_CALLS_PER_PUBLISHER,
    MAX_REDIRECTS,
    MAX_RESPONSE_BYTES,
    RETRY_PAUSES_MS,
)
from publishers.contract.rendered import RenderedRequest
from publishers.contract.secret import Secret
from publishers.contract.signing import sign

_SAME_METHOD: Final = frozenset({307, 308})
_REDIRECTS: Final = frozenset({301, 302, 303}) | _SAME_METHOD
_PORTS: Final = {"https": 443, "http": 80}


class Crowded(TimedOut):
    """61001: the call had to wait for its turn. Less time was left than the publisher may take, so being late
    does not count against them.
    """

    counts_against_publisher = False
    counts_in_service_level = False


class Budget(NamedTuple):
    """What one call may take. `deadline` is a time of `now()`; the add-ons of one event share it.

    `pauses_ms`: how long to wait before each further try after a failure; empty for one try only. `read`: the
    statuses whose body is wanted.
    """

    deadline: float
    max_bytes: int = MAX_RESPONSE_BYTES
    pauses_ms: tuple[int, ...] = RETRY_PAUSES_MS
    read: range = SUCCESSES

    @classmethod
    def starting_now(cls, ms: int = DEADLINE_MS) -> Self:
        """A budget whose deadline is `ms` from now."""
        return cls(deadline=now() + ms / 1000)

    def within(self, definition: Definition) -> "Budget":
        """The same, with the tighter limits a definition may set."""
        deadline, max_bytes = now() + definition.timeout_ms / 1000, definition.response_bytes
        if deadline >= self.deadline and max_bytes >= self.max_bytes:
            return self
        return self._replace(deadline=min(self.deadline, deadline), max_bytes=min(self.max_bytes, max_bytes))


@dataclass(slots=True, kw_only=True)
class Reply(Answer):
    """A complete 2xx answer, and the way to it. `redirects` were followed in the try that succeeded.

    `waited_ms`: for a turn, before it was asked for.
    """

    attempts: tuple[Attempt, ...]
    redirects: int
    waited_ms: int = 0


async def send_in_turn(lane: Client, request: RenderedRequest, *, token: Secret, budget: Budget) -> Reply:
    """`send`, as one of the calls to a publisher that may be under way at once.

    A publisher that hangs then holds a few of our connections, not all. Raises Crowded when there was no
    turn in time, or no time left to answer after it.
    """
    waited_ms = None if _taken(lane) else await _wait(lane, budget)
    try:
        reply = await send(lane, request, token=token, budget=budget)
    except TimedOut as error:
        if waited_ms is None:
            raise
        waited = f"after a wait of {waited_ms} ms"
        late = Crowded(f"There was no complete answer in time {waited}: {_under_way()}")
        late.attempts = error.attempts
        raise late from error
    finally:
        lane.room.give_back()
        lane.turns.give_back()
    reply.waited_ms = waited_ms or 0
    return reply


def _taken(lane: Client) -> bool:
    """Take a turn of this publisher and room among the calls to all, if there are both at once."""
    if not lane.turns.take():
        return False
    if lane.room.take():
        return True
    lane.turns.give_back()
    return False


async def _wait(lane: Client, budget: Budget) -> int:
    """Take both as soon as there are; tells how many ms that took. Raises Crowded."""
    started = now()
    try:
        async with asyncio.timeout_at(budget.deadline):
            await lane.turns.wait()
            try:
                await lane.room.wait()
            except BaseException:
                lane.turns.give_back()
                raise
    except TimeoutError as error:
        raise Crowded(f"There was no turn in time: {_under_way()}") from error
    return _ms_since(started)


def _under_way() -> str:
    return f"{MAX_CALLS_PER_PUBLISHER} calls to this publisher were under way."


async def send(client: Client, request: RenderedRequest, *, token: Secret, budget: Budget) -> Reply:
    """Sign, send, follow, retry. `token` is the auth token of the publisher's account.

    Whatever is waited for, an answer, a connection or the next try, ends with the budget. Raises TimedOut,
    VendorFailed (AddressNotAllowed), BadRequest, BodyTooLarge, TooManyRedirects, Unexpected: each with the
    attempts that were made.
    """
    tries = _Tries(client, token, budget)
    try:
        answer, redirects = await tries.until_available(request)
    except ContractError as error:
        error.attempts = tuple(tries.attempts)
        raise
    return Reply(
        status=answer.status,
        body=answer.body,
        fields=answer.fields,
        attempts=tuple(tries.attempts),
        redirects=redirects,
    )


class _Tries:
    """The tries of one call, kept however they end."""

    def __init__(self, client: Client, token: Secret, budget: Budget) -> None:
        self._client, self._token, self._budget = client, token, budget
        self.attempts: list[Attempt] = []

    async def until_available(self, request: RenderedRequest) -> tuple[Answer, int]:
        """The first answer that is no redirect, and how many there were before it.

        Tries again after a 5xx or a failed connection, as long as the budget has a pause and time for it.
        """
        wanted, redirects, pauses_ms = request, 0, iter(self._budget.pauses_ms)
        while True:
            try:
                answer = await self._ask(wanted)
            except AddressNotAllowed:
                raise
            except VendorFailed:
                pause_ms = next(pauses_ms, None)
                if pause_ms is None or now() + pause_ms / 1000 >= self._budget.deadline:
                    raise
                await asyncio.sleep(pause_ms / 1000)
                wanted, redirects = request, 0
                continue
            if answer.status not in _REDIRECTS:
                return answer, redirects
            if redirects == MAX_REDIRECTS:
                raise TooManyRedirects(f"There were more than {MAX_REDIRECTS} redirects.")
            wanted, redirects = redirected(wanted, answer), redirects + 1

    async def _ask(self, request: RenderedRequest) -> Answer:
        """One request on the wire. A fresh signature each time: it covers the URL."""
        signed = sign(request, token=self._token)
        started = now()
        statuses: list[int] = []
        error: str | None = "There was no complete answer in time."
        try:
            answer = await self._client.exchange(
                signed,
                max_bytes=self._budget.max_bytes,
                read=self._budget.read,
                on_status=statuses.append,
                deadline=self._budget.deadline,
            )
            _refuse_failure(answer)
            error = None
        except ContractError as failure:
            error = failure.reason
            raise
        finally:
            status = statuses[0] if statuses else None
            self.attempts.append(Attempt(signed.redacted_url, status, _ms_since(started), error))
        return answer


def _refuse_failure(answer: Answer) -> None:
    """Passes 2xx and redirects. Raises what the other statuses mean (contract 9.3)."""
    match answer.status // 100:
        case 5:
            raise VendorFailed(f"The service answered {answer.status}.")
        case 4:
            raise BadRequest(f"The service answered {answer.status}.")
        case 3 if answer.status not in _REDIRECTS or "location" not in answer.headers:
            raise Unexpected(f"The service answered {answer.status} without a place to go to.")


def redirected(request: RenderedRequest, answer: Answer) -> RenderedRequest:
    """The request that a redirect asks for: GET after 301, 302 and 303, the same again after 307 and 308.

    Secrets go only where the first request went: to the same scheme, host and port.
    """
    try:
        target = urljoin(request.target, answer.headers["location"])
        stays = _origin(target) == _origin(request.target)
    except ValueError as error:
        raise AddressNotAllowed("The redirect leads to no valid URL.") from error
    moved = replace(request, target=target, query=())
    if answer.status not in _SAME_METHOD:
        moved = replace(moved, method="GET", body=NO_BODY)
    return moved if stays else moved.without_secrets()


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _ms_since(started: float) -> int:
    return round((now() - started) * 1000)
