"""What publishers post to the callback URLs of tests: taken as in earnest, and kept for who waits for it.

A URL names the version, the call and its own end, and is signed: it needs no row before it is used. The
first callback of a call that can be read is taken (202), whatever comes later meets a 404, as with a real
one (contract 11.3).
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed

from accounts.authentication import admitted, caller_of, user_and_password
from accounts.models import Account
from accounts.scopes import Scope, covers
from conformance import judged
from conformance.models import BenchRun, ReceivedCallback
from publishers.contract.limits import MAX_CALLBACK_BYTES
from publishers.models import ListingVersion
from rest.errors import Forbidden, NotFound, Refused
from rest.representation import absolute_url
from results.callback_bodies import Body, Part, Unreadable, read

PATH: Final = "/addons/callbacks/tests/"
# Ten times the longest sample, and some minutes to be asked and to ask again.
LASTS: Final = timedelta(minutes=15)
# Of one call. What comes after these is answered, and not kept.
MOST_KEPT: Final = 8
_PURPOSE: Final = b"test-callback:"
_DIGITS: Final = 12


class SignedInWrong(Refused):
    """401: no credentials, or wrong ones."""

    http_status = HTTPStatus.UNAUTHORIZED
    code = 20003


class NotYours(Forbidden):
    """403: the add-on is another publisher's."""


class NotByPost(Refused):
    """405: a callback is a POST."""

    http_status = HTTPStatus.METHOD_NOT_ALLOWED
    code = 20004


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A request to a callback URL, of which no more than its head was read yet."""

    method: str
    authorization: str = field(repr=False)
    body: Body


def callback_url_of(version_sid: str, request_sid: str, *, since: datetime) -> str:
    """Where the publisher of a version posts what it found in a test call of that time (aware)."""
    token = _token(version_sid, request_sid, int((since + LASTS).timestamp()))
    return absolute_url("callbacks", f"{PATH}{version_sid}/{request_sid}/{token}")


def version_of(version_sid: str, request_sid: str, token: str) -> ListingVersion:
    """The version whose callback this is. Raises NotFound for a URL that we did not make or that is over."""
    end = token.partition("-")[0]
    if not (end.isascii() and end.isdigit() and len(end) <= _DIGITS):
        raise NotFound
    if not hmac.compare_digest(token.encode(), _token(version_sid, request_sid, int(end)).encode()):
        raise NotFound
    if timezone.now().timestamp() >= int(end):
        raise NotFound
    versions = ListingVersion.objects.select_related("listing__publisher__account")
    version = versions.filter(sid=version_sid).first()
    if version is None:
        raise NotFound
    return version


def check_sender(version: ListingVersion, header: str) -> Account:
    """The account that signed in, by the header `Authorization`. Raises SignedInWrong, NotYours and what
    `admitted` raises for an account that may do nothing now.
    """
    try:
        caller = admitted(caller_of(user_and_password(header)))
    except AuthenticationFailed as error:
        raise SignedInWrong("Authenticate") from error
    is_own = caller.account.pk == version.listing.publisher.account_id
    if not is_own or not covers(caller.scope, Scope.PUBLISHING, only_reads=False):
        raise NotYours("Forbidden: this callback is for the publisher of the add-on")
    return caller.account


def receive(version: ListingVersion, request_sid: str, arrival: Arrival) -> None:
    """Take what came to a callback URL of a test, and keep how it was answered.

    Raises NotByPost, SignedInWrong, NotYours, NotFound after the first, Unreadable, TooLarge, StorageDown.
    """
    body = arrival.body
    kept = ReceivedCallback(
        request_sid=request_sid,
        version=version,
        method=arrival.method[: ReceivedCallback.MAX_METHOD_LENGTH],
        is_authentic=False,
        content_type=body.content_type[: ReceivedCallback.MAX_TYPE_LENGTH],
        size=body.length,
    )
    try:
        if arrival.method != "POST":
            raise NotByPost("Method not allowed: post what you found")
        check_sender(version, arrival.authorization)
        kept.is_authentic = True
        if ReceivedCallback.objects.filter(request_sid=request_sid, status=HTTPStatus.ACCEPTED).exists():
            raise NotFound
        with ExitStack() as stack:
            heard = judged.Heard(body)
            parts = read(replace(body, source=heard), stack, limit=MAX_CALLBACK_BYTES)
            kept.size = heard.size
            kept.document = _document(kept, parts, stack, heard)
        kept.status = HTTPStatus.ACCEPTED
        _take(kept)
    except Refused as refusal:
        _keep_refused(kept, refusal)
        raise


def callbacks_of(request_sid: str) -> Sequence[ReceivedCallback]:
    """What came for a call, in the order of its coming."""
    return list(ReceivedCallback.objects.filter(request_sid=request_sid).order_by("sid"))


def _document(
    kept: ReceivedCallback, parts: Sequence[Part], stack: ExitStack, heard: judged.Heard
) -> dict[str, Any]:
    """For the contract tester what came; for the bench the parts and their verdict. Raises Unreadable."""
    run = BenchRun.objects.filter(pk=f"TR{kept.request_sid[2:]}", version=kept.version).first()
    if run is None:
        return judged.as_heard(heard)
    return judged.as_result(kept.version, parts, stack, duration_ms=int(run.document.get("audio_ms", 0)))


def _take(kept: ReceivedCallback) -> None:
    """The database decides which callback was first. Raises NotFound for the others."""
    try:
        with transaction.atomic():
            kept.save(force_insert=True)
    except IntegrityError as error:
        raise NotFound from error
    judged.settle(kept)


def _keep_refused(kept: ReceivedCallback, refusal: Refused) -> None:
    if ReceivedCallback.objects.filter(request_sid=kept.request_sid).count() >= MOST_KEPT:
        return
    kept.status = refusal.http_status
    kept.document = {"error": str(refusal)} if isinstance(refusal, Unreadable) else {}
    kept.save(force_insert=True)


def _token(version_sid: str, request_sid: str, end: int) -> str:
    """`end`: the second of the clock from which on the URL is over."""
    key, signed = settings.CREDENTIAL_PEPPER.encode(), f"{version_sid}:{request_sid}:{end}"
    digest = hmac.new(key, _PURPOSE + signed.encode(), hashlib.sha256).digest()
    return f"{end}-{urlsafe_b64encode(digest).rstrip(b'=').decode()}"
