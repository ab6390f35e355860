"""The service level of a version: times against their aims, causes, who pays, the budget in words."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from invocations.service_level import Budget
from marketplace.models import InstalledAddOn
from publishers.models import Listing, Publisher
from tests.factories import (
    make_account,
    make_definition,
    make_install,
    make_invocation,
    make_listing,
    make_publisher,
    make_user,
)
from tests.pages import console_of, is_sent_to_sign_in, queries, text, viewer_of

PAGE = "/publish/service-level/"
TIMED_OUT = {"status": "failed", "code": 61001, "http_status": None, "answer": b""}


@pytest.fixture
def publisher(db: None) -> Publisher:
    return make_publisher("acme")


@pytest.fixture
def member(publisher: Publisher) -> Client:
    return console_of(make_user(publisher.account))


@pytest.fixture
def listing(publisher: Publisher) -> Listing:
    return make_listing(publisher=publisher)


@pytest.fixture
def installed(listing: Listing) -> InstalledAddOn:
    return make_install(make_account("consumer-friendly-name"), listing)


def calls(installed: InstalledAddOn, times: list[int], **changes: Any) -> None:
    for ms in times:
        make_invocation(installed, duration_ms=ms, **changes)


def ago(age: timedelta) -> dict[str, Any]:
    """The SID and the time of a call that is so old."""
    at = timezone.now() - age
    sid = f"XR{int(at.timestamp() * 1000):012x}{timezone.now().microsecond:020x}"
    return {"sid": sid, "started_at": at}


def causes_of(member: Client) -> dict[int | None, tuple[int, str, str]]:
    found = member.get(PAGE).context["chosen"]["course"].causes
    return {each.code: (each.calls, each.effect, each.pays) for each in found}


def test_few_calls_have_no_percentile(member: Client, installed: InstalledAddOn) -> None:
    calls(installed, [20] * 7)
    page = text(member.get(PAGE))
    assert "Needs 50 live calls; has 7" in page
    assert "Half of the calls" not in page


def test_the_times_are_compared_with_their_aims(member: Client, installed: InstalledAddOn) -> None:
    calls(installed, [250] * 60 + [1_400] * 38 + [1_999, 1_999])
    page = text(member.get(PAGE))
    assert "Half of the calls 250 ms 200 ms Missed" in page
    assert "95 of 100 calls 1400 ms 1500 ms Met" in page
    assert "99 of 100 calls 1999 ms 2000 ms Met" in page


def test_a_time_that_is_just_the_aim_is_met(member: Client, installed: InstalledAddOn) -> None:
    calls(installed, [200] * 50)
    assert "Half of the calls 200 ms 200 ms Met" in text(member.get(PAGE))


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (Budget(calls=0, failed=0), "No live call counted"),
        (
            Budget(calls=1, failed=0),
            "Of 1 call that counts, 0 may fail by your fault (1 in 100). None did: 0",
        ),
        (Budget(calls=1_000, failed=4), "10 may fail by your fault (1 in 100). 4 did: 6 may still fail."),
        (Budget(calls=1_000, failed=10), "10 did: 0 may still fail."),
        (Budget(calls=1_000, failed=13), "13 did: that is 3 too many."),
    ],
    ids=["none", "one", "some left", "all spent", "overdrawn"],
)
def test_the_error_budget_is_told_in_words(budget: Budget, words: str) -> None:
    assert words in budget.words


def test_each_cause_says_whether_it_counts_and_who_pays(member: Client, publisher: Publisher) -> None:
    priced = make_definition(pricing={"model": "per_use", "price": "0.01", "currency": "USD"})
    installed = make_install(make_account(), make_listing(publisher=publisher, definition=priced))
    calls(installed, [5, 5])
    for code, counts in ((61001, True), (61004, True), (61003, False), (61002, True), (61002, False)):
        make_invocation(installed, **{**TIMED_OUT, "code": code, "counts_in_service_level": counts})
    free, against = "Nobody: a failed call is free", "Counts against you"
    found = member.get(PAGE).context["chosen"]["course"].causes
    assert [(each.code, each.calls, each.effect.split(":")[0], each.pays) for each in found] == [
        (None, 2, "Counts for you", "The customer, where your price rule charges"),
        (61001, 1, against, free),
        (61002, 1, against, free),
        (61002, 1, "Does not count", free),
        (61003, 1, "Does not count", free),
        (61004, 1, "Counts as a call, not against you", free),
    ]
    assert "Does not count: your service was not asked" in text(member.get(PAGE))


def test_nobody_pays_for_a_free_add_on(member: Client, installed: InstalledAddOn) -> None:
    calls(installed, [5])
    assert causes_of(member) == {None: (1, "Counts for you", "Nobody: it is free")}


def test_tests_and_demos_are_not_looked_at(member: Client, installed: InstalledAddOn) -> None:
    calls(installed, [5], purpose="test")
    calls(installed, [5], purpose="demo")
    assert causes_of(member) == {}


@pytest.mark.parametrize(("period", "count"), [("24h", 1), ("7d", 2), ("30d", 3), ("odd", 1)])
def test_each_period_looks_back_so_far(
    member: Client, installed: InstalledAddOn, period: str, count: int
) -> None:
    for days in (0, 3, 20, 40):
        make_invocation(installed, **ago(timedelta(days=days, minutes=1)))
    answer = member.get(PAGE, {"period": period})
    chosen = answer.context["chosen"]
    assert chosen["level"].calls == count
    assert sum(step.calls for step in chosen["course"].steps) == count
    assert len(chosen["course"].steps) in {"7d": {7, 8}, "30d": {30, 31}}.get(period, {24, 25})


def test_the_picture_stands_as_a_table_too(member: Client, installed: InstalledAddOn) -> None:
    calls(installed, [5, 5, 5])
    make_invocation(installed, **TIMED_OUT)
    make_invocation(installed, **{**TIMED_OUT, "counts_in_service_level": False})
    answer = member.get(PAGE)
    last = answer.context["chosen"]["course"].steps[-1]
    assert (last.calls, last.failed, last.high, last.failed_high) == (4, 1, 100, 25)
    rows = re.findall(
        r'<td class="text-end number">4</td>\s*<td class="text-end number">1</td>', answer.content.decode()
    )
    assert len(rows) == 1
    assert "4 calls, 1 of them failed by your fault. The highest bar stands for 4." in text(answer)


def test_the_version_asked_most_is_shown_unless_another_is_chosen(
    member: Client, publisher: Publisher, installed: InstalledAddOn
) -> None:
    other = make_install(make_account(), make_listing(publisher=publisher))
    calls(other, [5])
    assert member.get(PAGE).context["chosen"]["version"] == other.version
    chosen = member.get(PAGE, {"of": installed.version.sid, "period": "7d"}).context["chosen"]
    assert chosen["version"] == installed.version


@pytest.mark.parametrize("of", ["", "XC0", "%00", "XB" + "0" * 32])
def test_an_odd_choice_is_no_choice(member: Client, installed: InstalledAddOn, of: str) -> None:
    assert member.get(PAGE, {"of": of}).context["chosen"]["version"] == installed.version


def test_empty_pages_say_what_they_are_for(member: Client, publisher: Publisher) -> None:
    assert "Nothing to measure yet" in text(member.get(PAGE))
    make_listing(publisher=publisher)
    page = text(member.get(PAGE))
    assert "No live call counted in this time" in page
    assert "How the calls ended" not in page


def test_another_publishers_version_cannot_be_chosen(member: Client, installed: InstalledAddOn) -> None:
    other = make_listing()
    answer = member.get(PAGE, {"of": other.versions.get().sid})
    assert answer.context["chosen"]["version"] == installed.version
    assert other.name not in text(answer)


def test_who_publishes_nothing_has_no_service_level(console: Client, installed: InstalledAddOn) -> None:
    assert console.get(PAGE).status_code == 404
    assert is_sent_to_sign_in(PAGE)


def test_a_viewer_may_look(publisher: Publisher, installed: InstalledAddOn) -> None:
    viewer = viewer_of(publisher.account)
    assert viewer.get(PAGE).status_code == 200
    assert viewer.post(PAGE).status_code == 405


def test_many_versions_take_no_more_queries(
    member: Client, publisher: Publisher, installed: InstalledAddOn
) -> None:
    calls(installed, [5] * 2)
    one = queries(member, PAGE)
    for _ in range(2):
        calls(make_install(make_account(), make_listing(publisher=publisher)), [5])
    cache.clear()
    assert queries(member, PAGE) == one
