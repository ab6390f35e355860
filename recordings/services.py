"""Writes of recordings: announced by a platform or brought by an upload, taken in, deleted.

A file is stored before its row tells of it, and goes after its row says that it is gone; so nobody who reads
a row finds no file. What a completed recording starts is given by the caller: it happens in the transaction
that completes it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account
from recordings.audio import Measured, measured
from recordings.models import Recording
from rest.errors import Conflict
from rest.files import Spool
from rest.leases import database_time
from rest.sids import is_sid, new_sid

Then = Callable[[Recording], object]
Status = Recording.Status
MAX_REASON: Final = 250


class OtherAudio(Conflict):
    """409: a recording of this name is here, with other audio or none."""


@dataclass(frozen=True, kw_only=True)
class Details:
    """What is known of a recording without its audio. `platform_sid`: what the platform calls it."""

    source: str
    platform_sid: str = ""
    call_sid: str = ""
    conference_sid: str = ""
    track: str = ""
    start_time: datetime | None = None

    def columns(self) -> dict[str, Any]:
        """As the row keeps them."""
        known = asdict(self)
        known["platform_sid"] = _in_lower_case(self.platform_sid)
        if self.start_time is None:
            del known["start_time"]
        return known


def nothing(_: Recording) -> None:
    """Nothing follows."""


def announce(*, account: Account, details: Details, media_url: str) -> Recording:
    """Take note of a recording whose audio is to be fetched; it is due now.

    Told again, the one we have: once is enough, except where there is no audio, which is tried again.
    """
    now = database_time()
    waiting = {"status": Status.PROCESSING, "media_url": media_url, "due_at": now, "hinted_at": now}
    recording = Recording(account=account, **details.columns(), **waiting)
    if _inserted(recording):
        return recording
    absent = Recording.objects.of(account).filter(platform_sid=recording.platform_sid, status=Status.ABSENT)
    absent.update(**waiting, tries=0, reason="", error_code=None, date_updated=timezone.now())
    return _known(recording)


def announce_absent(*, account: Account, details: Details, error_code: int | None) -> Recording:
    """Take note that a platform made no audio. What we have of it by now stays as it is."""
    reason = "The platform says that there is no audio."
    recording = Recording(
        account=account, **details.columns(), status=Status.ABSENT, error_code=error_code, reason=reason
    )
    return recording if _inserted(recording) else _known(recording)


def store(
    *,
    account: Account,
    spool: Spool,
    details: Details,
    purpose: str = "live",
    on_complete: Then = nothing,
) -> Recording:
    """A recording from audio that is here, complete at once. Raises NotAudio, StorageDown, OtherAudio.

    The same audio under the same name of the platform again is the recording we have.
    """
    recording = Recording(
        account=account,
        purpose=purpose,
        **details.columns(),
        **_columns(measured(spool.file), spool),
        status=Status.COMPLETED,
    )
    with _stored(recording, spool) as keep, transaction.atomic():
        if _inserted(recording):
            keep()
            on_complete(recording)
            return recording
    known = _known(recording)
    if known.sha256 != recording.sha256 or known.status != Status.COMPLETED:
        raise OtherAudio(f"Conflict: the recording {known.sid} has other audio, or none, or was deleted")
    return known


def complete(recording: Recording, *, spool: Spool, on_complete: Then = nothing) -> bool:
    """Give a recording that the caller holds its audio. False: it was deleted, or somebody overtook us.

    Raises NotAudio, StorageDown.
    """
    columns = _columns(measured(spool.file), spool)
    with _stored(recording, spool) as keep, transaction.atomic():
        done = _processing(recording).update(
            **columns, **_SETTLED, audio=recording.audio.name, status=Status.COMPLETED, reason=""
        )
        if done:
            keep()
            recording.refresh_from_db()
            on_complete(recording)
    return bool(done)


def give_up(recording: Recording, *, reason: str, on_absent: Then = nothing) -> bool:
    """Say in words why there is no audio. False: it was deleted, or somebody overtook us."""
    with transaction.atomic():
        done = _processing(recording).update(
            **_SETTLED, status=Status.ABSENT, reason=reason[:MAX_REASON], date_updated=timezone.now()
        )
        if done:
            recording.refresh_from_db()
            on_absent(recording)
    return bool(done)


def try_later(recording: Recording, *, reason: str, pause: timedelta) -> bool:
    """Leave a recording that the caller holds for another try."""
    due_at = database_time() + pause
    free = {**_SETTLED, "due_at": due_at, "reason": reason[:MAX_REASON]}
    return bool(_processing(recording).update(**free))


def delete(recording: Recording) -> bool:
    """Mark a recording deleted and remove its audio. False when somebody did before.

    What add-ons make of it is canceled and removed by whoever sweeps results.
    """
    kept = Recording.objects.filter(pk=recording.pk).exclude(status=Status.DELETED)
    now = database_time()
    if not kept.update(status=Status.DELETED, due_at=now, leased_until=None, date_updated=timezone.now()):
        return False
    # Should the file stay, because we die here or the storage is down, the row owes that it goes.
    transaction.on_commit(lambda: drop_audio(Recording.objects.get(pk=recording.pk)), robust=True)
    return True


def drop_audio(recording: Recording) -> None:
    """Remove the audio of a deleted recording; it owes nothing then. Raises StorageDown."""
    if recording.audio:
        recording.audio.delete(save=False)
    Recording.objects.filter(pk=recording.pk, status=Status.DELETED).update(audio="", **_SETTLED)


# What a row says that owes nothing any more.
_SETTLED: Final[dict[str, Any]] = {"due_at": None, "leased_until": None, "hinted_at": None}


def _columns(found: Measured, spool: Spool) -> dict[str, Any]:
    return {
        "content_type": found.content_type,
        "channels": found.channels,
        "duration_ms": found.duration_ms,
        "size": spool.size,
        "sha256": spool.sha256,
        "date_updated": timezone.now(),
    }


def _processing(recording: Recording) -> Any:
    return Recording.objects.held(recording).filter(status=Status.PROCESSING)


@contextmanager
def _stored(recording: Recording, spool: Spool) -> Iterator[Callable[[], None]]:
    """The audio in the storage; out of it again when nobody called `keep`, or the row is not there."""
    recording.audio.save("", spool.content(), save=False)
    kept = []
    try:
        yield lambda: kept.append(True)
    except BaseException:
        kept = []
        raise
    finally:
        if not kept:
            _drop_unless_told_of(str(recording.audio.name))


def _drop_unless_told_of(name: str) -> None:
    """A commit that failed may have reached the database: then the file stays, as it does when nobody can
    tell. A file that no row tells of is found later; a row without its file would never heal.
    """
    with suppress(DatabaseError):
        if not Recording.objects.filter(audio=name).exists():
            Recording.audio.field.storage.delete(name)


def _inserted(recording: Recording) -> bool:
    """Whether the row is new. Its SID is the platform's if that is one, and nobody was first to have it."""
    own = recording.platform_sid
    for sid in [own, new_sid("RE")] if is_sid(own, "RE") else [new_sid("RE")]:
        recording.sid = sid
        try:
            with transaction.atomic():
                recording.save(force_insert=True)
        except IntegrityError:
            if _known_to_account(recording).exists():
                return False
        else:
            return True
    raise Conflict("Conflict: the recording was not kept; send it again")


def _known(recording: Recording) -> Recording:
    found: Recording = _known_to_account(recording).get()
    return found


def _known_to_account(recording: Recording) -> Any:
    own = recording.platform_sid
    return Recording.objects.of(recording.account).filter(platform_sid=own).exclude(platform_sid="")


def _in_lower_case(sid: str) -> str:
    """A SID in the one spelling we keep; what else a platform calls it as it stands."""
    return sid[:2] + sid[2:].lower() if is_sid(sid, "RE") else sid
