"""The callback URLs of tests, for the services of publishers."""

from http import HTTPStatus
from typing import Final

from django.db.models import BigIntegerField
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conformance import receiving
from publishers.contract.limits import MAX_CALLBACK_BYTES
from rest.body_limit import Allowance
from rest.body_limit import Scope as AsgiScope
from rest.errors import Refused
from results.callback_bodies import Body

# Any number of so many digits fits into a BigIntegerField.
MAX_LENGTH_DIGITS: Final = 18


class TestCallbacks(APIView):
    """Taken once. Who signs in wrong is told so, as by a real callback URL, and that is kept as well."""

    # The credentials are looked at by `receiving`, which keeps also the callbacks that come without.
    authentication_classes = ()
    permission_classes = ()
    http_method_names = ("post", "get", "put", "patch", "delete")

    @extend_schema(exclude=True)
    def post(self, request: Request, version_sid: str, request_sid: str, token: str) -> Response:
        version = receiving.version_of(version_sid, request_sid, token)
        body = Body(
            source=request._request,  # noqa: SLF001 - DRF has no public way to the request below
            content_type=request.META.get("CONTENT_TYPE", ""),
            length=_announced(str(request.META.get("CONTENT_LENGTH") or "")),
        )
        arrival = receiving.Arrival(
            method=str(request.method), authorization=request.META.get("HTTP_AUTHORIZATION", ""), body=body
        )
        receiving.receive(version, request_sid, arrival)
        return Response(status=HTTPStatus.ACCEPTED)

    # They are told that it has to be POST, and whoever tests the service is told that they tried.
    get = put = patch = delete = post


def _announced(length: str) -> int:
    """How long the body shall be. Kept of one that is refused unread, so no more than a row can hold."""
    if not (length.isascii() and length.isdigit()):
        return 0
    return int(length) if len(length) <= MAX_LENGTH_DIGITS else BigIntegerField.MAX_BIGINT


def allowance(scope: AsgiScope) -> Allowance | None:
    """How much is read, asked before any of it is: as much as of a real callback, of the right publisher."""
    header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    parts = str(scope["path"]).removeprefix(receiving.PATH).split("/")
    try:
        version_sid, request_sid, token = parts
        account = receiving.check_sender(receiving.version_of(version_sid, request_sid, token), header)
    except (ValueError, Refused):
        return None
    return Allowance(limit=MAX_CALLBACK_BYTES, of=account.sid)
