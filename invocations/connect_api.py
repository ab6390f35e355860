"""The door of the connectors: who may bring an event in, what it says, and the answer on its way back."""

import hmac
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.authentication import AccountAuthentication, AccountNotActive, Caller
from accounts.models import Account
from accounts.requests import account_of
from invocations.connectors import Connector, take
from invocations.forwarding import VIA, Pairs, WebhookAnswer
from invocations.points import message, voice
from marketplace.models import IncomingPhoneNumber
from publishers.contract.signing import signature
from rest.errors import Forbidden, NotFound, Refused

SIGNATURE: Final = "X-Twilio-Signature"
FORM: Final = "application/x-www-form-urlencoded"
# What a developer answers is no page of ours: no browser shall run it as one.
SANDBOX: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"
_PORTS: Final = {"https": 443, "http": 80}
_NOBODY: Final = Account()


class BadSignature(Forbidden):
    """403: the signature is not that of the number's account, or there is no such number: nobody is told."""


class Unreadable(Refused):
    """400: parameters that are no UTF-8 text."""


class Loop(Refused):
    """508: what is forwarded comes back to us, which would ask and pay for ever."""

    http_status = HTTPStatus.LOOP_DETECTED


class PlatformAuthentication(AccountAuthentication):
    """`X-Twilio-Signature` by a token of the number's account; without it, or beside it, HTTP Basic."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        given = request.headers.get(SIGNATURE, "")
        if given:
            account = _signer(request, given, self.account_in(request))
            if account is not None:
                return _active(account), None
            if "Authorization" not in request.headers:
                raise BadSignature("Forbidden: the signature does not fit this address and these parameters")
        return super().authenticate(request)

    def account_in(self, request: Request) -> Account | None:
        """Whose token the signature must be made with, by the path."""
        sid = request.parser_context["kwargs"]["sid"]
        number = IncomingPhoneNumber.objects.select_related("account").filter(sid=sid).first()
        return number.account if number else None


def _active(account: Account) -> Caller:
    if account.status != Account.Status.ACTIVE:
        raise AccountNotActive("Account not active")
    return Caller(account)


def _signer(request: Request, given: str, owner: Account | None) -> Account | None:
    """The account whose token made the signature. An unknown one costs the same work."""
    account = owner or _NOBODY
    form = parameters_of(request) if request.method == "POST" else ()
    fits = False
    for token in (account.auth_token, account.secondary_auth_token):
        for url in _spellings(request):
            made = signature(url, form, token)
            fits |= bool(token) and hmac.compare_digest(made.encode(), given.encode())
    return account if fits else None


def _spellings(request: Request) -> tuple[str, str]:
    """The public address of this request, with its port and without: platforms sign either."""
    query = request.META.get("QUERY_STRING", "")
    rest = request.path + (f"?{query}" if query else "")
    base: str = settings.API_URLS["connect"]
    parts = urlsplit(base)
    bare = base.removesuffix(f":{parts.port}") if parts.port else base
    return f"{bare}{rest}", f"{bare}:{parts.port or _PORTS[parts.scheme]}{rest}"


def parameters_of(request: Request) -> Pairs:
    """What the event says, in its order: the form of a POST, the query of a GET.

    Raises Unreadable, UnsupportedMediaType, TooManyFieldsSent, and RequestDataTooBig above the limit.
    """
    if request.method == "POST":
        raw = _form_of(request._request)  # noqa: SLF001 - DRF's own forms keep no order
    else:
        raw = request.META.get("QUERY_STRING", "").encode()
    if raw.count(b"&") >= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
        raise TooManyFieldsSent
    try:
        return tuple(parse_qsl(raw.decode(), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError as error:
        raise Unreadable("Invalid request: parameters must be UTF-8 text") from error


def _form_of(request: HttpRequest) -> bytes:
    body = request.body
    if body and request.content_type != FORM:
        raise UnsupportedMediaType(request.content_type or "")
    return body


class Incoming(APIView):
    """One message or call that has come in at a number."""

    authentication_classes = [PlatformAuthentication]
    parser_classes = [FormParser]
    http_method_names = ["get", "post"]
    reading_spends = True
    schema = None  # no API of ours: the shape of these requests is the platform's
    connector: Connector

    def get(self, request: Request, sid: str) -> HttpResponse:
        return self._take(request, sid)

    def post(self, request: Request, sid: str) -> HttpResponse:
        return self._take(request, sid)

    def _take(self, request: Request, sid: str) -> HttpResponse:
        own = IncomingPhoneNumber.objects.of(account_of(request)).select_related("account")
        number = own.filter(sid=sid).first()
        if number is None:
            raise NotFound
        if VIA in request.headers.get("Via", ""):
            raise Loop("The webhook of this number leads back to a connector")
        return handed_back(take(number=number, connector=self.connector, parameters=parameters_of(request)))


class IncomingMessage(Incoming):
    """`/connect/{PN}/message`."""

    connector = message.CONNECTOR


class IncomingCall(Incoming):
    """`/connect/{PN}/voice`."""

    connector = voice.CONNECTOR


def handed_back(answer: WebhookAnswer) -> HttpResponse:
    """Somebody else's bytes, status and content type; nothing else of that answer is passed on."""
    headers: dict[str, Any] = {"Content-Security-Policy": SANDBOX}
    response = HttpResponse(answer.body, status=answer.status, headers=headers)
    if answer.content_type and answer.content_type.isascii() and answer.content_type.isprintable():
        response["Content-Type"] = answer.content_type
    else:
        del response["Content-Type"]
    return response
