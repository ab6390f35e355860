"""Bodies that come in chunks, without a Content-Length."""

from collections.abc import Callable
from io import SEEK_END, BytesIO

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from rest.body_limit import LIMIT
from rest.errors import is_api


class MeasuredBodies:
    """Middleware that gives a chunked body of an API request its length.

    DRF takes a body without one for no body, and would answer that a parameter is missing. No more is
    read than one byte above the limit; the parser then refuses it. What may be large stays on the disk.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_chunked = "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH")
        if is_chunked and is_api(request):
            self._measure(request)
        return self.get_response(request)

    def _measure(self, request: HttpRequest) -> None:
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if getattr(request, "scope", {}).get(LIMIT, limit) > limit:
            file = request._stream  # noqa: SLF001 - Django has no public way
            file.seek(0, SEEK_END)
            request.META["CONTENT_LENGTH"] = str(file.tell())
            file.seek(0)
        else:
            body = request.read(limit + 1)
            request.META["CONTENT_LENGTH"] = str(len(body))
            # As Django's own `request.body` keeps it: for whoever asks, once or again.
            request._body = body  # noqa: SLF001 - Django has no public way
            request._stream = BytesIO(body)  # noqa: SLF001 - the same
