"""Signed links to a payload's bytes (contract 4.5)."""

import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from accounts.models import Account
from rest.sids import new_sid
from results.links import LINK_LASTS, link_of
from results.models import AddOnResult, Payload
from tests.conftest import basic
from tests.factories import make_payload, make_recording, make_result

DATA = b'{"text": "hello"}'


@pytest.fixture
def result(account: Account) -> AddOnResult:
    return make_result(make_recording(account), status="completed")


@pytest.fixture
def payload(result: AddOnResult) -> Payload:
    return make_payload(result, DATA)


def changed(link: str, **query: str) -> str:
    """The link with other parts of its query; an empty one is left out."""
    parts = urlsplit(link)
    given = {name: values[0] for name, values in parse_qs(parts.query).items()} | query
    return f"{parts.path}?{urlencode({name: value for name, value in given.items() if value})}"


def refused(link: str, **options: Any) -> bool:
    """Whether it is 403, in the same words whatever is wrong with it."""
    answer = Client().get(link, **options)
    assert answer.status_code in {200, 403}, answer.content
    if answer.status_code == 200:
        return False
    assert answer.json()["code"] == 20403
    assert answer.json()["message"].startswith("Forbidden: this link has ended, or is none of ours")
    return True


def test_a_link_needs_no_credentials(payload: Payload) -> None:
    answer = Client().get(link_of(payload))
    assert (answer.status_code, answer.getvalue()) == (200, DATA)
    assert (answer["Content-Type"], answer["Content-Length"]) == ("application/json", str(len(DATA)))


@pytest.mark.parametrize("header", ["right", "wrong", "Bearer abc", "Basic !", "nonsense"])
def test_a_link_looks_at_no_credentials(payload: Payload, account: Account, header: str) -> None:
    known = {"right": basic(account.sid, account.auth_token), "wrong": basic(account.sid, "0" * 32)}
    answer = Client().get(link_of(payload), headers={"authorization": known.get(header, header)})
    assert (answer.status_code, answer.getvalue()) == (200, DATA)


def test_a_link_lasts_a_quarter_of_an_hour(payload: Payload, monkeypatch: pytest.MonkeyPatch) -> None:
    link, now = link_of(payload), int(time.time())
    assert int(parse_qs(urlsplit(link).query)["expires"][0]) - now in {900, 901}
    assert LINK_LASTS.total_seconds() == 900
    monkeypatch.setattr(time, "time", lambda: now + 899.0)
    assert not refused(link)
    monkeypatch.setattr(time, "time", lambda: now + 902.0)
    assert refused(link)


def test_no_part_of_a_link_can_be_changed(payload: Payload, result: AddOnResult) -> None:
    link, other = link_of(payload), make_payload(result)
    expires = parse_qs(urlsplit(link).query)["expires"][0]
    assert not refused(changed(link))
    for part in (
        {"expires": str(int(expires) + 1)},
        {"expires": ""},
        {"expires": "0" + expires},
        {"type": "text/html"},
        {"type": ""},
        {"signature": ""},
        {"signature": "a" * 43},
        {"signature": "é"},
    ):
        assert refused(changed(link, **part)), part
    assert refused(f"{link}&type=%ED%A0%80")
    assert refused(link.replace(payload.sid, other.sid))
    assert refused(urlsplit(link).path)
    signature = parse_qs(urlsplit(link).query)["signature"][0]
    for position in range(len(signature)):
        flipped = "A" if signature[position] != "A" else "B"
        assert refused(changed(link, signature=signature[:position] + flipped + signature[position + 1 :]))


def test_a_link_signed_with_another_key_is_none_of_ours(payload: Payload, settings: Any) -> None:
    link, before = link_of(payload), settings.SECRET_KEY
    settings.SECRET_KEY = "another " * 8
    assert refused(link)
    settings.SECRET_KEY_FALLBACKS = [before]
    assert not refused(link)


def test_nothing_tells_a_forged_link_whether_there_is_such_a_payload(payload: Payload) -> None:
    link = changed(link_of(payload), signature="a" * 43)
    unknown = link.replace(payload.sid, new_sid("XH"))
    assert refused(link)
    assert Client().get(link).content == Client().get(unknown).content


def test_purged_data_is_not_found(payload: Payload) -> None:
    link = link_of(payload)
    payload.data.delete(save=False)
    answer = Client().get(link)
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)
    assert "signature" not in answer.json()["message"]
    Payload.objects.all().delete()
    assert Client().get(link).status_code == 404
    assert refused(changed(link, type="text/html"))


def test_a_link_is_for_the_type_it_was_made_for(payload: Payload) -> None:
    link = link_of(payload)
    Payload.objects.update(content_type="text/html")
    assert refused(link)


def test_only_get_and_head_are_offered(payload: Payload) -> None:
    link = link_of(payload)
    head = Client().head(link)
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", str(len(DATA)))
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        answer = Client().generic(method, link)
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_a_part_of_the_bytes(payload: Payload) -> None:
    answer = Client().get(link_of(payload), headers={"range": "bytes=2-5"})
    assert (answer.status_code, answer.getvalue()) == (206, DATA[2:6])
    assert answer["Content-Range"] == f"bytes 2-5/{len(DATA)}"


@pytest.mark.parametrize(
    ("content_type", "shown"),
    [
        ("application/json", "inline"),
        ("text/html", "attachment"),
        ("image/svg+xml", "attachment"),
        ("text/plain\r\nSet-Cookie: a=b", "attachment"),
    ],
)
def test_a_browser_runs_nothing_of_it(result: AddOnResult, content_type: str, shown: str) -> None:
    payload = make_payload(result, b"<script>alert(1)</script>", content_type=content_type)
    answer = Client().get(link_of(payload))
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith(f'{shown}; filename="{payload.sid}.')
    assert answer["Content-Type"] == (
        content_type if "\r" not in content_type else "application/octet-stream"
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies
