"""What a publisher sees of the calls to its add-ons, and what it never sees."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisIsDown
from rest_framework.test import APIClient

from accounts.models import Account
from invocations import publisher_views
from invocations.breaker import breakers
from marketplace.models import InstalledAddOn
from publishers.contract.errors import VendorFailed
from publishers.models import Listing, Publisher
from results import publisher_log
from results.models import Invocation
from results.publisher_log import KEPT_SECONDS, MIN_CALLS
from tests.factories import (
    make_account,
    make_install,
    make_invocation,
    make_listing,
    make_publisher,
    make_user,
)
from tests.pages import console_of, is_sent_to_sign_in, queries, text, viewer_of

PAGE = "/publish/calls/"
TIMED_OUT = {
    "status": "failed",
    "code": 61001,
    "message": "Request timed out",
    "http_status": None,
    "answer": b"",
}
NOT_MET = {**TIMED_OUT, "code": 61003, "attempts": 0, "counts_in_service_level": False}


@pytest.fixture
def publisher(db: None) -> Publisher:
    return make_publisher("acme")


@pytest.fixture
def listing(publisher: Publisher) -> Listing:
    return make_listing(publisher=publisher)


@pytest.fixture
def installed(listing: Listing) -> InstalledAddOn:
    return make_install(make_account("consumer-friendly-name"), listing)


@pytest.fixture
def member(publisher: Publisher) -> Client:
    """A browser of somebody who belongs to the publisher's account."""
    return console_of(make_user(publisher.account))


def page_of(call: Invocation) -> str:
    return f"{PAGE}{call.sid}/"


def shown(answer: Any) -> list[str]:
    return [call.sid for call in answer.context["calls"]]


# --- The list --------------------------------------------------------------------------------


def test_the_newest_call_is_first_and_says_how_it_ended(member: Client, installed: InstalledAddOn) -> None:
    first = make_invocation(installed)
    second = make_invocation(installed, attempts=3, duration_ms=2001, answer_bytes=77, **TIMED_OUT)
    answer = member.get(PAGE)
    page = text(answer)
    assert shown(answer) == [second.sid, first.sid]
    assert "61001 no HTTP answer 2001 ms 3 tries 77 B" in page
    assert "HTTP 200 34 ms 1 try 10 B" in page
    assert installed.sid in page
    assert installed.install.sid in page
    assert "version 1" in page


def test_a_call_that_was_not_sent_says_so(member: Client, installed: InstalledAddOn) -> None:
    make_invocation(installed, **NOT_MET)
    assert "61003 not asked" in text(member.get(PAGE))


@pytest.mark.parametrize(
    ("outcome", "codes"),
    [
        ("", [61005, 61001, None]),
        ("failed", [61005, 61001]),
        ("successful", [None]),
        ("61005", [61005]),
        ("61002", []),
        ("11200", [61005, 61001, None]),
        ("odd", [61005, 61001, None]),
    ],
)
def test_the_outcome_can_be_filtered(
    member: Client, installed: InstalledAddOn, outcome: str, codes: list[int | None]
) -> None:
    make_invocation(installed)
    make_invocation(installed, **TIMED_OUT)
    make_invocation(installed, **{**TIMED_OUT, "code": 61005})
    calls = member.get(PAGE, {"outcome": outcome}).context["calls"]
    assert [call.code for call in calls] == codes


def test_one_add_on_or_one_version_can_be_chosen(member: Client, publisher: Publisher) -> None:
    one, two = (make_install(listing=make_listing(publisher=publisher)) for _ in range(2))
    calls = {each: make_invocation(each).sid for each in (one, two)}
    for each, sid in calls.items():
        assert shown(member.get(PAGE, {"of": each.listing.sid})) == [sid]
        assert shown(member.get(PAGE, {"of": each.version.sid})) == [sid]
    assert len(shown(member.get(PAGE, {"of": "XB" + "0" * 32}))) == 2


