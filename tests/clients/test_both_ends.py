"""A running Patchbay between Twilio's own code on both sides.

The official client asks, or the official library signs as the platform does; publisher and developer check
what reaches them with the official validator and refuse the rest, so an answer is the proof.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from accounts.models import Account
from accounts.services import create_secondary_token, promote_secondary_token
from marketplace.models import IncomingPhoneNumber, InstalledAddOn
from publishers.models import Publisher
from results.models import Event, Invocation
from tests.factories import make_account, make_definition, make_install, make_listing
from tests.fake_publisher import Answer, FakePublisher, Received, Said
from tests.invocations.connecting import CALL, SAID, SMS, TWIML, Reply, ask, make_number

NUMBER = "+14155552671"
WORKSPACE = "WS" + "a" * 32
LOOKUP, TASK = "lookup-api", "taskrouter-create-task"
NOTE = "caf\u00e9 & <more> = 100% +\r\n{{primary_address}}"
FIELDS = [
    {"name": "number", "value": "{{primary_address}}"},
    {"name": "note", "value": "{{note}}"},
    {"name": "text", "value": "{{note}}!"},
]
BODIES: dict[str, dict[str, Any]] = {
    "GET": {"method": "GET", "query": FIELDS},
    "form": {"method": "POST", "query": FIELDS[:1], "body": {"kind": "form", "fields": FIELDS}},
    "JSON": {"method": "POST", "query": FIELDS[:1], "body": {"kind": "json", "fields": FIELDS}},
    "no body": {"method": "POST", "query": FIELDS, "body": {"kind": "none"}},
}


def is_signed(request: Received, token: str) -> bool:
    """What the official validator says, given what a framework would give it."""
    url = f"http://{request.headers['host']}{request.url.split(request.headers['host'], 1)[1]}"
    kind = request.headers.get("content-type", "")
    values = request.body.decode() if kind == "application/json" else dict(request.form)
    return bool(RequestValidator(token).validate(url, values, request.headers["x-twilio-signature"]))


@dataclass
class Checking:
    """A service that answers 403 to whatever is not signed with the token of this account."""

    account: Account
    then: Callable[[Received], Said]

    def __call__(self, request: Received) -> Said:
        return self.then(request) if is_signed(request, self.account.auth_token) else 403


@pytest.fixture
def checking(publisher: Publisher) -> Iterator[FakePublisher]:
    """The publisher's service. It moves whoever asks at `/old`, and fails the first time at `/shaky`."""

    def then(request: Received) -> Said:
        asked = [each.path for each in service.requests]
        if request.path == "/old":
            return Answer(307, {}, {"Location": "/new?from=old"})
        return 503 if request.path == "/shaky" and asked.count("/shaky") == 1 else {"heard": True}

    service = FakePublisher(Checking(publisher.account, then))
    with service.in_thread():
        yield service


def put_up(account: Account, publisher: Publisher, service: FakePublisher, **changes: Any) -> InstalledAddOn:
    """An add-on of this publisher, installed and switched on everywhere."""
    points = changes.pop("extensions", [LOOKUP, TASK])
    request = {"url": service.url(changes.pop("path", "/facts")), **changes.pop("request", BODIES["GET"])}
    definition = make_definition(
        extensions=points, request=request, runtime_parameters=[{"name": "note"}], **changes
    )
    return make_install(account, make_listing(publisher=publisher, definition=definition), enabled=points)


def looked_up(client: Client, installed: InstalledAddOn) -> Any:
    """The entry of a lookup by the official client."""
    name = installed.unique_name
    number = client.lookups.v1.phone_numbers(NUMBER)
    answer = number.fetch(add_ons=[name], add_ons_data={name: {"note": NOTE}})
    return answer.add_ons["results"][name]


def values_of(request: Received) -> dict[str, str]:
    if request.headers.get("content-type") == "application/json":
        return dict(request.json())
    return dict(request.form or request.query)


# --- The client asks, the publisher checks ---------------------------------------------------


@pytest.mark.parametrize("request_section", BODIES.values(), ids=BODIES)
def test_a_lookup_is_signed_for_the_publisher(
    client: Client,
    account: Account,
    publisher: Publisher,
    checking: FakePublisher,
    request_section: dict[str, Any],
) -> None:
    entry = looked_up(client, put_up(account, publisher, checking, request=request_section))
    assert (entry["status"], entry["result"]) == ("successful", {"heard": True})
    (received,) = checking.requests
    assert values_of(received) == {"number": NUMBER, "note": NOTE, "text": f"{NOTE}!"}
    assert received.headers["x-twilio-vendoraccountsid"] == publisher.account.sid
    assert not is_signed(received, account.auth_token)


@pytest.mark.parametrize("request_section", BODIES.values(), ids=BODIES)
def test_a_task_is_signed_for_the_publisher(
    client: Client,
    account: Account,
    publisher: Publisher,
    checking: FakePublisher,
    request_section: dict[str, Any],
) -> None:
    installed = put_up(account, publisher, checking, request=request_section)
    task = client.taskrouter.v1.workspaces(WORKSPACE).tasks.create(attributes=json.dumps({"from": NUMBER}))
    entry = json.loads(task.addons or "")["results"][installed.unique_name]
    assert (entry["status"], entry["result"]) == ("successful", {"heard": True})
    assert values_of(checking.requests[0]) == {"number": NUMBER}


