"""Assigning add-ons in the console, from a number's page and from an add-on's."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Account
from marketplace import number_services
from marketplace.models import AssignedAddOn, IncomingPhoneNumber, InstalledAddOn
from marketplace.templatetags import numbers as card
from tests.factories import make_definition, make_install, make_listing, make_publisher
from tests.marketplace.number_rows import (
    ASSIGN,
    HAWAII,
    LONDON,
    TASKS,
    add_on_page,
    bind,
    make_caller,
    make_number,
    page_of,
    unassign_of,
)
from tests.pages import queries, text

RULE = "Assigned to no number = runs for all numbers."


@pytest.fixture
def number(account: Account) -> IncomingPhoneNumber:
    return make_number(account)


# --- Assigning -------------------------------------------------------------------------------


def test_assigning_and_unassigning_say_where_the_add_on_runs_now(
    console: Client, account: Account, number: IncomingPhoneNumber
) -> None:
    installed, other = make_caller(account), make_number(account, LONDON)
    name = installed.unique_name
    assert f"{name} (now runs for all numbers)" in text(console.get(page_of(number)))
    chosen = {"number": number.sid, "installed_add_on": installed.sid}
    answer = console.post(ASSIGN, chosen, follow=True)
    assert f"{name} is assigned to {HAWAII}. It runs for 1 number only." in text(answer)
    assert "this is its only number: unassigned, it runs for all" in text(answer)
    assert f"{name} (on 1 other number)" in text(console.get(page_of(other)))
    gone = text(console.post(unassign_of(number, installed), follow=True))
    assert (
        f"{name} is not assigned to {HAWAII} any more. It is assigned to no number, so it runs for all"
        in gone
    )


def test_an_add_on_that_is_off_is_told_to_be_so(
    console: Client, account: Account, number: IncomingPhoneNumber
) -> None:
    installed = make_caller(account, enabled=["lookup-api"])
    assert f"{installed.unique_name} (off for messages and calls)" in text(console.get(page_of(number)))
    chosen = {"number": number.sid, "installed_add_on": installed.sid}
    answer = text(console.post(ASSIGN, chosen, follow=True))
    assert "So far it is off for messages and for calls." in answer
    assert "Off for messages and for calls" in answer
    unbound = make_caller(account, enabled=[])
    assert "So far it is off for messages and for calls." in text(console.get(add_on_page(unbound)))
    assert "So far it is off" not in text(console.get(add_on_page(make_caller(account))))


def unassignable(account: Account, kind: str) -> InstalledAddOn:
    if kind == "lookups only":
        return make_install(account, make_listing(definition=make_definition(extensions=["lookup-api"])))
    return make_caller(account, enabled=["sms-incoming", TASKS])


@pytest.mark.parametrize("kind", ["lookups only", "tasks"])
def test_why_an_add_on_cannot_be_assigned_is_what_the_service_says(
    console: Client, account: Account, number: IncomingPhoneNumber, kind: str
) -> None:
    installed = unassignable(account, kind)
    with pytest.raises(number_services.NotAssignable) as refusal:
        bind(number, installed)
    reason = f"{installed.unique_name} {number_services.why_not_assignable(installed)}"
    assert str(refusal.value) == f"Invalid InstalledAddOnSid: {reason}"
    page = console.get(page_of(number))
    assert f"1 add-on cannot be assigned {reason}." in text(page)
    assert f'<option value="{installed.sid}"' not in page.content.decode()
    assert f"{reason}." in text(console.get(add_on_page(installed)))
    answer = console.post(ASSIGN, {"number": number.sid, "installed_add_on": installed.sid}, follow=True)
    assert str(refusal.value) in text(answer)


def test_an_add_on_assigned_in_another_window_is_told(
    console: Client, account: Account, number: IncomingPhoneNumber
) -> None:
    installed = make_caller(account)
    bind(number, installed)
    answer = console.post(ASSIGN, {"number": number.sid, "installed_add_on": installed.sid}, follow=True)
    assert f"Conflict: {installed.unique_name} is already assigned to {HAWAII}" in text(answer)
    assert AssignedAddOn.objects.count() == 1


def test_an_own_preview_is_assigned_here_and_stays_out_of_the_api(
    console: Client, api: APIClient, account: Account, number: IncomingPhoneNumber
) -> None:
    publisher = make_publisher()
    publisher.account = account
    publisher.save()
    installed = make_install(
        account,
        make_listing(publisher=publisher, availability="developer_preview"),
        enabled=["voice-incoming"],
    )
    console.post(ASSIGN, {"number": number.sid, "installed_add_on": installed.sid})
    assert AssignedAddOn.objects.get().installed_add_on == installed
    path = f"/2010-04-01/Accounts/{account.sid}/IncomingPhoneNumbers/{number.sid}/AssignedAddOns"
    assert api.get(f"{path}.json").json()["assigned_add_ons"] == []
    assert api.get(f"{path}/{installed.sid}.json").status_code == 404


@pytest.mark.parametrize("sid", ["", "x\0", f"XE{'0' * 32}", f"PN{'0' * 32}"])
def test_what_does_not_exist_cannot_be_assigned(
    console: Client, account: Account, number: IncomingPhoneNumber, sid: str
) -> None:
    installed = make_caller(account)
    for chosen in ((number.sid, sid), (sid, installed.sid)):
        form = dict(zip(("number", "installed_add_on"), chosen, strict=True))
        assert console.post(ASSIGN, form).status_code == 404
    assert console.post(ASSIGN, {}).status_code == 404


# --- The card of an installed add-on ---------------------------------------------------------


def test_the_surprising_rule_stands_on_the_add_ons_page(
    console: Client, account: Account, number: IncomingPhoneNumber
) -> None:
    installed = make_caller(account)
    assert RULE in text(console.get(add_on_page(installed)))
    chosen = {"number": number.sid, "installed_add_on": installed.sid, "back": "add-on"}
    answer = console.post(ASSIGN, chosen, follow=True)
    assert answer.redirect_chain == [(add_on_page(installed), 302)]
    assert RULE not in text(answer)
    assert "It runs for 1 number only." in text(answer)
    assert "Without its last number it runs for all numbers again." in text(answer)
    gone = console.post(unassign_of(number, installed), {"back": "add-on"})
    assert gone["Location"] == add_on_page(installed)
    assert RULE in text(console.get(add_on_page(installed)))


def test_without_a_number_the_card_leads_to_adding_one(console: Client, account: Account) -> None:
    answer = console.get(add_on_page(make_caller(account)))
    assert "You have no number yet. Add a number" in text(answer)


def test_the_card_takes_as_many_queries_for_four_numbers_as_for_one(
    console: Client, account: Account
) -> None:
    installed = make_caller(account)
    bind(make_number(account), installed)
    before = queries(console, add_on_page(installed))
    for digit in range(3):
        bind(make_number(account, f"+1808925532{digit}"), installed)
    assert queries(console, add_on_page(installed)) == before


def test_a_card_of_many_numbers_says_how_many_there_are(
    console: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card, "SHOWN_NUMBERS", 1)
    installed = make_caller(account)
    numbers = [make_number(account, f"+1808925532{digit}") for digit in range(4)]
    bind(numbers[0], installed)
    bind(numbers[1], installed)
    shown = text(console.get(add_on_page(installed)))
    assert "The first 1 of 2." in shown
    assert "Listed are 1 of 2." in shown