def test_older_calls_are_a_link_away_and_the_filter_stays(
    member: Client, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_views, "PAGE_SIZE", 2)
    adds = [make_install(listing=make_listing(publisher=publisher)) for _ in range(2)]
    made = [make_invocation(adds[index % 2], **TIMED_OUT).sid for index in range(5)]
    make_invocation(adds[0])
    first = member.get(PAGE, {"outcome": "failed"})
    older = f"{PAGE}?outcome=failed&amp;before={made[3]}"
    assert shown(first) == [made[4], made[3]]
    assert older in first.content.decode()
    second = member.get(older.replace("&amp;", "&"))
    assert shown(second) == [made[2], made[1]]
    last = member.get(PAGE, {"outcome": "failed", "before": made[1]})
    assert shown(last) == [made[0]]
    assert "Older" not in text(last)


def test_empty_pages_say_what_they_are_for(member: Client, publisher: Publisher) -> None:
    assert "You publish no add-on yet" in text(member.get(PAGE))
    listing = make_listing(publisher=publisher)
    assert "Nobody has asked yet" in text(member.get(PAGE))
    filtered = member.get(PAGE, {"of": listing.sid})
    assert "No call fits" in text(filtered)
    assert f'href="{PAGE}">Show all' in filtered.content.decode()
    assert "There are no older calls" in text(member.get(PAGE, {"before": f"XR{'0' * 32}"}))


def test_the_list_takes_as_many_queries_for_more_calls_versions_and_add_ons(
    member: Client, publisher: Publisher, installed: InstalledAddOn
) -> None:
    make_invocation(installed)
    before = queries(member, PAGE)
    for _ in range(3):
        make_invocation(make_install(listing=make_listing(publisher=publisher)))
    assert queries(member, PAGE) == before


def test_the_list_reads_nothing_of_the_consumer(installed: InstalledAddOn) -> None:
    make_invocation(installed)
    row = publisher_log.newest(publisher_log.calls_to([installed.version]), [installed.version], count=1)[0]
    hidden = {"account_id", "primary_address", "reference_sid", "event_id", "answer", "trace", "message"}
    assert hidden <= row.get_deferred_fields()
    assert "sealed_configuration" in row.installed_add_on.get_deferred_fields()
    assert "unique_name" in row.installed_add_on.get_deferred_fields()


# --- How versions do -------------------------------------------------------------------------


def level_of(member: Client, **query: str) -> Any:
    [row] = member.get(PAGE, query).context["version_rows"]
    return row.level


def test_only_live_calls_of_a_day_that_count_are_counted(member: Client, installed: InstalledAddOn) -> None:
    long_ago = int((timezone.now() - timedelta(hours=25)).timestamp() * 1000)
    make_invocation(installed)
    make_invocation(installed, **TIMED_OUT)
    make_invocation(installed, **{**TIMED_OUT, "code": 61004})
    make_invocation(installed, **NOT_MET)
    make_invocation(installed, purpose="test", **TIMED_OUT)
    make_invocation(installed, sid=f"XR{long_ago:012x}{'0' * 20}", **TIMED_OUT)
    level = level_of(member)
    assert (level.calls, level.failed) == (3, 1)
    assert [(code.code, count) for code, count in level.failures] == [(61001, 1), (61004, 1)]
    page = text(member.get(PAGE))
    assert "1 × 61001 Request timed out" in page
    assert "1 × 61004 No results does not count against you" in page
    assert "33.33 %" in page


def test_percentiles_need_enough_calls(member: Client, installed: InstalledAddOn) -> None:
    for index in range(MIN_CALLS - 1):
        make_invocation(installed, duration_ms=index + 1)
    assert "Needs 50 live calls; has 49" in text(member.get(PAGE))
    cache.clear()
    make_invocation(installed, duration_ms=MIN_CALLS)
    level = level_of(member)
    assert (level.median_ms, level.slow_ms) == (25, 48)
    assert "25 ms 48 ms" in text(member.get(PAGE))


