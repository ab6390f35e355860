"""Recordings that a platform told of, taken in one try at a time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from accounts.models import Account
from recordings import intake, services
from recordings.models import Recording
from recordings.platform import set_credentials
from recordings.services import Details
from tests.factories import make_account, make_audio
from tests.fake_publisher import Answer, FakePublisher

WAV = Answer(200, make_audio(2.0), headers={"Content-Type": "text/html"})
RE = f"RE{'a' * 32}"


def announced(url: str, account: Account | None = None) -> Recording:
    details = Details(source="RecordVerb", platform_sid=RE)
    return services.announce(account=account or make_account(), details=details, media_url=url)


def taken_in(recording: Recording, **then: Any) -> Recording:
    """After one try."""
    Recording.objects.filter(pk=recording.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    claimed = Recording.objects.claim(recording.sid, lease=intake.LEASE)
    intake.take_in(claimed, **then)
    return Recording.objects.get(pk=recording.pk)


def elsewhere(work: Callable[[], Any]) -> Any:
    """What this comes to in another thread, which has a connection of its own."""

    def done() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(done).result()


def log_in(account: Account, platform: FakePublisher) -> None:
    host = f"127.0.0.1:{platform.port}"
    set_credentials(account=account, host=host, username="AC1", password="secret")


def stored() -> set[str]:
    """Every file of a recording."""
    try:
        folders, _ = default_storage.listdir("recordings")
    except FileNotFoundError:
        return set()
    return {
        f"{folder}/{name}"
        for folder in folders
        for name in default_storage.listdir(f"recordings/{folder}")[1]
    }
