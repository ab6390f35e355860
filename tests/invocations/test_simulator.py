"""The console's simulator, against real publishers and a real webhook on the loopback."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import Account
from billing.models import LedgerEntry
from invocations import simulated
from invocations.simulator import segments
from invocations.simulator_forms import EXAMPLE_SENDER, MAX_BODY_CHARACTERS, SimulatorForm
from marketplace.models import IncomingPhoneNumber
from results.models import Event, Invocation
from tests.factories import make_account, make_event, make_install, make_invocation
from tests.fake_publisher import Answer, FakePublisher
from tests.invocations.connecting import (
    OURS,
    SAID,
    THEIRS,
    add_ons_in,
    dead_url,
    is_signed_by,
    make_number,
    make_runner,
)
from tests.pages import error_at, is_sent_to_sign_in, queries, text, viewer_of

MESSAGE = {"kind": "message", "sender": THEIRS, "body": "Hi & <b>bye</b>", "forward": "webhook", "url": ""}
CALL = {"kind": "call", "sender": THEIRS, "body": "", "forward": "webhook", "url": ""}
ONLY_ASK = {"forward": "nowhere"}


@pytest.fixture
def developer() -> Iterator[FakePublisher]:
    with FakePublisher(SAID).in_thread() as service:
        yield service


@pytest.fixture
def mood() -> Iterator[FakePublisher]:
    """A publisher who answers what it was asked."""
    with FakePublisher(lambda request: Answer(200, {"asked": dict(request.form)})).in_thread() as service:
        yield service


def page_of(number: IncomingPhoneNumber) -> str:
    return f"/console/numbers/{number.sid}/simulate/"


def send(console: Client, number: IncomingPhoneNumber, form: dict[str, str], **changes: str) -> Any:
    """Posts the form and follows to what came of it."""
    return console.post(page_of(number), {**form, **changes}, follow=True)


# --- The way through -------------------------------------------------------------------------


def test_a_message_asks_the_add_ons_tells_the_webhook_and_shows_everything(
    console: Client, account: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    number = make_number(account, sms_url=developer.url("/sms"))
    installed = make_runner(account, mood)
    answer = send(console, number, MESSAGE)
    shown, result = text(answer), Invocation.objects.get()
    sent = dict(developer.requests[0].form)
    assert (sent["From"], sent["To"], sent["Body"]) == (THEIRS, OURS, MESSAGE["body"])
    assert (sent["SmsStatus"], sent["ApiVersion"]) == ("received", "2010-04-01")
    assert re.fullmatch("SM[0-9a-f]{32}", sent["MessageSid"])
    assert sent["AccountSid"] == account.sid
    assert add_ons_in(developer.requests[0])["results"][installed.unique_name]["request_sid"] == result.sid
    assert is_signed_by(developer.requests[0], account.auth_token)
    assert (result.purpose, result.reference_sid) == ("live", sent["MessageSid"])
    assert f"{installed.listing.name} answered in {result.duration_ms} ms." in shown
    assert "Billed USD 0.0001: one successful use." in shown
    assert LedgerEntry.objects.get().request_sid == result.sid
    assert f'href="/console/results/{result.sid}/"' in answer.content.decode()
    assert f'MessageSid : "{sent["MessageSid"]}"' in shown
    assert 'body : "Hi & <b>bye</b>"' in shown
    assert "Status 200 Content type text/xml; charset=utf-8 Took" in shown
    assert "<Message>café &amp; more</Message>" in shown


def test_a_call_asks_the_add_ons_of_calls_and_tells_the_webhook_of_calls(
    console: Client, account: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    number = make_number(account, sms_url=developer.url("/sms"), voice_url=developer.url("/voice"))
    make_runner(account, mood)
    installed = make_runner(account, mood, type="phone-number")
    answer = send(console, number, CALL)
    [request] = developer.requests
    sent = dict(request.form)
    assert urlsplit(request.url).path == "/voice"
    assert (sent["CallStatus"], sent["Direction"], sent["FromCountry"]) == ("ringing", "inbound", "US")
    assert re.fullmatch("CA[0-9a-f]{32}", sent["CallSid"])
    assert "Body" not in sent
    assert list(add_ons_in(request)["results"]) == [installed.unique_name]
    assert f'CallSid : "{sent["CallSid"]}"' in text(answer)


def test_another_address_is_asked_this_one_time_and_not_saved(
    console: Client, account: Account, developer: FakePublisher
) -> None:
    number = make_number(account, sms_url="https://hooks.acme.example/sms")
    send(console, number, MESSAGE, forward="url", url=developer.url("/other"))
    assert [request.path for request in developer.requests] == ["/other"]
    number.refresh_from_db()
    assert number.sms_url == "https://hooks.acme.example/sms"
    assert not Event.objects.exists()


def test_nowhere_asks_and_bills_the_add_ons_and_tells_nobody(
    console: Client, account: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    number = make_number(account, sms_url=developer.url("/sms"), sms_method="GET")
    make_runner(account, mood)
    shown = text(send(console, number, MESSAGE, **ONLY_ASK))
    assert (len(mood.requests), developer.requests) == (1, [])
    assert LedgerEntry.objects.count() == 1
    assert "Nobody was told: you chose to ask the add-ons only." in shown
    assert "What a webhook would receive" in shown
    assert not Event.objects.exists()


def test_a_reload_shows_the_same_and_asks_and_tells_nobody_again(
    console: Client, account: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    number = make_number(account, sms_url=developer.url("/sms"))
    make_runner(account, mood)
    landed = console.post(page_of(number), MESSAGE)
    pages = [text(console.get(landed["Location"])) for _ in range(2)]
    assert (len(mood.requests), len(developer.requests)) == (1, 1)
    assert all("What was sent" in page and "café" in page for page in pages)


# --- What goes wrong -------------------------------------------------------------------------


def test_an_add_on_that_fails_is_shown_and_free_and_the_webhook_is_told(
    console: Client, account: Account, developer: FakePublisher
) -> None:
    number = make_number(account, sms_url=developer.url("/sms"))
    with FakePublisher(400).in_thread() as broken:
        make_runner(account, broken)
        shown = text(send(console, number, MESSAGE))
    assert "(61005)" in shown
    assert "Not billed: failed uses are free." in shown
    assert "Status 200" in shown
    assert len(developer.requests) == 1


def test_a_dead_webhook_is_shown_with_what_mends_it(console: Client, account: Account) -> None:
    number = make_number(account, sms_url=dead_url())
    answer = send(console, number, MESSAGE)
    event, shown = Event.objects.get(), text(answer)
    assert event.code == 11205
    assert event.text in shown
    assert event.meaning.mend in shown
    assert f'href="/console/events/{event.sid}/"' in answer.content.decode()
    assert "gave no answer that can be used" in shown
    assert "fallback" not in shown


def test_an_address_that_may_not_be_asked_is_refused_with_its_reason(
    console: Client, account: Account
) -> None:
    number = make_number(account)
    shown = text(send(console, number, MESSAGE, forward="url", url="http://169.254.169.254/latest/"))
    event = Event.objects.get()
    assert (event.code, event.url_host) == (11200, "")
    assert event.text in shown


def test_the_fallback_answers_when_the_webhook_fails(
    console: Client, account: Account, developer: FakePublisher
) -> None:
    number = make_number(account, sms_url=dead_url(), sms_fallback_url=developer.url("/second"))
    shown = text(send(console, number, MESSAGE))
    assert f"The fallback {developer.url('/second')}" in shown
    assert "Event 11205" in shown
    assert "The fallback receives ErrorCode and ErrorUrl as well." in shown


def test_a_webhook_that_uses_get_is_told_without_answers(
    console: Client, account: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    number = make_number(account, sms_url=developer.url("/sms"), sms_method="GET")
    make_runner(account, mood)
    assert "so no add-on is asked" in text(console.get(page_of(number)))
    shown = text(send(console, number, MESSAGE))
    assert mood.requests == []
    assert "Event 61006" in shown
    assert "There is no AddOns." in shown


def test_what_the_webhook_answers_is_text_and_cut(console: Client, account: Account) -> None:
    body = b"<script>alert(1)</script>\x00\x1b[31m\xff" + b"x" * 5000
    with FakePublisher(Answer(200, body, headers={"Content-Type": "text/html"})).in_thread() as service:
        number = make_number(account, sms_url=service.url("/sms"))
        answer = send(console, number, MESSAGE)
    content = answer.content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\ufffd\ufffd[31m\ufffdx" in content
    assert "<script>alert(1)" not in content
    assert content.count("x" * 4000) == 1
    assert "x" * 4100 not in content
    assert "This is the beginning" in text(answer)


def test_what_is_too_large_for_a_session_shows_the_results_alone(
    console: Client, account: Account, developer: FakePublisher
) -> None:
    number = make_number(account, sms_url=developer.url("/sms"))
    with FakePublisher({"long": "y" * simulated.MAX_KEPT_BYTES}).in_thread() as service:
        installed = make_runner(account, service)
        shown = text(send(console, number, MESSAGE))
    assert f"{installed.listing.name} answered" in shown
    assert "This is too much to show here" in shown
    assert all(len(session.session_data) < simulated.MAX_KEPT_BYTES for session in Session.objects.all())


# --- The form --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"kind": "fax"}, "id_kind", "Choose Message or Call."),
        ({"sender": ""}, "id_sender", "Enter a phone number."),
        ({"sender": "+1415"}, "id_sender", "This is no valid phone number."),
        ({"body": "\0"}, "id_body", "Null characters are not allowed."),
        ({"body": "x" * (MAX_BODY_CHARACTERS + 1)}, "id_body", "at most 1600"),
        ({"forward": ""}, "id_forward", "Choose where to."),
        ({"forward": "webhook"}, "id_forward", "Choose where to."),
        ({"forward": "url"}, "id_url", "Enter the address to forward to."),
        ({"forward": "url", "url": "ftp://x.example"}, "id_url", "It must be an absolute http or https URL."),
        ({"forward": "url", "url": "https://x.example/a b"}, "id_url", "It must not contain spaces"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_happens(
    console: Client,
    account: Account,
    mood: FakePublisher,
    changes: dict[str, str],
    field: str,
    sentence: str,
) -> None:
    make_runner(account, mood)
    answer = send(console, make_number(account), MESSAGE, **ONLY_ASK | changes)
    assert answer.status_code == 200
    assert sentence in error_at(answer, field)
    assert mood.requests == []


def test_a_webhook_for_messages_is_none_for_calls(console: Client, account: Account) -> None:
    number = make_number(account, sms_url="https://hooks.acme.example/sms")
    answer = send(console, number, CALL)
    assert error_at(answer, "id_forward") == "This number has no webhook for calls. Choose another one."


def test_what_is_not_asked_for_cannot_be_wrong(console: Client, account: Account) -> None:
    changes = {"body": "x" * 2000, "url": "ftp://x.example", **ONLY_ASK}
    assert "Nobody was told" in text(send(console, make_number(account), CALL, **changes))


def test_the_form_begins_with_what_works_and_says_what_it_costs(
    console: Client, account: Account, mood: FakePublisher
) -> None:
    installed, number = make_runner(account, mood), make_number(account)
    answer = console.get(page_of(number))
    assert f'value="{EXAMPLE_SENDER}"' in answer.content.decode()
    assert "for real: the add-ons that run here are asked, and each use is billed as for any other" in text(
        answer
    )
    assert f"Asks {installed.unique_name}." in text(answer)
    assert "No add-on runs here for calls." in text(answer)
    assert f"/connect/{number.sid}/message" in text(answer)
    assert SimulatorForm(number=number).fields["forward"].initial == "nowhere"


def test_afterwards_the_form_shows_what_was_sent(console: Client, account: Account) -> None:
    answer = send(console, make_number(account), MESSAGE, body="Once more", **ONLY_ASK)
    assert "Once more</textarea>" in answer.content.decode()


def test_the_page_of_a_number_leads_here(console: Client, account: Account) -> None:
    number = make_number(account)
    assert f'href="{page_of(number)}"' in console.get(f"/console/numbers/{number.sid}/").content.decode()


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ч" * 70, 1),
        ("ч" * 71, 2),
        ("😀" * 36, 2),
    ],
)
def test_segments_are_counted_as_on_the_air(body: str, count: int) -> None:
    assert segments(body) == count


# --- Who may ---------------------------------------------------------------------------------


def test_a_viewer_may_look_but_not_send(account: Account, mood: FakePublisher) -> None:
    number, viewer = make_number(account), viewer_of(account)
    make_runner(account, mood)
    assert "Your role in this account is Viewer" in text(viewer.get(page_of(number)))
    assert viewer.post(page_of(number), {**MESSAGE, **ONLY_ASK}).status_code == 403
    assert mood.requests == []


def test_another_accounts_number_does_not_exist(console: Client, mood: FakePublisher) -> None:
    theirs = make_account()
    make_runner(theirs, mood)
    page = page_of(make_number(theirs))
    assert console.get(page).status_code == 404
    assert console.post(page, {**MESSAGE, **ONLY_ASK}).status_code == 404
    assert mood.requests == []


def test_a_stranger_is_sent_to_sign_in(account: Account) -> None:
    assert is_sent_to_sign_in(page_of(make_number(account)))


def test_another_accounts_event_shows_nothing(console: Client, account: Account) -> None:
    theirs = make_account()
    result = make_invocation(make_install(theirs), extension="sms-incoming")
    event = make_event(theirs)
    page = page_of(make_number(account))
    for event_id in (result.event_id, event.event_id, "\0", "x" * 32):
        assert "What comes of it appears here" in text(console.get(page, {"event": event_id}))


def test_a_session_that_remembers_nothing_still_shows_the_results(
    console: Client, account: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    number = make_number(account, sms_url=developer.url("/sms"))
    installed = make_runner(account, mood)
    landed = console.post(page_of(number), MESSAGE)
    shown = text(viewer_of(account).get(landed["Location"]))
    assert f"{installed.listing.name} answered" in shown
    assert "The parameters are not kept" in shown
    assert "café" not in shown


def test_each_event_shows_its_own_answer_only(
    console: Client, account: Account, developer: FakePublisher, mood: FakePublisher
) -> None:
    number = make_number(account, sms_url=developer.url("/sms"))
    make_runner(account, mood)
    first = console.post(page_of(number), MESSAGE)["Location"]
    console.post(page_of(number), {**MESSAGE, "body": "The second"})
    shown = text(console.get(first))
    assert "The parameters are not kept" in shown
    assert "The second" not in shown
    assert "café" not in shown


def test_what_went_wrong_at_another_number_is_not_shown(console: Client, account: Account) -> None:
    number, other = make_number(account, sms_url=dead_url()), make_number(account, THEIRS)
    query = urlsplit(console.post(page_of(number), MESSAGE)["Location"]).query
    assert "Event 11205" in text(console.get(f"{page_of(number)}?{query}"))
    assert "What comes of it appears here" in text(console.get(f"{page_of(other)}?{query}"))


def test_more_add_ons_take_no_more_queries(console: Client, account: Account, mood: FakePublisher) -> None:
    number = make_number(account)
    make_runner(account, mood)
    few = queries(console, console.post(page_of(number), {**MESSAGE, **ONLY_ASK})["Location"])
    for _ in range(3):
        make_runner(account, mood)
    many = console.post(page_of(number), {**MESSAGE, **ONLY_ASK})["Location"]
    assert queries(console, many) == few


def test_an_event_without_any_add_on_is_shown_too(console: Client, account: Account) -> None:
    shown = text(send(console, make_number(account), MESSAGE, **ONLY_ASK))
    assert "0 add-ons asked" in shown
    assert "There is no AddOns." in shown
