"""The console's results."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account
from results import views
from results.models import Invocation
from tests.factories import make_account, make_install, make_invocation
from tests.pages import is_sent_to_sign_in, queries, text

PAGE = "/console/results/"
FAILED = {"status": "failed", "code": 61001, "message": "Request timed out", "answer": b""}
FAILED_FREE = "Not billed: failed uses are free."


def page_of(result: Invocation) -> str:
    return f"{PAGE}{result.sid}/"


# --- The list --------------------------------------------------------------------------------


def test_the_newest_result_is_first(console: Client, account: Account) -> None:
    installed = make_install(account)
    make_invocation(installed, primary_address="+14155550100")
    make_invocation(installed, primary_address="+14155550199", charge_micros=2000, currency="USD")
    shown = text(console.get(PAGE))
    assert shown.index("+14155550199") < shown.index("+14155550100")
    assert "Lookups Successful 34 ms USD 0.0020" in shown
    assert "Not billed" in shown


@pytest.mark.parametrize(
    ("status", "numbers"),
    [("successful", ["+1"]), ("failed", ["+2"]), ("", ["+2", "+1"]), ("odd", ["+2", "+1"])],
)
def test_the_outcome_can_be_filtered(
    console: Client, account: Account, status: str, numbers: list[str]
) -> None:
    installed = make_install(account)
    make_invocation(installed, primary_address="+1")
    make_invocation(installed, primary_address="+2", **FAILED)
    results = console.get(PAGE, {"status": status}).context["results"]
    assert [result.primary_address for result in results] == numbers


def test_a_failure_shows_its_code(console: Client, account: Account) -> None:
    make_invocation(make_install(account), **FAILED)
    assert "Failed 61001 Request timed out" in text(console.get(PAGE))


def test_older_results_are_a_link_away(
    console: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    installed = make_install(account)
    made = [make_invocation(installed).sid for _ in range(3)]
    first = console.get(PAGE, {"status": "successful"})
    assert [each.sid for each in first.context["results"]] == [made[2], made[1]]
    older = f"{PAGE}?status=successful&amp;before={made[1]}"
    assert older in first.content.decode()
    second = console.get(older.replace("&amp;", "&"))
    assert [each.sid for each in second.context["results"]] == [made[0]]
    assert "Newest" in text(second)
    assert "Older" not in text(second)


def test_no_results_lead_to_a_lookup(console: Client) -> None:
    answer = console.get(PAGE)
    assert "Nothing has run yet" in text(answer)
    assert 'href="/console/lookups/">Run a lookup' in answer.content.decode()


def test_a_filter_that_leaves_nothing_can_be_cleared(console: Client, account: Account) -> None:
    make_invocation(make_install(account))
    answer = console.get(PAGE, {"status": "failed"})
    assert "No failed results" in text(answer)
    assert f'href="{PAGE}">Show all results' in answer.content.decode()


def test_beyond_the_oldest_there_is_a_way_back(console: Client) -> None:
    answer = console.get(PAGE, {"before": f"XR{'0' * 32}"})
    assert "There are no older results Show the newest" in text(answer)


def test_the_list_takes_as_many_queries_for_four_as_for_one(console: Client, account: Account) -> None:
    make_invocation(make_install(account))
    before = queries(console, PAGE)
    for _ in range(3):
        make_invocation(make_install(account))
    assert queries(console, PAGE) == before


# --- One result ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "answered in 34 ms. Not billed: this add-on is free."),
        (
            {"charge_micros": 100, "currency": "USD", "charge_reason": "Billed: one successful use."},
            "answered in 34 ms. Billed USD 0.0001: one successful use.",
        ),
        (
            {**FAILED, "charge_reason": FAILED_FREE},
            f"gave no answer: Request timed out (61001). {FAILED_FREE}",
        ),
    ],
)
def test_a_sentence_tells_what_happened_and_what_it_cost(
    console: Client, account: Account, changes: dict[str, object], sentence: str
) -> None:
    result = make_invocation(make_install(account), **changes)
    assert f"{result.version.listing.name} {sentence}" in text(console.get(page_of(result)))


def test_the_answer_is_a_tree_with_its_raw_text(console: Client, account: Account) -> None:
    result = make_invocation(make_install(account), answer=b'{"name":"<b>","list":[1]}')
    answer = console.get(page_of(result))
    assert 'name : "<b>"' in text(answer)
    assert "list [ 1 item ]" in text(answer)
    assert '{"name":"<b>","list":[1]}' in text(answer)
    assert "<b>" not in answer.content.decode()


def test_an_answer_too_large_for_a_tree_is_shown_as_it_came(console: Client, account: Account) -> None:
    result = make_invocation(make_install(account), answer=b"[" + b"1," * 2000 + b"1]")
    answer = console.get(page_of(result))
    assert "too large to draw as a tree" in text(answer)
    assert answer.context["tree"] is None


def test_a_failure_has_no_answer_to_show(console: Client, account: Account) -> None:
    result = make_invocation(make_install(account), **FAILED)
    assert "Nothing was delivered. The step that failed says why." in text(console.get(page_of(result)))


def test_every_step_has_its_time_and_its_lines(console: Client, account: Account) -> None:
    send = {"name": "Send", "ok": False, "started_ms": 1, "duration_ms": 1999}
    result = make_invocation(
        make_install(account),
        **FAILED,
        duration_ms=2000,
        trace=[{**send, "lines": ["No complete answer.", "First try", "Second try"]}],
    )
    shown = text(console.get(page_of(result)))
    assert "Failed: Send 1999 ms No complete answer. 2 more lines" in shown
    assert "First try Second try" in shown
    assert "The bars run from 0 to 2000 ms. The line stands at the limit of 2000 ms." in shown


@pytest.mark.parametrize(("duration", "scale", "limit"), [(34, 100, 0), (999, 999, 0), (1000, 2000, 2000)])
def test_a_slow_call_is_drawn_against_the_limit(
    account: Account, duration: int, scale: int, limit: int
) -> None:
    drawn = views.detail(make_invocation(make_install(account), duration_ms=duration))
    assert (drawn["scale_ms"], drawn["limit_ms"]) == (scale, limit)


def test_an_uninstalled_add_on_is_named_but_not_linked(console: Client, account: Account) -> None:
    installed = make_install(account)
    result = make_invocation(installed)
    page = f"/console/installed/{installed.sid}/"
    assert f'href="{page}"' in console.get(page_of(result)).content.decode()
    console.post(f"{page}uninstall/")
    answer = console.get(page_of(result))
    assert f"{installed.unique_name} (uninstalled)" in text(answer)
    assert f'href="{page}"' not in answer.content.decode()


# --- Whose, and how many ---------------------------------------------------------------------


def test_another_accounts_result_is_not_found(console: Client) -> None:
    theirs = make_invocation(make_install(make_account()))
    assert console.get(page_of(theirs)).status_code == 404
    assert theirs.sid not in text(console.get(PAGE))


def test_a_stranger_is_asked_to_sign_in(db: None) -> None:
    assert is_sent_to_sign_in(PAGE)
    assert is_sent_to_sign_in(page_of(make_invocation(make_install())))


def test_nothing_can_be_posted_here(console: Client) -> None:
    assert console.post(PAGE).status_code == 405


def test_totals_count_since_a_moment(account: Account) -> None:
    installed = make_install(account)
    make_invocation(installed, charge_micros=100, currency="USD")
    make_invocation(installed, **FAILED)
    results, now = Invocation.objects.of(account), timezone.now()
    totals = results.since(now - timedelta(hours=1)).totals()
    assert totals == {"count": 2, "failed": 1, "charge_micros": 100}
    assert results.since(now + timedelta(hours=1)).totals() == {"count": 0, "failed": 0, "charge_micros": 0}


def test_an_answer_too_deep_for_a_tree_is_shown_raw(console: Client, account: Account) -> None:
    deep = b'{"a":' + b"[" * 62 + b"]" * 62 + b"}"
    sid = make_invocation(make_install(account), answer=deep).sid
    answer = console.get(f"/console/results/{sid}/")
    assert answer.status_code == 200
    assert "too large to draw as a tree" in answer.content.decode()
