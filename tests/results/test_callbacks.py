"""The one-time callback URL: who may post what, and what each order of events comes to (contract 11.3)."""

from typing import Any

import pytest
from django.test import Client

from accounts.services import create_api_key, create_secondary_token
from billing.models import LedgerEntry
from deliveries.models import Delivery
from publishers.contract.limits import MAX_CALLBACK_PARTS
from results import receiving
from results.callbacks import callback_url_of, digest_of, token_of
from results.models import Event, Invocation, Payload
from tests.conftest import basic
from tests.factories import make_account
from tests.results.calling_back import JSON, Awaited, form_of, make_awaited, part

SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


@pytest.fixture
def awaited(db: None) -> Awaited:
    return make_awaited()


# --- The token -------------------------------------------------------------------------------


def test_a_token_is_always_the_same_for_a_result_and_the_database_holds_its_hash(settings: Any) -> None:
    sid = f"XR{'1' * 32}"
    settings.API_URLS = {**settings.API_URLS, "callbacks": "https://callbacks.example"}
    assert token_of(sid) == token_of(sid) != token_of(f"XR{'2' * 32}")
    assert len(token_of(sid)) == 43
    assert len(digest_of(token_of(sid))) == 64
    assert callback_url_of(sid) == f"https://callbacks.example/addons/callbacks/{token_of(sid)}"


def test_another_key_makes_another_token(settings: Any) -> None:
    before = token_of(f"XR{'1' * 32}")
    settings.CREDENTIAL_PEPPER = "another"
    assert token_of(f"XR{'1' * 32}") != before


# --- What is taken ---------------------------------------------------------------------------


def test_a_json_callback_completes_the_result_with_everything_it_causes(awaited: Awaited) -> None:
    answer = awaited.post(b'{"text": "hello"}')
    assert (answer.status_code, answer.content) == (202, b"")
    assert awaited.status == "completed"
    payload = Payload.objects.get()
    assert (payload.label, payload.content_type, payload.size) == (payload.sid, JSON, 17)
    assert payload.data.read() == b'{"text": "hello"}'
    entry = LedgerEntry.objects.get(request_sid=awaited.result.sid)
    assert (entry.quantity, entry.amount_micros, entry.payee) == (1, 20_000, awaited.publisher)
    invocation = awaited.invocation
    assert (invocation.status, invocation.charge_micros) == ("successful", 20_000)
    assert invocation.answer_bytes == 17
    assert [step["name"] for step in invocation.trace] == ["Callback", "Check", "Charge", "Clean", "Store"]
    assert Delivery.objects.get().reference_sid == awaited.result.sid
    assert not Event.objects.exists()


@pytest.mark.parametrize("credential", ["token", "secondary", "key"])
def test_each_credential_of_the_publishers_account_may_post(awaited: Awaited, credential: str) -> None:
    account = awaited.publisher
    if credential == "token":
        given = basic(account.sid, account.auth_token)
    elif credential == "secondary":
        create_secondary_token(account=account)
        account.refresh_from_db()
        given = basic(account.sid, account.secondary_auth_token)
    else:
        key, secret = create_api_key(account=account, friendly_name="callbacks")
        given = basic(key.sid, secret)
    assert awaited.post(HTTP_AUTHORIZATION=given).status_code == 202


@pytest.mark.parametrize(
    "content_type", ["application/vnd.acme+json", "text/plain", "", "application/x-www-form-urlencoded"]
)
def test_another_type_is_tolerated_when_it_is_json(awaited: Awaited, content_type: str) -> None:
    assert awaited.post(b'{"text": "hello"}', content_type).status_code == 202
    assert Payload.objects.get().content_type == JSON


def test_the_parts_of_a_form_are_payloads_with_their_names_and_types(awaited: Awaited) -> None:
    answer = awaited.post_form(
        part("summary", b"Somebody said hello.", "text/plain; charset=utf-8"),
        part("transcript", b'{"text": "hello"}', JSON, filename="../../etc/passwd"),
        part("", b"\x00\xff", "audio/x-wav", filename="a.wav"),
        part("note", b"no type"),
    )
    assert answer.status_code == 202
    payloads = list(Payload.objects.in_order())
    assert [(each.label, each.content_type) for each in payloads] == [
        ("summary", "text/plain; charset=utf-8"),
        ("transcript", JSON),
        (payloads[2].sid, "audio/x-wav"),
        ("note", "text/plain"),
    ]
    assert payloads[2].data.read() == b"\x00\xff"
    assert all(each.data.name == f"payloads/{each.sid[-2:]}/{each.sid}" for each in payloads)
    assert awaited.invocation.trace[0]["lines"][0].startswith("The publisher posted 4 parts: text/plain;")


