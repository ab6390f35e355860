"""Every cause through the lookup endpoint to a service on a real socket, and all that follows from it."""

import json
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from billing.models import LedgerEntry
from marketplace.models import InstalledAddOn
from publishers.contract import egress
from publishers.contract.limits import BREAKER_FAILURES
from results import event_codes
from results.models import Event, Invocation
from tests.factories import make_install, make_listing, make_publisher
from tests.fake_publisher import Answer, FakePublisher
from tests.invocations.causes import AMPLE, BILLED, CAUSES, INSIDE, Cause, fails, priced
from tests.invocations.test_lookup_api import NUMBER, URL, definition_for, entry_of, install_for
from tests.publishers.contract.test_egress import Names


@dataclass(frozen=True)
class Code:
    """A row of contract 9.4: the message on the wire, the level of the event, and what the service level says
    of it: whether it is counted at all, and whether as a failure.
    """

    message: str
    level: str = "error"
    is_counted: bool = True
    counts_against: bool = False


CODES = {
    61000: Code("Internal server error"),
    61001: Code("Request timed out", counts_against=True),
    61002: Code("Vendor could not complete request", counts_against=True),
    61003: Code("Requirements to invoke AddOns have not been met", is_counted=False),
    61004: Code("No results", level="warning"),
    61005: Code("Bad request", counts_against=True),
    61007: Code("Response body too large", counts_against=True),
    61008: Code("HTTP too many redirects", counts_against=True),
    61009: Code("Could not fulfill request with available data", is_counted=False),
}


def install(account: Account, service: FakePublisher, cause: Cause) -> InstalledAddOn:
    """An add-on that asks this service as the cause has it."""
    request = {
        "method": "GET",
        "url": service.url(cause.path).replace("http:", f"{cause.scheme}:"),
        "query": [{"name": "number", "value": "{{primary_address}}", "required": True}],
    }
    return install_for(account, service, request={**request, **cause.request}, **cause.definition)


def ask(api: APIClient, installed: InstalledAddOn, cause: Cause) -> dict[str, Any]:
    name = installed.unique_name
    return entry_of(api, installed, **{f"AddOns.{name}.{key}": value for key, value in cause.given.items()})


def assert_told(entry: dict[str, Any], cause: Cause, *, is_counted: bool = True) -> Invocation:
    """What the developer, the account, the ledger and the service level are told of a use."""
    kept = Invocation.objects.get(sid=entry["request_sid"])
    assert (entry["status"], entry["code"], entry["message"]) == told_to_developers(cause.code)
    assert (kept.status, kept.code) == ("failed" if cause.code else "successful", cause.code)
    assert kept.charge_reason.startswith(cause.charge[:190])
    assert kept.counts_in_service_level == (is_counted and (not cause.code or CODES[cause.code].is_counted))
    assert [step["ok"] for step in kept.trace] == [True] * (len(kept.trace) - 1) + [cause.code is None]
    if cause.code:
        assert (entry["result"], bytes(kept.answer)) == ({}, b"")
        assert kept.trace[-1]["lines"][0].startswith(cause.told)
    elif cause.result is not None:
        assert entry["result"] == json.loads(bytes(kept.answer)) == cause.result
    assert_charged(kept, is_billed=cause.charge == BILLED)
    assert_event(kept, cause.code)
    return kept


def told_to_developers(code: int | None) -> tuple[str, int | None, str | None]:
    return ("fail", code, CODES[code].message) if code else ("successful", None, None)


def assert_charged(kept: Invocation, *, is_billed: bool) -> None:
    amounts = LedgerEntry.objects.filter(request_sid=kept.sid).values_list("quantity", "amount_micros")
    assert list(amounts) == ([(1, 100)] if is_billed else [])
    assert kept.charge_micros == (100 if is_billed else 0)


def assert_event(kept: Invocation, code: int | None) -> None:
    """One for each failure, none for a success."""
    name = kept.installed_add_on.unique_name
    events = Event.objects.filter(event_id=kept.event_id, text__startswith=f"{name}: ")
    told = events.values_list("account_id", "level", "code", "text", "extension")
    expected = code and (
        kept.account_id,
        CODES[code].level,
        code,
        f"{name}: {CODES[code].message}",
        "lookup-api",
    )
    assert list(told) == ([expected] if code else [])


@pytest.mark.parametrize("cause", CAUSES.values(), ids=CAUSES)
def test_each_cause_has_its_code_its_price_and_its_event(
    api: APIClient, account: Account, cause: Cause
) -> None:
    with FakePublisher(cause.says, raw=cause.does).in_thread() as service:
        entry = ask(api, install(account, service, cause), cause)
        assert service.connections == cause.tries
    kept = assert_told(entry, cause)
    assert (kept.attempts, kept.primary_address) == (cause.tries + cause.unsent, NUMBER)
    assert {request.headers["x-twilio-requestsid"] for request in service.requests} <= {kept.sid}


