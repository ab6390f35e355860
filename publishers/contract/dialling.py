"""Dial: from a host to an open connection, with every address checked where it is really dialled.

Literals never pass the resolver, and DNS may change its answer between a check and a connection: so the
resolver's answers are checked, and the address of every socket again.
"""

import asyncio
import ssl
from collections.abc import Callable
from functools import cache
from socket import AF_UNSPEC, IPPROTO_TCP, SOCK_STREAM, AddressFamily, socket
from typing import Final, NamedTuple

import aiohappyeyeballs
from aiohttp.abc import AbstractResolver, ResolveResult

from publishers.contract.addresses import EgressPolicy, is_address
from publishers.contract.errors import AddressNotAllowed, ContractError, TimedOut, VendorFailed
from publishers.contract.wire import Connection

_HAPPY_EYEBALLS_SECONDS: Final = 0.25  # RFC 8305: then the next address of a name is tried beside


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


class Origin(NamedTuple):
    """Where connections lead: they are kept for the same scheme, host and port."""

    scheme: str
    host: str
    port: int
    netloc: str


class Dialler:
    """Makes connections to what a policy permits."""

    def __init__(self, policy: EgressPolicy, resolver: CheckedResolver, tls: ssl.SSLContext) -> None:
        self._policy, self._resolver, self._tls = policy, resolver, tls

    async def connected(self, origin: Origin, deadline: float | None) -> Connection:
        """A new connection, by the deadline if there is one. Raises AddressNotAllowed, VendorFailed,
        TimedOut.
        """
        try:
            async with asyncio.timeout_at(deadline):
                return await self._connect(origin)
        except TimeoutError as error:
            raise TimedOut("There was no complete answer in time.") from error

    async def addresses(self, origin: Origin) -> tuple[str, ...]:
        """What a name stands for; nothing is dialled. Raises AddressNotAllowed, VendorFailed."""
        return tuple(each["host"] for each in await self._addresses(origin))

    async def _connect(self, origin: Origin) -> Connection:
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
                socket_factory=_socket_factory(self._policy),
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


@cache
def system_roots() -> ssl.SSLContext:
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
