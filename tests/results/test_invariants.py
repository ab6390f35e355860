"""The invariants are silent on what is right, and say what was broken by hand."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from billing.models import LedgerEntry
from deliveries.models import Delivery
from publishers.contract.errors import BadRequest
from results import settling
from results.invariants import violations
from results.models import AddOnResult, Invocation, Payload
from results.tasks import check_invariants
from tests.results.calling_back import Awaited, make_awaited

NOW = timezone.now()


@pytest.fixture(autouse=True)
def files(db: None, settings: Any, tmp_path: Path) -> Path:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "rest.files.DurableFiles", "OPTIONS": {"location": str(tmp_path)}},
    }
    return tmp_path


@pytest.fixture
def completed(files: Path) -> Awaited:
    """One of everything that is right: completed, failed, canceled, deleted, and awaited."""
    make_awaited()
    failed, canceled, deleted = (make_awaited() for _ in range(3))
    settling.fail(failed.result, error=BadRequest("HTTP 404"))
    settling.cancel(canceled.result, reason="The add-on was uninstalled.")
    settling.delete(deleted.result)
    completed = make_awaited()
    assert completed.post().status_code == 202
    return completed


def test_what_is_right_is_not_complained_about(completed: Awaited, capsys: Any) -> None:
    assert violations(with_files=True) == []
    call_command("check_invariants", "--files")
    assert capsys.readouterr().out == "Everything that must hold does.\n"


def broken_deadline(awaited: Awaited) -> None:
    AddOnResult.objects.filter(status="in-progress").update(deadline=NOW - timedelta(minutes=2))


def broken_reader(awaited: Awaited) -> None:
    AddOnResult.objects.filter(status="in-progress").update(
        status="processing", date_updated=NOW - timedelta(minutes=7)
    )


def nobody_sends(awaited: Awaited) -> None:
    AddOnResult.objects.filter(status="in-progress").update(status="queued")


def no_deadline(awaited: Awaited) -> None:
    AddOnResult.objects.filter(status="in-progress").update(deadline=None)


def no_invocation(awaited: Awaited) -> None:
    Invocation.objects.filter(sid=awaited.result.sid).delete()


def failed_without_invocation(awaited: Awaited) -> None:
    Invocation.objects.filter(code=61005).delete()


def open_with_invocation(awaited: Awaited) -> None:
    AddOnResult.objects.filter(pk=awaited.result.pk).update(status="in-progress")


def no_charge(awaited: Awaited) -> None:
    LedgerEntry.objects.all().delete()


def charged_for_nothing(awaited: Awaited) -> None:
    AddOnResult.objects.filter(pk=awaited.result.pk).update(status="failed")


def other_price(awaited: Awaited) -> None:
    Invocation.objects.filter(sid=awaited.result.sid).update(charge_micros=1)


def no_notice(awaited: Awaited) -> None:
    Delivery.objects.filter(reference_sid=awaited.result.sid).delete()


def early_notice(awaited: Awaited) -> None:
    other = AddOnResult.objects.get(status="in-progress")
    Delivery.objects.filter(reference_sid=awaited.result.sid).update(reference_sid=other.sid)


def notice_put_off(awaited: Awaited) -> None:
    Delivery.objects.update(due_at=NOW + timedelta(days=3))


def notice_owed_to_nobody(awaited: Awaited) -> None:
    Delivery.objects.update(due_at=None)


def no_file(awaited: Awaited) -> None:
    default_storage.delete(str(Payload.objects.get().data.name))


def stray_file(awaited: Awaited) -> None:
    name = default_storage.save("payloads/aa/stray", ContentFile(b"x"))
    os.utime(default_storage.path(name), times=(0, 0))


def other_bytes(awaited: Awaited) -> None:
    Path(Payload.objects.get().data.path).write_bytes(b"other")


def not_purged(awaited: Awaited) -> None:
    AddOnResult.objects.filter(pk=awaited.result.pk).update(date_created=NOW - timedelta(days=32))


def not_removed(awaited: Awaited) -> None:
    Payload.objects.update(removed_at=NOW - timedelta(days=2))


def endless_lease(awaited: Awaited) -> None:
    AddOnResult.objects.filter(pk=awaited.result.pk).update(leased_until=NOW + timedelta(days=1))


def tried_for_ever(awaited: Awaited) -> None:
    AddOnResult.objects.filter(status="in-progress").update(status="queued", due_at=NOW, tries=100)


@pytest.mark.parametrize(
    ("break_", "invariant"),
    [
        (broken_deadline, "I1"),
        (broken_reader, "I1"),
        (nobody_sends, "I1"),
        (no_deadline, "I1"),
        (no_invocation, "I2"),
        (failed_without_invocation, "I2"),
        (open_with_invocation, "I2"),
        (no_charge, "I2"),
        (charged_for_nothing, "I3"),
        (other_price, "I3"),
        (no_notice, "I5"),
        (early_notice, "I5"),
        (notice_put_off, "I5"),
        (notice_owed_to_nobody, "I5"),
        (no_file, "I6"),
        (stray_file, "I6"),
        (other_bytes, "I6"),
        (not_purged, "I7"),
        (not_removed, "I7"),
        (endless_lease, "I10"),
        (tried_for_ever, "I10"),
    ],
)
def test_what_was_broken_is_said(completed: Awaited, break_: Any, invariant: str) -> None:
    break_(completed)
    found = violations(with_files=True)
    assert [line for line in found if line.startswith(f"{invariant}: ")], found
    with pytest.raises(CommandError):
        call_command("check_invariants", "--files")


def test_a_worker_says_each_hour_what_contradicts_itself(
    completed: Awaited, caplog: pytest.LogCaptureFixture
) -> None:
    assert check_invariants() == []
    broken_deadline(completed)
    assert len(check_invariants()) == 1
    assert "an invariant does not hold: I1" in caplog.text
