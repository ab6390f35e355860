"""New tasks are made at the account's task router, a real server on the loopback (contract 6)."""

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from billing.models import LedgerEntry
from invocations import task_forwarding
from invocations.task_router import set_router
from results.models import Event, Invocation
from tests.conftest import api_of
from tests.factories import make_account
from tests.fake_publisher import Answer, FakePublisher, Received
from tests.invocations.connecting import dead_url
from tests.invocations.test_task_api import ASKING, POINT, URL, install_for

USER, PASSWORD = "AC" + "7" * 32, "the platform's token"
TASK_SID = "WT" + "5" * 32
ATTRIBUTES = '{ "from": "+14155552671", "price": 1.10, "id": 123456789012345678901234567890 }'
MADE = b'{"sid": "%s", "priority": 3,  "age": 0}\n' % TASK_SID.encode()
CREATED = Answer(201, MADE, headers={"Content-Type": "application/json; charset=utf-8"})


@pytest.fixture
def facts() -> Iterator[FakePublisher]:
    with FakePublisher({"mood": "good"}).in_thread() as service:
        yield service


@pytest.fixture
def platform() -> Iterator[FakePublisher]:
    with FakePublisher(CREATED).in_thread() as service:
        yield service


def route(account: Account, url: str) -> None:
    set_router(account=account, url=url, user=USER, password=PASSWORD)


def create(api: APIClient, **parameters: str) -> Any:
    return api.post(URL, {"Attributes": ATTRIBUTES, **parameters})


def attributes_of(request: Received) -> Any:
    return json.loads(dict(request.form)["Attributes"])


# --- What the platform receives --------------------------------------------------------------


def test_the_platform_gets_the_parameters_and_what_the_add_ons_say_in_the_attributes(
    api: APIClient, account: Account, facts: FakePublisher, platform: FakePublisher
) -> None:
    installed = install_for(account, facts)
    route(account, platform.url("/router/"))
    create(api, WorkflowSid="WW" + "b" * 32, Priority="3", Unknown="kept")
    [request] = platform.requests
    form = dict(request.form)
    envelope = json.loads(form["Attributes"])["addons"]
    assert (request.method, request.path) == ("POST", f"/router{URL}")
    assert form["Attributes"].startswith(ATTRIBUTES.removesuffix(" }") + ',"addons":{"status":"successful"')
    assert envelope["results"][installed.unique_name]["result"] == {"mood": "good"}
    assert {name: form[name] for name in form if name != "Attributes"} == {
        "WorkflowSid": "WW" + "b" * 32,
        "Priority": "3",
        "Unknown": "kept",
    }


def test_it_is_called_with_its_own_credentials_and_none_of_ours(
    api: APIClient, account: Account, platform: FakePublisher
) -> None:
    route(account, platform.url())
    create(api)
    headers = platform.requests[0].headers
    assert b64decode(headers["authorization"].removeprefix("Basic ")).decode() == f"{USER}:{PASSWORD}"
    assert "x-twilio-signature" not in headers
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert account.auth_token not in str(headers) + platform.requests[0].body.decode()


def test_where_nobody_is_asked_the_attributes_are_what_was_sent(
    api: APIClient, account: Account, platform: FakePublisher
) -> None:
    route(account, platform.url())
    create(api)
    api.post(URL, {"Priority": "1"})
    assert [dict(request.form) for request in platform.requests] == [
        {"Attributes": ATTRIBUTES},
        {"Priority": "1"},
    ]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("{}", '{"addons":1}'),
        ("{\n} ", '{"addons":1}'),
        ('{"a": 1.10}\n', '{"a": 1.10,"addons":1}'),
        ('{"addons": "mine", "ü": "b"}', '{"ü":"b","addons":1}'),
        ('{"a": {"addons": 2}}', '{"a": {"addons": 2},"addons":1}'),
    ],
)
def test_one_member_is_added_to_the_text_of_an_object(attributes: str, expected: str) -> None:
    extended = task_forwarding.extended((("Attributes", attributes), ("Priority", "1")), "1")
    assert extended == (("Priority", "1"), ("Attributes", expected))


