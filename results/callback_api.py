"""The one-time callback URL (contract 11.3): where a publisher posts what it found about a recording."""

from functools import partial
from http import HTTPStatus

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import caller_of, user_and_password
from accounts.models import Account
from accounts.requests import account_of
from accounts.scopes import Scope, covers
from publishers.contract.limits import MAX_CALLBACK_BYTES
from rest.body_limit import Allowance
from rest.body_limit import Scope as AsgiScope
from rest.errors import Refused
from results import receiving
from results.callback_bodies import Body


class Callback(APIView):
    """Taken once. The publisher's account signs in as everywhere."""

    scope = Scope.PUBLISHING
    http_method_names = ["post"]

    @extend_schema(exclude=True)
    def post(self, request: Request, token: str) -> Response:
        result = receiving.result_of(token, account=account_of(request))
        # Not `request.data`: it would read the body into memory.
        body = Body(
            source=request._request,  # noqa: SLF001 - DRF has no public way to the request below
            content_type=request.META.get("CONTENT_TYPE", ""),
            length=_length_of(request),
        )
        receiving.receive(result, body)
        return Response(status=HTTPStatus.ACCEPTED)


def _length_of(request: Request) -> int:
    text = str(request.META.get("CONTENT_LENGTH") or "")
    return int(text) if text.isascii() and text.isdigit() else 0


def allowance(scope: AsgiScope) -> Allowance | None:
    """How much of a callback is read, asked before any of it is: 100 MB of the right publisher's, for a
    result that is awaited. None for everybody else, whom the view refuses without the body.
    """
    header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    token = str(scope["path"]).rpartition("/")[2]
    try:
        caller = caller_of(user_and_password(header))
        if caller is None or caller.account.status != Account.Status.ACTIVE:
            return None
        if not covers(caller.scope, Scope.PUBLISHING, only_reads=False):
            return None
        result = receiving.result_of(token, account=caller.account)
    except (AuthenticationFailed, Refused):
        return None
    if not result.is_open:
        return None
    return Allowance(
        limit=MAX_CALLBACK_BYTES,
        of=caller.account.sid,
        exceeded=partial(receiving.refuse_too_large, result),
    )
