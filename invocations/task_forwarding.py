"""Hand a new task on to the platform that routes it, as its own clients would. No database here.

One POST under one clock, no redirects, and no credential but the platform's own.
"""

import asyncio
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from invocations.forwarding import VIA, Pairs, WebhookAnswer
from publishers.contract.bodies import urlencoded
from publishers.contract.egress import Answer, Client, EgressPolicy, client
from publishers.contract.errors import AddressNotAllowed, ContractError, VendorFailed
from publishers.contract.limits import WEBHOOK_DEADLINE_MS
from publishers.contract.secret import Secret
from publishers.contract.signing import SignedRequest
from results.event_codes import NOT_CONNECTED, RETRIEVAL_FAILED

ATTRIBUTES: Final = "Attributes"
ADD_ONS: Final = "addons"
# A task comes back with its attributes, in which the answers of all add-ons stand.
MAX_ANSWER_BYTES: Final = 4_194_304
_ANSWERS: Final = range(200, 600)
_SUCCESSES: Final = range(200, 300)
# What the platform says of the task itself, so that whoever made it has to mend it. It made none.
_VERDICTS: Final = frozenset(range(400, 500)) - {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
}
# The answers of add-ons may be what it refuses: too long, or a name it keeps for itself.
_MAY_BE_THE_ADD_ONS: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})
_JSON_BLANKS: Final = " \t\r\n"
# What an `addons` of the platform's own says when it has none.
_EMPTY: Final = (None, "", "{}")


@dataclass(frozen=True, kw_only=True)
class Router:
    """A platform that routes tasks: its base URL, and who we are there."""

    url: str
    user: str
    password: Secret

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Why a task was not made, or not as it was meant. `status`: what the caller gets without an answer.

    `host` is empty where even the host is nothing to repeat.
    """

    code: int
    reason: str
    host: str
    status: int = HTTPStatus.BAD_GATEWAY


@dataclass(frozen=True, kw_only=True)
class HandedOn:
    """What came of it: the platform's answer or why there is none, and `trouble` to tell the account of.

    `sent`: the parameters the platform got last.
    """

    answer: WebhookAnswer | Trouble
    trouble: Trouble | None
    sent: Pairs = field(repr=False)

    @property
    def is_made(self) -> bool:
        """Whether the platform has made the task."""
        return isinstance(self.answer, WebhookAnswer) and self.answer.status in _SUCCESSES


async def hand_on(
    router: Router, workspace_sid: str, *, parameters: Pairs, add_ons: str | None, policy: EgressPolicy
) -> HandedOn:
    """Make the task there, with what the add-ons say in its attributes. Whatever the platform does, no raise.

    When the platform refuses it with the answers of the add-ons, it is asked once more without: they never
    stop a task. `add_ons`: the envelope as JSON text; None when nobody was asked.
    """
    url = f"{router.url}/v1/Workspaces/{workspace_sid}/Tasks"
    sent = parameters if add_ons is None else extended(parameters, add_ons)
    refused: Trouble | None = None
    heard = list[int]()
    try:
        async with asyncio.timeout(WEBHOOK_DEADLINE_MS / 1000), client(policy) as session:
            answer = await _ask(session, router, url, sent, heard)
            if sent != parameters and answer.status in _MAY_BE_THE_ADD_ONS:
                refused, sent = _refused_add_ons(router, answer), parameters
                answer = await _ask(session, router, url, sent, heard)
    except TimeoutError:
        return _failed(_too_late(router), sent)
    except ContractError as error:
        return _failed(_unreachable(router, error, has_answered=bool(heard)), sent)
    if answer.status in _SUCCESSES:
        return HandedOn(answer=_passed_on(answer), trouble=refused, sent=sent)
    judged = _judged(router, answer)
    if answer.status in _VERDICTS:
        return HandedOn(answer=_passed_on(answer), trouble=judged, sent=sent)
    return _failed(judged, sent)


def extended(parameters: Pairs, add_ons: str) -> Pairs:
    """The parameters, with the envelope as the key `addons` of the attributes. Every other byte stays."""
    last = dict(parameters).get(ATTRIBUTES) or "{}"
    others = tuple(pair for pair in parameters if pair[0] != ATTRIBUTES)
    return (*others, (ATTRIBUTES, with_member(last, ADD_ONS, add_ons)))


def with_member(document: str, name: str, value: str) -> str:
    """The text of a JSON object with one more member, given as JSON. One of that name is replaced."""
    members = json.loads(document)
    if name in members:
        del members[name]
        document = json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    head = document.rstrip(_JSON_BLANKS).removesuffix("}").rstrip(_JSON_BLANKS)
    return f"{head}{',' if members else ''}{json.dumps(name)}:{value}}}"


def completed(body: bytes, add_ons: str) -> bytes:
    """The platform's task with our `addons` (JSON text) where it has none of its own; else as it came."""
    task = _object(body)
    if task is None or task.get(ADD_ONS) not in _EMPTY or (ADD_ONS in task and add_ons == "{}"):
        return body
    try:
        return with_member(body.decode(), ADD_ONS, json.dumps(add_ons, ensure_ascii=False)).encode()
    except (ValueError, RecursionError):  # an integer or a nesting that only the other parser reads
        return body


