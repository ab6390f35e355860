"""Take a recording in: fetch its audio, measure it, complete it. What a worker does with a claimed row.

While the audio comes, the lease is kept alive; so a worker that dies is noticed soon, however long the
audio of another one takes.
"""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, Final

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings

from publishers.contract.egress import EgressPolicy
from recordings import services
from recordings.audio import NotAudio
from recordings.fetching import Login, NotFetched, fetch
from recordings.models import PlatformCredentials, Recording
from recordings.services import Then, nothing
from rest.files import Spool, StorageDown
from rest.leases import database_time

LEASE: Final = timedelta(seconds=60)
"""For how long a recording is claimed: `Recording.objects.claim(sid, lease=LEASE)`."""

_BEAT_SECONDS: Final = 15.0
# Measuring and storing have no beat: a disk takes so many bytes a second at the least.
_SLOWEST_DISK: Final = 2_000_000
_PAUSES_SECONDS: Final = (2, 5, 15, 60, 300, 600)
# Our own disk may be full for long; and whoever dies at a recording each time ends here too.
_MOST_TRIES: Final = 30


def take_in(recording: Recording, *, on_complete: Then = nothing, on_absent: Then = nothing) -> None:
    """Do what a recording owes that the caller has claimed. Either function is called in the transaction
    that completes it, or says that there is no audio.
    """
    match recording.status:
        case Recording.Status.PROCESSING:
            _take_in(recording, on_complete, on_absent)
        case Recording.Status.DELETED:
            services.drop_audio(recording)


def _take_in(recording: Recording, on_complete: Then, on_absent: Then) -> None:
    if recording.tries > _MOST_TRIES:
        services.give_up(recording, reason=recording.reason or "It was tried too often.", on_absent=on_absent)
        return
    limit: int = settings.MAX_RECORDING_BYTES
    try:
        with Spool(limit=limit) as spool:
            async_to_sync(_while_held)(recording, _fetch(recording, spool, limit))
            _hold(recording, LEASE + timedelta(seconds=spool.size / _SLOWEST_DISK))
            services.complete(recording, spool=spool, on_complete=on_complete)
    except NotFetched as failure:
        if recording.tries >= failure.tries:
            services.give_up(recording, reason=failure.reason, on_absent=on_absent)
        else:
            services.try_later(recording, reason=failure.reason, pause=_pause(recording))
    except NotAudio as failure:
        services.give_up(recording, reason=f"This is no audio: {failure.why}.", on_absent=on_absent)
    except StorageDown as failure:
        services.try_later(recording, reason=str(failure), pause=_pause(recording))


def _pause(recording: Recording) -> timedelta:
    return timedelta(seconds=_PAUSES_SECONDS[min(recording.tries, len(_PAUSES_SECONDS)) - 1])


async def _fetch(recording: Recording, spool: Spool, limit: int) -> None:
    credentials = await PlatformCredentials.objects.filter(account_id=recording.account_id).afirst()
    policy = EgressPolicy.from_hosts(settings.OUTBOUND_ALLOWED_HOSTS)
    login = Login.of(credentials)
    await fetch(recording.media_url, spool=spool, limit=limit, login=login, policy=policy)


async def _while_held(recording: Recording, work: Coroutine[Any, Any, None]) -> None:
    beat = asyncio.create_task(_beat(recording))
    try:
        await work
    finally:
        beat.cancel()


async def _beat(recording: Recording) -> None:
    while True:
        await asyncio.sleep(_BEAT_SECONDS)
        await sync_to_async(_hold)(recording, LEASE)


def _hold(recording: Recording, lease: timedelta) -> None:
    held = Recording.objects.held(recording).filter(status=Recording.Status.PROCESSING)
    held.update(leased_until=database_time() + lease)
