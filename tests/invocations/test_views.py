"""The console's lookup page, asking a real service on the loopback."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import Account
from marketplace.models import InstalledAddOn
from results.models import Invocation
from tests.factories import make_account, make_definition, make_install, make_invocation, make_listing
from tests.fake_publisher import FakePublisher, Received
from tests.pages import error_at, is_sent_to_sign_in, queries, text, viewer_of

NUMBER = "+14155552671"
PAGE = "/console/lookups/"


def echo(request: Received) -> dict[str, Any]:
    return {"asked": dict(request.query)}


@pytest.fixture
def service() -> Iterator[FakePublisher]:
    with FakePublisher(echo).in_thread() as publisher:
        yield publisher


def install_for(account: Account, service: FakePublisher, **changes: Any) -> InstalledAddOn:
    query = [{"name": "number", "value": "{{primary_address}}"}, {"name": "depth", "value": "{{depth}}"}]
    definition = make_definition(
        request={"method": "GET", "url": service.url("/facts"), "query": query},
        runtime_parameters=[{"name": "depth", "description": "How deep to dig."}],
        pricing={"model": "per_use", "price": "0.0001"},
    )
    return make_install(account, make_listing(definition=definition), enabled=["lookup-api"], **changes)


def test_each_add_on_answers_with_a_sentence_its_answer_and_a_trace(
    console: Client, account: Account, service: FakePublisher
) -> None:
    installed = install_for(account, service)
    answer = console.post(PAGE, {"number": "(415) 555-2671", "add_ons": [installed.unique_name]}, follow=True)
    result, shown = Invocation.objects.get(), text(answer)
    assert f"{installed.listing.name} answered in {result.duration_ms} ms." in shown
    assert "Billed USD 0.0001: one successful use." in shown
    assert f'number : "{NUMBER}"' in shown
    assert all(step in shown for step in ("Render", "Send", "Check", "Charge", "Clean"))
    assert f'href="/console/results/{result.sid}/"' in answer.content.decode()


def test_a_failure_says_its_code_and_why(console: Client, account: Account) -> None:
    with FakePublisher(500).in_thread() as service:
        installed = install_for(account, service)
        answer = console.post(PAGE, {"number": NUMBER, "add_ons": [installed.unique_name]}, follow=True)
    shown = text(answer)
    assert "gave no answer: Vendor could not complete request (61002)." in shown
    assert "Not billed: failed uses are free." in shown
    assert "Nothing was delivered." in shown


def test_a_value_of_one_lookup_is_sent(console: Client, account: Account, service: FakePublisher) -> None:
    name = install_for(account, service).unique_name
    form = {"number": NUMBER, "add_ons": [name], f"{name}.depth": "3"}
    console.post(PAGE, form)
    assert dict(service.requests[0].query)["depth"] == "3"


def test_the_form_offers_everything_that_is_on(
    console: Client, account: Account, service: FakePublisher
) -> None:
    name = install_for(account, service).unique_name
    make_install(account, unique_name="off_for_lookups", enabled=["voice-incoming"])
    answer = console.get(PAGE)
    assert f'value="{NUMBER}"' in answer.content.decode()
    assert f"({name})" in text(answer)
    assert "How deep to dig." in text(answer)
    assert "off_for_lookups" not in text(answer)
    assert f"/v1/PhoneNumbers/{NUMBER}" in text(answer)


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"number": ""}, "id_number", "Enter a phone number."),
        (
            {"number": "12"},
            "id_number",
            "This is no valid phone number. Write it with its country code, for example +14155552671.",
        ),
        ({"add_ons": []}, "id_add_ons", "Choose at least one add-on."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nobody_is_asked(
    console: Client,
    account: Account,
    service: FakePublisher,
    change: dict[str, Any],
    field: str,
    message: str,
) -> None:
    name = install_for(account, service).unique_name
    answer = console.post(PAGE, {"number": NUMBER, "add_ons": [name], **change})
    assert error_at(answer, field) == message
    assert "There is 1 problem" in text(answer)
    assert service.requests == []


def test_another_accounts_add_on_is_no_choice(
    console: Client, account: Account, service: FakePublisher
) -> None:
    install_for(account, service)
    theirs = install_for(make_account(), service)
    answer = console.post(PAGE, {"number": NUMBER, "add_ons": [theirs.unique_name]})
    assert "is not one of the available choices" in error_at(answer, "id_add_ons")
    assert service.requests == []


def test_nothing_to_ask_leads_on(console: Client, account: Account) -> None:
    answer = console.get(PAGE)
    assert "There is no add-on to ask yet" in text(answer)
    assert 'href="/console/catalogue/">Browse the catalogue' in answer.content.decode()
    make_install(account)
    answer = console.get(PAGE)
    assert "No add-on is switched on for lookups" in text(answer)
    assert 'href="/console/installed/">Open installed add-ons' in answer.content.decode()


def test_the_page_takes_as_many_queries_for_four_add_ons_as_for_one(
    console: Client, account: Account, service: FakePublisher
) -> None:
    install_for(account, service)
    before = queries(console, PAGE)
    for _ in range(3):
        install_for(account, service)
    assert queries(console, PAGE) == before


def test_a_stranger_is_asked_to_sign_in(db: None) -> None:
    assert is_sent_to_sign_in(PAGE)


def test_a_viewer_may_look_but_not_ask(account: Account, service: FakePublisher) -> None:
    name = install_for(account, service).unique_name
    viewer = viewer_of(account)
    assert "Your role in this account is Viewer" in text(viewer.get(PAGE))
    assert viewer.post(PAGE, {"number": NUMBER, "add_ons": [name]}).status_code == 403
    assert service.requests == []


def test_a_reload_shows_the_results_and_asks_nobody_again(console: Client, account: Account) -> None:
    with FakePublisher({"ok": 1}).in_thread() as service:
        name = install_for(account, service).unique_name
        landed = console.post(PAGE, {"number": NUMBER, "add_ons": [name]})
        assert landed.status_code == 302
        pages = [console.get(landed["Location"]) for _ in range(2)]
        assert len(service.requests) == 1
    assert all(len(page.context["results"]) == 1 for page in pages)


def test_the_results_of_another_accounts_event_are_not_shown(console: Client, account: Account) -> None:
    theirs = make_invocation(make_install(make_account()))
    for event_id in (theirs.event_id, "\0", "x" * 32):
        assert console.get(PAGE, {"event": event_id}).context["results"] == []