def test_of_a_repeated_attributes_the_last_one_counts_and_goes_on(
    api: APIClient, account: Account, facts: FakePublisher, platform: FakePublisher
) -> None:
    install_for(account, facts)
    route(account, platform.url())
    api.post(URL, {"Attributes": ['{"from": "1"}', '{"from": "2"}']})
    assert [value for name, value in platform.requests[0].form if name == "Attributes"] == [
        dict(platform.requests[0].form)["Attributes"]
    ]
    assert attributes_of(platform.requests[0])["from"] == "2"


def test_a_form_in_parts_arrives_as_a_form(api: APIClient, account: Account, platform: FakePublisher) -> None:
    route(account, platform.url())
    answer = api.post(URL, {"Attributes": ATTRIBUTES, "TaskChannel": "ünï & co"}, format="multipart")
    assert answer.status_code == 201
    assert dict(platform.requests[0].form) == {"Attributes": ATTRIBUTES, "TaskChannel": "ünï & co"}


# --- What the caller gets --------------------------------------------------------------------


def test_the_answer_comes_back_byte_for_byte_with_what_the_add_ons_say(
    api: APIClient, account: Account, facts: FakePublisher, platform: FakePublisher
) -> None:
    install_for(account, facts)
    route(account, platform.url())
    answer = create(api)
    assert (answer.status_code, answer["Content-Type"]) == (201, "application/json; charset=utf-8")
    assert answer.content.startswith(MADE.rstrip()[:-1] + b',"addons":"{')
    assert json.loads(answer.json()["addons"]) == attributes_of(platform.requests[0])["addons"]


@pytest.mark.parametrize(
    ("said", "addons"),
    [
        (b'{"sid": "x", "addons": "{\\"a\\": 1}"}', '{"a": 1}'),
        (b'{"addons": "{}", "sid": "x"}', None),
        (b'{"addons": null}', None),
    ],
)
def test_what_the_platform_says_of_add_ons_itself_stands(
    api: APIClient, account: Account, facts: FakePublisher, said: bytes, addons: str | None
) -> None:
    """An `addons` that says nothing is what a platform without add-ons sends."""
    install_for(account, facts)
    with FakePublisher(Answer(200, said)).in_thread() as platform:
        route(account, platform.url())
        body = create(api).json()
        ours = attributes_of(platform.requests[0])["addons"]
    assert body["addons"] == addons if addons else json.loads(body["addons"]) == ours


@pytest.mark.parametrize("body", [b"", b"<xml/>", b"[1]", b"\xff", b'{"n": ' + b"9" * 5000 + b"}"])
def test_what_is_no_object_comes_back_as_it_came(
    api: APIClient, account: Account, facts: FakePublisher, body: bytes
) -> None:
    install_for(account, facts)
    with FakePublisher(Answer(200, body, headers={"Content-Type": "text/plain"})).in_thread() as platform:
        route(account, platform.url())
        answer = create(api)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, body, "text/plain")
    assert "sandbox" in answer["Content-Security-Policy"]


def test_results_carry_the_platforms_name_of_the_task(
    api: APIClient, account: Account, facts: FakePublisher, platform: FakePublisher
) -> None:
    install_for(account, facts)
    with FakePublisher(404).in_thread() as broken:
        install_for(account, broken)
        route(account, platform.url())
        create(api)
    assert {each.reference_sid for each in Invocation.objects.all()} == {TASK_SID}
    assert Event.objects.get().reference_sid == TASK_SID
    assert LedgerEntry.objects.count() == 1


# --- What goes wrong -------------------------------------------------------------------------


