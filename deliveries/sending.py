"""Hand a notice over: one attempt, under one clock. No database here.

The receiver finds two signatures, so that it may check whichever it has a library for: that of the platform
(`X-Twilio-Signature`) and that of Standard Webhooks (`webhook-signature`). Its answer is the status alone;
a body is not read.
"""

import asyncio
import hashlib
import hmac
import re
import time
from base64 import b64encode
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from deliveries.pauses import ATTEMPT_SECONDS
from publishers.contract.bodies import NO_BODY, FormBody
from publishers.contract.egress import Answer, Client, EgressPolicy, client
from publishers.contract.errors import ContractError, TooManyRedirects
from publishers.contract.limits import MAX_REDIRECTS
from publishers.contract.rendered import RenderedRequest
from publishers.contract.secret import Secret
from publishers.contract.send import redirected
from publishers.contract.signing import SignedRequest, sign

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what such a secret begins with

_SUCCESSES: Final = range(200, 300)
_NO_STATUS: Final = range(0)
_REDIRECTS: Final = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
_BUSY: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_MOST_DIGITS: Final = 9
_HEADERS: Final = (("User-Agent", "TwilioProxy/1.1"), ("Accept", "*/*"), ("Accept-Encoding", "identity"))


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What to send, and where. `sid` is the same in every attempt; `token` is the receiving account's."""

    sid: str
    url: str = field(repr=False)
    method: str
    parameters: tuple[tuple[str, str], ...] = field(repr=False)
    token: Secret


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """How one try to hand a notice over ended. `error`: why it failed, in our words; else empty.

    `at`: when it began, by the clock of this process. `retry_after`: what a receiver that is busy asked for.
    """

    at: datetime
    duration_ms: int
    http_status: int | None = None
    error: str = ""
    retry_after: timedelta | None = None

    @property
    def succeeded(self) -> bool:
        return not self.error

    @property
    def is_final(self) -> bool:
        """Whether the receiver said that it wants no more of this (Standard Webhooks)."""
        return self.http_status == HTTPStatus.GONE


def send(notice: Notice, policy: EgressPolicy) -> Attempt:
    """One attempt, in an event loop of its own. Never raises for what a receiver does."""
    return asyncio.run(attempt(notice, policy))


async def attempt(notice: Notice, policy: EgressPolicy) -> Attempt:
    """The same, for whoever has a loop."""
    at, started, statuses = datetime.now(UTC), time.monotonic(), list[int]()
    error, retry_after = "", None
    try:
        async with asyncio.timeout(ATTEMPT_SECONDS), client(policy) as session:
            answer = await _follow(session, notice, statuses)
    except TimeoutError:
        error = f"There was no answer within {ATTEMPT_SECONDS:g} seconds."
    except ContractError as failure:
        is_taken = bool(statuses) and statuses[-1] in _SUCCESSES  # and more came than anybody would read
        error = "" if is_taken else failure.reason
    else:
        error = "" if answer.status in _SUCCESSES else f"The answer was {answer.status}."
        retry_after = _retry_after(answer, at)
    return Attempt(
        at=at,
        duration_ms=round((time.monotonic() - started) * 1000),
        http_status=statuses[-1] if statuses else None,
        error=error,
        retry_after=retry_after,
    )


async def _follow(session: Client, notice: Notice, statuses: list[int]) -> Answer:
    """The first answer that is no redirect. Each hop is signed anew: a signature covers the URL."""
    request = _request(notice)
    for _ in range(MAX_REDIRECTS + 1):
        statuses.clear()
        signed = _signed(request, notice)
        answer = await session.exchange(signed, max_bytes=0, read=_NO_STATUS, on_status=statuses.append)
        if answer.status not in _REDIRECTS or "location" not in answer.headers:
            return answer
        request = redirected(request, answer)
    raise TooManyRedirects(f"There were more than {MAX_REDIRECTS} redirects.")


def _request(notice: Notice) -> RenderedRequest:
    body = FormBody(notice.parameters) if notice.method == "POST" else NO_BODY
    return RenderedRequest(method=notice.method, target=notice.url, headers=_HEADERS, body=body)


def _signed(request: RenderedRequest, notice: Notice) -> SignedRequest:
    """Signed both ways, now, over what this hop carries."""
    signed = sign(request, token=notice.token)
    body, at = signed.body, str(int(time.time()))
    assert isinstance(body, bytes)  # noqa: S101 - a form is no stream
    standard = (
        ("webhook-id", notice.sid),
        ("webhook-timestamp", at),
        ("webhook-signature", standard_signature(notice.sid, at, body, token=notice.token)),
    )
    return replace(signed, headers=(*signed.headers, *standard))


def standard_signature(sid: str, at: str, body: bytes, *, token: Secret) -> str:
    """The signature of Standard Webhooks, whose key is the auth token's bytes. `at`: in Unix seconds."""
    message = b".".join((sid.encode(), at.encode(), body))
    digest = hmac.digest(token.reveal().encode(), message, hashlib.sha256)
    return f"v1,{b64encode(digest).decode()}"


def standard_secret(token: Secret) -> Secret:
    """The account's auth token, as libraries of Standard Webhooks take it."""
    return Secret(SECRET_PREFIX + b64encode(token.reveal().encode()).decode())


def _retry_after(answer: Answer, now: datetime) -> timedelta | None:
    """How long a receiver that is busy wants to be left alone: seconds, or a date."""
    if answer.status not in _BUSY:
        return None
    text = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+", text):
        return timedelta(seconds=int(text[:_MOST_DIGITS]))
    try:
        return max(timedelta(0), parsedate_to_datetime(text) - now)
    except (TypeError, ValueError, OverflowError):  # no date, or one without a zone
        return None
