"""Retention: results, their payloads and files do not outlive their time, nor what an account deletes."""

import os
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Account
from recordings.models import Recording
from rest.files import DurableFiles, StorageDown, each_name
from results import retention, settling, tasks
from results.models import AddOnResult, Invocation, Payload
from tests.factories import make_install, make_invocation, make_payload, make_recording, make_result

OLD = timezone.now() - timedelta(days=30, minutes=1)


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> Path:
    """A folder of one's own, as an installation has it."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "rest.files.DurableFiles", "OPTIONS": {"location": str(tmp_path)}},
    }
    return tmp_path


def names() -> set[str]:
    return {*each_name("payloads"), *each_name("recordings")}


def make_aged(days: float) -> Payload:
    """A payload of a result that is so many days old."""
    made = timezone.now() - timedelta(days=days)
    result = make_result(make_recording(), status="completed", date_created=made)
    return make_payload(result)


# --- What an account deletes -----------------------------------------------------------------


def test_a_deleted_result_is_gone_at_once_and_its_files_with_the_commit(
    db: None, files: Path, django_capture_on_commit_callbacks: Any
) -> None:
    payload, other = make_aged(1), make_aged(1)
    with django_capture_on_commit_callbacks(execute=True):
        retention.delete_result(payload.result)
        assert not AddOnResult.objects.kept().filter(pk=payload.result_id).exists()
        assert list(Payload.objects.kept()) == [other]
        assert payload.data.name in names()
    assert list(Payload.objects.all()) == [other]
    assert payload.data.name not in names()
    assert other.data.name in names()


def test_a_deleted_payload_leaves_its_result(
    db: None, files: Path, django_capture_on_commit_callbacks: Any
) -> None:
    payload = make_aged(1)
    other = make_payload(payload.result)
    with django_capture_on_commit_callbacks(execute=True):
        retention.delete_payload(payload)
        assert list(Payload.objects.kept()) == [other]
    assert (list(Payload.objects.all()), payload.data.name in names()) == ([other], False)
    assert AddOnResult.objects.kept().count() == 1


def test_a_result_that_changes_while_it_is_deleted_is_deleted_as_it_is_then(
    db: None, monkeypatch: Any
) -> None:
    result = make_result(make_recording())
    delete = settling.delete

    def changed_first(row: AddOnResult) -> bool:
        monkeypatch.setattr(settling, "delete", delete)
        AddOnResult.objects.update(tries=7)
        return delete(row)

    monkeypatch.setattr(settling, "delete", changed_first)
    retention.delete_result(result)
    assert AddOnResult.objects.get().status == "deleted"


def test_a_file_that_stays_because_the_storage_is_down_goes_with_the_next_run(
    db: None, files: Path, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    payload = make_aged(1)

    def down(*_: Any) -> None:
        raise StorageDown

    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(DurableFiles, "delete", down)
        retention.delete_result(payload.result)
    assert not Payload.objects.kept().exists()
    assert payload.data.name in names()
    retention.remove_deleted()
    assert (Payload.objects.count(), payload.data.name in names()) == (0, False)


# --- What time takes -------------------------------------------------------------------------


def test_nothing_is_readable_past_its_time_although_no_purge_ran(db: None) -> None:
    young, old = make_aged(29.99), make_aged(30.01)
    assert list(Payload.objects.kept()) == [young]
    assert list(AddOnResult.objects.kept()) == [young.result]
    assert retention.kept_until(old.result) < timezone.now() < retention.kept_until(young.result)


def test_the_purge_takes_old_results_with_their_payloads_and_files_and_leaves_young_ones(
    db: None, files: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    old, young = [make_aged(31) for _ in range(3)], make_aged(29)
    make_payload(old[0].result)
    assert retention.purge() == 7
    assert list(AddOnResult.objects.all()) == [young.result]
    assert list(Payload.objects.all()) == [young]
    assert set(each_name("payloads")) == {young.data.name}
    assert retention.purge() == 0


@pytest.mark.parametrize("where", ["mark", "unlink", "row", "result"])
def test_a_purge_that_is_killed_anywhere_is_finished_by_the_next(
    db: None, files: Path, monkeypatch: Any, where: str
) -> None:
    payloads = [make_aged(31) for _ in range(3)]

    class Killed(BaseException):
        pass

    calls = 0

    def die_at_the_second(function: Any) -> Any:
        def dying(*args: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == 2:
                raise Killed
            return function(*args, **options)

        return dying

    place = {
        "mark": (retention, "database_time"),
        "unlink": (DurableFiles, "delete"),
        "row": (retention, "_remove"),
        "result": (retention, "_delete_rows"),
    }[where]
    monkeypatch.setattr(retention, "BATCH", 1)
    with monkeypatch.context() as patch:
        patch.setattr(*place, die_at_the_second(getattr(*place)))
        with pytest.raises(Killed):
            retention.purge()
    assert AddOnResult.objects.count() in {2, 3}
    for payload in Payload.objects.kept():
        assert payload.data.name in names()
    assert not Payload.objects.kept().exists()
    retention.purge()
    assert (AddOnResult.objects.count(), Payload.objects.count()) == (0, 0)
    assert not {payload.data.name for payload in payloads} & names()


def test_results_of_deleted_recordings_go_however_long_ago_that_was(db: None, files: Path) -> None:
    payload, other = make_aged(3), make_aged(3)
    Recording.objects.filter(pk=payload.result.recording_id).update(status="deleted", date_updated=OLD)
    assert retention.remove_deleted() == 1
    assert list(Payload.objects.all()) == [other]
    assert payload.data.name not in names()


def test_expired_invocations_are_dropped_and_young_ones_stay(account: Account, monkeypatch: Any) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    installed, now = make_install(account), timezone.now()
    for _ in range(5):
        make_invocation(installed, started_at=now - timedelta(days=30, seconds=1))
    young = make_invocation(installed, started_at=now - timedelta(days=29, hours=23))
    assert tasks.drop_expired_results() == 5
    assert Invocation.objects.get() == young
    assert tasks.drop_expired_results() == 0


def test_the_retention_is_a_setting(account: Account, settings: Any) -> None:
    settings.RESULT_RETENTION_DAYS = 1
    make_invocation(make_install(account), started_at=timezone.now() - timedelta(days=2))
    assert tasks.drop_expired_results() == 1


def test_a_purge_of_a_large_part_of_a_table_stops_and_asks(
    account: Account, monkeypatch: Any, caplog: Any, capsys: Any
) -> None:
    monkeypatch.setattr(retention, "FEW", 2)
    installed = make_install(account)
    for _ in range(3):
        make_invocation(installed, started_at=OLD)
    for _ in range(11):
        make_invocation(installed)
    assert tasks.drop_expired_results() == 0
    assert "The purge would delete 3 of 14 invocations" in caplog.text
    with pytest.raises(CommandError, match="--even-if-much"):
        call_command("purge")
    assert Invocation.objects.count() == 14
    call_command("purge", "--even-if-much")
    assert Invocation.objects.count() == 11
    assert "3 rows and " in capsys.readouterr().out


def test_a_purge_of_a_small_part_of_a_table_asks_nobody(account: Account, monkeypatch: Any) -> None:
    monkeypatch.setattr(retention, "FEW", 2)
    installed = make_install(account)
    for _ in range(3):
        make_invocation(installed, started_at=OLD)
    for _ in range(12):
        make_invocation(installed)
    assert tasks.drop_expired_results() == 3


# --- Files that no row names -----------------------------------------------------------------


def test_files_that_no_row_names_are_swept_when_they_are_old(db: None, files: Path) -> None:
    payload, recording = make_aged(1), make_recording()
    strays = [f"payloads/aa/XH{'a' * 32}", f"recordings/bb/RE{'b' * 32}", "payloads/aa/stray"]
    for name in strays:
        default_storage.save(name, ContentFile(b"x"))
    assert tasks.sweep_files() == 0
    for name in names():
        os.utime(files / name, times=(0, 0))
    default_storage.save(f"payloads/cc/XH{'c' * 32}", ContentFile(b"young"))
    assert tasks.sweep_files() == 3
    own = {payload.data.name, recording.audio.name, payload.result.recording.audio.name}
    assert names() == own | {f"payloads/cc/XH{'c' * 32}"}


def test_a_file_that_was_replaced_belongs_to_nothing(db: None, files: Path) -> None:
    recording = make_recording()
    former = recording.audio.name
    recording.audio.save("", ContentFile(b"again"))
    for name in names():
        os.utime(files / name, times=(0, 0))
    assert list(retention.orphans("recordings")) == [former]


@pytest.mark.parametrize("clock", ["timezone", "database_time"])
def test_a_clock_that_is_ahead_makes_no_file_an_orphan(
    db: None, files: Path, monkeypatch: pytest.MonkeyPatch, clock: str
) -> None:
    ahead = timezone.now() + timedelta(days=40)
    wrong = {"timezone": SimpleNamespace(now=lambda: ahead), "database_time": lambda: ahead}
    default_storage.save("payloads/aa/just-stored", ContentFile(b"x"))
    monkeypatch.setattr(retention, clock, wrong[clock])
    assert list(retention.orphans("payloads")) == []