def sid_in(body: bytes) -> str:
    """The SID the platform gave the task; empty when it tells none."""
    sid = (_object(body) or {}).get("sid")
    return sid if isinstance(sid, str) else ""


def _object(body: bytes) -> Mapping[str, Any] | None:
    """The JSON object that this is, or None."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


async def _ask(session: Client, router: Router, url: str, parameters: Pairs, heard: list[int]) -> Answer:
    """One POST; `heard` gets its status. It is not signed: our tokens are none of the platform's business."""
    heard.clear()
    credentials = b64encode(f"{router.user}:{router.password.reveal()}".encode()).decode()
    request = SignedRequest(
        method="POST",
        url=url,
        headers=(
            ("Authorization", f"Basic {credentials}"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", "application/json"),
            ("Accept-Encoding", "identity"),
            ("User-Agent", "Patchbay"),
            ("Via", VIA),
        ),
        body=urlencoded(parameters).encode(),
        redacted_url=url,
    )
    return await session.exchange(request, max_bytes=MAX_ANSWER_BYTES, read=_ANSWERS, on_status=heard.append)


def _passed_on(answer: Answer) -> WebhookAnswer:
    return WebhookAnswer(
        status=answer.status, content_type=answer.headers.get("content-type"), body=answer.body
    )


def _failed(trouble: Trouble, sent: Pairs) -> HandedOn:
    return HandedOn(answer=trouble, trouble=trouble, sent=sent)


def _judged(router: Router, answer: Answer) -> Trouble:
    """What an answer means that made no task."""
    reason = f"It answered {answer.status}."
    if answer.status in _VERDICTS:
        reason = f"It refused the task with {answer.status}."
    elif answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        reason = f"It refused the credentials set for it ({answer.status})."
    return Trouble(code=RETRIEVAL_FAILED, reason=reason, host=router.host)


def _refused_add_ons(router: Router, answer: Answer) -> Trouble:
    reason = f"It refused the answers of the add-ons ({answer.status}), and was asked again without them."
    return Trouble(code=RETRIEVAL_FAILED, reason=reason, host=router.host)


def _too_late(router: Router) -> Trouble:
    reason = f"There was no complete answer within {WEBHOOK_DEADLINE_MS} ms. It may have made the task."
    return Trouble(code=RETRIEVAL_FAILED, reason=reason, host=router.host, status=HTTPStatus.GATEWAY_TIMEOUT)


def _unreachable(router: Router, error: ContractError, *, has_answered: bool) -> Trouble:
    """What stopped the exchange, in our words; of a forbidden address not even the host is repeated."""
    match error:
        case AddressNotAllowed():
            return Trouble(code=RETRIEVAL_FAILED, reason=error.reason, host="")
        case VendorFailed() if not has_answered:
            return Trouble(code=NOT_CONNECTED, reason=error.reason, host=router.host)
    return Trouble(code=RETRIEVAL_FAILED, reason=error.reason, host=router.host)
