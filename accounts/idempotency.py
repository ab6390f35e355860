"""`Idempotency-Key`: a POST that is sent again does nothing twice and answers the same.

The key is claimed, the work done and the answer kept in one transaction. So of two requests with one
key the second waits for the first, and a request that was refused leaves nothing behind: it changed
nothing, and may be mended and sent again under the same key.
"""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import IntegrityError, transaction
from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import credentials
from accounts.models import Account, IdempotentAnswer
from accounts.requests import account_of
from rest.errors import Conflict, Refused

HEADER = "Idempotency-Key"
KEY_PATTERN = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_FOR = timedelta(days=1)

View = TypeVar("View", bound=APIView)
Path = ParamSpec("Path")
Handler = Callable[Concatenate[View, Request, Path], Response]


class BadIdempotencyKey(Refused):
    """400: the key cannot be one."""


class KeyReused(Conflict):
    """409: another request was made with this key."""


def idempotent(handler: Handler[View, Path]) -> Handler[View, Path]:
    """Makes a POST handler honour the header. Without it, the handler runs as it is."""

    @wraps(handler)
    def wrapped(view: View, request: Request, /, *args: Path.args, **kwargs: Path.kwargs) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        if not KEY_PATTERN.fullmatch(key):
            raise BadIdempotencyKey(f"Invalid {HEADER}: use 1 to 255 printable ASCII characters, no spaces")
        return _once(account_of(request), key, request, lambda: handler(view, request, *args, **kwargs))

    return wrapped


def _once(account: Account, key: str, request: Request, work: Callable[[], Response]) -> Response:
    fingerprint = _fingerprint(request)
    with transaction.atomic():
        claim = _claim(account, key, fingerprint)
        if claim is None:
            return _repeated(account, key, fingerprint)
        response = work()
        claim.status = response.status_code
        claim.sealed_body = json.dumps(response.data)
        claim.save(update_fields=["status", "sealed_body"])
    return response


def _claim(account: Account, key: str, fingerprint: str) -> IdempotentAnswer | None:
    """The database decides who was first; None for the second."""
    try:
        with transaction.atomic():
            return IdempotentAnswer.objects.create(
                account=account, key=key, fingerprint=fingerprint, status=0, sealed_body=""
            )
    except IntegrityError:
        return None


def _repeated(account: Account, key: str, fingerprint: str) -> Response:
    first = IdempotentAnswer.objects.get(account=account, key=key)
    if first.fingerprint != fingerprint:
        raise KeyReused(f"Conflict: this {HEADER} was used for another request; make a new key for this one")
    return Response(json.loads(first.sealed_body), first.status, headers={"Idempotent-Replayed": "true"})


def _fingerprint(request: Request) -> str:
    """An HMAC, because a body may hold secrets that are short enough to guess from a plain hash."""
    data: Any = request.data
    given = sorted(data.lists()) if isinstance(data, QueryDict) else data
    match = request.resolver_match
    # The path as it was understood, so that a SID in capitals is the same one.
    path = [match.view_name, match.kwargs] if match else request.path
    asked = [request.method, path, sorted(request.query_params.lists()), given]
    return credentials.digest(json.dumps(asked, sort_keys=True, default=_plain))


def _plain(value: Any) -> str:
    """A number of a JSON body as it counts, not as it was written: 1.50 is 1.5."""
    return str(value.normalize()) if isinstance(value, Decimal) else str(value)
