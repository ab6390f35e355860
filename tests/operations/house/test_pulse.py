"""The signs of life of a process, and what it writes down with them."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from celery.signals import worker_ready, worker_shutdown
from django.db import OperationalError
from django.utils import timezone

from invocations.breaker import breakers
from operations import pulse, refused
from operations.models import Process, RefusedAddress
from operations.pulse import Pulse, beating
from operations.refused import write_down
from publishers.contract.errors import VendorFailed
from publishers.contract.refusals import Refusals, refusals
from rest.sids import new_sid

pytestmark = pytest.mark.django_db


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> Refusals:
    return Refusals()


def place(row: RefusedAddress) -> tuple[str, int, str, int]:
    return row.host, row.port, row.publisher_sid, row.times


def test_a_process_has_one_row_that_grows_younger() -> None:
    living = Pulse("worker")
    living.beat()
    Process.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    living.beat()
    row = Process.objects.get()
    assert row.seen_at > timezone.now() - timedelta(seconds=5)
    assert row.started_at == living.started_at


def test_a_process_that_ends_in_order_leaves_no_row() -> None:
    living, other = Pulse("web"), Pulse("worker")
    living.beat()
    other.beat()
    living.end()
    assert [each.kind for each in Process.objects.all()] == ["worker"]


def test_processes_that_were_killed_are_forgotten_after_a_day() -> None:
    at = timezone.now()
    for name, age in (("young", timedelta(hours=23)), ("old", timedelta(hours=25))):
        Process.objects.create(kind="web", name=name, started_at=at - age, seen_at=at - age)
    Pulse("worker").beat()
    assert set(Process.objects.values_list("name", flat=True)) == {"young", Pulse("worker").name}


def test_a_pulse_tells_which_services_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breakers, "_known", {})
    version = new_sid("XC")
    for sid, failures in ((version, 5), (new_sid("XC"), 1)):
        for _ in range(failures):
            with pytest.raises(VendorFailed), breakers.asking(sid):
                raise VendorFailed("The service answered 500.")
    Pulse("web").beat()
    [said] = Process.objects.get().breakers
    assert (said["version"], said["failures"]) == (version, 5)
    assert said["words"].startswith("Not asked (open for")


def test_a_pulse_writes_down_what_was_refused() -> None:
    refusals.take()
    refusals.note("https://10.0.0.1/path?secret=x", "The address is not allowed.", publisher="AC1")
    Pulse("web").beat()
    assert place(RefusedAddress.objects.get()) == ("10.0.0.1", 443, "AC1", 1)
    assert refusals.take() == {}


def test_the_same_place_is_counted_in_one_row(noted: Refusals) -> None:
    for _ in range(2):
        noted.note("https://a.example/", "x")
        noted.note("https://a.example/other", "x")
        write_down(noted)
    noted.note("https://a.example/", "x", publisher="AC1")
    noted.note("https://a.example/", "y")
    write_down(noted)
    assert sorted(place(row) for row in RefusedAddress.objects.all()) == [
        ("a.example", 443, "", 1),
        ("a.example", 443, "", 4),
        ("a.example", 443, "AC1", 1),
    ]


def test_the_last_time_is_kept_whoever_writes_last(noted: Refusals) -> None:
    noted.note("https://a.example/", "x")
    earlier = noted.take()
    noted.note("https://a.example/", "x")
    write_down(noted)
    last = RefusedAddress.objects.get().last_at
    noted.put(earlier)
    write_down(noted)
    assert RefusedAddress.objects.get().last_at == last


def test_what_could_not_be_written_is_written_the_next_time(
    noted: Refusals, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise OperationalError

    noted.note("https://a.example/", "x")
    with monkeypatch.context() as patch:
        patch.setattr(refused, "_add", away)
        with pytest.raises(OperationalError):
            write_down(noted)
    assert write_down(noted) == 1
    assert write_down(noted) == 0


def test_old_refusals_and_those_that_are_too_many_go(
    noted: Refusals, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RESULT_RETENTION_DAYS = 30
    monkeypatch.setattr(refused, "MOST_ROWS", 2)
    for host, days in (("old", 31), ("third", 20), ("second", 10)):
        at = timezone.now() - timedelta(days=days)
        RefusedAddress.objects.create(host=host, port=443, reason="x", times=1, first_at=at, last_at=at)
    noted.note("https://new.example/", "x")
    write_down(noted)
    assert set(RefusedAddress.objects.values_list("host", flat=True)) == {"new.example", "second"}


# --- The thread ------------------------------------------------------------------------------


class Beats:
    """Stands for a pulse; tells when it beat twice."""

    def __init__(self, *, fails: bool = False) -> None:
        self.beats, self.ends, self.twice, self._fails = 0, 0, threading.Event(), fails

    def beat(self) -> None:
        self.beats += 1
        if self.beats == 2:
            self.twice.set()
        if self._fails:
            raise OperationalError("away")

    def end(self) -> None:
        self.ends += 1


@pytest.mark.parametrize("fails", [False, True])
def test_it_beats_until_the_block_ends_whatever_the_database_does(
    fails: bool, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats = Beats(fails=fails)
    settings.PULSE_SECONDS = 0.01
    monkeypatch.setattr(pulse, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(pulse, "Pulse", lambda _: beats)
    with beating("web"):
        assert beats.twice.wait(2)
    assert beats.ends == 1


def test_no_thread_beats_where_it_is_switched_off() -> None:
    before = threading.active_count()
    with beating("web"):
        assert threading.active_count() == before


def test_a_worker_begins_and_ends_its_pulse(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    beats = Beats()
    settings.PULSE_SECONDS = 0.01
    monkeypatch.setattr(pulse, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(pulse, "Pulse", lambda _: beats)
    worker_ready.send(sender=None)
    assert beats.twice.wait(2)
    worker_shutdown.send(sender=None)
    assert beats.ends == 1
