"""Ask the publisher: one clock round every try, every redirect and the last byte (contract 9.2, 9.3)."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

from publishers.contract.bodies import NO_BODY
from publishers.contract.definition import Definition
from publishers.contract.egress import Answer, Client
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


def now() -> float:
    """The event loop's clock, in seconds: monotonic, and the one every deadline here is measured on."""
    return asyncio.get_running_loop().time()


class Crowded(TimedOut):
    """61001: the call had to wait for its turn. Less time was left than the publisher may take, so being late
    does not count against them.
    """

    counts_against_publisher = False
    counts_in_service_level = False


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What one call may take. `deadline` is a time of `now()`; the add-ons of one event share it.

    `pauses_ms`: how long to wait before each further try after a failure; empty for one try only.
    """

    deadline: float
    max_bytes: int = MAX_RESPONSE_BYTES
    pauses_ms: tuple[int, ...] = RETRY_PAUSES_MS

    @classmethod
    def starting_now(cls, ms: int = DEADLINE_MS) -> Self:
        """A budget whose deadline is `ms` from now."""
        return cls(deadline=now() + ms / 1000)

    def within(self, definition: Definition) -> Self:
        """The same, with the tighter limits a definition may set."""
        return replace(
            self,
            deadline=min(self.deadline, now() + definition.timeout_ms / 1000),
            max_bytes=min(self.max_bytes, definition.response_bytes),
        )


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A complete 2xx answer, and the way to it. `redirects` were followed in the try that succeeded."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)
    attempts: tuple[Attempt, ...]
    redirects: int
    elapsed_ms: int


async def send(client: Client, request: RenderedRequest, *, token: Secret, budget: Budget) -> Reply:
    """Sign, send, follow, retry. `token` is the auth token of the publisher's account.

    Raises TimedOut, VendorFailed (AddressNotAllowed), BadRequest, BodyTooLarge, TooManyRedirects, Unexpected:
    each with the attempts that were made.
    """
    exchange = _Exchange(client, token, budget)
    started = now()
    try:
        async with asyncio.timeout_at(budget.deadline):
            answer, redirects = await exchange.until_available(request)
    except TimeoutError as error:
        raise exchange.told(TimedOut("There was no complete answer in time.")) from error
    except ContractError as error:
        raise exchange.told(error) from error.__cause__
    return Reply(
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
        attempts=tuple(exchange.attempts),
        redirects=redirects,
        elapsed_ms=_ms_since(started),
    )


class turn:  # noqa: N801 - used like a function
    """One of the calls to a publisher that may be under way at once; tells how many ms it waited to be.

    A publisher that hangs then holds a few of our connections, not all. Raises Crowded when there was no
    turn in time, or no time left to answer after it.
    """

    def __init__(self, lane: Client, *, budget: Budget) -> None:
        self._lane, self._budget = lane, budget

    async def __aenter__(self) -> int:
        lane, self._waited_ms = self._lane, 0
        self._had_to_wait = lane.turns.locked() or lane.room.locked()
        if self._had_to_wait:
            self._waited_ms = await _wait(lane, self._budget)
        else:
            await _take(lane)
        return self._waited_ms

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self._lane.room.release()
        self._lane.turns.release()
        if self._had_to_wait and isinstance(error, TimedOut):
            waited = f"after a wait of {self._waited_ms} ms"
            late = Crowded(f"There was no complete answer in time {waited}: {_under_way()}")
            late.attempts = error.attempts
            raise late from error


async def _take(lane: Client) -> None:
    """A turn of this publisher, then room among the calls to all of them."""
    await lane.turns.acquire()
    try:
        await lane.room.acquire()
    except BaseException:
        lane.turns.release()
        raise


async def _wait(lane: Client, budget: Budget) -> int:
    """Take a turn as soon as there is one; tells how many ms that took. Raises Crowded."""
    started = now()
    try:
        async with asyncio.timeout_at(budget.deadline):
            await _take(lane)
    except TimeoutError as error:
        raise Crowded(f"There was no turn in time: {_under_way()}") from error
    return _ms_since(started)


def _under_way() -> str:
    return f"{MAX_CALLS_PER_PUBLISHER} calls to this publisher were under way."


class _Exchange:
    """The tries of one call."""

    def __init__(self, client: Client, token: Secret, budget: Budget) -> None:
        self._client = client
        self._token = token
        self._budget = budget
        self.attempts: list[Attempt] = []

    def told(self, error: ContractError) -> ContractError:
        """The error, with what was tried before it."""
        error.attempts = tuple(self.attempts)
        return error

    async def until_available(self, request: RenderedRequest) -> tuple[Answer, int]:
        """Try again after a 5xx or a failed connection, as long as the budget has a pause and time for it."""
        for pause_ms in self._budget.pauses_ms:
            try:
                return await self._follow(request)
            except AddressNotAllowed:
                raise
            except VendorFailed:
                if now() + pause_ms / 1000 >= self._budget.deadline:
                    raise
            await asyncio.sleep(pause_ms / 1000)
        return await self._follow(request)

    async def _follow(self, request: RenderedRequest) -> tuple[Answer, int]:
        """The first answer that is no redirect, and how many there were before it."""
        for redirects in range(MAX_REDIRECTS + 1):
            answer = await self._ask(request)
            if answer.status not in _REDIRECTS:
                return answer, redirects
            request = redirected(request, answer)
        raise TooManyRedirects(f"There were more than {MAX_REDIRECTS} redirects.")

    async def _ask(self, request: RenderedRequest) -> Answer:
        """One request on the wire, kept however it ends. A fresh signature each time: it covers the URL."""
        signed = sign(request, token=self._token)
        started, statuses = now(), list[int]()
        error: str | None = "There was no complete answer in time."
        try:
            exchange = self._client.exchange(
                signed, max_bytes=self._budget.max_bytes, on_status=statuses.append
            )
            answer = _accepted(await exchange)
            error = None
        except ContractError as failure:
            error = failure.reason
            raise
        finally:
            status = statuses[0] if statuses else None
            attempt = Attempt(url=signed.redacted_url, status=status, ms=_ms_since(started), error=error)
            self.attempts.append(attempt)
        return answer


def _accepted(answer: Answer) -> Answer:
    """2xx and redirects. Raises what the other statuses mean (contract 9.3)."""
    match answer.status // 100:
        case 5:
            raise VendorFailed(f"The service answered {answer.status}.")
        case 4:
            raise BadRequest(f"The service answered {answer.status}.")
        case 3 if answer.status not in _REDIRECTS or "location" not in answer.headers:
            raise Unexpected(f"The service answered {answer.status} without a place to go to.")
    return answer


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
