"""Fetch a recording's audio from the platform that made it (contract 4.4): by the one door to the network,
one clock round every redirect and the last byte, onto the disk as it comes.

The account's platform credentials go to the one origin they were given for, and nowhere once a redirect has
led away from it. No database here.
"""

import asyncio
from base64 import b64encode
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

from publishers.contract.egress import Client, EgressPolicy, check_url, client
from publishers.contract.errors import (
    AddressNotAllowed,
    ContractError,
    TimedOut,
    VendorFailed,
)
from publishers.contract.limits import MAX_REDIRECTS
from publishers.contract.secret import Secret
from publishers.contract.signing import SignedRequest
from recordings.models import PlatformCredentials
from rest.files import Spool

FETCH_SECONDS: Final = 240  # 512 MB at 2.2 MB a second; a task of ours has 270

# After how many tries it is given up, by what went wrong. The pauses between them are those of `services`.
AT_ONCE: Final = 1
WHEN_NOT_THERE: Final = 5  # a platform tells of a recording some seconds before it can be fetched
IN_TROUBLE: Final = 12  # an hour

_ONLY_OK: Final = range(HTTPStatus.OK, HTTPStatus.OK + 1)
_REDIRECTS: Final = {301, 302, 303, 307, 308}
_NOT_THERE: Final = {202, 204, 404, 409, 425, 429}
_NOT_ALLOWED: Final = {401, 403}
_PORTS: Final = {"https": 443, "http": 80}
_HEADERS: Final = (
    ("User-Agent", "Patchbay"),
    ("Accept", "audio/x-wav, audio/wav, audio/mpeg, */*;q=0.1"),
    ("Accept-Encoding", "identity"),
)


class NotFetched(Exception):
    """There is no audio yet. `tries`: with how many of them this is the end of it."""

    def __init__(self, reason: str, *, tries: int) -> None:
        super().__init__(reason)
        self.reason, self.tries = reason, tries


@dataclass(frozen=True)
class Login:
    """HTTP Basic for one origin, `host` or `host:port`."""

    host: str
    header: Secret

    @classmethod
    def of(cls, credentials: PlatformCredentials | None) -> Self | None:
        """The account's, if it has any."""
        if credentials is None:
            return None
        pair = f"{credentials.username}:{credentials.password}".encode()
        host = credentials.host.lower().removesuffix(":443")
        return cls(host, Secret("Basic " + b64encode(pair).decode()))


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One request on the way to the audio."""

    url: str
    login: Login | None = field(repr=False)

    @property
    def host(self) -> str:
        """Host, and port where it is not the scheme's own."""
        parts = urlsplit(self.url)
        name = parts.hostname or ""
        shown = f"[{name}]" if ":" in name else name
        return shown if parts.port in (None, _PORTS.get(parts.scheme)) else f"{shown}:{parts.port}"

    @property
    def own_login(self) -> Login | None:
        """The login, where it belongs."""
        return self.login if self.login and self.login.host == self.host else None

    def signed(self) -> SignedRequest:
        login = self.own_login
        secret = (("Authorization", login.header.reveal()),) if login else ()
        return SignedRequest(
            method="GET", url=self.url, headers=(*_HEADERS, *secret), body=b"", redacted_url=self.url
        )

    def redirected(self, location: str) -> "Hop":
        """To another scheme or host the login does not go, nor back from there. Raises AddressNotAllowed."""
        try:
            moved = Hop(url=urljoin(self.url, location), login=None)
            stays = moved.host == self.host and urlsplit(moved.url).scheme == urlsplit(self.url).scheme
        except ValueError as error:
            raise AddressNotAllowed("The redirect leads to no valid URL.") from error
        return replace(moved, login=self.login) if stays else moved


async def fetch(url: str, *, spool: Spool, limit: int, login: Login | None, policy: EgressPolicy) -> None:
    """Write the audio behind a URL into the spool. Raises NotFetched, and what the spool raises."""
    request = Hop(url=url, login=login)
    try:
        check_url(url, policy)
        async with asyncio.timeout(FETCH_SECONDS), client(policy) as opened:
            await _follow(opened, request, spool, limit)
    except ContractError as error:
        reason = f"The audio was not fetched: {error.reason}"
        raise NotFetched(reason, tries=_tries_after(error)) from error
    except TimeoutError as error:
        reason = f"The audio was not fetched: it was not complete within {FETCH_SECONDS} s."
        raise NotFetched(reason, tries=IN_TROUBLE) from error


async def _follow(opened: Client, request: Hop, spool: Spool, limit: int) -> None:
    for _ in range(MAX_REDIRECTS + 1):
        answer = await opened.exchange(request.signed(), max_bytes=limit, read=_ONLY_OK, sink=spool.write)
        if answer.status not in _REDIRECTS or "location" not in answer.headers:
            return _accept(answer.status, request)
        request = request.redirected(answer.headers["location"])
    raise NotFetched(f"There were more than {MAX_REDIRECTS} redirects.", tries=AT_ONCE)


def _accept(status: int, request: Hop) -> None:
    """Raises what any other status than 200 means."""
    if status == HTTPStatus.OK:
        return
    said, tries = f"{request.host} answered {status}", AT_ONCE
    if status in _NOT_ALLOWED:
        why = "the platform credentials are wrong" if request.own_login else "there are no credentials for it"
        said = f"{said}: {why}"
    elif status in _NOT_THERE:
        tries = WHEN_NOT_THERE
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        tries = IN_TROUBLE
    raise NotFetched(f"{said}.", tries=tries)


def _tries_after(error: ContractError) -> int:
    """Trouble of the platform may pass; an address we never ask, or too much audio, will not."""
    may_pass = isinstance(error, VendorFailed | TimedOut) and not isinstance(error, AddressNotAllowed)
    return IN_TROUBLE if may_pass else AT_ONCE
