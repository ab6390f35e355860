"""Several at the same recording, and what may end in between."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import Account
from recordings import intake, services
from recordings.models import Recording
from tests.fake_publisher import Answer, FakePublisher, Received
from tests.recordings.taking import RE, WAV, announced, elsewhere, stored, taken_in

pytestmark = pytest.mark.django_db

Status = Recording.Status


@pytest.mark.django_db(transaction=True)
def test_while_the_audio_comes_the_lease_is_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "_BEAT_SECONDS", 0.05)
    leases: list[Any] = []
    recording = announced("")

    def slowly(_: Received) -> Answer:
        leases.append(elsewhere(lambda: Recording.objects.get(pk=recording.pk).leased_until))
        return Answer(404 if len(leases) == 1 else 307, headers={"Location": "/again"}, delay=0.15)

    with FakePublisher(slowly).in_thread() as platform:
        Recording.objects.filter(pk=recording.pk).update(media_url=platform.url("/1"))
        taken_in(recording)
        taken_in(recording)
    renewed = leases[1:]
    assert renewed == sorted(renewed)
    assert renewed[-1] - renewed[0] > timedelta(seconds=0.3)


@pytest.mark.django_db(transaction=True)
def test_a_recording_deleted_meanwhile_stays_deleted_and_leaves_no_file() -> None:
    told: list[Recording] = []
    recording = announced("")

    def delete(_: Received) -> Answer:
        elsewhere(lambda: services.delete(Recording.objects.get(pk=recording.pk)))
        return WAV

    files = stored()
    with FakePublisher(delete).in_thread() as platform:
        Recording.objects.filter(pk=recording.pk).update(media_url=platform.url("/1"))
        after = taken_in(recording, on_complete=told.append)
    assert (after.status, after.due_at, told) == (Status.DELETED, None, [])
    assert stored() == files


def test_whoever_was_overtaken_changes_nothing_and_leaves_no_file() -> None:
    with FakePublisher(WAV).in_thread() as platform:
        recording = announced(platform.url("/1"))
        slow = Recording.objects.claim(recording.sid, lease=timedelta(seconds=-1))
        quick = taken_in(recording)
        files = stored()
        intake.take_in(slow)
    after = Recording.objects.get(pk=recording.pk)
    assert (after.audio.name, after.date_updated) == (quick.audio.name, quick.date_updated)
    assert stored() == files


def test_when_what_follows_fails_nothing_is_completed() -> None:
    def fails(_: Recording) -> None:
        raise ZeroDivisionError

    files = stored()
    with FakePublisher(WAV).in_thread() as platform:
        recording = announced(platform.url("/1"))
        with pytest.raises(ZeroDivisionError):
            taken_in(recording, on_complete=fails)
        after = Recording.objects.get(pk=recording.pk)
        assert (after.status, stored()) == (Status.PROCESSING, files)
        Recording.objects.filter(pk=recording.pk).update(leased_until=None)
        assert taken_in(recording).status == Status.COMPLETED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_arrived", [True, False])
def test_a_commit_that_fails_costs_no_row_its_file(
    monkeypatch: pytest.MonkeyPatch, *, has_arrived: bool
) -> None:
    """The database may have taken it before the connection broke: then the file stays."""
    files = stored()
    with FakePublisher(WAV).in_thread() as platform:
        recording = announced(platform.url("/1"))

        def break_off(_: Recording) -> None:
            monkeypatch.setattr(connection, "commit", commit)

        def commit() -> None:
            monkeypatch.undo()
            if has_arrived:
                connection.commit()
            raise OperationalError

        with pytest.raises(OperationalError):
            taken_in(recording, on_complete=break_off)
    after = Recording.objects.get(pk=recording.pk)
    assert after.status == (Status.COMPLETED if has_arrived else Status.PROCESSING)
    assert len(stored() - files) == has_arrived


def test_a_full_disk_is_no_fault_of_the_recordings(settings: Any) -> None:
    with FakePublisher(WAV).in_thread() as platform:
        recording = announced(platform.url("/1"))
        settings.DISK_RESERVE_MB = 10**12
        for _ in range(13):
            recording = taken_in(recording)
            assert recording.status == Status.PROCESSING
        settings.DISK_RESERVE_MB = 0
        assert taken_in(recording).status == Status.COMPLETED


@pytest.mark.django_db(transaction=True)
def test_two_who_are_told_at_once_take_it_in_once() -> None:
    with FakePublisher(Answer(200, WAV.body, delay=0.1)).in_thread() as platform:
        recording = announced(platform.url("/1"))
        told: list[str] = []

        def work() -> None:
            claimed = Recording.objects.claim(recording.sid, lease=intake.LEASE)
            if claimed is not None:
                intake.take_in(claimed, on_complete=lambda row: told.append(row.sid))
            connection.close()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (told, len(platform.requests)) == ([RE], 1)


def test_audio_that_a_deletion_left_behind_is_removed_by_whoever_sweeps(account: Account) -> None:
    with FakePublisher(WAV).in_thread() as platform:
        recording = taken_in(announced(platform.url("/1"), account))
    Recording.objects.filter(pk=recording.pk).update(status=Status.DELETED, due_at=timezone.now())
    assert Recording.objects.to_hint() == [recording.sid]
    after = taken_in(recording)
    assert (after.audio.name, after.due_at) == ("", None)
    assert not default_storage.exists(str(recording.audio.name))


@pytest.mark.django_db(transaction=True)
def test_a_platform_that_tells_of_it_many_times_at_once_names_one_recording(account: Account) -> None:
    sids: list[str] = []

    def tell() -> None:
        sids.append(announced("https://api.twilio.com/1", account).sid)
        connection.close()

    threads = [threading.Thread(target=tell) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sids == [RE] * 8
    assert Recording.objects.count() == 1
