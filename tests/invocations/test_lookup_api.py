"""Lookups v1 through every layer to a real service on the loopback (contract sections 5, 8, 9)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient
from twilio.request_validator import RequestValidator

from accounts.models import Account
from billing.models import LedgerEntry
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from results.models import Invocation
from tests.conftest import api_of
from tests.factories import make_account, make_definition, make_install, make_listing, make_publisher
from tests.fake_publisher import Answer, FakePublisher, Received

NUMBER = "+14155552671"
URL = f"/v1/PhoneNumbers/{NUMBER}"


@pytest.fixture
def facts() -> Iterator[FakePublisher]:
    """A service that answers what it was asked."""
    with FakePublisher(lambda request: Answer(200, {"asked": dict(request.query)})).in_thread() as service:
        yield service


def definition_for(service: FakePublisher, **changes: Any) -> dict[str, Any]:
    request = {
        "method": "GET",
        "url": service.url("/facts"),
        "query": [{"name": "number", "value": "{{primary_address}}", "required": True}],
    }
    return make_definition(
        **{"request": request, "pricing": {"model": "per_use", "price": "0.0001"}, **changes}
    )


def install_for(
    account: Account, service: FakePublisher, *, enabled: tuple[str, ...] = ("lookup-api",), **changes: Any
) -> InstalledAddOn:
    listing = make_listing(definition=definition_for(service, **changes))
    return make_install(account, listing, enabled=enabled)


def entry_of(api: APIClient, installed: InstalledAddOn, **query: str) -> dict[str, Any]:
    answer = api.get(URL, {"AddOns": installed.unique_name, **query})
    assert answer.status_code == 200
    return dict(answer.json()["add_ons"]["results"][installed.unique_name])


# --- The resource ----------------------------------------------------------------------------


def test_a_number_alone_has_the_contracts_fields_in_order(api: APIClient) -> None:
    assert list(api.get(URL).json().items()) == [
        ("caller_name", None),
        ("country_code", "US"),
        ("phone_number", NUMBER),
        ("national_format", "(415) 555-2671"),
        ("carrier", None),
        ("add_ons", None),
        ("url", f"http://127.0.0.1:8000/v1/PhoneNumbers/{NUMBER}"),
    ]


@pytest.mark.parametrize(
    ("path", "phone_number"),
    [
        ("/v1/PhoneNumbers/%2B14155552671", NUMBER),
        ("/v1/PhoneNumbers/+14155552671/", NUMBER),
        ("/v1/PhoneNumbers/4155552671", NUMBER),
        ("/v1/PhoneNumbers/(415)%20555-2671", NUMBER),
        ("/v1/PhoneNumbers/030123456?CountryCode=DE", "+4930123456"),
        ("/v1/PhoneNumbers/030123456?CountryCode=de", "+4930123456"),
    ],
)
def test_national_and_international_spellings_are_read(api: APIClient, path: str, phone_number: str) -> None:
    assert api.get(path).json()["phone_number"] == phone_number


@pytest.mark.parametrize("number", ["+15551", "0764709712", "hello", "+", "%00", "9" * 300])
def test_an_invalid_number_is_404_as_sent_and_asks_nobody(
    api: APIClient, account: Account, facts: FakePublisher, number: str
) -> None:
    installed = install_for(account, facts)
    answer = api.get(f"/v1/PhoneNumbers/{number}", {"AddOns": installed.unique_name})
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)
    if number.isalnum():
        assert answer.json()["message"] == f"The requested resource /PhoneNumbers/{number} was not found"
    assert facts.requests == []


def test_an_unknown_country_is_400(api: APIClient) -> None:
    answer = api.get("/v1/PhoneNumbers/030123456", {"CountryCode": "Germany"})
    assert answer.json()["message"] == "Invalid CountryCode: use a two-letter country code such as US"


def test_types_without_a_source_say_so(api: APIClient) -> None:
    body = api.get(URL, {"Type": ["carrier", "caller-name"]}).json()
    assert body["carrier"]["error_code"] == body["caller_name"]["error_code"] == 60600
    assert body["carrier"]["name"] is None


# --- Which add-ons run -----------------------------------------------------------------------


def test_a_true_answer_comes_back_in_the_envelope(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    installed = install_for(account, facts)
    envelope = api.get(URL, {"AddOns": installed.unique_name}).json()["add_ons"]
    entry = envelope["results"][installed.unique_name]
    assert list(envelope) == ["status", "message", "code", "results"]
    assert (envelope["status"], envelope["message"], envelope["code"]) == ("successful", None, None)
    assert list(entry) == ["status", "request_sid", "message", "code", "result"]
    assert entry["status"] == "successful"
    assert entry["result"] == {"asked": {"number": NUMBER}}


@pytest.mark.parametrize("query", [{"AddOns": ""}, {"AddOns": "unknown"}])
def test_names_that_do_not_apply_leave_an_empty_envelope(api: APIClient, query: dict[str, str]) -> None:
    assert api.get(URL, query).json()["add_ons"] == {
        "status": "successful",
        "message": None,
        "code": None,
        "results": {},
    }


def test_an_add_on_that_is_off_uninstalled_or_foreign_is_left_out(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    off = install_for(account, facts, enabled=("voice-incoming",))
    gone = install_for(account, facts)
    api.delete(f"/v1/InstalledAddOns/{gone.sid}")
    foreign = install_for(make_account(), facts)
    names = [each.unique_name for each in (off, gone, foreign)]
    assert api.get(URL, {"AddOns": names}).json()["add_ons"]["results"] == {}
    assert facts.requests == []


@pytest.mark.parametrize(("state", "count"), [("suspended", 0), ("draft", 0), ("retired", 1), ("beta", 1)])
def test_a_listing_that_was_taken_down_is_asked_no_more(
    api: APIClient, account: Account, facts: FakePublisher, state: str, count: int
) -> None:
    installed = install_for(account, facts)
    Listing.objects.update(availability=state)
    results = api.get(URL, {"AddOns": installed.unique_name}).json()["add_ons"]["results"]
    assert len(results) == len(facts.requests) == count


def test_the_same_name_twice_is_asked_once(api: APIClient, account: Account, facts: FakePublisher) -> None:
    installed = install_for(account, facts)
    api.get(URL, {"AddOns": [installed.unique_name] * 2})
    assert len(facts.requests) == 1


def test_run_time_parameters_are_split_at_the_first_two_dots(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    installed = install_for(
        account,
        facts,
        runtime_parameters=[{"name": "b.c"}],
        request={
            "method": "GET",
            "url": facts.url("/facts"),
            "query": [{"name": "given", "value": "{{b.c}}"}],
        },
    )
    name = installed.unique_name
    entry = entry_of(
        api, installed, **{f"AddOns.{name}.b.c": "x y&z=1", "AddOns.other.b.c": "no", "AddOns.x": "no"}
    )
    assert entry["result"] == {"asked": {"given": "x y&z=1"}}


# --- What the publisher sees -----------------------------------------------------------------


def test_the_publisher_gets_a_signed_request_with_the_default_headers(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    installed = install_for(account, facts)
    sid = entry_of(api, installed)["request_sid"]
    request = facts.requests[0]
    publisher = installed.listing.publisher.account
    assert signature_is_right(request, publisher.auth_token)
    assert not signature_is_right(request, account.auth_token)
    assert {name: value for name, value in request.headers.items() if name.endswith("sid")} == {
        "x-twilio-vendoraccountsid": publisher.sid,
        "x-twilio-requestsid": sid,
        "x-twilio-addonsid": installed.listing.sid,
        "x-twilio-addonversionsid": installed.version.sid,
        "x-twilio-addoninstallsid": installed.install.sid,
        "x-twilio-addonconfigurationsid": installed.sid,
    }
    assert account.sid not in str(request)


def signature_is_right(request: Received, token: str) -> bool:
    return bool(RequestValidator(token).validate(request.url, {}, request.headers["x-twilio-signature"]))


def test_the_publishers_credentials_reach_the_service_and_nobody_else(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    definition = definition_for(facts, auth={"kind": "bearer", "token": "service_key"})
    listing = make_listing(definition=definition, credentials={"service_key": "hidden-key"})
    installed = make_install(account, listing, enabled=["lookup-api"])
    answer = api.get(URL, {"AddOns": installed.unique_name})
    assert facts.requests[0].headers["authorization"] == "Bearer hidden-key"
    assert b"hidden-key" not in answer.content
    kept = Invocation.objects.get()
    assert "hidden-key" not in json.dumps(kept.trace)
    assert "Authorization: ••••" in kept.trace[0]["lines"]


# --- The record ------------------------------------------------------------------------------


def test_an_invocation_and_its_charge_are_kept(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    installed = install_for(account, facts)
    sid = entry_of(api, installed)["request_sid"]
    kept = Invocation.objects.get(sid=sid)
    assert (kept.account, kept.installed_add_on, kept.version) == (account, installed, installed.version)
    assert (kept.extension, kept.purpose, kept.primary_address) == ("lookup-api", "live", NUMBER)
    assert (kept.status, kept.code, kept.http_status, kept.attempts) == ("successful", None, 200, 1)
    assert (kept.charge_micros, kept.currency) == (100, "USD")
    assert kept.charge_reason == "Billed: one successful use."
    assert [step["name"] for step in kept.trace] == ["Render", "Send", "Check", "Charge", "Clean"]
    entry = LedgerEntry.objects.get()
    assert (entry.request_sid, entry.amount_micros, entry.quantity) == (sid, 100, 1)
    assert (entry.payer, entry.payee) == (account, installed.listing.publisher.account)


def test_cleaning_removes_what_the_definition_names_after_the_charge_is_decided(
    api: APIClient, account: Account
) -> None:
    pricing = {"model": "per_use", "price": "1", "unbilled_if_present": ["$.error"]}
    with FakePublisher({"error": "x", "kept": 1}).in_thread() as service:
        installed = install_for(account, service, remove=["$.error"], pricing=pricing)
        assert entry_of(api, installed)["result"] == {"kept": 1}
    assert Invocation.objects.get().charge_reason == "Not billed: $.error was present in the answer."
    assert not LedgerEntry.objects.exists()


def test_an_answer_that_nothing_was_removed_from_is_delivered_byte_for_byte(
    api: APIClient, account: Account
) -> None:
    body = b'{"a": 1e2,   "b": 1.10, "c": "\\u00e9"}'
    with FakePublisher(body).in_thread() as service:
        installed = install_for(account, service)
        answer = api.get(URL, {"AddOns": installed.unique_name})
    assert body in answer.content


def test_a_lookup_costs_the_same_queries_however_many_add_ons_it_asks(
    account: Account, facts: FakePublisher, django_assert_max_num_queries: Any
) -> None:
    api = api_of(account)
    names = [install_for(account, facts).unique_name for _ in range(4)]
    api.get(URL, {"AddOns": names})
    with django_assert_max_num_queries(6):
        api.get(URL, {"AddOns": names})


# --- What can go wrong (each cause by itself: `test_causes`) ----------------------------------


def test_one_failing_add_on_spoils_only_its_own_entry(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    good = install_for(account, facts)
    with FakePublisher(500).in_thread() as broken:
        bad = install_for(account, broken)
        envelope = api.get(URL, {"AddOns": [bad.unique_name, good.unique_name]}).json()["add_ons"]
    assert envelope["status"] == "successful"
    assert [entry["status"] for entry in envelope["results"].values()] == ["fail", "successful"]
    assert LedgerEntry.objects.count() == 1


def test_slow_add_ons_are_asked_at_the_same_time(api: APIClient, account: Account) -> None:
    with FakePublisher(Answer(200, {"ok": 1}, delay=0.8)).in_thread() as service:
        names = [install_for(account, service).unique_name for _ in range(4)]
        results = api.get(URL, {"AddOns": names}).json()["add_ons"]["results"]
    assert [entry["status"] for entry in results.values()] == ["successful"] * 4
    assert max(Invocation.objects.values_list("started_at", flat=True)) - min(
        Invocation.objects.values_list("started_at", flat=True)
    ) < timedelta(milliseconds=700)


def test_the_word_for_failure_is_a_setting(api: APIClient, account: Account, settings: Any) -> None:
    settings.ADD_ON_FAILURE_STATUS = "failed"
    with FakePublisher(404).in_thread() as service:
        assert entry_of(api, install_for(account, service))["status"] == "failed"


def test_two_publishers_are_signed_for_with_their_own_tokens(
    api: APIClient, account: Account, facts: FakePublisher
) -> None:
    listings = [make_listing(publisher=make_publisher(), definition=definition_for(facts)) for _ in range(2)]
    for listing in listings:
        entry_of(api, make_install(account, listing, enabled=["lookup-api"]))
    for listing, request in zip(listings, facts.requests, strict=True):
        assert signature_is_right(request, listing.publisher.account.auth_token)


def test_an_extension_is_not_looked_up(api: APIClient) -> None:
    body = api.get("/v1/PhoneNumbers/+14155552671;ext=5").json()
    assert (body["phone_number"], body["national_format"]) == ("+14155552671", "(415) 555-2671")