def test_the_numbers_are_a_minute_old_at_most(
    member: Client, installed: InstalledAddOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_invocation(installed)
    assert level_of(member).calls == 1
    assert "a minute old at most" in text(member.get(PAGE))
    make_invocation(installed)
    now = time.time()
    monkeypatch.setattr("django.core.cache.backends.locmem.time.time", lambda: now + KEPT_SECONDS - 1)
    assert level_of(member).calls == 1
    monkeypatch.setattr("django.core.cache.backends.locmem.time.time", lambda: now + KEPT_SECONDS + 1)
    assert level_of(member).calls == 2


def test_each_publisher_has_numbers_of_its_own_and_each_filter_the_same(
    member: Client, publisher: Publisher, installed: InstalledAddOn
) -> None:
    make_invocation(installed)
    second = make_install(listing=make_listing(publisher=publisher))
    for _ in range(2):
        make_invocation(second)
    assert level_of(member, of=installed.version.sid).calls == 1
    assert level_of(member, of=second.version.sid).calls == 2
    stranger = make_listing()
    make_invocation(make_install(listing=stranger))
    assert level_of(console_of(make_user(stranger.publisher.account))).calls == 1


def test_a_cache_that_is_down_does_not_take_the_page_with_it(
    member: Client, installed: InstalledAddOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> None:
        raise RedisIsDown

    make_invocation(installed)
    monkeypatch.setattr("results.publisher_log.cache.get", down)
    monkeypatch.setattr("results.publisher_log.cache.set", down)
    assert level_of(member).calls == 1


def test_a_version_that_is_not_asked_says_so(
    member: Client, installed: InstalledAddOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breakers, "_known", {})
    assert "Asked now Calls Failures" in text(member.get(PAGE))
    assert "Yes 0 None" in text(member.get(PAGE))
    for _ in range(5):
        with pytest.raises(VendorFailed), breakers.asking(installed.version.sid):
            raise VendorFailed("The service answered 500.")
    page = text(member.get(PAGE))
    assert "No Not asked (open for" in page
    assert "this web process knows" in page


def test_another_publishers_version_is_not_among_them(member: Client, installed: InstalledAddOn) -> None:
    other = make_install()
    make_invocation(other)
    answer = member.get(PAGE)
    assert [row.version for row in answer.context["version_rows"]] == [installed.version]
    assert other.version.sid not in answer.content.decode()


# --- Whose -----------------------------------------------------------------------------------


def test_a_call_to_another_publishers_add_on_is_not_found(member: Client, listing: Listing) -> None:
    theirs = make_invocation(make_install())
    assert member.get(page_of(theirs)).status_code == 404
    assert theirs.sid not in member.get(PAGE).content.decode()


def test_a_consumer_finds_its_calls_among_its_results_only(installed: InstalledAddOn) -> None:
    call = make_invocation(installed)
    consumer = console_of(make_user(installed.account))
    for page in (PAGE, page_of(call)):
        assert consumer.get(page).status_code == 404
    assert consumer.get(f"/console/results/{call.sid}/").status_code == 200


def test_a_publisher_does_not_find_calls_among_its_results(member: Client, installed: InstalledAddOn) -> None:
    call = make_invocation(installed)
    assert member.get(f"/console/results/{call.sid}/").status_code == 404


def test_every_member_may_look(publisher: Publisher, installed: InstalledAddOn) -> None:
    call = make_invocation(installed)
    viewer = viewer_of(publisher.account)
    assert viewer.get(PAGE).status_code == 200
    assert viewer.get(page_of(call)).status_code == 200
    assert viewer.post(PAGE).status_code == 405


def test_a_stranger_is_sent_to_sign_in(db: None) -> None:
    assert is_sent_to_sign_in(PAGE)


def test_only_publishers_see_the_way_here(member: Client, console: Client, publisher: Publisher) -> None:
    way = 'href="/publish/"'
    assert way in member.get("/console/").content.decode()
    assert way not in console.get("/console/").content.decode()
    assert PAGE in member.get("/publish/").content.decode()
    assert 'href="/publish/calls/" aria-current="page"' in " ".join(member.get(PAGE).content.decode().split())


def test_events_are_in_the_admin_to_look_at(api: APIClient, account: Account) -> None:
    make_install(account)
    operator = console_of(make_user(is_staff=True, is_superuser=True))
    assert operator.get("/admin/results/event/").status_code == 200
    assert operator.get("/admin/results/event/add/").status_code == 403
