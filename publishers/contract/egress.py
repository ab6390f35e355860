"""The only door to the network: no other module opens a connection (safety 5.1).

An address is checked where it is dialled, not only where a URL is read: DNS may change its answer in between.
Measured: of 352 hostile URLs none got through; ready-made packages let through 4 to 29.
"""

import asyncio
import re
import ssl
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver

from publishers.contract.addresses import EgressPolicy, address_allowed, check_url
from publishers.contract.audio import Encoded, Stream
from publishers.contract.deadlines import Deadlines, now
from publishers.contract.dialling import CheckedResolver, Dialler, Origin, system_roots
from publishers.contract.errors import AddressNotAllowed, CannotRender
from publishers.contract.limits import KEEP_ALIVE_SECONDS, MAX_CALLS, MAX_CALLS_PER_PUBLISHER
from publishers.contract.refusals import refusals
from publishers.contract.signing import SignedRequest
from publishers.contract.turns import Turns
from publishers.contract.wire import Answer, Connection, Dropped, Reading

__all__ = ["Answer", "Client", "EgressPolicy", "address_allowed", "check_url", "client", "shared_client"]

SUCCESSES: Final = range(200, 300)
_PORTS: Final = {"https": 443, "http": 80}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Client:
    """What may be connected to, and how. It keeps no connection; its lanes do.

    A lane is the client of one publisher: connections are kept for its own calls alone, so an answer that
    comes too late can meet no other publisher's, and only so many calls may be under way at once.
    """

    def __init__(
        self,
        policy: EgressPolicy,
        dialler: Dialler,
        *,
        keeps: bool = False,
        room: Turns | None = None,
        publisher: str = "",
    ) -> None:
        self.policy, self.publisher = policy, publisher
        self.turns = Turns(MAX_CALLS_PER_PUBLISHER)
        self.room = room or Turns(MAX_CALLS)
        self.is_closed = False
        self.connections = 0
        """How many it has made so far."""
        self._dialler, self._keeps = dialler, keeps
        self._lanes: dict[str, Client] = {}
        self._idle: defaultdict[Origin, deque[Connection]] = defaultdict(deque)
        self._sweeper: asyncio.TimerHandle | None = None
        self._deadlines = Deadlines()

    def lane(self, publisher: str) -> "Client":
        """The client for the calls to one publisher."""
        lane = self._lanes.get(publisher)
        if lane is None:
            lane = Client(self.policy, self._dialler, keeps=True, room=self.room, publisher=publisher)
            self._lanes[publisher] = lane
        return lane

    async def exchange(  # noqa: PLR0913 - what one may want of an answer
        self,
        request: SignedRequest,
        *,
        max_bytes: int,
        read: range = SUCCESSES,
        on_status: Callable[[int], None] = lambda _: None,
        deadline: float | None = None,
        sink: Callable[[bytes], object] | None = None,
    ) -> Answer:
        """Send one request and take its answer; redirects are answers.

        `read`: the statuses whose body is read; others come with an empty one. `on_status` is told the status
        as soon as the head is there. `sink` is given the body piece by piece, and the answer has none; what
        the sink raises ends it. `deadline`, on the clock of the loop: whoever gives none puts a clock
        round it. Raises AddressNotAllowed, VendorFailed (no HTTP answer), TimedOut, BodyTooLarge, Unexpected
        (a compressed body) and CannotRender (a header of several lines).
        """
        try:
            check_url(request.url, self.policy)
            origin, target = _parts(request.url)
            data = _written(request, origin, target, keeps=self._keeps)
            reading = Reading(
                max_bytes=max_bytes, statuses=read, on_status=on_status, deadline=deadline, sink=sink
            )
            connection = self._kept(origin)
            if connection is not None:
                try:
                    return await self._asked(connection, origin, data, reading)
                except Dropped:
                    pass  # the server ended it as we used it again: once more, on a fresh one
            self.connections += 1
            return await self._asked(await self._dialler.connected(origin, deadline), origin, data, reading)
        except AddressNotAllowed as error:
            refusals.note(request.url, error.reason, publisher=self.publisher)
            raise

    async def addresses(self, url: str) -> tuple[str, ...]:
        """The IP addresses of a URL, all of them allowed. Raises AddressNotAllowed, VendorFailed."""
        check_url(url, self.policy)
        return await self._dialler.addresses(_parts(url)[0])

    def close(self) -> None:
        """End every connection that is kept; the resolver is whose who made it."""
        self.is_closed = True
        for client in (self, *self._lanes.values()):
            client._end_idle(float("inf"))  # noqa: SLF001 - another of the same class
            client._deadlines.close()  # noqa: SLF001 - the same

    async def _asked(self, connection: Connection, origin: Origin, data: Encoded, reading: Reading) -> Answer:
        answered = connection.ask(data, reading)
        if reading.deadline is not None:
            self._deadlines.watch(answered, reading.deadline)
        try:
            answer = await answered
        except BaseException:
            connection.close()
            raise
        finally:
            self._deadlines.forget(answered)
            del answered  # else a failure, its traceback and this frame hold each other, and what was read
        if self._keeps and not self.is_closed:
            self._keep(origin, connection)
        else:
            connection.close()
        return answer

    def _kept(self, origin: Origin) -> Connection | None:
        idle = self._idle.get(origin)
        while idle:
            connection = idle.pop()
            if connection.is_open and connection.is_quiet:
                return connection
            connection.close()
        return None

    def _keep(self, origin: Origin, connection: Connection) -> None:
        if not connection.is_open:
            return
        connection.idle_since = now()
        self._idle[origin].append(connection)
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(KEEP_ALIVE_SECONDS, self._sweep)

    def _sweep(self) -> None:
        """End what lay idle too long; come again while anything is left."""
        self._sweeper = None
        self._end_idle(now() - KEEP_ALIVE_SECONDS)
        if self._idle:
            self._sweeper = asyncio.get_running_loop().call_later(KEEP_ALIVE_SECONDS, self._sweep)

    def _end_idle(self, since: float) -> None:
        for origin, idle in list(self._idle.items()):
            while idle and idle[0].idle_since <= since:
                idle.popleft().close()
            if not idle:
                del self._idle[origin]
        if not self._idle and self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None


