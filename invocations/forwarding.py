"""Hand an incoming message or call on to the developer's own webhook, as the platform would (contract 10).

The webhook first, then its fallback: each signed with the account's primary token, each under a clock of its
own. No database here.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from publishers.contract.bodies import FormBody
from publishers.contract.egress import Answer, Client, EgressPolicy, client
from publishers.contract.errors import AddressNotAllowed, ContractError, TooManyRedirects, VendorFailed
from publishers.contract.limits import MAX_REDIRECTS, MAX_WEBHOOK_RESPONSE_BYTES, WEBHOOK_DEADLINE_MS
from publishers.contract.rendered import RenderedRequest
from publishers.contract.secret import Secret
from publishers.contract.send import redirected
from publishers.contract.signing import sign
from results.event_codes import NOT_CONNECTED, RETRIEVAL_FAILED

Pairs = tuple[tuple[str, str], ...]

# How a proxy finds that a request has come round to it (RFC 9110, 7.6.3).
VIA: Final = "1.1 patchbay"
_HEADERS: Final = (
    ("User-Agent", "TwilioProxy/1.1"),
    ("Accept", "*/*"),
    ("Accept-Encoding", "identity"),
    ("Via", VIA),
)
_FAILURE_PARAMETERS: Final = frozenset({"ErrorCode", "ErrorUrl"})
_SUCCESSES: Final = range(200, 300)
_REDIRECTS: Final = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)


@dataclass(frozen=True)
class Target:
    """An address of the developer, and how it wants to be asked."""

    url: str
    method: str

    @property
    def takes_add_ons(self) -> bool:
        """Answers of add-ons travel in a form only."""
        return self.method == "POST"


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """What to send, and where: the targets one after the other, until one answers."""

    targets: tuple[Target, ...]
    parameters: Pairs = field(repr=False)
    add_ons: str | None = field(repr=False)
    token: Secret


@dataclass(frozen=True, kw_only=True)
class WebhookAnswer:
    """What the developer answered, byte for byte."""

    status: int = HTTPStatus.OK
    content_type: str | None
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """That a target did not answer. `host` is empty where even the host is nothing to repeat."""

    code: int
    url: str
    reason: str
    host: str
    is_fallback: bool = False


@dataclass(frozen=True, kw_only=True)
class Forwarded:
    """The first usable answer, and the failures before it."""

    answer: WebhookAnswer | None
    failures: tuple[Failure, ...]


class _Failed(Exception):
    """A target did not answer."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


async def forward(webhook: Webhook, policy: EgressPolicy) -> Forwarded:
    """Ask the targets in their order until one answers. Never raises for what a target does."""
    failures: list[Failure] = []
    async with client(policy) as session:
        for target in webhook.targets:
            request = _request(target, webhook, failures)
            try:
                answer = await _answer_of(session, target, request, webhook.token)
            except _Failed as failed:
                failures.append(replace(failed.failure, is_fallback=bool(failures)))
            else:
                return Forwarded(answer=answer, failures=tuple(failures))
    return Forwarded(answer=None, failures=tuple(failures))


def _request(target: Target, webhook: Webhook, failures: Sequence[Failure]) -> RenderedRequest:
    """The same parameters for each target; the second one also learns why the first failed."""
    pairs = webhook.parameters
    if target.takes_add_ons and webhook.add_ons is not None:
        pairs = (*pairs, ("AddOns", webhook.add_ons))
    if failures:
        failure = failures[-1]
        kept = tuple(pair for pair in pairs if pair[0] not in _FAILURE_PARAMETERS)
        pairs = (*kept, ("ErrorCode", str(failure.code)), ("ErrorUrl", failure.url))
    if target.method == "GET":
        return RenderedRequest(method="GET", target=target.url, query=pairs, headers=_HEADERS)
    return RenderedRequest(method="POST", target=target.url, headers=_HEADERS, body=FormBody(pairs))


async def _answer_of(
    session: Client, target: Target, request: RenderedRequest, token: Secret
) -> WebhookAnswer:
    """The target's answer. Raises _Failed."""
    statuses: list[int] = []
    try:
        async with asyncio.timeout(WEBHOOK_DEADLINE_MS / 1000):
            answer = await _follow(session, request, token, statuses)
    except TimeoutError as error:
        reason = f"There was no complete answer within {WEBHOOK_DEADLINE_MS} ms."
        raise _Failed(_failure(target, RETRIEVAL_FAILED, reason)) from error
    except AddressNotAllowed as error:
        raise _Failed(Failure(code=RETRIEVAL_FAILED, url=target.url, reason=error.reason, host="")) from error
    except VendorFailed as error:
        code = RETRIEVAL_FAILED if statuses else NOT_CONNECTED
        raise _Failed(_failure(target, code, error.reason)) from error
    except ContractError as error:
        raise _Failed(_failure(target, RETRIEVAL_FAILED, error.reason)) from error
    if answer.status not in _SUCCESSES:
        raise _Failed(_failure(target, RETRIEVAL_FAILED, f"The webhook answered {answer.status}."))
    return WebhookAnswer(
        status=answer.status, content_type=answer.headers.get("content-type"), body=answer.body
    )


async def _follow(session: Client, request: RenderedRequest, token: Secret, statuses: list[int]) -> Answer:
    """The first answer that is no redirect. Each hop is signed anew: a signature covers the URL."""
    for _ in range(MAX_REDIRECTS + 1):
        statuses.clear()
        answer = await session.exchange(
            sign(request, token=token), max_bytes=MAX_WEBHOOK_RESPONSE_BYTES, on_status=statuses.append
        )
        if answer.status not in _REDIRECTS or "location" not in answer.headers:
            return answer
        request = redirected(request, answer)
    raise TooManyRedirects(f"There were more than {MAX_REDIRECTS} redirects.")


def _failure(target: Target, code: int, reason: str) -> Failure:
    return Failure(code=code, url=target.url, reason=reason, host=urlsplit(target.url).hostname or "")
