"""Events: the console's pages, what each code means, and how long they stay."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Account
from publishers.contract.errors import ContractError
from results import event_views, retention, tasks
from results.event_codes import CODES
from results.models import Event, Invocation
from tests.factories import make_account, make_event, make_install, make_invocation
from tests.fake_publisher import FakePublisher
from tests.invocations.test_lookup_api import URL, install_for
from tests.marketplace.number_rows import HAWAII, make_number
from tests.pages import is_sent_to_sign_in, queries, text

PAGE = "/console/events/"
WARNING = {"level": "warning", "code": 61006, "text": "The webhook uses GET, so no add-on was asked."}


def page_of(event: Event) -> str:
    return f"{PAGE}{event.sid}/"


# --- The list --------------------------------------------------------------------------------


def test_the_newest_event_is_first(console: Client, account: Account) -> None:
    make_event(account)
    make_event(account, **WARNING)
    shown = text(console.get(PAGE))
    assert shown.index("61006 Webhook uses GET") < shown.index("11205 HTTP connection failure")
    assert "The webhook failed: The connection was not accepted. Error Incoming SMS Message" in shown
    assert f"SM{'1' * 32}" in shown


@pytest.mark.parametrize(
    ("level", "codes"),
    [("error", [11205]), ("warning", [61006]), ("", [61006, 11205]), ("odd", [61006, 11205])],
)
def test_the_level_can_be_filtered(console: Client, account: Account, level: str, codes: list[int]) -> None:
    make_event(account)
    make_event(account, **WARNING)
    events = console.get(PAGE, {"level": level}).context["events"]
    assert [event.code for event in events] == codes


def test_older_events_are_a_link_away(
    console: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_views, "PAGE_SIZE", 2)
    made = [make_event(account).sid for _ in range(3)]
    first = console.get(PAGE, {"level": "error"})
    assert [each.sid for each in first.context["events"]] == [made[2], made[1]]
    older = f"{PAGE}?level=error&amp;before={made[1]}"
    assert older in first.content.decode()
    second = console.get(older.replace("&amp;", "&"))
    assert [each.sid for each in second.context["events"]] == [made[0]]
    assert "Newest" in text(second)
    assert "Older" not in text(second)


def test_when_nothing_went_wrong_the_page_says_what_it_is_for(console: Client) -> None:
    answer = console.get(PAGE)
    assert "Nothing went wrong" in text(answer)
    assert 'href="/console/numbers/">See your numbers' in answer.content.decode()


def test_a_filter_that_leaves_nothing_can_be_cleared(console: Client, account: Account) -> None:
    make_event(account)
    answer = console.get(PAGE, {"level": "warning"})
    assert "No warnings" in text(answer)
    assert f'href="{PAGE}">Show all events' in answer.content.decode()


def test_beyond_the_oldest_there_is_a_way_back(console: Client) -> None:
    answer = console.get(PAGE, {"before": f"NO{'0' * 32}"})
    assert "There are no older events Show the newest" in text(answer)


def test_the_list_takes_as_many_queries_for_four_as_for_one(console: Client, account: Account) -> None:
    make_event(account)
    before = queries(console, PAGE)
    for _ in range(3):
        make_event(account)
    assert queries(console, PAGE) == before


# --- One event -------------------------------------------------------------------------------


def test_an_event_says_what_mends_it_and_leads_to_its_number_and_results(
    console: Client, account: Account
) -> None:
    number, installed = make_number(account), make_install(account)
    event = make_event(account, number_sid=number.sid)
    result = make_invocation(installed, event_id=event.event_id)
    other = make_invocation(installed)
    answer = console.get(page_of(event))
    shown, source = text(answer), answer.content.decode()
    assert CODES[11205].mend in shown
    assert CODES[11205].cause in shown
    assert "hooks.acme.example" in shown
    assert f'href="/console/numbers/{number.sid}/">{HAWAII}' in source
    assert f'href="/console/results/{result.sid}/"' in source
    assert other.sid not in source


def test_a_number_that_was_removed_is_named_but_not_linked(console: Client, account: Account) -> None:
    number = make_number(account)
    event = make_event(account, number_sid=number.sid)
    number.delete()
    answer = console.get(page_of(event))
    assert event.number_sid in text(answer)
    assert f"/console/numbers/{event.number_sid}" not in answer.content.decode()
    assert "Add-ons that were asked None." in text(answer)


def test_an_event_takes_as_many_queries_for_four_results_as_for_one(
    console: Client, account: Account
) -> None:
    event = make_event(account)
    make_invocation(make_install(account), event_id=event.event_id)
    before = queries(console, page_of(event))
    for _ in range(3):
        make_invocation(make_install(account), event_id=event.event_id)
    assert queries(console, page_of(event)) == before


def test_a_text_is_shown_as_text(console: Client, account: Account) -> None:
    event = make_event(account, text="<b>bold</b>", reference_sid="<i>")
    for page in (PAGE, page_of(event)):
        assert not {"<b>bold", "<i>"} & set(console.get(page).content.decode().split())
        assert "<b>bold</b>" in text(console.get(page))


def test_a_result_of_a_message_names_the_message(console: Client, account: Account) -> None:
    sid = f"SM{'1' * 32}"
    result = make_invocation(make_install(account), extension="sms-incoming", reference_sid=sid)
    assert f"Incoming SMS Message {sid}" in text(console.get("/console/results/"))
    assert f"Message or call SM…{'1' * 6} {sid}" in text(console.get(f"/console/results/{result.sid}/"))


def test_an_add_on_that_fails_leaves_an_event_and_one_that_answers_none(
    api: APIClient, console: Client, account: Account
) -> None:
    with FakePublisher(400).in_thread() as broken, FakePublisher({"ok": 1}).in_thread() as fine:
        names = [install_for(account, service).unique_name for service in (broken, fine)]
        api.get(URL, {"AddOns": names})
    event = Event.objects.get()
    assert (event.level, event.code, event.text) == ("error", 61005, f"{names[0]}: Bad request")
    assert (event.extension, event.number_sid, event.url_host) == ("lookup-api", "", "")
    shown = console.get(page_of(event)).content.decode()
    assert [result.sid in shown for result in Invocation.objects.all()] == [True, True]


# --- Whose, what, how long -------------------------------------------------------------------


def test_another_accounts_event_is_not_found(console: Client) -> None:
    theirs = make_event(make_account())
    assert console.get(page_of(theirs)).status_code == 404
    assert theirs.sid not in text(console.get(PAGE))


def test_a_result_of_another_account_with_the_same_event_id_is_not_shown(
    console: Client, account: Account
) -> None:
    theirs = make_invocation(make_install(make_account()))
    event = make_event(account, event_id=theirs.event_id)
    assert theirs.sid not in console.get(page_of(event)).content.decode()


def test_a_stranger_is_asked_to_sign_in(db: None) -> None:
    assert is_sent_to_sign_in(PAGE)
    assert is_sent_to_sign_in(page_of(make_event(make_account())))


def test_nothing_can_be_posted_here(console: Client) -> None:
    assert console.post(PAGE).status_code == 405


def test_every_failure_of_an_add_on_has_its_meaning() -> None:
    kinds = [kind for kind in ContractError.__subclasses__() if "code" in vars(kind)]
    assert {*CODES} == {kind.code for kind in kinds} | {61006, 11200, 11205}
    for kind in kinds:
        code = CODES[kind.code]
        assert (code.title, code.level) == (kind.message, kind.level)
        assert code.counts_against_publisher == kind.counts_against_publisher
    assert all(code.cause.endswith(".") and code.mend.endswith(".") for code in CODES.values())


def test_events_are_dropped_with_the_results(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    long_ago = int((timezone.now() - timedelta(days=30, seconds=1)).timestamp() * 1000)
    for index in range(5):
        make_event(account, sid=f"NO{long_ago:012x}{index:020x}")
    young = make_event(account)
    assert tasks.drop_expired_results() == 5
    assert Event.objects.get() == young
    assert tasks.drop_expired_results() == 0
