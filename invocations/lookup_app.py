"""Lookups in front of Django: the one endpoint whose speed people choose us for.

Django's stack, a thread and a database connection for each request cost seven times what the work itself
does (`docs/performance.md`). So an ordinary lookup is answered here: credentials, plans and records go
through the database in batches, and every row is committed before the answer leaves. Whatever is not
ordinary (another method, an odd path or host, a body) goes to the site, whose view says the same.
"""

import logging
import re
from collections.abc import Sequence
from functools import lru_cache, partial
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final, NamedTuple

import orjson
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.db import InterfaceError, OperationalError
from django.http import QueryDict
from django.http.request import split_domain_port, validate_host
from rest_framework.exceptions import NotAuthenticated

from accounts.authentication import Caller, Credentials, admitted, callers_from, is_key, user_and_password
from accounts.authentication import queries_for as credentials_for
from accounts.permissions import MissingScope
from accounts.scopes import Scope, covers
from invocations import events
from invocations.api import HEADERS
from invocations.calls import Plan
from invocations.plans import Wanted, plans_from
from invocations.plans import queries_for as plans_for
from invocations.points import lookup
from publishers.contract.egress import EgressPolicy
from publishers.contract.limits import MAX_LOOKUPS
from rest.batches import Batches
from rest.body_limit import Application, Receive, Send
from rest.body_limit import Scope as AsgiScope
from rest.databases import INLINE, Database, Row, completed, places
from rest.errors import Overloaded, error_body, explain
from rest.statements import rows_of
from results.services import Record, record_all

log = logging.getLogger(__name__)

Headers = dict[bytes, bytes]

_COUNTED: Final = sync_to_async(admitted, thread_sensitive=False)
# Bytes of a query that is kept for the next one that is the same.
LONGEST_KEPT_QUERY: Final = 500
# Lookups that have a connection to PostgreSQL each for what they read, and one for what they write; of more
# lookups than that one connection takes all that come. Each is opened when it is needed.
FEW: Final = 8
# Add-ons that an ordinary lookup names at most.
FEW_NAMES: Final = 32
_PATH: Final = re.compile(r"/v1/PhoneNumbers/([^/\x00-\x1f\x7f]+)")
# What an answer of the site has that is its own, not the site's.
_OWN_HEADERS: Final = frozenset({"content-type", "content-length", "www-authenticate"})


class Answer(NamedTuple):
    """What goes back."""

    status: int
    headers: dict[str, str]
    body: bytes


