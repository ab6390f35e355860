"""Lookups in front of the site: they answer what the site's view answers, header for header."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Account
from accounts.services import create_api_key, revoke_api_key
from tests.conftest import basic
from tests.factories import make_account, make_user
from tests.fake_publisher import Answer, FakePublisher
from tests.invocations.fronts import Answered, Front, running, scope_of
from tests.invocations.test_lookup_api import URL, install_for

pytestmark = pytest.mark.django_db(transaction=True)

Request = dict[str, Any]


@pytest.fixture
def account(transactional_db: None) -> Account:
    return make_account()


@pytest.fixture
def facts() -> Iterator[FakePublisher]:
    with FakePublisher(lambda request: Answer(200, {"asked": dict(request.query)})).in_thread() as service:
        yield service


def compared(answer: Answered) -> tuple[int, list[tuple[str, str]], bytes]:
    """All of an answer but the names that each lookup has anew."""
    return answer.status, sorted(answer.headers), re.sub(rb"XR[0-9a-f]{32}", b"XR", answer.body)


def same(front: Front, request: Request) -> tuple[Answered, bool]:
    """The answer that front and site give alike, and whether the front gave it by itself."""
    target, rest = request["target"], {key: value for key, value in request.items() if key != "target"}
    scope, body = scope_of(target, **{"host": "127.0.0.1:8000", **without_body(rest)}), rest.get("body", b"")
    of_site = front.of_site(scope, body)
    before = front.passed_on
    of_front = front.answer(scope, body)
    assert compared(of_front) == compared(of_site)
    assert of_front.headers.count(("content-length", str(len(of_front.body)))) <= 1
    return of_front, front.passed_on == before


def without_body(request: Request) -> Request:
    return {key: value for key, value in request.items() if key != "body"}


# --- Parity: credentials -----------------------------------------------------------------------


REFUSED = [
    ("", 401),
    ("Basic", 401),
    ("Basic !!!", 401),
    ("Basic Og==", 401),
    ("Basic /w==", 401),
    (basic("AC1\x00", "x"), 401),
    (basic("nocolon", "").replace("Og", "Og"), 401),
    (basic("", ""), 401),
    (basic("AC" + "0" * 32, "x"), 401),
    (basic("SK" + "0" * 32, "x"), 401),
    (basic("AC" + "9" * 5_000, "x"), 401),
    (basic("Zoë", "ключ"), 401),
    ("Bearer abc", 401),
    ("Basic \xe9", 401),
]


@pytest.mark.parametrize(("authorization", "status"), REFUSED)
def test_credentials_that_are_nobodys(front: Front, authorization: str, status: int) -> None:
    answer, by_front = same(front, {"target": f"{URL}?AddOns=x", "authorization": authorization})
    assert (answer.status, by_front) == (status, True)
    assert answer.header("www-authenticate") == 'Basic realm="Twilio API"'


@pytest.mark.parametrize(
    ("scope", "status"),
    [("full", 200), ("read", 403), ("marketplace", 200), ("publishing", 403), ("operate", 403)],
)
def test_a_key_of_each_scope(
    front: Front, account: Account, facts: FakePublisher, scope: str, status: int
) -> None:
    installed = install_for(account, facts)
    key, secret = create_api_key(
        account=account, friendly_name="k", scope=scope, created_by=make_user(account, is_staff=True)
    )
    for sid in (key.sid, key.sid.lower(), key.sid.upper()):
        answer, by_front = same(
            front, {"target": f"{URL}?AddOns={installed.unique_name}", "authorization": basic(sid, secret)}
        )
        assert (answer.status, by_front) == (status, True)
    assert len(facts.requests) == (6 if status == 200 else 0)
    key.refresh_from_db()
    assert key.last_used_at is not None
    revoke_api_key(api_key=key)
    answer, by_front = same(front, {"target": URL, "authorization": basic(key.sid, secret)})
    assert (answer.status, by_front) == (401, True)


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_not_active(front: Front, account: Account, status: str) -> None:
    Account.objects.update(status=status)
    answer, by_front = same(front, {"target": URL, "account": account})
    assert (answer.status, answer.json()["code"], by_front) == (403, 20005, True)


def test_a_wrong_secret_and_the_secret_of_another_account(front: Front, account: Account) -> None:
    other = make_account()
    for secret in ("wrong", other.auth_token, ""):
        answer, by_front = same(front, {"target": URL, "authorization": basic(account.sid, secret)})
        assert (answer.status, by_front) == (401, True)


def test_one_request_too_many(
    front: Front, account: Account, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REQUESTS_PER_MINUTE = 2
    monkeypatch.setattr("accounts.throttling.time.time", lambda: 1_000_045.5)
    scope = scope_of(URL, account)
    assert [front.answer(scope).status, front.of_site(scope).status] == [200, 200]
    answer, by_front = same(front, {"target": URL, "account": account})
    assert (answer.status, answer.header("retry-after"), by_front) == (429, "35", True)


# --- Parity: what is asked for -----------------------------------------------------------------

BY_FRONT, BY_SITE = True, False
TARGETS = [
    ("", 200, BY_FRONT),
    ("?", 200, BY_FRONT),
    ("?CountryCode=Germany", 400, BY_FRONT),
    ("?CountryCode=", 200, BY_FRONT),
    ("?CountryCode=DE&CountryCode=XX", 400, BY_FRONT),
    ("?Type=carrier&Type=caller-name&Type=other", 200, BY_FRONT),
    ("?AddOns=", 200, BY_FRONT),
    ("?AddOns", 200, BY_FRONT),
    ("?AddOns=unknown", 200, BY_FRONT),
    ("?AddOns={name}", 200, BY_FRONT),
    ("?AddOns={name}&AddOns={name}", 200, BY_FRONT),
    ("?AddOns=unknown&AddOns={name}&AddOns=&AddOns=%00", 200, BY_FRONT),
    ("?AddOns={name}%00", 200, BY_FRONT),
    ("?AddOns=%ED%A0%80%FF&AddOns=%C3%A9", 200, BY_FRONT),
    (
        "?AddOns={name}&AddOns.{name}.b.c=x%20y%26z&AddOns.{name}.b.c=last&AddOns.x=no&AddOns..=1",
        200,
        BY_FRONT,
    ),
    ("?AddOns={name}&AddOns.{name}.b.c=%00%F0%9F%98%80", 200, BY_FRONT),
    ("?addons={name}", 200, BY_FRONT),
    ("?format=xml&AddOns={name}", 200, BY_FRONT),
    ("?" + "&".join(f"a{n}=1" for n in range(1_000)), 200, BY_FRONT),
    ("?" + "&".join(f"a{n}=1" for n in range(1_001)), 400, BY_SITE),
    ("?AddOns=\xe9", 400, BY_SITE),
    ("/", 200, BY_SITE),
    ("//", 404, BY_SITE),
    ("/x", 404, BY_SITE),
    (".json", 404, BY_FRONT),
]


@pytest.mark.parametrize(("rest", "status", "by_front"), TARGETS, ids=[str(each[0])[:60] for each in TARGETS])
def test_what_stands_behind_the_number(
    front: Front, account: Account, facts: FakePublisher, rest: str, status: int, *, by_front: bool
) -> None:
    request = {
        "method": "GET",
        "url": facts.url("/facts"),
        "query": [{"name": "number", "value": "{{primary_address}}"}, {"name": "given", "value": "{{b.c}}"}],
    }
    installed = install_for(account, facts, runtime_parameters=[{"name": "b.c"}], request=request)
    target = URL + rest.replace("{name}", installed.unique_name)
    answer, was_by_front = same(front, {"target": target, "account": account})
    assert (answer.status, was_by_front) == (status, by_front)


PATHS = [
    ("/v1/PhoneNumbers/%2B14155552671", 200, BY_FRONT),
    ("/v1/PhoneNumbers/4155552671", 200, BY_FRONT),
    ("/v1/PhoneNumbers/(415)%20555-2671", 200, BY_FRONT),
    (
        "/v1/PhoneNumbers/%EF%BC%8B%EF%BC%91%EF%BC%94%EF%BC%91%EF%BC%95%EF%BC%95%EF%BC%95%EF%BC%95%EF%BC%92671",
        200,
        BY_FRONT,
    ),
    ("/v1/PhoneNumbers/030123456?CountryCode=DE", 200, BY_FRONT),
    ("/v1/PhoneNumbers/030123456?CountryCode=de", 200, BY_FRONT),
    ("/v1/PhoneNumbers/030123456", 404, BY_FRONT),
    ("/v1/PhoneNumbers/+14155552671;ext=5", 200, BY_FRONT),
    ("/v1/PhoneNumbers/+15551", 404, BY_FRONT),
    ("/v1/PhoneNumbers/hello", 404, BY_FRONT),
    ("/v1/PhoneNumbers/%FF%C3", 404, BY_FRONT),
    ("/v1/PhoneNumbers/%C3%A9%22%3C", 404, BY_FRONT),
    ("/v1/PhoneNumbers/" + "9" * 3_000, 404, BY_FRONT),
    ("/v1/PhoneNumbers/%00", 404, BY_SITE),
    ("/v1/PhoneNumbers/%0A", 404, BY_SITE),
    ("/v1/PhoneNumbers/1%0A", 404, BY_SITE),
    ("/v1/PhoneNumbers/1%C2%85", 404, BY_FRONT),
    ("/v1/PhoneNumbers/1%E2%80%A8", 404, BY_FRONT),
    ("/v1/PhoneNumbers/a%2Fb", 404, BY_SITE),
    ("/v1/PhoneNumbers/", 404, BY_SITE),
    ("/v1/PhoneNumbers", 404, BY_SITE),
    ("//v1/PhoneNumbers/+14155552671", 404, BY_SITE),
    ("/v1//PhoneNumbers/+14155552671", 404, BY_SITE),
    ("/v1/phonenumbers/+14155552671", 404, BY_SITE),
]


@pytest.mark.parametrize(("target", "status", "by_front"), PATHS, ids=[each[0][:60] for each in PATHS])
def test_the_path(front: Front, account: Account, target: str, status: int, *, by_front: bool) -> None:
    for request in ({"target": target, "account": account}, {"target": target}):
        answer, was_by_front = same(front, request)
        assert was_by_front == by_front
    answer, _ = same(front, {"target": target, "account": account})
    assert answer.status == status


@pytest.mark.parametrize(
    ("request_", "status", "by_front"),
    [
        ({"method": "HEAD"}, 405, BY_SITE),
        ({"method": "POST", "body": b"a=1", "headers": [("content-length", "3")]}, 405, BY_SITE),
        ({"method": "OPTIONS"}, 405, BY_SITE),
        ({"method": "get"}, 200, BY_SITE),
        ({"body": b"a=1", "headers": [("content-length", "3")]}, 200, BY_SITE),
        ({"headers": [("content-length", "0")]}, 200, BY_FRONT),
        # Not by Django: by what counts bodies in front of it.
        ({"headers": [("content-length", "9999999")]}, 413, BY_FRONT),
        ({"headers": [("content-length", "none")]}, 200, BY_SITE),
        ({"body": b"a=1", "headers": [("transfer-encoding", "chunked")]}, 200, BY_SITE),
        ({"host": "evil.example"}, 400, BY_SITE),
        ({"host": ""}, 200, BY_SITE),
        ({"host": "127.0.0.1:8000", "headers": [("host", "evil.example")]}, 400, BY_SITE),
        ({"host": "evil.example", "headers": [("host", "127.0.0.1:8000")]}, 400, BY_SITE),
        ({"host": "LOCALHOST"}, 200, BY_FRONT),
        ({"host": "[::1]:8000"}, 200, BY_FRONT),
        ({"headers": [("authorization", "Basic eDp5")]}, 401, BY_FRONT),
        ({"root_path": "/v1"}, None, BY_SITE),
        ({"headers": [("authorization", basic("AC1", "x"))], "account": None}, 401, BY_FRONT),
        ({"headers": [("hx-request", "true")]}, 200, BY_FRONT),
        (
            {"headers": [("if-none-match", "*"), ("accept", "text/html"), ("origin", "https://a.example")]},
            200,
            BY_FRONT,
        ),
        ({"headers": [("content-type", "multipart/form-data; boundary=x")]}, 200, BY_FRONT),
        (
            {
                "headers": [
                    ("content-type", "application/json; charset=latin-1"),
                    ("content-encoding", "gzip"),
                ]
            },
            200,
            BY_FRONT,
        ),
        ({"scheme": "https"}, 200, BY_FRONT),
    ],
)
def test_how_it_is_asked(
    front: Front, account: Account, request_: Request, status: int | None, *, by_front: bool
) -> None:
    answer, was_by_front = same(front, {"target": URL, "account": account, **request_})
    assert was_by_front == by_front
    assert status is None or answer.status == status


@pytest.mark.parametrize(
    ("behind_proxy", "scheme", "headers", "status", "by_front"),
    [
        (False, "http", [], 301, BY_SITE),
        (False, "https", [], 200, BY_FRONT),
        (False, "http", [("x-forwarded-proto", "https")], 301, BY_SITE),
        (True, "http", [], 301, BY_SITE),
        (True, "http", [("x-forwarded-proto", "https")], 200, BY_FRONT),
        (True, "http", [("x-forwarded-proto", "https, http")], 200, BY_FRONT),
        (True, "https", [("x-forwarded-proto", "http")], 301, BY_SITE),
        (True, "http", [("x-forwarded-proto", "http"), ("x-forwarded-proto", "https")], 301, BY_SITE),
        (True, "http", [("x-forwarded-proto", "https"), ("x-forwarded-proto", "http")], 200, BY_FRONT),
        (True, "http", [("x_forwarded_proto", "https")], 301, BY_SITE),
        (True, "https", [], 200, BY_SITE),
    ],
)
def test_only_over_tls(
    account: Account,
    settings: Any,
    tmp_path: Path,
    behind_proxy: bool,
    scheme: str,
    headers: list[tuple[str, str]],
    status: int,
    by_front: bool,
) -> None:
    settings.VAR_DIR = tmp_path
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 1_000
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if behind_proxy else None
    with running() as front:
        answer, was_by_front = same(
            front, {"target": URL, "account": account, "scheme": scheme, "headers": headers}
        )
    assert (answer.status, was_by_front) == (status, by_front)
    if status == 200:
        assert answer.header("strict-transport-security") is not None


def test_what_the_first_one_sends_is_nothing_to_the_others(front: Front, account: Account) -> None:
    """What the middleware adds is taken from the first answer, whoever it goes to."""
    odd = [("cookie", "session=abc; csrf=x"), ("origin", "https://a.example"), ("hx-request", "true")]
    assert front.get(URL, account, headers=odd).status == 200
    answer, by_front = same(front, {"target": URL, "account": account})
    assert (answer.status, answer.header("vary"), by_front) == (200, None, True)