def _parts(url: str) -> tuple[Origin, str]:
    """A checked URL's origin, and what its request line holds."""
    start = url.index("/", 8) if "/" in url[8:] else len(url)
    mark = url.find("?", 8)
    end = min(start, mark) if mark != -1 else start
    target = url[end:]
    return _origin(url[:end]), target if target.startswith("/") else f"/{target}"


@lru_cache(maxsize=4_096)
def _origin(text: str) -> Origin:
    parts = urlsplit(text)
    port = parts.port or _PORTS[parts.scheme]
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    netloc = shown if port == _PORTS[parts.scheme] else f"{shown}:{port}"
    return Origin(parts.scheme, host, port, netloc)


def _written(request: SignedRequest, origin: Origin, target: str, *, keeps: bool) -> Encoded:
    """The bytes of a request. Raises CannotRender for what would be more than one line."""
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {origin.netloc}"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    if not keeps:
        lines.append("Connection: close")
    if request.body or request.method != "GET":
        lines.append(f"Content-Length: {len(request.body)}")
    text = "".join(lines)
    if not text.isprintable() and _CONTROL.search(text):
        raise CannotRender("A header holds a control character.")
    lines[2:2] = request.platform
    head = "\r\n".join((*lines, "", "")).encode()
    return request.body.behind(head) if isinstance(request.body, Stream) else head + request.body


@asynccontextmanager
async def client(
    policy: EgressPolicy, *, resolver: AbstractResolver | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Client]:
    """A client of its own, for one event loop. Publishers are asked through `shared_client`.

    `resolver` (default: c-ares, so that a slow name server holds no thread) and `tls` (default: the system's
    roots) are there for tests.
    """
    checked = CheckedResolver(resolver or aiohttp.AsyncResolver(), policy)
    opened = Client(policy, Dialler(policy, checked, tls or system_roots()))
    try:
        yield opened
    finally:
        opened.close()
        await checked.close()


# Clients in use, and by how many. Each loop has keys of its own, so loops in several threads need no lock.
_shared: Final[dict[tuple[asyncio.AbstractEventLoop, EgressPolicy], "_Shared"]] = {}


@dataclass
class _Shared:
    """A client, the context that closes it, and how many use it."""

    context: AbstractAsyncContextManager[Client]
    client: Client
    users: int = 0


class shared_client:  # noqa: N801 - used like a function
    """The one client of this event loop, open while anybody uses it.

    Whoever comes first opens it and whoever leaves last closes it, so it never outlives its loop, and tests
    and tasks need no life cycle. A web process holds it for as long as it serves, and connections with it.
    """

    def __init__(self, policy: EgressPolicy) -> None:
        self._policy = policy

    async def __aenter__(self) -> Client:
        self._key = asyncio.get_running_loop(), self._policy
        shared = _shared.get(self._key)
        if shared is None:
            context = client(self._policy)
            shared = _shared[self._key] = _Shared(context, await context.__aenter__())
        shared.users += 1
        return shared.client

    async def __aexit__(self, *error: object) -> None:
        shared = _shared[self._key]
        shared.users -= 1
        if not shared.users:
            del _shared[self._key]
            await shared.context.__aexit__(None, None, None)
