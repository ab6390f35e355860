"""The console's pages of numbers, as a browser without JavaScript sees them."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Account
from marketplace import number_services, number_views
from marketplace.models import AssignedAddOn, IncomingPhoneNumber
from rest.errors import NotFound
from rest.sids import new_sid
from tests.factories import make_account
from tests.marketplace.number_rows import (
    ASSIGN,
    HAWAII,
    LIST,
    LONDON,
    TASKS,
    add_on_page,
    bind,
    make_caller,
    make_number,
    page_of,
    unassign_of,
)
from tests.pages import error_at, is_sent_to_sign_in, queries, text, viewer_of


@pytest.fixture
def number(account: Account) -> IncomingPhoneNumber:
    return make_number(account)


def settings_of(**changes: str) -> dict[str, str]:
    """What the form of a number posts when everything is left as it was."""
    methods = ("sms", "sms_fallback", "voice", "voice_fallback", "status_callback")
    return {"friendly_name": "Home", **{f"{each}_method": "POST" for each in methods}, **changes}


def part(answer: Any, start: str, end: str) -> str:
    return text(answer).partition(start)[2].partition(end)[0]


# --- The list --------------------------------------------------------------------------------


def test_a_row_tells_both_spellings_the_name_the_webhooks_and_the_add_ons(
    console: Client, account: Account
) -> None:
    number = make_number(account, friendly_name="Front desk", voice_url="https://a.example/voice")
    bind(number, make_caller(account))
    shown = part(console.get(LIST), "Assigned add-ons", "Add a number")
    assert shown.strip() == f"{HAWAII} (808) 925-5327 Front desk Calls 1"


def test_without_a_number_the_page_says_what_one_is_for(console: Client) -> None:
    shown = text(console.get(LIST))
    assert "No number yet" in shown
    assert "where messages and calls are reported, and which add-ons look at them first" in shown


def test_the_list_is_paged_newest_first_by_key(
    console: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number_views, "PAGE_SIZE", 2)
    first, second, third = (make_number(account, f"+1808925532{digit}") for digit in range(3))
    page = text(console.get(LIST))
    assert third.phone_number in page
    assert first.phone_number not in page
    assert "Older" in page
    older = text(console.get(LIST, {"before": second.sid}))
    assert first.phone_number in older
    assert second.phone_number not in older
    assert "There are no older numbers" in text(console.get(LIST, {"before": first.sid}))


@pytest.mark.parametrize("before", ["PN", "x\0y", f"XE{'0' * 32}"])
def test_a_page_key_that_is_none_shows_the_first_page(
    console: Client, number: IncomingPhoneNumber, before: str
) -> None:
    assert number.phone_number in text(console.get(LIST, {"before": before}))


def test_the_list_takes_as_many_queries_for_four_as_for_one(console: Client, account: Account) -> None:
    installed = make_caller(account)
    bind(make_number(account), installed)
    before = queries(console, LIST)
    for digit in range(3):
        bind(make_number(account, f"+1808925532{digit}"), installed)
    assert queries(console, LIST) == before


# --- A new number ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (HAWAII, HAWAII),
        ("+1 (808) 925-5327", HAWAII),
        (" +1.808.925.5327 ", HAWAII),
        ("tel:+1-808-925-5327", HAWAII),
        ("0044 20 7946 0018", LONDON),
        ("+44 (0)20 7946 0018", LONDON),
        ("+1 800 FLOWERS", "+18003569377"),
        ("\uff0b18089255327", HAWAII),
    ],
)
def test_a_number_is_taken_as_people_write_it(
    console: Client, account: Account, typed: str, stored: str
) -> None:
    answer = console.post(LIST, {"phone_number": typed, "friendly_name": "Desk"}, follow=True)
    number = IncomingPhoneNumber.objects.get(account=account)
    assert (number.phone_number, number.friendly_name) == (stored, "Desk")
    assert answer.redirect_chain == [(page_of(number), 302)]
    assert f"{stored} is added." in text(answer)


COUNTRY = "Begin with + and the country code, for example +1 415 555 2671."
INVALID = "This is no valid phone number. Write it with its country code, for example +1 415 555 2671."


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Enter a phone number."),
        ("808 925 5327", COUNTRY),
        ("+999 123", COUNTRY),
        ("+1 808", INVALID),
        ("hello", INVALID),
        ("+", INVALID),
        (f"{HAWAII} ext. 5", "Leave the extension out: messages and calls arrive at the number itself."),
        ("+1808\x009255327", "Null characters are not allowed."),
        ("+" + "1" * 64, "Ensure this value has at most 64 characters (it has 65)."),
    ],
)
def test_what_is_no_number_is_said_at_the_field(console: Client, typed: str, message: str) -> None:
    answer = console.post(LIST, {"phone_number": typed})
    assert error_at(answer, "id_phone_number") == message
    assert "There is 1 problem" in text(answer)
    assert "<title>Error: Numbers" in answer.content.decode()
    assert not IncomingPhoneNumber.objects.exists()


def test_a_number_is_added_once_in_the_words_of_the_api(console: Client, number: IncomingPhoneNumber) -> None:
    answer = console.post(LIST, {"phone_number": "+1 808 925 5327"})
    taken = f"Conflict: {HAWAII} is already one of your numbers"
    assert error_at(answer, "id_phone_number") == taken


def test_without_a_name_a_number_is_called_as_at_home(console: Client, account: Account) -> None:
    console.post(LIST, {"phone_number": HAWAII})
    assert IncomingPhoneNumber.objects.get(account=account).friendly_name == "(808) 925-5327"


# --- One number ------------------------------------------------------------------------------


def test_settings_are_saved(console: Client, number: IncomingPhoneNumber) -> None:
    form = settings_of(
        sms_url=" https://a.example/sms ", voice_fallback_url="http://b.example", sms_method="GET"
    )
    answer = console.post(page_of(number), form, follow=True)
    number.refresh_from_db()
    assert (number.friendly_name, number.sms_url, number.sms_method) == (
        "Home",
        "https://a.example/sms",
        "GET",
    )
    assert (number.voice_fallback_url, number.voice_url) == ("http://b.example", "")
    assert "Saved." in text(answer)
    assert 'value="https://a.example/sms"' in answer.content.decode()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://a.example", "It must be an absolute http or https URL."),
        ("/sms", "It must be an absolute http or https URL."),
        ("https://a.example/a b", "It must not contain spaces or control characters."),
        (f"https://a.example/{'x' * 2048}", "It must have at most 2048 characters."),
    ],
)
@pytest.mark.parametrize("field", ["sms_url", "sms_fallback_url", "voice_url", "status_callback"])
def test_an_address_is_refused_in_the_words_of_the_api(
    console: Client, number: IncomingPhoneNumber, field: str, url: str, message: str
) -> None:
    answer = console.post(page_of(number), settings_of(**{field: url}))
    assert error_at(answer, f"id_{field}") == message
    assert "There is 1 problem" in text(answer)
    number.refresh_from_db()
    assert getattr(number, field) == ""


def test_a_method_is_get_or_post(console: Client, number: IncomingPhoneNumber) -> None:
    answer = console.post(page_of(number), settings_of(voice_method="PUT"))
    assert error_at(answer, "id_voice_method") == "Choose GET or POST."


def test_a_number_says_what_runs_for_a_message_and_for_a_call(
    console: Client, account: Account, number: IncomingPhoneNumber
) -> None:
    bind(number, make_caller(account, unique_name="mine"))
    make_caller(account, unique_name="everywhere", enabled=["sms-incoming"])
    bind(make_number(account, LONDON), make_caller(account, unique_name="elsewhere"))
    make_caller(account, unique_name="off", enabled=[])
    answer = console.get(page_of(number))
    everywhere = "everywhere Assigned to no number, so it runs for all numbers"
    message = part(answer, "Incoming message", "Incoming call")
    assert message.index(everywhere) < message.index("mine Assigned to this number")
    call = part(answer, "Incoming call", "Assigned add-ons")
    assert "mine Assigned to this number" in call
    for name in ("elsewhere", "off Assigned"):
        assert name not in message + call
    assert "everywhere" not in call


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "There is no webhook that could receive the answers."),
        ({"sms_url": "https://a.example", "sms_method": "GET"}, "The webhook uses GET"),
        ({"sms_url": "https://a.example"}, "the webhook waits at most 2000 ms for them together"),
    ],
)
def test_a_webhook_that_cannot_take_answers_is_told(
    console: Client, account: Account, number: IncomingPhoneNumber, settings: dict[str, str], words: str
) -> None:
    make_caller(account, enabled=["sms-incoming"])
    number_services.update_number(number=number, settings=settings)
    assert words in part(console.get(page_of(number)), "Incoming message", "Incoming call")


def test_another_accounts_add_ons_are_nowhere_on_the_page(
    console: Client, number: IncomingPhoneNumber
) -> None:
    make_caller(make_account(), unique_name="theirs")
    assert "theirs" not in text(console.get(page_of(number)))


def test_a_number_takes_as_many_queries_for_four_add_ons_as_for_one(
    console: Client, account: Account, number: IncomingPhoneNumber
) -> None:
    def add() -> None:
        bind(number, make_caller(account))
        make_caller(account)
        make_caller(account, enabled=[TASKS])

    add()
    before = queries(console, page_of(number))
    for _ in range(3):
        add()
    assert queries(console, page_of(number)) == before


def test_a_long_list_ends_with_a_word(
    console: Client, account: Account, number: IncomingPhoneNumber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number_views, "SHOWN_ADD_ONS", 1)
    make_caller(account)
    make_caller(account)
    shown = text(console.get(page_of(number)))
    assert "And others." in shown
    assert "Only the first add-ons by name are listed." in shown


def test_the_api_calls_of_a_number_are_shown(
    console: Client, account: Account, number: IncomingPhoneNumber
) -> None:
    installed = make_caller(account)
    number_services.update_number(number=number, settings={"sms_url": "https://a.example"})
    shown = text(console.get(page_of(number)))
    path = f"/2010-04-01/Accounts/{account.sid}/IncomingPhoneNumbers/{number.sid}"
    assert f"{path}.json" in shown
    assert "SmsUrl=https://a.example" in shown
    assert "VoiceUrl=" not in shown
    assert f"{path}/AssignedAddOns.json" in shown
    assert f"InstalledAddOnSid={installed.sid}" in shown


# --- Removing --------------------------------------------------------------------------------


def test_the_effect_is_told_in_counts_before_it_happens(
    console: Client, account: Account, number: IncomingPhoneNumber
) -> None:
    lonely, shared = make_caller(account, unique_name="lonely"), make_caller(account, unique_name="shared")
    for installed in (lonely, shared):
        bind(number, installed)
    bind(make_number(account, LONDON), shared)
    number_services.update_number(number=number, settings={"sms_url": "https://a.example"})
    shown = text(console.get(f"{page_of(number)}remove/"))
    assert "2 add-ons lose this number." in shown
    assert "1 of them has no other number and will then run for all your numbers: lonely ." in shown
    assert "1 webhook stops hearing of it: messages." in shown


def test_a_number_that_nothing_depends_on_says_so(console: Client, number: IncomingPhoneNumber) -> None:
    shown = text(console.get(f"{page_of(number)}remove/"))
    assert "No add-on is assigned to it, so none loses a number." in shown
    assert "It has no webhook, so nothing stops hearing of it." in shown


def test_removing_takes_the_assignments_along(
    console: Client, account: Account, number: IncomingPhoneNumber
) -> None:
    bind(number, make_caller(account))
    answer = console.post(f"{page_of(number)}remove/", follow=True)
    assert f"{HAWAII} is removed." in text(answer)
    assert not AssignedAddOn.objects.exists()
    assert console.get(page_of(number)).status_code == 404


@pytest.mark.parametrize("verb", ["update_number", "delete_number", "unassign"])
def test_what_somebody_else_removed_meanwhile_is_not_found(
    console: Client,
    account: Account,
    number: IncomingPhoneNumber,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
) -> None:
    def is_gone(**_: Any) -> None:
        raise NotFound

    installed = make_caller(account)
    bind(number, installed)
    monkeypatch.setattr(number_services, verb, is_gone)
    paths = {"update_number": page_of(number), "delete_number": f"{page_of(number)}remove/"}
    answer = console.post(paths.get(verb, unassign_of(number, installed)), settings_of())
    assert answer.status_code == 404


# --- Whose -----------------------------------------------------------------------------------


def test_another_accounts_number_and_add_on_are_not_found(console: Client, account: Account) -> None:
    other = make_account()
    theirs, their_add_on = make_number(other), make_caller(other)
    mine, my_add_on = make_number(account), make_caller(account)
    bind(theirs, their_add_on)
    for path in (page_of(theirs), f"{page_of(theirs)}remove/"):
        assert console.get(path).status_code == 404
        assert console.post(path, settings_of()).status_code == 404
    for path in (unassign_of(theirs, their_add_on), unassign_of(mine, their_add_on)):
        assert console.post(path).status_code == 404
    for pair in ((theirs.sid, my_add_on.sid), (mine.sid, their_add_on.sid), (theirs.sid, new_sid("XE"))):
        form = dict(zip(("number", "installed_add_on"), pair, strict=True))
        assert console.post(ASSIGN, form).status_code == 404
    assert AssignedAddOn.objects.get().number == theirs


def test_a_stranger_is_asked_to_sign_in(number: IncomingPhoneNumber) -> None:
    for path in (LIST, page_of(number), f"{page_of(number)}remove/"):
        assert is_sent_to_sign_in(path)


def test_a_viewer_may_look_but_not_change(account: Account, number: IncomingPhoneNumber) -> None:
    installed, viewer = make_caller(account), viewer_of(account)
    bind(number, installed)
    make_caller(account)
    for path in (LIST, page_of(number), f"{page_of(number)}remove/", add_on_page(installed)):
        answer = viewer.get(path)
        assert "Your role in this account is Viewer" in text(answer)
        for word in ("Unassign", "Assign an add-on", "Assign to", "Add number", "Remove…"):
            assert word not in text(answer)
        assert viewer.post(path, settings_of(phone_number=LONDON)).status_code == 403
    assert viewer.post(unassign_of(number, installed)).status_code == 403
    assert viewer.post(ASSIGN, {"number": number.sid, "installed_add_on": installed.sid}).status_code == 403
    assert AssignedAddOn.objects.count() == 1
