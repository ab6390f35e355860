"""Who asks: the platform's signature, and our own credential in one of three places."""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from aiohttp import web
from twilio.request_validator import RequestValidator

from examples.publishers.question import BadCredentials, BadSignature

SIGNATURE_HEADER = "X-Twilio-Signature"
DATE_HEADER = "X-Twilio-RequestDate"
# Whoever recorded a request could send it again; no honest one is under way so long, whatever our clock says.
OLDEST = timedelta(minutes=5)
HASH_PARAMETER = "bodySHA256"
KEY_PARAMETER = "apikey"


def check_signature(request: web.Request, body: str, public_url: str, auth_token: str) -> None:
    """Let the official validator decide, with the URL as the platform wrote it."""
    if body and not request.query.get(HASH_PARAMETER):
        raise BadSignature(f"{HASH_PARAMETER} is missing from the query: the body is not signed")
    _validate(request, body or {}, public_url, auth_token)


def check_form_signature(
    request: web.Request, parameters: Mapping[str, str], public_url: str, auth_token: str
) -> None:
    """The same for a form, multipart or not: its text parameters are signed, files are not."""
    _validate(request, parameters, public_url, auth_token)


def _validate(
    request: web.Request, signed: str | Mapping[str, str], public_url: str, auth_token: str
) -> None:
    _check_date(request.headers.get(DATE_HEADER, ""))
    signature = request.headers.get(SIGNATURE_HEADER, "")
    url = public_url + request.raw_path
    try:
        valid = RequestValidator(auth_token).validate(url, signed, signature)
    except ValueError:
        valid = False
    if not valid:
        raise BadSignature(f"{SIGNATURE_HEADER} does not match this request and our auth token")


def _check_date(written: str) -> None:
    """A request without a date comes from a platform that sends none."""
    if not written:
        return
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise BadSignature(f"{DATE_HEADER} is no date") from None
    if at.tzinfo is None or abs(datetime.now(UTC) - at) > OLDEST:
        raise BadSignature(f"{DATE_HEADER} is more than five minutes off: the request is old")


def check_credential(given: str, service_key: str) -> None:
    """Compare in constant time: the answer's speed must not tell how much was right."""
    if not hmac.compare_digest(given.encode("utf-8", "replace"), service_key.encode()):
        raise BadCredentials("the credential is missing or wrong")


def bearer_token(request: web.Request) -> str:
    """The credential of ``Authorization: Bearer``."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def basic_password(request: web.Request) -> str:
    """The password of ``Authorization: Basic``. The user name says nothing to us."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        pair = base64.b64decode(encoded, validate=True).decode()
    except ValueError:
        return ""
    return pair.partition(":")[2] if scheme.lower() == "basic" else ""


def key_in_query(request: web.Request) -> str:
    """The credential in the query string, as ``?apikey=``."""
    return request.query.get(KEY_PARAMETER, "")
