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
from functools import cache, lru_cache
from socket import AF_UNSPEC, IPPROTO_TCP, SOCK_STREAM, AddressFamily, socket
from typing import Final
from urllib.parse import urlsplit

import aiohappyeyeballs
import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from publishers.contract.addresses import EgressPolicy, address_allowed, check_url, is_address
from publishers.contract.errors import AddressNotAllowed, CannotRender, ContractError, VendorFailed
from publishers.contract.limits import KEEP_ALIVE_SECONDS, MAX_CALLS, MAX_CALLS_PER_PUBLISHER
from publishers.contract.signing import SignedRequest
from publishers.contract.wire import Answer, Connection, Dropped, Reading

__all__ = ["Answer", "Client", "EgressPolicy", "address_allowed", "check_url", "client", "shared_client"]

_SUCCESSES: Final = range(200, 300)
_PORTS: Final = {"https": 443, "http": 80}
_HAPPY_EYEBALLS_SECONDS: Final = 0.25  # RFC 8305: then the next address of a name is tried beside
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class _Blocked(OSError):
    """An address we do not dial. An OSError, because that is what aiohttp passes on."""


class CheckedResolver(AbstractResolver):
    """Asks another resolver and refuses the host when any of its addresses is not allowed."""

    def __init__(self, inner: AbstractResolver, policy: EgressPolicy) -> None:
        self._inner = inner
        self._policy = policy

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name. Raises OSError."""
        answers = await self._inner.resolve(host, port, family)
        if not all(self._policy.permits(answer["host"], port) for answer in answers):
            raise _Blocked
        return answers

    async def close(self) -> None:
        """Close the resolver that was asked."""
        await self._inner.close()


@dataclass(frozen=True)
class Origin:
    """Where connections lead: they are kept for the same scheme, host and port."""

    scheme: str
    host: str
    port: int
    netloc: str


class Client:
    """What may be connected to, and how. It keeps no connection; its lanes do.

    A lane is the client of one publisher: connections are kept for its own calls alone, so an answer that
    comes too late can meet no other publisher's, and only so many calls may be under way at once.
    """

    def __init__(
        self,
        policy: EgressPolicy,
        resolver: CheckedResolver,
        tls: ssl.SSLContext,
        *,
        keeps: bool = False,
        room: asyncio.Semaphore | None = None,
    ) -> None:
        self.policy = policy
        self.turns = asyncio.Semaphore(MAX_CALLS_PER_PUBLISHER)
        self.room = room or asyncio.Semaphore(MAX_CALLS)
        self.is_closed = False
        self._resolver, self._tls, self._keeps = resolver, tls, keeps
        self._lanes: dict[str, Client] = {}
        self._idle: defaultdict[Origin, deque[Connection]] = defaultdict(deque)
        self._sweeper: asyncio.TimerHandle | None = None

    def lane(self, publisher: str) -> "Client":
        """The client for the calls to one publisher."""
        lane = self._lanes.get(publisher)
        if lane is None:
            lane = Client(self.policy, self._resolver, self._tls, keeps=True, room=self.room)
            self._lanes[publisher] = lane
        return lane

    async def exchange(
        self,
        request: SignedRequest,
        *,
        max_bytes: int,
        read: range = _SUCCESSES,
        on_status: Callable[[int], None] = lambda _: None,
    ) -> Answer:
        """Send one request and take its answer; redirects are answers. Whoever calls puts a clock round it.

        `read`: the statuses whose body is read; others come with an empty one. `on_status` is told the status
        as soon as the head is there. Raises AddressNotAllowed, VendorFailed (no HTTP answer), BodyTooLarge,
        Unexpected (a compressed body) and CannotRender (a header of several lines).
        """
        check_url(request.url, self.policy)
        origin, target = _parts(request.url)
        data = _written(request, origin, target, keeps=self._keeps)
        reading = Reading(max_bytes=max_bytes, statuses=read, on_status=on_status)
        connection = self._kept(origin)
        if connection is not None:
            try:
                return await self._asked(connection, origin, data, reading)
            except Dropped:
                pass  # the server ended it as we used it again: once more, on a fresh one
        return await self._asked(await self._connect(origin), origin, data, reading)

    def close(self) -> None:
        """End every connection that is kept; the resolver is whose who made it."""
        self.is_closed = True
        for client in (self, *self._lanes.values()):
            client._end_idle(float("inf"))  # noqa: SLF001 - another of the same class

    async def _asked(self, connection: Connection, origin: Origin, data: bytes, reading: Reading) -> Answer:
        try:
            answer = await connection.ask(data, reading)
        except BaseException:
            connection.close()
            raise
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
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle[origin].append(connection)
        if self._sweeper is None:
            self._sweeper = loop.call_later(KEEP_ALIVE_SECONDS, self._sweep)

    def _sweep(self) -> None:
        """End what lay idle too long; come again while anything is left."""
        loop = asyncio.get_running_loop()
        self._sweeper = None
        self._end_idle(loop.time() - KEEP_ALIVE_SECONDS)
        if self._idle:
            self._sweeper = loop.call_later(KEEP_ALIVE_SECONDS, self._sweep)

    def _end_idle(self, since: float) -> None:
        for origin, idle in list(self._idle.items()):
            while idle and idle[0].idle_since <= since:
                idle.popleft().close()
            if not idle:
                del self._idle[origin]
        if not self._idle and self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None

    async def _connect(self, origin: Origin) -> Connection:
        """A new connection. Raises AddressNotAllowed, VendorFailed."""
        loop = asyncio.get_running_loop()
        infos = [
            (each["family"], SOCK_STREAM, IPPROTO_TCP, "", (each["host"], each["port"]))
            for each in await self._addresses(origin)
        ]
        try:
            dialled = await aiohappyeyeballs.start_connection(
                infos,
                loop=loop,
                happy_eyeballs_delay=_HAPPY_EYEBALLS_SECONDS,
                interleave=1,
                socket_factory=_socket_factory(self.policy),
            )
        except OSError as error:
            raise _undialled(error) from error
        is_secure = origin.scheme == "https"
        try:
            _, connection = await loop.create_connection(
                Connection,
                sock=dialled,
                ssl=self._tls if is_secure else None,
                server_hostname=origin.host if is_secure else None,
            )
        except ssl.SSLError as error:
            why = "No secure connection: the certificate or the TLS version was refused."
            raise VendorFailed(why) from error
        except OSError as error:
            why = "The connection was closed before the answer was complete."
            raise VendorFailed(why) from error
        except BaseException:
            dialled.close()
            raise
        return connection

    async def _addresses(self, origin: Origin) -> list[ResolveResult]:
        if family := is_address(origin.host):
            return [_literal(origin, family)]
        try:
            return await self._resolver.resolve(origin.host, origin.port)
        except _Blocked as error:
            raise AddressNotAllowed("The address is not allowed.") from error
        except OSError as error:
            raise VendorFailed("The host name was not found.") from error


def _literal(origin: Origin, family: AddressFamily) -> ResolveResult:
    return {
        "hostname": origin.host,
        "host": origin.host,
        "port": origin.port,
        "family": family,
        "proto": IPPROTO_TCP,
        "flags": 0,
    }


def _undialled(error: OSError) -> ContractError:
    """Our words: those of the system hold addresses."""
    if isinstance(error, _Blocked):
        return AddressNotAllowed("The address is not allowed.")
    return VendorFailed("The connection was not accepted.")


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


def _written(request: SignedRequest, origin: Origin, target: str, *, keeps: bool) -> bytes:
    """The bytes of a request. Raises CannotRender for what would be more than one line."""
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {origin.netloc}"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    if not keeps:
        lines.append("Connection: close")
    if request.body or request.method != "GET":
        lines.append(f"Content-Length: {len(request.body)}")
    if _CONTROL.search("".join(lines)):
        raise CannotRender("A header holds a control character.")
    return "\r\n".join((*lines, "", "")).encode() + request.body


@asynccontextmanager
async def client(
    policy: EgressPolicy, *, resolver: AbstractResolver | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Client]:
    """A client of its own, for one event loop. Publishers are asked through `shared_client`.

    `resolver` (default: c-ares, so that a slow name server holds no thread) and `tls` (default: the system's
    roots) are there for tests.
    """
    checked = CheckedResolver(resolver or aiohttp.AsyncResolver(), policy)
    opened = Client(policy, checked, tls or _tls())
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


@cache
def _tls() -> ssl.SSLContext:
    """System roots, host names checked, TLS 1.2 or later. Loading the roots takes 20 ms: once per process."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@cache
def _socket_factory(policy: EgressPolicy) -> Callable[[aiohappyeyeballs.AddrInfoType], socket]:
    """Sees every address that is really dialled; literals never pass the resolver."""

    def checked_socket(info: aiohappyeyeballs.AddrInfoType) -> socket:
        family, kind, protocol, _, address = info
        if not policy.permits(str(address[0]), int(address[1])):
            raise _Blocked
        return socket(family, kind, protocol)

    return checked_socket
