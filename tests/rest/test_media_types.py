"""Somebody else's bytes are shown only as what cannot run."""

import pytest

from rest.media_types import UNKNOWN, guarded, safe_type

NAME = "XH1"


def shown(content_type: str) -> str:
    return guarded(content_type, NAME)["Content-Disposition"].partition(";")[0]


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain; charset=utf-8", "TEXT/PLAIN", "audio/mpeg", "audio/x-wav", "image/png"],
)
def test_what_only_shows_itself_opens_in_the_browser(content_type: str) -> None:
    assert shown(content_type) == "inline"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html",
        "Text/HTML; charset=utf-7",
        "application/xhtml+xml",
        "image/svg+xml",
        "text/xml",
        "application/xml",
        "application/pdf",
        "text/javascript",
        "application/x-shockwave-flash",
        "multipart/x-mixed-replace; boundary=a",
        "application/octet-stream",
        "text/plain, text/html",
        "text/html/text/plain",
        "",
        "*/*",
        "nonsense",
    ],
)
def test_everything_else_is_saved_to_disk(content_type: str) -> None:
    assert shown(content_type) == "attachment"


@pytest.mark.parametrize(
    "content_type",
    ["text/plain\r\nSet-Cookie: a=b", "text/plain\n", "text/plain; a=\x00", "t\xe9xt/plain", ""],
)
def test_what_is_no_type_is_bytes(content_type: str) -> None:
    assert safe_type(content_type) == UNKNOWN


def test_a_type_stays_as_it_is_written() -> None:
    assert safe_type('Text/Plain; charset="utf-8"') == 'Text/Plain; charset="utf-8"'


def test_whatever_it_is_it_is_guarded() -> None:
    headers = guarded("text/html", NAME)
    assert headers == {
        "Content-Type": "text/html",
        "Content-Disposition": 'attachment; filename="XH1.html"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",
    }
