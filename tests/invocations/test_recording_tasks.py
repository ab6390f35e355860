"""Work on recordings in the background: taken in, handed over, swept; whatever fails beside it."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery
from django.db import DatabaseError

from accounts.models import Account
from config.celery import app, transport_options
from deliveries.models import Delivery
from invocations import tasks
from invocations.dispatch import LEASE
from invocations.points import recording as point
from invocations.tasks import sweep, take_in_recording
from recordings import services
from recordings.models import Recording
from rest.leases import hint
from results.models import AddOnResult, Event
from tests.factories import make_account, make_audio, make_recording, make_result
from tests.fake_publisher import Answer, FakePublisher
from tests.invocations.owed_results import again, install_for, now_due, owed

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def workers() -> Iterator[None]:
    """What they are told meanwhile is done at once."""
    app.conf.task_always_eager = True
    try:
        yield
    finally:
        app.conf.task_always_eager = False


def swept() -> None:
    with workers():
        sweep()


@pytest.fixture
def service() -> Iterator[FakePublisher]:
    with FakePublisher(202).in_thread() as service:
        yield service


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def lost_app(url: str, folder: Path) -> Celery:
    """One that reaches its broker as ours does."""
    lost = Celery("lost", broker=url, set_as_current=False)
    lost.conf.update(
        broker_transport_options=transport_options(url, folder),
        broker_connection_timeout=app.conf.broker_connection_timeout,
    )
    return lost


def seconds_of_hints(lost: Celery, caplog: pytest.LogCaptureFixture) -> float:
    @lost.task
    def nothing(sid: str) -> None: ...

    began = time.monotonic()
    hint(nothing, [f"XR{number:032x}" for number in range(50)])
    assert "the broker took no hint: OperationalError" in caplog.text
    return time.monotonic() - began


def announced(account: Account, platform: FakePublisher, number: int = 1) -> Recording:
    details = services.Details(source="RecordVerb", platform_sid=f"RE{number:032x}")
    url = platform.url("/Recordings/RE1")
    return services.announce(account=account, details=details, media_url=url)


# --- Taking in -------------------------------------------------------------------------------


def test_a_recording_that_is_taken_in_goes_to_the_add_ons(account: Account, service: FakePublisher) -> None:
    install_for(account, service)
    with FakePublisher(make_audio()).in_thread() as platform, workers():
        take_in_recording(announced(account, platform).sid)
    assert Recording.objects.get().status == "completed"
    assert AddOnResult.objects.get().status == "in-progress"
    assert make_audio() in service.requests[0].body


def test_a_recording_is_complete_together_with_what_it_owes_or_not_at_all(
    account: Account, service: FakePublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_for(account, service)

    def dies(recording: Recording) -> None:
        point.start(recording)
        raise DatabaseError

    with FakePublisher(make_audio()).in_thread() as platform:
        recording = announced(account, platform)
        with monkeypatch.context() as patch:
            patch.setattr(tasks, "start", dies)
            with pytest.raises(DatabaseError):
                take_in_recording(recording.sid)
        assert (Recording.objects.get().status, AddOnResult.objects.count()) == ("processing", 0)
        Recording.objects.update(leased_until=None)
        take_in_recording(recording.sid)
    assert (Recording.objects.get().status, AddOnResult.objects.count()) == ("completed", 1)


def test_a_second_message_takes_nothing_in(account: Account) -> None:
    with FakePublisher(make_audio()).in_thread() as platform:
        recording = announced(account, platform)
        take_in_recording(recording.sid)
        take_in_recording(recording.sid)
    assert len(platform.requests) == 1


def test_an_account_whose_platform_hangs_holds_so_many_workers_and_no_more(account: Account) -> None:
    with FakePublisher(make_audio()).in_thread() as platform:
        rows = [announced(account, platform, number) for number in range(tasks.INTAKES.most + 1)]
        *hanging, first = [row.sid for row in rows]
        claimed = [Recording.objects.claim(sid, lease=LEASE) for sid in hanging]
        others = announced(make_account(), platform)
        Recording.objects.update(hinted_at=None)
        assert tasks.INTAKES.to_hint() == [others.sid]
        take_in_recording(first)
        assert platform.requests == []
        Recording.objects.filter(pk=claimed[0].pk).update(leased_until=None)
        with workers():
            take_in_recording(first)
            take_in_recording(others.sid)
    assert set(Recording.objects.filter(status="completed").values_list("sid", flat=True)) >= {
        first,
        others.sid,
    }


def test_audio_that_cannot_be_had_is_told(account: Account) -> None:
    with FakePublisher(Answer(410)).in_thread() as platform:
        take_in_recording(announced(account, platform).sid)
    assert Recording.objects.get().status == "absent"
    event = Event.objects.get(account=account)
    assert (event.code, event.reference_sid) == (11200, Recording.objects.get().sid)


# --- The sweeper -----------------------------------------------------------------------------


def test_a_sweep_finds_every_row_that_nobody_was_told_of(account: Account, service: FakePublisher) -> None:
    with FakePublisher(make_audio()).in_thread() as platform, FakePublisher(200).in_thread() as developer:
        result = owed(account, service)
        now_due(result)
        recording = announced(account, platform)
        Recording.objects.filter(pk=recording.pk).update(hinted_at=None)
        Delivery.objects.create(
            account=account,
            kind="result",
            reference_sid=result.sid,
            url=developer.url(),
            host="127.0.0.1",
            due_at=result.due_at,
        )
        swept()
    assert again(result).status == "in-progress"
    assert Recording.objects.get(pk=recording.pk).status == "completed"
    assert Delivery.objects.get().status == "delivered"


def test_a_sweep_takes_up_what_somebody_died_at(account: Account, service: FakePublisher) -> None:
    result = owed(account, service)
    now_due(result)
    AddOnResult.objects.claim(result.sid, lease=LEASE)
    swept()
    assert service.requests == []  # the lease still runs
    now_due(result)
    swept()
    assert (again(result).status, again(result).tries) == ("in-progress", 2)


def test_two_sweeps_at_once_ask_once(account: Account, service: FakePublisher) -> None:
    now_due(owed(account, service))
    swept()
    swept()
    assert len(service.requests) == 1


def test_a_sweep_ends_what_is_late(account: Account) -> None:
    result = make_result(make_recording(account))
    AddOnResult.objects.update(deadline=result.date_created)
    sweep()
    assert (again(result).status, again(result).code) == ("failed", 61001)


@pytest.mark.parametrize("broken", list(tasks.PARTS))
def test_a_part_that_fails_keeps_no_other_from_its_turn(
    account: Account,
    service: FakePublisher,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    broken: str,
) -> None:
    def fails() -> None:
        raise DatabaseError("gone")

    turns: list[str] = []
    parts = {name: (lambda name=name: turns.append(name)) for name in tasks.PARTS}
    monkeypatch.setattr(tasks, "PARTS", {**parts, broken: fails})
    with caplog.at_level(logging.ERROR):
        sweep()
    assert turns == [name for name in parts if name != broken]
    assert f"the sweep of {broken} failed" in caplog.text


# --- The broker ------------------------------------------------------------------------------


def test_a_sweep_stands_in_no_line_behind_what_it_sends() -> None:
    def queue_of(name: str) -> str:
        return str(app.amqp.router.route({}, name)["queue"].name)

    assert queue_of("invocations.tasks.sweep") == "patchbay-sweep"
    assert queue_of("invocations.tasks.dispatch_result") == "patchbay"
    assert set(app.amqp.queues) == {"patchbay", "patchbay-sweep"}
    exchanges = {each.exchange.name for each in app.amqp.queues.values()}
    assert len(exchanges) == 2  # one of both would carry each message twice


def test_beat_sends_sweeps_that_do_not_pile_up() -> None:
    assert app.conf.beat_schedule["sweep"]["task"] == sweep.name
    assert vars(app.amqp.queues["patchbay-sweep"])["message_ttl"] == 10
    pace = tasks.Pace(seconds=60)
    assert [pace.is_time() for _ in range(3)] == [True, False, False]


def test_a_sweep_is_made_whatever_the_clock_of_the_worker_says() -> None:
    """Celery would compare a time of expiry, made by beat's clock, with the worker's."""
    assert "options" not in app.conf.beat_schedule["sweep"]


@pytest.mark.parametrize("url", ["amqp://guest:guest@127.0.0.1:1//", "redis://127.0.0.1:1/0"])
def test_a_broker_that_is_away_holds_nobody_up(
    tmp_path: Path, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert seconds_of_hints(lost_app(url, tmp_path), caplog) < 2


@pytest.mark.parametrize("scheme", ["amqp", "redis"])
def test_a_broker_that_does_not_answer_holds_nobody_up_for_long(
    tmp_path: Path, silent_port: int, scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert seconds_of_hints(lost_app(f"{scheme}://127.0.0.1:{silent_port}/", tmp_path), caplog) < 4
