"""The bytes of a payload, for whoever holds a signed link to them."""

from datetime import timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.request import Request
from rest_framework.views import APIView

from recordings.models import Recording
from rest.errors import NotFound
from rest.media_types import disposition, guarded, safe_type
from rest.ranges import StoredFile, file_answer
from results import links
from results.result_models import Payload

# As long as following a redirect may take.
PRESIGNED_LASTS: Final = timedelta(minutes=1)


class PayloadBytes(APIView):
    """Needs no credentials and looks at none: HTTP libraries send them again on the same host.

    In an S3-compatible store the bytes come from there, by an address of its own. The store refuses a
    request that is signed and brings an `Authorization` too, so to such a caller we hand the bytes on.
    """

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ["get", "head"]
    schema = None  # an address to follow, not to build

    def get(self, request: Request, sid: str) -> HttpResponseBase:
        signed_type = links.type_in(sid, request.query_params)
        payload = _kept(sid)
        if payload is None:
            raise NotFound
        if payload.content_type != signed_type:
            raise links.BadLink
        headers = guarded(payload.content_type, payload.sid)
        if address := _elsewhere(request, payload):
            return HttpResponse(
                status=status.HTTP_307_TEMPORARY_REDIRECT, headers={**headers, "Location": address}
            )
        stored = StoredFile(str(payload.data.name), payload.size, payload.sha256, payload.data.storage)
        try:
            return file_answer(request, stored, headers=headers)
        except FileNotFoundError as error:  # removed a moment ago
            raise NotFound from error


def _kept(sid: str) -> Payload | None:
    """The payload, as long as it, its result and its recording are there."""
    kept = Payload.objects.kept().exclude(result__recording__status=Recording.Status.DELETED)
    return kept.filter(sid=sid).first()


def _elsewhere(request: Request, payload: Payload) -> str:
    """Where the store itself serves the payload to this caller; empty when it does not."""
    storage: Any = payload.data.storage  # a PrivateBucket, when it has `presign`
    if not getattr(storage, "presign", False):
        return ""
    if request.method != "GET" or "Authorization" in request.headers:
        return ""  # the address would be signed for GET alone
    kept = safe_type(payload.content_type)
    return str(
        storage.presigned(
            payload.data.name,
            content_type=kept,
            disposition=disposition(kept, payload.sid),
            lasts=PRESIGNED_LASTS,
        )
    )
