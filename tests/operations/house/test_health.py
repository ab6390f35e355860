"""The health page: what runs, what is owed, what is stuck, what can be reached, what was refused."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from operations import health as looking
from operations.health import Queue, health, leased_models
from operations.models import Examination, Process, RefusedAddress
from operations.tasks import KEPT, examine
from results.models import AddOnResult
from tests.deliveries.rows import make_delivery
from tests.factories import make_account, make_listing, make_publisher, make_recording, make_result
from tests.pages import is_sent_to_sign_in, queries, text

PAGE = "/operate/health/"
pytestmark = pytest.mark.django_db


def process(kind: str = "worker", *, age: timedelta = timedelta(0), **changes: Any) -> Process:
    at = timezone.now() - age
    values = {"kind": kind, "name": f"host:{Process.objects.count()}", "started_at": at, "seen_at": at}
    return Process.objects.create(**{**values, **changes})


def refuse(host: str, **changes: Any) -> RefusedAddress:
    at = timezone.now()
    values = {"host": host, "port": 443, "reason": "The address is not allowed.", "times": 1}
    return RefusedAddress.objects.create(**{**values, "first_at": at, "last_at": at, **changes})


def queue_of(name: str) -> Queue:
    return next(each for each in health().queues if each.name == name)


def place_of(name: str) -> Any:
    return next(each for each in health().places if each.name == name)


def test_a_house_in_order_says_so(operator: Client) -> None:
    process()
    answer = operator.get(PAGE)
    assert answer.context["health"].problems == []
    page = text(answer)
    assert "Health In order" in page
    assert "Worker Runs" in page
    assert "Every migration is applied." in page
    for name in ("Database", "Broker", "Cache", "Storage"):
        assert f"{name} Reached" in page


def test_without_a_worker_the_page_says_what_does_not_happen(operator: Client) -> None:
    process("web")
    process(age=Process.SILENT_FOR + timedelta(seconds=1))
    page = text(operator.get(PAGE))
    assert "Needs attention" in page
    assert "No worker shows a sign of life: nothing is fetched, sent or delivered." in page
    assert "Worker Silent" in page


def test_a_worker_that_was_just_seen_is_alive() -> None:
    process(age=Process.SILENT_FOR - timedelta(seconds=5))
    assert health().has_worker


def test_each_table_of_owed_work_has_its_line() -> None:
    names = {model.__name__ for model in leased_models()}
    assert names >= {"Recording", "AddOnResult", "Delivery", "ContractReport"}
    assert len(health().queues) == len(names)


def test_what_is_due_and_for_how_long_is_told(operator: Client) -> None:
    now = timezone.now()
    owed = make_delivery(make_account())
    type(owed).objects.filter(pk=owed.pk).update(due_at=now - timedelta(seconds=90), leased_until=None)
    queue = queue_of("Deliveries")
    assert (queue.due, queue.under_way, queue.is_late) == (1, 0, True)
    assert 85 <= queue.waits_seconds <= 100
    assert "Deliveries: the oldest that is due waits for" in text(operator.get(PAGE))
    type(owed).objects.update(leased_until=now + timedelta(seconds=30))
    queue = queue_of("Deliveries")
    assert (queue.due, queue.under_way, queue.is_late) == (0, 1, False)


def test_what_is_due_soon_is_not_late() -> None:
    owed = make_delivery(make_account())
    type(owed).objects.update(due_at=timezone.now() + timedelta(seconds=30), leased_until=None)
    assert queue_of("Deliveries").due == 0


def test_stuck_results_are_named(operator: Client) -> None:
    assert "None: every result has ended by its deadline" in text(operator.get(PAGE))
    result = make_result(make_recording())
    AddOnResult.objects.update(deadline=timezone.now() - timedelta(minutes=10))
    page = text(operator.get(PAGE))
    assert "Some results should have ended, and have not." in page
    assert f"{result.sid} is in-progress" in page


def test_the_breakers_of_every_process_are_shown(operator: Client) -> None:
    version = make_listing().versions.get()
    words = "Not asked (open for 2.0 s): it failed 5 times in a row."
    said = {"version": version.sid, "failures": 5, "words": words, "at": timezone.now().isoformat()}
    process("web", breakers=[said, {**said, "version": "XC" + "0" * 32}])
    process(breakers=[said], age=timedelta(minutes=5))
    assert [each.version for each in health().not_asked] == [version]
    page = text(operator.get(PAGE))
    assert f"{version.listing.name} version 1 {words}" in page
    assert f"/operate/listings/{version.listing.sid}/" in operator.get(PAGE).content.decode()


def test_what_was_refused_is_listed_with_whose_it_is(operator: Client) -> None:
    publisher = make_publisher("acme")
    refuse("metadata.acme.example", publisher_sid=publisher.account.sid, times=12)
    refuse("10.0.0.1", last_at=timezone.now() + timedelta(seconds=1))
    refuse("<b>x</b>", publisher_sid=make_account().sid)
    answer = operator.get(PAGE)
    page = text(answer)
    assert "metadata.acme.example:443 The address is not allowed. Acme 12" in page
    assert "10.0.0.1:443 The address is not allowed. A webhook, notice or recording 1" in page
    assert f"/operate/publishers/{publisher.account.sid}/" in answer.content.decode()
    assert "<b>x" not in answer.content.decode()


def test_only_the_newest_refusals_are_shown_and_the_others_counted(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.health_views.SHOWN_REFUSALS", 2)
    for host in ("a.example", "b.example", "c.example"):
        refuse(host)
    page = text(operator.get(PAGE))
    assert "The last 2 of 3 places." in page
    assert "a.example" not in page


def test_a_place_that_is_away_is_told_without_its_secrets(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> str:
        raise ConnectionError("redis://:hunter2@host refused")

    process()
    monkeypatch.setattr(looking, "_broker", away)
    page = text(operator.get(PAGE))
    assert "Broker Away cannot be used (ConnectionError)." in page
    assert "Broker: cannot be used (ConnectionError)." in page
    assert "hunter2" not in page


def test_a_place_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(looking, "_cache", lambda: time.sleep(0.2) or "late")  # type: ignore[func-returns-value]
    began = time.monotonic()
    place = place_of("Cache")
    assert not place.works
    assert "gave no answer within" in place.words
    assert time.monotonic() - began < 2


def test_a_cache_that_forgets_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    forgetful = caches.create_connection("default")
    monkeypatch.setattr(forgetful, "set", lambda *_, **__: None)
    monkeypatch.setattr(looking, "cache", forgetful)
    assert not place_of("Cache").works


def test_a_disk_that_is_full_is_a_problem(settings: Any) -> None:
    settings.DISK_RESERVE_MB = 10**12
    assert not place_of("Storage").works


# --- The hourly examination ------------------------------------------------------------------


def test_an_examination_that_found_nothing_is_kept(operator: Client) -> None:
    assert "None yet. Each hour" in text(operator.get(PAGE))
    assert examine() == 0
    assert "Everything holds" in text(operator.get(PAGE))


def test_an_examination_that_found_something_is_told(operator: Client) -> None:
    result = make_result(make_recording())
    AddOnResult.objects.update(deadline=timezone.now() - timedelta(minutes=10))
    assert examine() == 1
    page = text(operator.get(PAGE))
    assert "The last examination found something that must not be." in page
    assert f"I1: {result.sid} is in-progress" in page


def test_only_the_last_examinations_are_kept() -> None:
    for _ in range(KEPT):
        Examination.objects.create(seconds=1)
    oldest = Examination.objects.last()
    assert oldest
    examine()
    assert Examination.objects.count() == KEPT
    assert not Examination.objects.filter(pk=oldest.pk).exists()


# --- Who may look ----------------------------------------------------------------------------


def test_only_operators_see_it(console: Client, operator: Client) -> None:
    assert console.get(PAGE).status_code == 403
    assert is_sent_to_sign_in(PAGE)
    assert operator.post(PAGE).status_code == 405


def test_many_rows_take_no_more_queries(operator: Client) -> None:
    def fill() -> None:
        version = make_listing().versions.get()
        said = {"version": version.sid, "failures": 5, "words": "x", "at": timezone.now().isoformat()}
        process(breakers=[said])
        refuse(f"{version.sid}.example", publisher_sid=version.listing.publisher.account.sid)

    fill()
    one = queries(operator, PAGE)
    fill()
    fill()
    assert queries(operator, PAGE) == one
