"""The console's pages of notices."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account
from deliveries import services
from deliveries.models import Delivery
from results import delivery_views
from tests.deliveries.rows import SAID, make_attempt, make_delivery
from tests.deliveries.test_notices import make_ended
from tests.factories import make_account
from tests.pages import is_sent_to_sign_in, queries, text, viewer_of

PAGE = "/console/deliveries/"


def page_of(delivery: Delivery) -> str:
    return f"{PAGE}{delivery.sid}/"


def make_given_up(account: Account, **changes: Any) -> Delivery:
    values = {"status": "given-up", "due_at": None, "failures": 10, "date_completed": timezone.now()}
    delivery = make_delivery(account, **{**values, **changes})
    make_attempt(delivery)
    return delivery


# --- The list --------------------------------------------------------------------------------


def test_the_newest_is_first_with_its_state_and_why_it_was_not_taken(
    console: Client, account: Account
) -> None:
    make_given_up(account)
    newest = make_delivery(account, "https://new.example/")
    shown = text(console.get(PAGE))
    assert shown.index("new.example") < shown.index("hooks.acme.example")
    assert f"A result is ready {newest.reference_sid} In progress 0" in shown
    assert "The answer was 500." in shown
    assert "Given up 1" in shown


@pytest.mark.parametrize(
    ("status", "hosts"),
    [
        ("given-up", ["hooks.acme.example"]),
        ("pending", ["new.example"]),
        ("delivered", []),
        ("odd", ["new.example", "hooks.acme.example"]),
    ],
)
def test_the_status_can_be_filtered(console: Client, account: Account, status: str, hosts: list[str]) -> None:
    make_given_up(account)
    make_delivery(account, "https://new.example/")
    answer = console.get(PAGE, {"status": status})
    assert [each.host for each in answer.context["deliveries"]] == hosts


def test_older_ones_are_a_link_away(
    console: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_views, "PAGE_SIZE", 2)
    made = [make_delivery(account).sid for _ in range(3)]
    first = console.get(PAGE, {"status": "pending"})
    assert [each.sid for each in first.context["deliveries"]] == [made[2], made[1]]
    assert f"{PAGE}?status=pending&amp;before={made[1]}" in first.content.decode()
    second = console.get(PAGE, {"status": "pending", "before": made[1]})
    assert [each.sid for each in second.context["deliveries"]] == [made[0]]
    assert "Older" not in text(second)


def test_when_nothing_was_sent_the_page_says_what_it_is_for(console: Client) -> None:
    assert "Nothing was sent yet" in text(console.get(PAGE))


def test_a_filter_that_leaves_nothing_can_be_cleared(console: Client, account: Account) -> None:
    make_delivery(account)
    answer = console.get(PAGE, {"status": "given-up"})
    assert "The filter “Given up” leaves nothing." in text(answer)
    assert f'href="{PAGE}">Show all notices' in answer.content.decode()


def test_beyond_the_oldest_there_is_a_way_back(console: Client) -> None:
    answer = console.get(PAGE, {"before": f"DE{'0' * 32}"})
    assert "There are no older notices Show the newest" in text(answer)


def test_the_list_takes_as_many_queries_for_four_as_for_one(console: Client, account: Account) -> None:
    make_given_up(account)
    before = queries(console, PAGE)
    for _ in range(3):
        make_given_up(account)
    assert queries(console, PAGE) == before


def test_events_lead_here(console: Client) -> None:
    assert f'href="{PAGE}"' in console.get("/console/events/").content.decode()


# --- One of them -----------------------------------------------------------------------------


def test_one_tells_what_it_says_to_whom_and_each_attempt(console: Client, account: Account) -> None:
    delivery = make_delivery(account, failures=2, due_at=timezone.now() + timedelta(minutes=5))
    make_attempt(delivery, error="The connection was not accepted.", http_status=None, duration_ms=31)
    make_attempt(delivery, by_hand=True)
    shown = text(console.get(page_of(delivery)))
    assert "POST https://hooks.acme.example/results" in shown
    assert "it is tried again: attempt 3 of 10." in shown
    assert "asked for by hand Failed The answer was 500. HTTP 500 12 ms" in shown
    assert "The connection was not accepted. None 31 ms" in shown
    assert shown.index("12 ms") < shown.index("31 ms")
    assert SAID in shown
    assert delivery.sid in shown


@pytest.mark.parametrize(
    ("changes", "sentence", "can_be_replayed"),
    [
        ({}, "It is being sent.", True),
        ({"status": "delivered"}, "It was taken", True),
        ({"status": "given-up"}, "is not sent any more unless you ask", True),
        ({"status": "withdrawn"}, "was deleted before the notice was taken", False),
    ],
)
def test_each_state_is_told_in_a_sentence(
    console: Client, account: Account, changes: Any, sentence: str, can_be_replayed: bool
) -> None:
    delivery = make_delivery(account, date_completed=timezone.now() if changes else None, **changes)
    answer = console.get(page_of(delivery))
    assert sentence in text(answer)
    assert ("Replay" in text(answer)) == can_be_replayed


def test_it_leads_to_the_result_while_that_is_kept(console: Client, account: Account) -> None:
    result = make_ended(account)
    delivery = make_delivery(account, reference_sid=result.sid)
    assert (
        f'href="/console/recordings/results/{result.sid}/"' in console.get(page_of(delivery)).content.decode()
    )
    type(result).objects.update(status="deleted")
    answer = console.get(page_of(delivery))
    assert f"/console/recordings/results/{result.sid}/" not in answer.content.decode()


def test_a_callback_by_get_said_nothing(console: Client, account: Account) -> None:
    delivery = make_delivery(account, method="GET", parameters=[])
    assert "is only told that there is something to read" in text(console.get(page_of(delivery)))


def test_only_the_newest_of_many_attempts_are_listed(
    console: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_views, "MOST_SHOWN_ATTEMPTS", 2)
    delivery = make_delivery(account)
    for each in range(3):
        make_attempt(delivery, duration_ms=7000 + each)
    shown = text(console.get(page_of(delivery)))
    assert "Older attempts are not listed." in shown
    assert ["7000 ms" in shown, "7002 ms" in shown] == [False, True]


def test_one_takes_as_many_queries_for_four_attempts_as_for_one(console: Client, account: Account) -> None:
    delivery = make_delivery(account)
    make_attempt(delivery)
    before = queries(console, page_of(delivery))
    for _ in range(3):
        make_attempt(delivery)
    assert queries(console, page_of(delivery)) == before


def test_what_is_text_is_shown_as_text(console: Client, account: Account) -> None:
    delivery = make_delivery(account, "https://a.example/<b>", parameters=[("<i>", "<script>")])
    make_attempt(delivery, error="<u>")
    source = console.get(page_of(delivery)).content.decode()
    assert not {"<b>", "<i>", "<u>", "<script>"} & set(source.split())
    assert "https://a.example/<b>" in text(console.get(page_of(delivery)))


# --- Replay ----------------------------------------------------------------------------------


def test_a_button_sends_it_once_more(
    console: Client, account: Account, django_capture_on_commit_callbacks: Any
) -> None:
    delivery = make_given_up(account)
    with django_capture_on_commit_callbacks() as hints:
        answer = console.post(page_of(delivery), follow=True)
    assert "It is being sent again." in text(answer)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.by_hand, len(hints)) == ("pending", True, 1)
    assert delivery.due_at is not None


def test_one_that_is_being_sent_is_refused_in_words(console: Client, account: Account) -> None:
    delivery = make_delivery(account)
    services.claim(delivery.sid)
    assert "It is being sent right now." in text(console.post(page_of(delivery), follow=True))


def test_a_viewer_sees_it_and_has_no_button(account: Account) -> None:
    delivery, viewer = make_given_up(account), viewer_of(account)
    shown = text(viewer.get(page_of(delivery)))
    assert "Replay" not in shown
    assert "Your role in this account is Viewer" in shown
    assert viewer.post(page_of(delivery)).status_code == 403
    delivery.refresh_from_db()
    assert delivery.status == "given-up"


def test_another_accounts_is_not_found(console: Client) -> None:
    theirs = make_given_up(make_account())
    assert console.get(page_of(theirs)).status_code == 404
    assert console.post(page_of(theirs)).status_code == 404
    assert theirs.sid not in text(console.get(PAGE))


def test_a_stranger_is_asked_to_sign_in(account: Account) -> None:
    assert is_sent_to_sign_in(PAGE)
    assert is_sent_to_sign_in(page_of(make_delivery(account)))