class Lookups:
    """An ASGI application that answers lookups, and passes everything else to the site."""

    def __init__(self, site: Application) -> None:
        self._site = site
        self._under_way = 0
        self._policy = EgressPolicy.from_hosts(settings.OUTBOUND_ALLOWED_HOSTS)
        self._standing_headers: Headers = {}
        self._reads = Batches[_Asked, _Read | Exception](places("reads", FEW), _read, are_few=self._are_few)
        self._records = Batches[Record, Exception | None](
            places("records", FEW), record_all, are_few=self._are_few
        )

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        request = _Request.of(scope)
        if request is None:
            await self._site(scope, receive, send)
        else:
            await self._reply(scope, await self._answer(request), send)

    async def _reply(self, scope: AsgiScope, answer: Answer, send: Send) -> None:
        self._standing_headers = self._standing_headers or _standing_headers(scope)
        own = {name.lower().encode(): value.encode() for name, value in answer.headers.items()}
        headers = {**self._standing_headers, **own, b"content-length": b"%d" % len(answer.body)}
        await send({"type": "http.response.start", "status": answer.status, "headers": [*headers.items()]})
        await send({"type": "http.response.body", "body": answer.body})

    async def close(self) -> None:
        """Finish what is under way in the database."""
        for batches in (self._reads, self._records):
            await batches.close()

    def _are_few(self) -> bool:
        """Also those that wait for publishers: who shares a commit with many has less of it to pay for."""
        return self._under_way <= FEW

    async def _answer(self, request: "_Request") -> Answer:
        if self._under_way >= MAX_LOOKUPS:
            return _explained(Overloaded(), request)
        self._under_way += 1
        try:
            return Answer(HTTPStatus.OK, HEADERS, await self._resource(request))
        except Exception as error:  # noqa: BLE001 - a bug of ours is a 500, and logged
            return _explained(error, request)
        finally:
            self._under_way -= 1

    async def _resource(self, request: "_Request") -> bytes:
        question = _question(request.query)
        caller, plans = await self._read(request, question.asked)
        # A count that several processes share is a question to another server, and to no database of ours.
        caller = await _COUNTED(caller) if settings.CACHE_URL else admitted(caller)
        if not covers(caller.scope, Scope.MARKETPLACE, only_reads=False):
            raise MissingScope(Scope.MARKETPLACE)
        wanted = lookup.read(request.number, question)
        if question.asked is None or not plans:
            return lookup.resource(wanted, ())
        happening = lookup.happening_of(wanted.number)
        try:
            with events.engine_failures(happening):
                kept = await events.ask(
                    plans,
                    happening=happening,
                    event=lookup.event_of(wanted.number),
                    runtime=question.asked.parameters,
                    policy=self._policy,
                )
                failure = await self._records.do(kept)
                if failure is not None:
                    raise failure
        except events.EngineFailed:
            return lookup.resource_without_answers(wanted)
        return lookup.resource(wanted, [outcome for _, outcome in kept.outcomes])

    async def _read(self, request: "_Request", asked: lookup.AddOnsAsked | None) -> "_Read":
        """Who asks, and the plans of the add-ons they name."""
        if not request.authorization:
            raise NotAuthenticated
        given = user_and_password(request.authorization)
        read = await self._reads.do(_Asked(given, asked.names if asked else ()))
        if isinstance(read, Exception):
            raise read
        return read


class _Asked(NamedTuple):
    credentials: Credentials
    names: tuple[str, ...]


class _Read(NamedTuple):
    caller: Caller | None
    plans: list[Plan]


async def _read(database: Database, asked: Sequence[_Asked]) -> list[_Read | Exception]:
    """What many lookups need. When it cannot be had for all, such as for a secret that does not open, each
    is tried alone, so that it is missing for its own lookup only. Raises OperationalError, InterfaceError.
    """
    try:
        return [*await _read_at_once(database, asked)]
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - whoever asked for it tells what it means
        if len(asked) == 1:
            return [error]
        return [read for each in asked for read in await _read(database, [each])]


async def _read_at_once(database: Database, asked: Sequence[_Asked]) -> list[_Read]:
    """The callers of many lookups, and the plans of those who are somebody.

    A token comes with its account's SID, so both are asked for at once. Which account a key has is known
    only when the key is. Many names are work that only somebody may give us, and not to the event loop.
    """
    given = [each.credentials for each in asked]
    likely = [Wanted(each.credentials.sid, each.names) for each in asked if not is_key(each.credentials)]
    at_once = plans_for(lookup.POINT, [wanted for wanted in likely if _has_few(wanted)])
    accounts, keys, *rows = await rows_of(database, *credentials_for(given), *at_once)
    callers = await callers_from(database, given, [accounts, keys])
    found = [
        (caller, Wanted(caller.account.sid, each.names))
        for caller, each in zip(callers, asked, strict=True)
        if caller
    ]
    by_key = [wanted for caller, wanted in found if caller.api_key and _has_few(wanted)]
    rows += await rows_of(database, *plans_for(lookup.POINT, by_key))
    if many := [wanted for _, wanted in found if not _has_few(wanted)]:
        rows += await database.apart(partial(_rows_here, many))
    plans = iter(await plans_from(database, [wanted for _, wanted in found], rows))
    return [_Read(caller, next(plans) if caller else []) for caller in callers]


def _has_few(wanted: Wanted) -> bool:
    return len(wanted.names) <= FEW_NAMES


