"""Bodies that come in chunks."""

from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request

from rest.body_limit import LIMIT
from rest.chunked import MeasuredBodies
from rest.negotiation import IgnoreAccept

MULTIPART = b'--x\r\nContent-Disposition: form-data; name="Name"; filename="f"\r\n\r\nDesk\r\n--x--\r\n'


def read(body: bytes, content_type: str, *, path: str = "/v1/Things", chunked: bool = True) -> Any:
    """What a view reads as Name from a body under ASGI, behind the middleware."""
    headers = [(b"content-type", content_type.encode())]
    headers += [(b"transfer-encoding", b"chunked")] if chunked else []
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    seen: list[Any] = []

    def view(request: HttpRequest) -> HttpResponse:
        parsers = [FormParser(), MultiPartParser()]
        data: Any = Request(request, parsers=parsers, negotiator=IgnoreAccept()).data
        seen.append(data.get("Name"))
        return HttpResponse()

    MeasuredBodies(view)(ASGIRequest(scope, BytesIO(body)))
    return seen[0]


def test_a_chunked_form_is_read() -> None:
    assert read(b"Name=Desk", "application/x-www-form-urlencoded") == "Desk"
    assert read(MULTIPART, "multipart/form-data; boundary=x").read() == b"Desk"
    assert read(b"", "application/x-www-form-urlencoded") is None


def test_a_chunked_body_above_the_limit_is_refused(settings: Any) -> None:
    for body, content_type in [
        (b"Name=Desk", "application/x-www-form-urlencoded"),
        (MULTIPART, "multipart/form-data; boundary=x"),
    ]:
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(body)
        assert read(body, content_type) is not None
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(body) - 1
        with pytest.raises(RequestDataTooBig):
            read(body, content_type)


def test_other_requests_are_left_alone() -> None:
    form = "application/x-www-form-urlencoded"
    assert read(b"Name=Desk", form, path="/console/") is None
    assert read(b"Name=Desk", form, chunked=False) is None


def test_what_may_be_large_is_measured_where_it_lies(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    headers = [(b"transfer-encoding", b"chunked")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/addons/callbacks/x",
        "query_string": b"",
        "headers": headers,
    }
    seen: list[Any] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.extend([request.META["CONTENT_LENGTH"], request.read(5), request.read()])
        return HttpResponse()

    MeasuredBodies(view)(ASGIRequest({**scope, LIMIT: 1000}, BytesIO(b"x" * 600)))
    assert seen == ["600", b"xxxxx", b"x" * 595]
