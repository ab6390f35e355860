"""New tasks are shown to add-ons: every layer, to a real service on the loopback (contract 6, 7, 10)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from billing.models import LedgerEntry
from invocations import events
from marketplace import number_services
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from results.models import Event, Invocation
from tests.conftest import api_of
from tests.factories import make_account, make_definition, make_install, make_listing
from tests.fake_publisher import Answer, FakePublisher

URL = f"/v1/Workspaces/WS{'a' * 32}/Tasks"
POINT = "taskrouter-create-task"
FIELDS = ["primary_address", "secondary_address", "body"]
ASKING = {"from": "+14155552671", "to": "+18089255327", "body": "Hi & bye = ünï"}


@pytest.fixture
def facts() -> Iterator[FakePublisher]:
    """A service that answers what it was asked."""
    with FakePublisher(lambda request: Answer(200, {"asked": dict(request.form)})).in_thread() as service:
        yield service


def install_for(
    account: Account, service: FakePublisher, *, enabled: tuple[str, ...] = (POINT,), **changes: Any
) -> InstalledAddOn:
    definition = make_definition(
        **{
            "type": "message-analysis",
            "extensions": ["sms-incoming", POINT],
            "request": {
                "method": "POST",
                "url": service.url("/facts"),
                "body": {
                    "kind": "form",
                    "fields": [{"name": name, "value": f"{{{{{name}}}}}"} for name in FIELDS],
                },
            },
            "pricing": {"model": "per_use", "price": "0.0001"},
            **changes,
        }
    )
    return make_install(account, make_listing(definition=definition), enabled=enabled)


def create(api: APIClient, attributes: Any = None) -> dict[str, Any]:
    answer = api.post(URL, {"Attributes": json.dumps(attributes or {})})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def envelope_of(api: APIClient, attributes: Any = None) -> dict[str, Any]:
    return dict(json.loads(create(api, attributes)["addons"]))


def entry_of(api: APIClient, installed: InstalledAddOn, attributes: Any = None) -> dict[str, Any]:
    return dict(envelope_of(api, attributes)["results"][installed.unique_name])


# --- Which add-ons run -----------------------------------------------------------------------


def test_the_whole_envelope_comes_back_as_compact_text(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    installed = install_for(account, facts)
    text = create(api, ASKING)["addons"]
    envelope = json.loads(text)
    entry = envelope["results"][installed.unique_name]
    # Compact around what the service said, which is there as it said it.
    bare = {**envelope, "results": {installed.unique_name: {**entry, "result": 0}}}
    start, end = json.dumps(bare, separators=(",", ":")).split('"result":0')
    assert text.startswith(f'{start}"result":{{"asked": {{')
    assert text.endswith(end)
    assert list(envelope) == ["status", "message", "code", "results"]
    assert list(entry) == ["status", "request_sid", "message", "code", "result"]
    assert (envelope["status"], entry["status"], entry["code"]) == ("successful", "successful", None)
    assert entry["result"] == {"asked": dict(zip(FIELDS, ASKING.values(), strict=True))}


def test_all_that_are_on_for_tasks_are_asked_and_no_other(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    chosen = [install_for(account, facts).unique_name for _ in range(2)]
    install_for(account, facts, enabled=("sms-incoming",))
    gone = install_for(account, facts)
    api.delete(f"/v1/InstalledAddOns/{gone.sid}")
    install_for(make_account(), facts)
    assert sorted(envelope_of(api, ASKING)["results"]) == sorted(chosen)
    assert len(facts.requests) == 2


@pytest.mark.parametrize("wrong", [{"Attributes": "[]"}, {"Priority": "-1"}, {"WorkflowSid": "x"}])
def test_a_refused_task_asks_nobody(
    api: APIClient, account: Account, facts: FakePublisher, wrong: dict[str, str]
) -> None:
    install_for(account, facts)
    assert api.post(URL, wrong).status_code == 400
    assert facts.requests == []


def test_another_accounts_add_ons_are_never_asked(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    install_for(account, facts)
    assert create(api_of(make_account()), ASKING)["addons"] == "{}"
    assert facts.requests == []
    assert not Invocation.objects.exists()


def test_an_add_on_with_a_number_runs_all_the_same(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    installed = install_for(account, facts, enabled=())
    number = number_services.create_number(account=account, phone_number="+18089255327", settings={})
    number_services.assign(number=number, installed=installed)
    installed.switches.filter(extension__unique_name=POINT).update(enabled=True)
    assert entry_of(api, installed, {"to": "+14155552671"})["status"] == "successful"


@pytest.mark.parametrize(("state", "addons"), [("suspended", "{}"), ("draft", "{}")])
def test_a_listing_that_was_taken_down_is_asked_no_more(
    api: APIClient, account: Account, facts: FakePublisher, state: str, addons: str
) -> None:
    install_for(account, facts)
    Listing.objects.update(availability=state)
    assert (create(api, ASKING)["addons"], facts.requests) == (addons, [])


@pytest.mark.parametrize(
    ("attributes", "asked"),
    [
        (ASKING, ASKING),
        ({"caller": "1", "contact": "2", "called": "3"}, {"from": "1", "to": "3"}),
        ({"contact": "2"}, {"from": "2"}),
        ({"from": "1", "caller": "2", "to": "3", "called": "4"}, {"from": "1", "to": "3"}),
        ({"from": "", "caller": "2", "to": None, "called": "4"}, {"from": "2", "to": "4"}),
        ({"from": 1, "caller": ["2"], "contact": "3", "body": {"a": 1}}, {"from": "3"}),
        ({"From": "1", "Body": "x"}, {}),
        ({}, {}),
    ],
)
def test_each_field_comes_from_the_first_attribute_that_is_a_text(
    api: APIClient, account: Account, facts: FakePublisher, attributes: Any, asked: dict[str, str]
) -> None:
    installed = install_for(account, facts)
    expected = {field: asked[name] for name, field in zip(ASKING, FIELDS, strict=True) if name in asked}
    answered = entry_of(api, installed, attributes)["result"]["asked"]
    assert {name: value for name, value in answered.items() if value} == expected


def test_an_add_on_for_numbers_never_sees_the_body(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    request = {
        "method": "POST",
        "url": facts.url("/facts"),
        "body": {"kind": "form", "fields": [{"name": "number", "value": "{{primary_address}}"}]},
    }
    installed = install_for(account, facts, type="phone-number", request=request)
    assert entry_of(api, installed, ASKING)["result"] == {"asked": {"number": ASKING["from"]}}


# --- The record ------------------------------------------------------------------------------


def test_an_invocation_and_its_charge_are_kept_once(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    installed = install_for(account, facts)
    body = create(api, ASKING)
    entry = json.loads(body["addons"])["results"][installed.unique_name]
    kept = Invocation.objects.get()
    assert (kept.sid, kept.account, kept.extension) == (entry["request_sid"], account, POINT)
    assert (kept.purpose, kept.primary_address, kept.reference_sid) == ("live", ASKING["from"], body["sid"])
    charged = LedgerEntry.objects.get()
    assert (charged.request_sid, charged.amount_micros, charged.payer) == (kept.sid, 100, account)
    assert len(facts.requests) == 1


def test_a_task_that_is_sent_again_is_another_task(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    """Also under one Idempotency-Key, as the OpenAPI document says."""
    install_for(account, facts)
    sids = {api.post(URL, headers={"Idempotency-Key": "one"}).json()["sid"] for _ in range(2)}
    assert len(sids) == len(facts.requests) == LedgerEntry.objects.count() == 2


def test_escaped_nul_characters_and_long_texts_reach_the_add_on_and_fit_the_record(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    installed = install_for(account, facts)
    attributes = {"from": "+1\x00" + "5" * 5000, "body": "a\x00b" + "ü" * 5000}
    assert entry_of(api, installed, attributes)["result"]["asked"]["body"] == attributes["body"]
    assert Invocation.objects.get().primary_address == "+1" + "5" * 30


def test_a_task_costs_the_same_queries_however_many_add_ons_it_asks(
    account: Account, facts: FakePublisher, django_assert_max_num_queries: Any
) -> None:
    api = api_of(account)
    for _ in range(4):
        install_for(account, facts)
    create(api, ASKING)
    with django_assert_max_num_queries(7):
        create(api, ASKING)


# --- What can go wrong -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(404, 61005, id="4xx"),
        pytest.param(b"<html>", 61000, id="html"),
        pytest.param(Answer(200, {}, delay=5), 61001, id="slow"),
    ],
)
def test_a_failing_add_on_is_free_and_stops_nothing(
    api: APIClient, account: Account, facts: FakePublisher, answer: Any, code: int
) -> None:
    good = install_for(account, facts)
    with FakePublisher(answer).in_thread() as service:
        bad = install_for(account, service, limits={"timeout_ms": 300})
        body = create(api, ASKING)
    envelope = json.loads(body["addons"])
    failed = envelope["results"][bad.unique_name]
    assert (envelope["status"], envelope["code"]) == ("successful", None)
    assert (failed["status"], failed["code"], failed["result"]) == ("fail", code, {})
    assert envelope["results"][good.unique_name]["status"] == "successful"
    assert LedgerEntry.objects.get().installed_add_on == good
    event = Event.objects.get()
    assert (event.account, event.code, event.reference_sid) == (account, code, body["sid"])


@pytest.mark.parametrize("broken", ["Call", "record"])
def test_a_failing_engine_stops_nothing(
    api: APIClient,
    account: Account,
    facts: FakePublisher,
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a bug of ours")

    install_for(account, facts)
    monkeypatch.setattr(events, broken, fail)
    assert envelope_of(api, ASKING) == {
        "status": "fail",
        "message": "Internal server error",
        "code": 61000,
        "results": {},
    }
    assert not LedgerEntry.objects.exists()
