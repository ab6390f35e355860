"""Contract reports: asked for, made by a worker, watched, cancelled, taken over and broken off."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from conformance import reports
from conformance.reports import AlreadyUnderWay, NotUnderWay, cancel, make_report, request_report
from conformance.suite.report import Report
from conformance.tasks import drop_old_tests, sweep_reports
from invocations.breaker import breakers
from publishers.models import ContractReport, ListingVersion
from results.models import Invocation
from tests.conformance.services import version_at
from tests.factories import NOBODY, make_bench_run
from tests.fake_publisher import Answer, FakePublisher

pytestmark = pytest.mark.django_db
Status = ContractReport.Status


@pytest.fixture
def service() -> Iterator[FakePublisher]:
    with FakePublisher({"line_type": "mobile"}).in_thread() as service:
        yield service


def asked(version: ListingVersion, **options: Any) -> ContractReport:
    return request_report(version=version, actor=NOBODY, **options)


def again(report: ContractReport) -> ContractReport:
    return ContractReport.objects.get(pk=report.pk)


def test_a_report_is_made_by_the_real_tester_and_kept_whole(service: FakePublisher) -> None:
    version = version_at(service)
    report = asked(version)
    assert (report.status, report.definition_sha256) == (Status.QUEUED, version.definition_sha256)
    make_report(report.sid)
    report = again(report)
    made = Report.from_json(report.document)
    assert (report.status, report.due_at) == (Status.DONE, None)
    assert report.verdict == made.verdict
    assert (report.done, report.total) == (len(made.checks), len(made.checks))
    assert (report.failed, report.warned) == (made.counts["failed"], made.counts["warned"])
    assert report.date_completed
    assert not Invocation.objects.exists()
    assert breakers.state_of(version.sid) is None
    assert service.requests


def test_one_report_of_a_listing_is_made_at_a_time() -> None:
    version = version_at()
    first = asked(version)
    with pytest.raises(AlreadyUnderWay, match=first.sid):
        asked(version, is_operators=True)
    cancel(report=first)
    assert asked(version).pk != first.pk
    assert asked(version_at()).status == Status.QUEUED


def test_a_cancelled_report_is_not_begun_and_not_cancelled_twice(service: FakePublisher) -> None:
    report = asked(version_at(service))
    cancel(report=report)
    make_report(report.sid)
    assert (again(report).status, service.requests) == (Status.CANCELED, [])
    with pytest.raises(NotUnderWay):
        cancel(report=report)


@pytest.mark.django_db(transaction=True)
def test_a_report_that_is_cancelled_while_it_is_made_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "BEAT_SECONDS", 0.02)

    def cancel_it() -> None:
        ContractReport.objects.filter(status=Status.RUNNING).update(status=Status.CANCELED)
        connection.close()

    def answer(_: object) -> Any:
        thread = Thread(target=cancel_it)  # an event loop may not ask the database
        thread.start()
        thread.join()
        return Answer(200, {"ok": True}, delay=0.1)

    with FakePublisher(answer).in_thread() as service:
        report = asked(version_at(service))
        make_report(report.sid)
    assert (again(report).status, again(report).document) == (Status.CANCELED, {})
    assert len(service.requests) < 20


def test_a_definition_that_changed_before_the_tester_began_breaks_it_off(service: FakePublisher) -> None:
    version = version_at(service)
    draft = version.listing.versions.create(number=2, definition=version.definition)
    report = asked(draft)
    ListingVersion.objects.filter(pk=draft.pk).update(definition={**version.definition, "limits": {}})
    make_report(report.sid)
    assert (again(report).status, again(report).document) == (Status.BROKEN, {"error": reports.CHANGED})
    assert service.requests == []


def test_a_worker_that_died_leaves_a_lease_that_runs_out_and_another_begins_anew(
    service: FakePublisher,
) -> None:
    report = asked(version_at(service))
    assert ContractReport.objects.lease(report.sid, reports.LEASE)
    make_report(report.sid)
    assert again(report).status == Status.QUEUED  # somebody is at it
    past = timezone.now() - timedelta(seconds=1)
    ContractReport.objects.update(leased_until=past, status=Status.RUNNING)
    make_report(report.sid)
    assert (again(report).status, again(report).tries) == (Status.DONE, 2)


def test_a_report_at_which_many_workers_died_is_broken_off(service: FakePublisher) -> None:
    report = asked(version_at(service))
    ContractReport.objects.update(tries=reports.MOST_TRIES)
    make_report(report.sid)
    assert again(report).status == Status.BROKEN
    assert "3 times" in again(report).document["error"]
    assert service.requests == []


def test_what_an_overtaken_worker_found_is_not_taken(service: FakePublisher) -> None:
    report = asked(version_at(service))
    first = reports._claimed(report.sid)
    assert first is not None
    ContractReport.objects.update(leased_until=timezone.now(), status=Status.RUNNING)
    make_report(report.sid)
    ended = again(report).date_completed
    reports._end(first, status=Status.BROKEN, document={})
    assert (again(report).status, again(report).date_completed) == (Status.DONE, ended)


def test_a_bug_of_ours_ends_the_report_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "subject_of", lambda version: 1 / 0)
    report = asked(version_at())
    make_report(report.sid)
    assert (again(report).status, again(report).document) == (Status.BROKEN, {"error": reports.OWN_FAULT})


def test_a_definition_that_is_not_right_yet_gets_a_red_report() -> None:
    listing = version_at().listing
    draft = listing.versions.create(number=2, definition={"type": "phone-number", "request": []})
    report = asked(draft)
    make_report(report.sid)
    assert (again(report).status, again(report).verdict) == (Status.DONE, "red")


def test_the_sweeper_tells_workers_of_what_nobody_followed(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    report = asked(version_at())
    told: list[str] = []
    monkeypatch.setattr(make_report, "apply_async", lambda args, **_: told.extend(args))
    with django_capture_on_commit_callbacks(execute=True):
        sweep_reports()
    assert told == []  # it was told of when it was asked for
    ContractReport.objects.update(hinted_at=timezone.now() - timedelta(minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        sweep_reports()
    assert told == [report.sid]


def test_asking_tells_a_worker_at_once(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[str] = []
    monkeypatch.setattr(make_report, "apply_async", lambda args, **_: told.extend(args))
    with django_capture_on_commit_callbacks(execute=True):
        report = asked(version_at())
    assert told == [report.sid]


def test_old_calls_of_the_bench_are_dropped() -> None:
    version = version_at()
    old = make_bench_run(version, date_created=timezone.now() - timedelta(days=31))
    young = make_bench_run(version, date_created=timezone.now() - timedelta(days=29))
    drop_old_tests()
    assert list(version.test_runs.values_list("pk", flat=True)) == [young.pk] != [old.pk]