def test_every_code_of_the_contract_has_a_cause() -> None:
    assert {cause.code for cause in CAUSES.values()} == {None, *CODES}


def test_the_help_page_says_what_counts_against_a_publisher() -> None:
    shown = {code: event_codes.CODES[code].counts_against_publisher for code in CODES}
    assert shown == {code: row.counts_against for code, row in CODES.items()}


def test_the_reason_why_a_use_is_free_has_room(api: APIClient, account: Account) -> None:
    path = f"$['{'a' * 500}']"
    with FakePublisher({"a" * 500: 1}).in_thread() as service:
        installed = install_for(account, service, **priced(unbilled_if_present=[path]))
        assert entry_of(api, installed)["status"] == "successful"
    reason = Invocation.objects.get().charge_reason
    assert reason.startswith("Not billed: $['aaaa")
    assert reason.endswith("aaaa… was present in the answer.")
    assert len(reason) <= (Invocation._meta.get_field("charge_reason").max_length or 0)


# --- Causes that are not the service's doing alone -------------------------------------------


def test_nothing_listens(api: APIClient, account: Account) -> None:
    cause = fails(61002, "The connection was not accepted.")
    with FakePublisher().in_thread() as service:
        installed = install(account, service, cause)
    assert assert_told(ask(api, installed, cause), cause).attempts == 3


def test_a_private_address(api: APIClient, account: Account, settings: Any) -> None:
    cause = fails(61002, "The URL must start with https://.")
    with FakePublisher().in_thread() as service:
        installed = install(account, service, cause)
        settings.OUTBOUND_ALLOWED_HOSTS = []
        kept = assert_told(ask(api, installed, cause), cause)
        assert service.connections == 0
    assert "127." not in kept.trace[-1]["lines"][0]


def test_a_private_address_behind_tls(api: APIClient, account: Account, settings: Any) -> None:
    """A listing from the time when the operator allowed it."""
    cause = fails(61002, INSIDE, scheme="https")
    with FakePublisher().in_thread() as service:
        request = {"method": "GET", "url": "https://127.0.0.1/"}
        installed = install_for(account, service, request=request)
        settings.OUTBOUND_ALLOWED_HOSTS = []
        kept = assert_told(ask(api, installed, cause), cause)
    assert "127." not in kept.trace[-1]["lines"][0]


def test_a_host_that_does_not_exist(
    api: APIClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aiohttp, "AsyncResolver", Names)  # which knows none
    cause = fails(61002, "The host name was not found.")
    with FakePublisher().in_thread() as service:
        request = {"method": "GET", "url": "https://nobody.example/"}
        installed = install_for(account, service, request=request)
    assert assert_told(ask(api, installed, cause), cause).attempts == 3


def test_an_open_breaker_is_nobodys_failure(api: APIClient, account: Account) -> None:
    dead = fails(61002, "The service answered 500.", 500, definition={"limits": AMPLE})
    with FakePublisher(dead.says).in_thread() as service:
        installed = install(account, service, dead)
        for _ in range(BREAKER_FAILURES):
            assert_told(ask(api, installed, dead), dead)
        connections = service.connections
        entry = ask(api, installed, dead)
        assert service.connections == connections
    refused = fails(61002, "The publisher is not asked, because it failed 5 times in a row.")
    kept = assert_told(entry, refused, is_counted=False)
    assert (kept.attempts, kept.http_status) == (0, None)


def test_no_turn_in_time_is_nobodys_failure(
    api: APIClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two add-ons of one publisher, who may be asked once at a time; the first one takes all of it."""
    monkeypatch.setattr(egress, "MAX_CALLS_PER_PUBLISHER", 1)
    with FakePublisher(Answer(delay=5)).in_thread() as service:
        publisher = make_publisher()
        definitions = [definition_for(service, limits={"timeout_ms": ms}) for ms in (600, 150)]
        listings = [make_listing(publisher=publisher, definition=each) for each in definitions]
        first, second = (make_install(account, each, enabled=["lookup-api"]) for each in listings)
        answer = api.get(URL, {"AddOns": [first.unique_name, second.unique_name]})
        assert len(service.requests) == 1
    results = answer.json()["add_ons"]["results"]
    assert_told(results[first.unique_name], fails(61001, "There was no complete answer in time."))
    refused = fails(61001, "There was no turn in time: ")
    assert assert_told(results[second.unique_name], refused, is_counted=False).attempts == 0
