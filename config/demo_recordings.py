"""The demo's recordings: an add-on that writes them down, a webhook that is told, and three voice messages.

The messages are stored like any upload, so the add-on is asked about them by the first worker that starts.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from accounts.models import Account
from accounts.requests import Actor
from deliveries.models import Delivery
from invocations.points.recording import start
from marketplace import services as marketplace
from marketplace.models import Install, InstalledAddOn
from publishers.models import Listing
from recordings import services as recordings
from recordings.models import PlatformCredentials, Recording
from rest.files import PIECE, Spool
from results.models import AddOnResult
from results.result_models import Payload

TRANSCRIPT: Final = "northwind_transcript_plus"
EXTENSION: Final = "recording-verb"
SOURCE: Final = Recording.Source.RECORD_VERB
NOTICES: Final = "/notices"
MESSAGES: Final = Path(settings.BASE_DIR) / "examples" / "recordings"
EXAMPLE: Final = "examples/recordings/refund.wav"


def messages() -> list[dict[str, Any]]:
    """Each voice message: its file, what is spoken, and a keyword in it."""
    listed: list[dict[str, Any]] = json.loads((MESSAGES / "recordings.json").read_text(encoding="utf-8"))
    return listed


def load(developer: Account, *, webhook_url: str, actor: Actor) -> None:
    """Install the add-on and store the messages, unless the developer ever had it. A webhook that moved is
    followed, a results URL of the developer's own is not touched.
    """
    url = webhook_url + NOTICES
    listing = Listing.objects.with_publisher().get(unique_name=TRANSCRIPT)
    if Install.objects.filter(account=developer, listing=listing).exists():
        _follow(developer, listing, url, actor)
        return
    keywords = ", ".join(each["keyword"] for each in messages())
    wanted = marketplace.Wanted(
        accept_terms=True,
        configuration={"callback_url": url, "keywords": keywords, "mask_digits": True, "word_times": True},
        enabled=[EXTENSION],
    )
    marketplace.install(account=developer, listing=listing, wanted=wanted, actor=actor)
    for message in messages():
        store(developer, MESSAGES / message["file"])


def store(account: Account, file: Path) -> Recording:
    """Store one file as a recording that has just been made; its add-ons are owed it."""
    with Spool(limit=settings.MAX_RECORDING_BYTES, expected=file.stat().st_size) as spool:
        with file.open("rb") as audio:
            while piece := audio.read(PIECE):
                spool.write(piece)
        return recordings.store(
            account=account,
            spool=spool,
            details=recordings.Details(source=SOURCE),
            purpose="demo",
            on_complete=start,
        )


def remove(account_sids: Sequence[str]) -> None:
    """Remove what these accounts have of recordings: rows in the caller's transaction, files after it."""
    results = AddOnResult.objects.filter(account__sid__in=account_sids)
    made = Payload.objects.filter(result__in=results)
    brought = Recording.objects.filter(account__sid__in=account_sids)
    names = [*made.values_list("data", flat=True), *brought.values_list("audio", flat=True)]
    Delivery.objects.filter(account__sid__in=account_sids).delete()
    made.delete()
    results.delete()
    brought.delete()
    PlatformCredentials.objects.filter(account__sid__in=account_sids).delete()
    transaction.on_commit(lambda: _unlink([name for name in names if name]))


def _unlink(names: Sequence[str]) -> None:
    storage = Recording.audio.field.storage
    for name in names:
        storage.delete(name)


def _follow(developer: Account, listing: Listing, url: str, actor: Actor) -> None:
    """The demo's webhook listens behind another port than last time."""
    for installed in InstalledAddOn.objects.of(developer).live().filter(install__listing=listing):
        was = str(installed.configuration.get("callback_url", ""))
        if was != url and was.startswith("http://127.0.0.1:") and was.endswith(NOTICES):
            configuration = {**installed.configuration, "callback_url": url}
            marketplace.update(installed=installed, actor=actor, configuration=configuration)