def test_a_form_without_json_is_taken_when_no_schema_asks_for_it(awaited: Awaited) -> None:
    assert awaited.post_form(part("speech", b"RIFF", "audio/x-wav")).status_code == 202
    assert awaited.status == "completed"


def test_rules_of_cleaning_remove_from_each_json_part_and_touch_nothing_else(db: None) -> None:
    awaited = make_awaited(definition={"remove": ["$.secret"]})
    awaited.post_form(
        part("one", b'{"secret": 1, "a": 1e2}', JSON),
        part("two", b'{ "b": 1e2 }', JSON),
        part("text", b'{"secret": 1}', "text/plain"),
    )
    payloads = Payload.objects.in_order()
    assert [each.data.read() for each in payloads] == [b'{"a":100.0}', b'{ "b": 1e2 }', b'{"secret": 1}']
    assert [each.size for each in payloads] == [11, 12, 13]


def test_a_callback_overtakes_the_answer_to_the_request(db: None) -> None:
    awaited = make_awaited(status="queued", deadline=None, accepted_at=None)
    assert awaited.post().status_code == 202
    assert awaited.status == "completed"
    assert awaited.invocation.trace[0]["lines"] == [
        "The publisher called back before its answer to the request was noted."
    ]
    assert awaited.invocation.attempts == 1


# --- Who is refused --------------------------------------------------------------------------


def test_without_or_with_wrong_credentials_it_is_401(awaited: Awaited) -> None:
    for given in ("", basic(awaited.publisher.sid, "wrong"), "Basic x"):
        answer = awaited.post(HTTP_AUTHORIZATION=given)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert awaited.status == "in-progress"


def test_other_accounts_get_403_and_use_nothing_up(awaited: Awaited) -> None:
    for account in (awaited.result.account, make_account(), make_awaited().publisher):
        answer = awaited.post(account=account)
        assert (answer.status_code, answer.json()["code"]) == (403, 20403)
    assert awaited.post().status_code == 202


def test_a_key_for_reading_may_not_post(awaited: Awaited) -> None:
    key, secret = create_api_key(account=awaited.publisher, friendly_name="r", scope="read")
    assert awaited.post(HTTP_AUTHORIZATION=basic(key.sid, secret)).status_code == 403
    assert awaited.status == "in-progress"