@pytest.mark.parametrize("kind", ["GET", "form", "JSON"])
@pytest.mark.parametrize("path", ["/old", "/shaky"])
def test_every_try_and_every_redirect_is_signed_anew(
    client: Client, account: Account, publisher: Publisher, checking: FakePublisher, kind: str, path: str
) -> None:
    entry = looked_up(client, put_up(account, publisher, checking, request=BODIES[kind], path=path))
    assert entry["status"] == "successful"
    assert len(checking.requests) == 2
    assert {each.headers["x-twilio-requestsid"] for each in checking.requests} == {entry["request_sid"]}


def test_a_rotation_of_the_publishers_token_loses_no_lookup(
    client: Client, account: Account, publisher: Publisher, checking: FakePublisher
) -> None:
    """The publisher takes either token meanwhile: the primary one signs, before and after."""
    installed = put_up(account, publisher, checking)
    old = publisher.account.auth_token
    create_secondary_token(account=publisher.account)
    assert looked_up(client, installed)["status"] == "successful"
    promote_secondary_token(account=publisher.account)
    publisher.account.refresh_from_db()
    assert looked_up(client, installed)["status"] == "successful"
    assert [is_signed(each, old) for each in checking.requests] == [True, False]


def test_the_service_would_have_refused_a_wrong_signature(
    client: Client, account: Account, publisher: Publisher
) -> None:
    """The proof of the proof: a service that expects the token of somebody else."""
    with FakePublisher(Checking(make_account(), lambda _: {"heard": True})).in_thread() as strict:
        assert looked_up(client, put_up(account, publisher, strict))["code"] == 61005


# --- The platform signs, publisher and developer check ---------------------------------------


@pytest.fixture
def connect(base_url: str, settings: Any) -> str:
    """Where the platform brings events in."""
    url = base_url.replace("localhost", "127.0.0.1")
    settings.API_URLS = {**settings.API_URLS, "connect": url}
    return url


@pytest.fixture
def developer(account: Account) -> Iterator[FakePublisher]:
    with FakePublisher(Checking(account, lambda _: SAID)).in_thread() as service:
        yield service


def bring(
    base: str, number: IncomingPhoneNumber, kind: str, pairs: list[tuple[str, str]], token: str
) -> Reply:
    """An event as the platform sends it."""
    url = f"{base}/connect/{number.sid}/{kind}"
    signature = RequestValidator(token).compute_signature(url, dict(pairs))
    return ask("POST", url, urlencode(pairs).encode(), {"X-Twilio-Signature": signature})


@pytest.mark.parametrize(("kind", "event"), [("message", SMS), ("voice", CALL)])
def test_an_event_is_signed_on_each_of_its_ways(
    connect: str,
    account: Account,
    publisher: Publisher,
    checking: FakePublisher,
    developer: FakePublisher,
    kind: str,
    event: list[tuple[str, str]],
) -> None:
    point = {"message": "sms-incoming", "voice": "voice-incoming"}[kind]
    installed = put_up(account, publisher, checking, extensions=[LOOKUP, point], request=BODIES["form"])
    webhooks = {"sms_url": developer.url("/hook?a=%20b&c="), "voice_url": developer.url("/hook?a=%20b&c=")}
    reply = bring(connect, make_number(account, **webhooks), kind, event, account.auth_token)
    assert (reply.status, reply.body) == (200, TWIML)
    (asked,), (told,) = checking.requests, developer.requests
    assert dict(asked.form)["number"] == dict(event)["From"]
    envelope = json.loads(dict(told.form).pop("AddOns"))
    assert envelope["results"][installed.unique_name]["result"] == {"heard": True}
    assert [pair for pair in told.form if pair[0] != "AddOns"] == event
    assert not is_signed(told, publisher.account.auth_token)
    assert not Event.objects.exists()


@pytest.mark.parametrize("kind", ["message", "voice"])
def test_a_webhook_by_get_and_a_fallback_are_signed_too(
    connect: str, account: Account, developer: FakePublisher, kind: str
) -> None:
    with FakePublisher(500).in_thread() as broken:
        webhooks = {
            f"{name}_{part}": value
            for name in ("sms", "voice")
            for part, value in [
                ("url", broken.url("/hook")),
                ("fallback_url", developer.url("/fallback?x=1")),
                ("fallback_method", "GET"),
            ]
        }
        reply = bring(connect, make_number(account, **webhooks), kind, SMS, account.auth_token)
        assert is_signed(broken.requests[0], account.auth_token)
    assert reply.body == TWIML
    assert [each.method for each in developer.requests] == ["GET"]


def test_an_event_signed_by_somebody_else_reaches_nobody(
    connect: str, account: Account, publisher: Publisher, checking: FakePublisher, developer: FakePublisher
) -> None:
    put_up(account, publisher, checking, extensions=[LOOKUP, "sms-incoming"])
    number = make_number(account, sms_url=developer.url("/hook"))
    assert bring(connect, number, "message", SMS, publisher.account.auth_token).status == 403
    assert (checking.requests, developer.requests) == ([], [])
    assert not Invocation.objects.exists()
