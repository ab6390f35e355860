"""Where we may connect to: the address table, the operator's exceptions, the rule for URLs (safety 3.1, 5.1).

`ipaddress.is_global` is no substitute: Python 3.11 calls cloud metadata, NAT64 and 6to4 addresses global.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from socket import AF_INET, AF_INET6, AddressFamily
from typing import Final
from urllib.parse import SplitResult, urlsplit

from publishers.contract.errors import AddressNotAllowed
from publishers.contract.limits import MAX_URL_CHARS

HTTPS_PORT: Final = 443
_PORTS: Final = {"https": HTTPS_PORT, "http": 80}

# The IANA special-purpose registries, and Azure's wire server.
_V4_DENIED: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "168.63.129.16/32",
    )
)
# Global unicast only: this alone keeps out mapped, NAT64, unique-local, link-local and multicast addresses.
_V6_ALLOWED: Final = IPv6Network("2000::/3")
_V6_DENIED: Final = tuple(
    IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")
)

# Printable ASCII without what no URL holds, and without a fragment: the origin, then path and query.
_URL: Final = re.compile(r"(https?://[!$-.0-9:;=@A-Z\[\]_a-z~]+)(?:[/?][!$-;=?-\[\]_a-z~]*)?")
_HOST: Final = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\Z",
    re.IGNORECASE,
)

Address = IPv4Address | IPv6Address


def address_allowed(address: str) -> bool:
    """Whether this IP address is a public one. Text that is no address is not."""
    match ip := _address(address):
        case IPv4Address():
            return not any(ip in network for network in _V4_DENIED)
        case IPv6Address():
            public = ip in _V6_ALLOWED and not any(ip in network for network in _V6_DENIED)
            return public and ip.scope_id is None
    return False


def is_address(host: str) -> AddressFamily | None:
    """The family of an IP address; None for a name."""
    match _address(host):
        case IPv4Address():
            return AF_INET
        case IPv6Address():
            return AF_INET6
    return None


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Exemption:
    """Addresses the operator opened: plain HTTP, any port (or the one given), public or not."""

    network: IPv4Network | IPv6Network
    port: int | None = None

    def covers(self, address: Address, port: int) -> bool:
        """Whether this address and port are among them."""
        return address in self.network and self.port in (None, port)


@dataclass(frozen=True, eq=False)
class EgressPolicy:
    """What the operator lets us connect to. With no exemption: https, port 443, a public address.

    A policy is the same as itself only, which is quick to see: `from_hosts` has one for the same hosts.
    """

    exemptions: tuple[Exemption, ...] = ()

    @classmethod
    def from_hosts(cls, hosts: Iterable[str]) -> "EgressPolicy":
        """From texts like "127.0.0.1", "127.0.0.1:8101", "10.1.0.0/16" or "[::1]:8101". Raises ValueError."""
        return _policy(tuple(hosts))

    def exempts(self, address: str, port: int) -> bool:
        """Whether the operator opened this address and port."""
        ip = _address(address)
        return ip is not None and any(exemption.covers(ip, port) for exemption in self.exemptions)

    def permits(self, address: str, port: int) -> bool:
        """Whether we may dial this address: it is public, or opened by the operator."""
        return address_allowed(address) or self.exempts(address, port)


@lru_cache(maxsize=16)
def _policy(hosts: tuple[str, ...]) -> EgressPolicy:
    return EgressPolicy(tuple(_exemption(host) for host in hosts))


def _exemption(host: str) -> Exemption:
    text, port = host, None
    if match := re.fullmatch(r"(?:\[(.+)\]|([^:]+)):([0-9]{1,5})", host):
        text, port = match[1] or match[2], int(match[3])
    return Exemption(ip_network(text.strip("[]")), port)


STRICT: Final = EgressPolicy()


def check_url(url: str, policy: EgressPolicy) -> None:
    """Raises AddressNotAllowed for a URL we never request, with what to mend where the URL itself shows it.

    A host name is judged again, by its addresses, when the connection is made: no DNS is asked here.
    """
    if len(url) > MAX_URL_CHARS:
        raise AddressNotAllowed(f"The URL has more than {MAX_URL_CHARS} characters.")
    match = _URL.fullmatch(url)
    if match is None:
        raise AddressNotAllowed(
            "Write the URL in plain ASCII, without blanks or a fragment: https://host/path."
        )
    _check_origin(match[1], policy)


@lru_cache(maxsize=1_024)
def _check_origin(origin: str, policy: EgressPolicy) -> None:
    """The same for scheme, host and port; what is allowed is remembered."""
    parts = _split(origin)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    if policy.exempts(host, port):
        return
    if parts.scheme != "https":
        raise AddressNotAllowed("The URL must start with https://.")
    if port != HTTPS_PORT:
        raise AddressNotAllowed(f"The port must be {HTTPS_PORT}.")
    if not (address_allowed(host) or _is_name(host, parts.netloc)):
        raise AddressNotAllowed("The address is not allowed.")


def _is_name(host: str, netloc: str) -> bool:
    return _address(host) is None and "[" not in netloc and _HOST.match(host) is not None


def _split(origin: str) -> SplitResult:
    try:
        parts = urlsplit(origin)
        has_port_zero = parts.port == 0
    except ValueError as error:
        raise AddressNotAllowed("The URL has no valid host and port.") from error
    # A percent sign is the zone of an IPv6 address or an encoded host: each client reads it its own way.
    if has_port_zero or "@" in parts.netloc or "%" in parts.netloc or parts.netloc.endswith(":"):
        raise AddressNotAllowed("The URL must have a host, and neither a user name nor an empty port.")
    return parts
