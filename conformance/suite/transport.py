"""T01-T06: the way to the service."""

import asyncio
from ipaddress import ip_address
from typing import Final

from conformance.suite.checks import Finding, Skip, bad, check, doubtful, good
from conformance.suite.tester import Asked, Tester
from publishers.contract.errors import AddressNotAllowed, ContractError, TooManyRedirects
from publishers.contract.limits import MAX_REDIRECTS

_LOOK_UP_SECONDS: Final = 5
# Of a service that keeps connections, the next call comes on the same one.
_PAUSE_SECONDS: Final = 0.05


async def _addresses(tester: Tester) -> tuple[str, ...]:
    """Of the service's host. Raises ContractError, TimeoutError."""
    url = tester.definition.request.url.sample()
    async with asyncio.timeout(_LOOK_UP_SECONDS):
        return await tester.lane.addresses(url)


@check(
    "T01",
    "transport",
    "fail",
    title="The host name is found, and leads to public addresses only",
    why="One private address among the answers is enough to refuse the host: DNS may change at any time.",
    fix="Publish A or AAAA records of public addresses for the host, and no others.",
    section="request",
)
async def names_found(tester: Tester) -> Finding:
    try:
        addresses = await _addresses(tester)
    except TimeoutError:
        return bad(f"The name was not answered within {_LOOK_UP_SECONDS} s.")
    except ContractError as error:
        return bad(error.reason)
    return good(f"{len(addresses)} address{'es' if len(addresses) > 1 else ''}, allowed.")


@check(
    "T02",
    "transport",
    "fail",
    title="TLS 1.2 or later, with a certificate that everybody trusts for this host",
    why="The platform refuses every other connection; there is no switch to turn that off.",
    fix="Serve the whole chain of a certificate for this host name, and switch TLS 1.2 or 1.3 on.",
    section="request",
)
async def secure(tester: Tester) -> Finding:
    if tester.definition.request.url.origin.startswith("http://"):
        raise Skip("Asked over plain HTTP, as the operator allows here.")
    asked = await tester.good()
    if asked.error is not None and asked.status is None and "secure connection" in asked.error.reason:
        return bad(asked.error.reason, asked.exchanges)
    if asked.status is None:
        raise Skip("There was no connection: see A01.")
    return good("The connection is secure.")


@check(
    "T03",
    "transport",
    "fail",
    title="The service answers without redirects",
    why=f"Each takes time, at most {MAX_REDIRECTS} are followed, and credentials go to no other host.",
    fix="Put the URL that answers into the definition.",
    section="request",
)
async def redirects(tester: Tester) -> Finding:
    asked = await tester.answered()
    if isinstance(asked.error, TooManyRedirects | AddressNotAllowed):
        return bad(asked.error.reason, asked.exchanges)
    count = len(asked.exchanges) - 1
    if count:
        return doubtful(f"{count} redirect{'s' if count > 1 else ''} on the way.", asked.exchanges)
    return good("None.")


@check(
    "T04",
    "transport",
    "warn",
    title="The connection is kept open for the next call",
    why="A new connection and its TLS handshake cost each call two more round trips.",
    fix="Keep idle connections for at least five seconds, and send neither Connection: close nor HTTP/1.0.",
)
async def kept_open(tester: Tester) -> Finding:
    await tester.well_answered()
    second = await _after_a_pause(tester)
    made = tester.lane.connections
    third = await _after_a_pause(tester)
    if second.reply is None or third.reply is None:
        raise Skip("The second or third call failed.")
    if tester.lane.connections > made:
        return bad("The next call needed a new connection.", third.exchanges)
    return good("Two calls went over one connection.")


async def _after_a_pause(tester: Tester) -> Asked:
    await asyncio.sleep(_PAUSE_SECONDS)
    return await tester.ask(tester.sources())


@check(
    "T05",
    "transport",
    "fail",
    title="The answer comes uncompressed, as it is asked for",
    why="The platform sends Accept-Encoding: identity and unpacks nothing: few bytes could become gigabytes.",
    fix="Heed Accept-Encoding; many proxies compress without being asked.",
)
async def uncompressed(tester: Tester) -> Finding:
    asked = await tester.good()
    if asked.error is not None and "compress" in asked.error.reason:
        return bad(asked.error.reason, asked.exchanges)
    await tester.answered()
    return good("Not compressed.")


@check(
    "T06",
    "transport",
    "info",
    title="The service is reached over IPv4, IPv6 or both",
    why="Some platforms run where only one of them is there.",
    fix="Publish both A and AAAA records.",
)
async def families(tester: Tester) -> Finding:
    try:
        versions = sorted({ip_address(each).version for each in await _addresses(tester)})
    except (ContractError, TimeoutError) as error:
        raise Skip("The host name was not found: see T01.") from error
    found = " and ".join(f"IPv{version}" for version in versions)
    if versions == [6]:
        return doubtful(f"{found} only: a platform without IPv6 cannot reach it.")
    return good(f"{found}.")