def _rows_here(wanted: Sequence[Wanted]) -> list[list[Row]]:
    return completed(rows_of(INLINE, *plans_for(lookup.POINT, wanted)))


class _Request(NamedTuple):
    """An ordinary lookup, as it came."""

    path: str
    number: str
    query: str
    authorization: str

    @classmethod
    def of(cls, scope: AsgiScope) -> "_Request | None":
        """None for what only the site can judge."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope.get("root_path"):
            return None
        path = _PATH.fullmatch(scope["path"])
        query = scope["query_string"]
        if path is None or not query.isascii() or query.count(b"&") >= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
            return None
        headers = _joined(scope["headers"])
        if b"transfer-encoding" in headers:
            return None
        if headers.get(b"content-length", b"0") != b"0" or not _is_ours(_origin(scope, headers)):
            return None
        authorization = headers.get(b"authorization", b"").decode("latin-1")
        return cls(path[0], path[1], query.decode("ascii"), authorization)


def _question(text: str) -> lookup.Question:
    """What the query says. Callers ask about number after number with the same few queries."""
    return _kept_question(text) if len(text) <= LONGEST_KEPT_QUERY else lookup.Question.of(QueryDict(text))


@lru_cache(maxsize=1_024)
def _kept_question(text: str) -> lookup.Question:
    return lookup.Question.of(QueryDict(text))


def _joined(headers: Sequence[tuple[bytes, bytes]]) -> Headers:
    """Headers by name. One that comes twice is one with a comma, as it is to Django."""
    joined: Headers = {}
    for name, value in headers:
        joined[name] = joined[name] + b"," + value if name in joined else value
    return joined


def _origin(scope: AsgiScope, headers: Headers) -> tuple[str, bool]:
    """The host, and whether it was asked for over TLS, as far as Django would believe it."""
    is_secure = scope.get("scheme") == "https"
    if settings.SECURE_PROXY_SSL_HEADER:
        name, value = settings.SECURE_PROXY_SSL_HEADER
        sent = headers.get(_header_named(name), b"")
        is_secure = sent.decode("latin-1").split(",")[0].strip() == value
    return headers.get(b"host", b"").decode("latin-1"), is_secure


def _header_named(name: str) -> bytes:
    """A header by its name in Django's settings, such as `HTTP_X_FORWARDED_PROTO`."""
    return name.removeprefix("HTTP_").replace("_", "-").lower().encode()


def _is_ours(origin: tuple[str, bool]) -> bool:
    """Whether Django would answer this host as it is, neither refuse it nor redirect to TLS."""
    host, is_secure = origin
    return _is_allowed(host, tuple(settings.ALLOWED_HOSTS)) and is_secure >= settings.SECURE_SSL_REDIRECT


@lru_cache(maxsize=256)
def _is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _explained(error: Exception, request: _Request) -> Answer:
    explained = explain(error, request.path)
    if explained is None:
        log.error("a lookup failed by a bug", exc_info=error)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return _json(status, error_body(status, 20500, "Internal Server Error"), {})
    return _json(explained.status, explained.body, explained.headers)


def _json(status: int, body: Any, headers: dict[str, str]) -> Answer:
    return Answer(status, {"Content-Type": "application/json", **headers}, orjson.dumps(body))


def _standing_headers(scope: AsgiScope) -> Headers:
    """What the site's middleware adds to every answer, taken from one of the site's own: that to the same
    request without credentials, which looks at no database. Nor has it anything else of whoever was first,
    such as a cookie.
    """
    kept = {b"host"}
    if settings.SECURE_PROXY_SSL_HEADER:
        kept.add(_header_named(settings.SECURE_PROXY_SSL_HEADER[0]))
    headers = [(name, value) for name, value in scope["headers"] if name in kept]
    handler = BaseHandler()
    handler.load_middleware()
    answer = handler.get_response(ASGIRequest({**scope, "headers": headers}, BytesIO()))
    return {
        name.lower().encode(): value.encode()
        for name, value in answer.items()
        if name.lower() not in _OWN_HEADERS
    }