def test_a_verdict_on_the_task_is_the_callers_to_read(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    said = b'{"code": 20404, "message": "no such workspace", "status": 404}'
    with FakePublisher(Answer(404, said)).in_thread() as platform:
        install_for(account, facts)
        route(account, platform.url())
        answer = create(api)
    assert (answer.status_code, answer.content) == (404, said)
    event = Event.objects.get()
    assert (event.code, event.text) == (11200, "The task router: It refused the task with 404.")
    assert (event.account, event.extension, event.url_host) == (account, POINT, "127.0.0.1")
    assert Invocation.objects.get().event_id == event.event_id


@pytest.mark.parametrize("refusal", [400, 413])
def test_what_the_add_ons_say_never_stops_a_task(
    api: APIClient, account: Account, facts: FakePublisher, refusal: int
) -> None:
    install_for(account, facts)
    with FakePublisher([refusal, CREATED]).in_thread() as platform:
        route(account, platform.url())
        answer = create(api)
    assert "addons" in attributes_of(platform.requests[0])
    assert dict(platform.requests[1].form)["Attributes"] == ATTRIBUTES
    assert answer.status_code == 201
    assert json.loads(answer.json()["addons"])["results"]
    event = Event.objects.get()
    assert f"refused the answers of the add-ons ({refusal})" in event.text
    assert event.reference_sid == TASK_SID


def test_a_task_without_add_ons_is_refused_once(api: APIClient, account: Account) -> None:
    with FakePublisher(400).in_thread() as platform:
        route(account, platform.url())
        assert create(api).status_code == 400
    assert len(platform.requests) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (500, "It answered 500."),
        (302, "It answered 302."),
        (401, "It refused the credentials set for it (401)."),
        (403, "It refused the credentials set for it (403)."),
    ],
)
def test_a_failing_platform_is_a_502_that_loses_no_answer(
    api: APIClient, account: Account, facts: FakePublisher, status: int, words: str
) -> None:
    installed = install_for(account, facts)
    elsewhere = {"Location": facts.url("/elsewhere")}
    with FakePublisher(Answer(status, b"secret page", headers=elsewhere)).in_thread() as platform:
        route(account, platform.url())
        answer = create(api)
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (502, 502, 11200)
    assert body["message"] == f"The task router made no task: {words}"
    assert json.loads(body["details"]["addons"])["results"][installed.unique_name]["result"]
    assert Event.objects.get().text == f"The task router: {words}"
    assert len(facts.requests) == 1


def test_a_dead_platform_is_told_apart_from_a_failing_one(api: APIClient, account: Account) -> None:
    route(account, dead_url().removesuffix("/sms"))
    answer = create(api)
    assert (answer.status_code, answer.json()["code"]) == (502, 11205)
    assert (Event.objects.get().code, Event.objects.get().level) == (11205, "error")


def test_a_platform_that_is_too_slow_is_a_504(
    api: APIClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_forwarding, "WEBHOOK_DEADLINE_MS", 200)
    with FakePublisher(Answer(201, {}, delay=5)).in_thread() as platform:
        route(account, platform.url())
        answer = create(api)
    assert (answer.status_code, answer.json()["code"]) == (504, 11200)
    assert "It may have made the task." in answer.json()["message"]


def test_an_answer_that_is_too_large_is_dropped(
    api: APIClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_forwarding, "MAX_ANSWER_BYTES", 10)
    with FakePublisher(Answer(201, b"x" * 11)).in_thread() as platform:
        route(account, platform.url())
        assert create(api).status_code == 502


def test_an_address_that_is_not_allowed_any_more_tells_nothing(
    api: APIClient, account: Account, platform: FakePublisher, settings: Any
) -> None:
    route(account, platform.url())
    settings.OUTBOUND_ALLOWED_HOSTS = []
    answer = create(api)
    assert (answer.status_code, answer.json()["code"]) == (502, 11200)
    assert "127.0.0.1" not in answer.content.decode()
    assert (Event.objects.get().url_host, platform.requests) == ("", [])


def test_a_router_that_leads_back_here_is_refused(
    api: APIClient, account: Account, facts: FakePublisher, platform: FakePublisher
) -> None:
    install_for(account, facts)
    route(account, platform.url())
    assert api.post(URL, headers={"Via": "1.1 other, 1.1 patchbay"}).status_code == 508
    assert (facts.requests, platform.requests) == ([], [])


def test_a_refused_task_goes_nowhere(api: APIClient, account: Account, platform: FakePublisher) -> None:
    route(account, platform.url())
    assert create(api, Priority="-1").status_code == 400
    assert platform.requests == []


# --- Whose -----------------------------------------------------------------------------------


def test_the_router_of_another_account_gets_nothing(account: Account, platform: FakePublisher) -> None:
    route(account, platform.url())
    answer = api_of(make_account()).post(URL, {"Attributes": json.dumps(ASKING)})
    assert answer.status_code == 201
    assert answer.json()["sid"] != TASK_SID
    assert platform.requests == []


def test_forwarding_takes_as_many_queries_for_four_add_ons_as_for_one(
    account: Account, facts: FakePublisher, platform: FakePublisher, django_assert_max_num_queries: Any
) -> None:
    api = api_of(account)
    route(account, platform.url())
    for _ in range(4):
        install_for(account, facts)
    create(api)
    with django_assert_max_num_queries(9):
        create(api)