def test_an_unknown_token_is_answered_like_one_that_is_used_up(awaited: Awaited) -> None:
    awaited.post()
    used = awaited.post()
    given = basic(awaited.publisher.sid, awaited.publisher.auth_token)
    unknown = Client().post(
        "/addons/callbacks/unknown", b"{}", content_type=JSON, headers={"authorization": given}
    )
    assert (used.status_code, used.json()["code"]) == (404, 20404)
    assert used.content.replace(token_of(awaited.result.sid).encode(), b"unknown") == unknown.content


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH"])
def test_another_method_is_405(awaited: Awaited, method: str) -> None:
    account = awaited.publisher
    given = basic(account.sid, account.auth_token)
    answer = awaited.client.generic(method, awaited.url, HTTP_AUTHORIZATION=given)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_a_body_of_another_kind_is_415_and_may_be_sent_again(awaited: Awaited) -> None:
    answer = awaited.post(b"text=hello", "application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["code"]) == (415, 20001)
    assert awaited.post().status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"{} {}",
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b"\xff\xfe",
        b'{"a": "\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 70 + b"1" + b"}" * 70,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_json_object_is_400_and_may_be_sent_again(awaited: Awaited, body: bytes) -> None:
    answer = awaited.post(body)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert answer.json()["message"].startswith("Invalid body: ")
    assert awaited.status == "in-progress"
    assert awaited.now().leased_until is None
    assert awaited.post().status_code == 202
    assert Invocation.objects.count() == 1


GOOD = {"Content-Disposition": 'form-data; name="a"', "Content-Type": JSON}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no form",
        form_of(),
        form_of((GOOD, b"{}"))[:-10],
        form_of(({}, b"{}")),
        form_of(({"Content-Disposition": "attachment"}, b"{}")),
        form_of(({**GOOD, "Content-Type": "nonsense"}, b"{}")),
        form_of(({**GOOD, "Content-Type": "text/" + "x" * 300}, b"{}")),
        form_of(({"Content-Disposition": f'form-data; name="{"x" * 256}"'}, b"{}")),
        form_of(({"Content-Disposition": 'form-data; name="\xff\xfe"'}, b"{}")).replace(
            "\xff\xfe".encode(), b"\xff\xfe"
        ),
        form_of(({"Content-Disposition": 'form-data; name="a\x00b"'}, b"{}")),
        form_of(({**GOOD, "X-Long": "x" * 5000}, b"{}")),
        form_of(({**GOOD, **{f"X-{number}": "1" for number in range(20)}}, b"{}")),
        form_of(({**GOOD, "content-type": "text/html"}, b"{}")),
        form_of(*[part(str(number), b"") for number in range(MAX_CALLBACK_PARTS + 1)]),
        form_of(part("bad", b"{", JSON)),
        form_of(part("good", b"{}", JSON), part("bad", b"{", JSON)),
    ],
    ids=range(17),
)
def test_a_hostile_form_is_400_and_leaves_nothing(awaited: Awaited, body: bytes) -> None:
    answer = awaited.post(body, "multipart/form-data; boundary=xXxXx")
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert (awaited.status, Payload.objects.count()) == ("in-progress", 0)
    assert awaited.post().status_code == 202


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", f"multipart/form-data; boundary={'x' * 300}"]
)
def test_a_form_without_a_usable_boundary_is_400(awaited: Awaited, content_type: str) -> None:
    assert awaited.post(form_of((GOOD, b"{}")), content_type).status_code == 400
    assert awaited.status == "in-progress"


# --- What is taken, and fails ----------------------------------------------------------------


def test_what_the_response_schema_refuses_fails_the_result_unbilled(db: None) -> None:
    awaited = make_awaited(definition={"response_schema": SCHEMA})
    assert awaited.post(b'{"words": 1}').status_code == 202
    result = awaited.now()
    assert (result.status, result.code) == ("failed", 61004)
    assert result.reason.startswith("The response schema refuses ")
    assert awaited.invocation.code == 61004
    assert awaited.invocation.counts_in_service_level
    assert not LedgerEntry.objects.exists()
    assert not Payload.objects.exists()
    assert Delivery.objects.count() == 1
    assert Event.objects.get().code == 61004


def test_a_schema_judges_the_first_json_part(db: None) -> None:
    awaited = make_awaited(definition={"response_schema": SCHEMA})
    awaited.post_form(part("a", b"x"), part("b", b'{"text": ""}', JSON), part("c", b"{}", JSON))
    assert awaited.status == "completed"
    assert "fits the response schema" in str(awaited.invocation.trace)


def test_a_schema_without_any_json_part_fails_the_result(db: None) -> None:
    awaited = make_awaited(definition={"response_schema": SCHEMA})
    assert awaited.post_form(part("a", b"x")).status_code == 202
    assert awaited.now().code == 61004


def test_more_bytes_than_allowed_are_413_and_fail_the_result(awaited: Awaited, monkeypatch: Any) -> None:
    monkeypatch.setattr(receiving, "MAX_CALLBACK_BYTES", 100)
    answer = awaited.post(b'{"text": "' + b"x" * 100 + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, 20413)
    assert (awaited.status, awaited.now().code) == ("failed", 61007)
    assert awaited.post().status_code == 404


def test_the_parts_of_a_form_share_one_limit(awaited: Awaited, monkeypatch: Any) -> None:
    monkeypatch.setattr(receiving, "MAX_CALLBACK_BYTES", 100)
    assert awaited.post_form(part("a", b"x" * 50), part("b", b"x" * 51)).status_code == 413
    assert awaited.now().code == 61007
    other = make_awaited()
    assert other.post_form(part("a", b"x" * 50), part("b", b"x" * 50)).status_code == 202
