"""Who may bring events in, and what hostile ones can do (contract 13, safety 3.1)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connections
from django.test import Client

from accounts.models import Account
from accounts.services import create_api_key
from invocations import connectors, forwarding
from marketplace.models import IncomingPhoneNumber
from publishers.contract.signing import signature
from rest.sids import new_sid
from results.models import Event, Invocation
from tests.conftest import basic
from tests.factories import make_account
from tests.fake_publisher import Answer, FakePublisher
from tests.invocations.connecting import SAID, SMS, TWIML, Platform, Reply, ask, make_number, make_runner

pytestmark = pytest.mark.django_db(transaction=True)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def owner(transactional_db: None) -> Account:
    return make_account()


@pytest.fixture
def platform(live_server: Any, settings: Any, owner: Account) -> Platform:
    url = live_server.url.replace("localhost", "127.0.0.1")  # which may be asked
    settings.API_URLS = {**settings.API_URLS, "connect": url}
    return Platform(url, owner)


@pytest.fixture
def developer() -> Iterator[FakePublisher]:
    with FakePublisher(SAID).in_thread() as service:
        yield service


@pytest.fixture
def number(owner: Account, developer: FakePublisher) -> IncomingPhoneNumber:
    return make_number(owner, sms_url=developer.url("/sms"))


def post(url: str, body: bytes = b"a=1", /, **headers: str) -> Reply:
    return ask("POST", url, body, {**FORM, **headers})


def signed(url: str, body: bytes, token: str, pairs: Any) -> Reply:
    return ask("POST", url, body, {**FORM, "X-Twilio-Signature": signature(url, pairs, token)})


# --- Who may ---------------------------------------------------------------------------------


def test_the_secondary_token_signs_during_a_rotation(
    platform: Platform, owner: Account, number: IncomingPhoneNumber
) -> None:
    url = platform.url(number)
    old = owner.auth_token
    owner.set_secondary_auth_token(old)
    owner.set_auth_token("f" * 32)
    owner.save()
    for token in (old, "f" * 32):
        assert signed(url, b"a=1", token, {"a": "1"}).body == TWIML


def test_a_signature_over_the_address_with_its_port_or_without_is_the_same(
    settings: Any, owner: Account, number: IncomingPhoneNumber
) -> None:
    settings.SECURE_SSL_REDIRECT = False
    for public in ("https://patchbay.example.com", "https://patchbay.example.com:443"):
        settings.API_URLS = {**settings.API_URLS, "connect": public}
        for spelled in ("https://patchbay.example.com", "https://patchbay.example.com:443"):
            path = f"/connect/{number.sid}/message?x=%20y"
            made = signature(f"{spelled}{path}", {"a": "1"}, owner.auth_token)
            answer = Client().post(path, b"a=1", FORM["Content-Type"], headers={"X-Twilio-Signature": made})
            assert answer.status_code == 200


@pytest.mark.parametrize(
    ("scope", "status"), [("full", 200), ("marketplace", 200), ("read", 403), ("publishing", 403)]
)
def test_basic_takes_the_token_and_keys_that_may_run_add_ons(
    platform: Platform, owner: Account, number: IncomingPhoneNumber, scope: str, status: int
) -> None:
    key, secret = create_api_key(account=owner, friendly_name="platform", scope=scope)
    url = platform.url(number)
    assert post(url, Authorization=basic(key.sid, secret)).status == status
    assert post(url, Authorization=basic(owner.sid, owner.auth_token)).status == 200
    assert ask("GET", f"{url}?a=1", None, {"Authorization": basic(key.sid, secret)}).status == status


def test_strangers_are_told_nothing(
    platform: Platform, owner: Account, number: IncomingPhoneNumber, developer: FakePublisher
) -> None:
    stranger = make_account()
    known = platform.url(number)
    unknown = known.replace(number.sid, new_sid("PN"))

    def both(**headers: str) -> tuple[int, int]:
        answers = [post(url, **headers) for url in (known, unknown)]
        bodies = {
            answer.body.replace(urlsplit(url).path.encode(), b"")
            for answer, url in zip(answers, (known, unknown), strict=True)
        }
        assert len(bodies) == 1
        return answers[0].status, answers[0].error["code"]

    assert both() == (401, 20003)
    assert both(**{"X-Twilio-Signature": "bm8="}) == (403, 20403)
    assert both(**{"X-Twilio-Signature": "\u00e9"}) == (403, 20403)
    made = signature(known, {"a": "1"}, stranger.auth_token)
    assert both(**{"X-Twilio-Signature": made}) == (403, 20403)
    assert both(Authorization=basic(owner.sid, "wrong")) == (401, 20003)
    both_wrong = {"X-Twilio-Signature": "bm8=", "Authorization": basic(owner.sid, "wrong")}
    assert both(**both_wrong) == (401, 20003)
    answers = [post(url, Authorization=basic(stranger.sid, stranger.auth_token)) for url in (known, unknown)]
    assert [answer.status for answer in answers] == [404, 404]
    assert developer.requests == []


def test_a_changed_parameter_or_address_voids_the_signature(
    platform: Platform, owner: Account, number: IncomingPhoneNumber
) -> None:
    url = platform.url(number)
    made = {"X-Twilio-Signature": signature(url, {"a": "1"}, owner.auth_token)}
    assert post(url, b"a=1", **made).status == 200
    for address, body in (
        (url, b"a=2"),
        (url, b"a=1&b=2"),
        (f"{url}?b=1", b"a=1"),
        (platform.url(number, "voice"), b"a=1"),
    ):
        assert post(address, body, **made).status == 403


def test_a_suspended_account_takes_nothing_in(
    platform: Platform, owner: Account, number: IncomingPhoneNumber, developer: FakePublisher
) -> None:
    Account.objects.filter(pk=owner.pk).update(status="suspended")
    assert (platform.post(number, SMS).status, platform.post(number, SMS).error["code"]) == (403, 20005)
    assert developer.requests == []


def test_an_account_without_a_secondary_token_does_not_take_the_signature_of_an_empty_one(
    platform: Platform, number: IncomingPhoneNumber
) -> None:
    url = platform.url(number)
    assert signed(url, b"a=1", "", {"a": "1"}).status == 403


# --- Where it may lead -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:169.254.169.254]/",
        "https://10.0.0.7/",
        "http://example.com/",
        "https://example.com:8443/",
    ],
)
def test_an_address_we_never_ask_is_refused_and_the_event_names_none(
    platform: Platform, owner: Account, url: str
) -> None:
    number = make_number(owner, sms_url="https://example.com/")
    IncomingPhoneNumber.objects.filter(pk=number.pk).update(sms_url=url)  # past the form, which refuses some
    reply = platform.post(number, SMS)
    assert (reply.status, reply.error["code"]) == (502, 11200)
    event = Event.objects.get()
    assert (event.code, event.url_host) == (11200, "")
    for text in (event.text, reply.error["message"]):
        assert not {"169", "10.0", "example", "ffff"} & set(text.replace("/", " ").split())
        assert "169.254" not in text


def test_a_redirect_to_a_private_address_is_refused(platform: Platform, owner: Account) -> None:
    with FakePublisher(Answer(307, {}, headers={"Location": "https://10.0.0.7/x"})).in_thread() as trap:
        assert platform.post(make_number(owner, sms_url=trap.url()), SMS).status == 502
    assert Event.objects.get().text == "The webhook failed: The address is not allowed."


def test_a_webhook_that_leads_back_to_a_connector_does_not_turn_for_ever(
    platform: Platform, owner: Account
) -> None:
    with FakePublisher({"ok": 1}).in_thread() as service:
        make_runner(owner, service)
        number = make_number(owner, sms_url="https://example.com/")
        IncomingPhoneNumber.objects.filter(pk=number.pk).update(sms_url=platform.url(number))
        assert platform.post(number, SMS).status == 502
        assert len(service.requests) == 1
    assert Event.objects.get().text == "The webhook failed: The webhook answered 508."


# --- What may come in ------------------------------------------------------------------------


def test_values_of_every_kind_pass_through_byte_for_byte(
    platform: Platform, owner: Account, number: IncomingPhoneNumber, developer: FakePublisher
) -> None:
    odd = "".join(map(chr, range(128))) + "\u2028\U0001f600\ufeff{{body}}"
    pairs = [("From", odd), ("MessageSid", "\x00" + "x" * 300), ("Body", odd), ("a\r\nb", "c\r\nX-Evil: 1")]
    with FakePublisher({"ok": 1}).in_thread() as service:
        make_runner(owner, service)
        assert platform.post(number, pairs).body == TWIML
        assert dict(service.requests[0].form)["body"] == odd
    assert developer.requests[0].form[:4] == pairs
    assert "x-evil" not in developer.requests[0].headers
    kept = Invocation.objects.get()
    assert (kept.primary_address, kept.reference_sid) == (odd.replace("\x00", "")[:32], "x" * 64)


def test_too_much_is_refused_before_anybody_is_told(
    platform: Platform, owner: Account, number: IncomingPhoneNumber, developer: FakePublisher
) -> None:
    url = platform.url(number)
    many = "&".join(f"p{index}=1" for index in range(10_000)).encode()
    answers = [
        signed(url, body, owner.auth_token, {})
        for body in (many, b"a=" + b"x" * 1_048_576, b"a=%ff", b"a=%ed%a0%80", b"\xff=1")
    ]
    assert [answer.status for answer in answers] == [400, 413, 400, 400, 400]
    assert [answer.error["code"] for answer in answers] == [20001, 20413, 20001, 20001, 20001]
    assert "at most 1000 parameters" in answers[0].error["message"]
    assert developer.requests == []


def test_only_forms_are_read(platform: Platform, owner: Account, number: IncomingPhoneNumber) -> None:
    right = {"Authorization": basic(owner.sid, owner.auth_token)}
    answer = ask("POST", platform.url(number), b"{}", {"Content-Type": "application/json", **right})
    assert (answer.status, answer.error["code"]) == (415, 20001)
    assert "application/x-www-form-urlencoded" in answer.error["message"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "PATCH"])
def test_other_methods_are_not_offered(
    platform: Platform, owner: Account, number: IncomingPhoneNumber, method: str
) -> None:
    right = {"Authorization": basic(owner.sid, owner.auth_token)}
    assert ask(method, platform.url(number), None, right).status == 405


def test_an_answer_of_the_developer_is_no_page_of_ours(platform: Platform, owner: Account) -> None:
    page = Answer(200, b"<script>alert(1)</script>", headers={"Content-Type": "text/html"})
    with FakePublisher(page).in_thread() as service:
        reply = platform.post(make_number(owner, sms_url=service.url()), SMS)
    assert reply.body == b"<script>alert(1)</script>"
    assert reply.headers["content-security-policy"].endswith("sandbox")
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_no_connection_to_the_database_is_held_while_the_developer_is_waited_for(
    settings: Any, owner: Account, number: IncomingPhoneNumber, monkeypatch: Any
) -> None:
    held: list[bool] = []
    own = connections["default"]  # that of this thread, in which the view runs
    real = forwarding.forward

    async def watched(*given: Any) -> Any:
        held.append(own.connection is not None)
        return await real(*given)

    monkeypatch.setattr(connectors, "forward", watched)
    right = {"Authorization": basic(owner.sid, owner.auth_token)}
    path = f"/connect/{number.sid}/message"
    assert Client().post(path, b"a=1", FORM["Content-Type"], headers=right).status_code == 200
    assert held == [False]


def test_many_parameters_within_the_limit_are_fine(
    platform: Platform, number: IncomingPhoneNumber, developer: FakePublisher
) -> None:
    pairs = [(f"p{index}", "v") for index in range(1000)]
    assert platform.post(number, pairs).status == 200
    assert developer.requests[0].body == urlencode(pairs).encode()
