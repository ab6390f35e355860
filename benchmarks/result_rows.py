"""What the benchmark of results puts into the database, and what must be there afterwards."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.core.files.base import ContentFile
from django.db.models import Sum

from accounts.models import Account
from billing.models import LedgerEntry
from deliveries.models import Delivery
from marketplace.models import InstalledAddOn
from publishers.models import Publisher
from recordings.models import Recording
from rest.leases import database_time
from rest.sids import new_sid
from results.callbacks import digest_of, token_of
from results.models import AddOnResult, Invocation, Payload
from results.result_models import ResultStatus
from tests.factories import make_account, make_audio, make_install, make_listing, make_recording_definition

POINT: Final = "recording-verb"
SECONDS: Final = 6.0
SCHEMA: Final = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
FIELDS: Final = [
    {"name": "callback", "value": "{{callback_url}}"},
    {"name": "duration", "value": "{{duration}}"},
    {"name": "audio", "value": "{{audio_data}}"},
]


@dataclass(frozen=True)
class Shop:
    """The publisher's account, and where it and the developers listen: each on a host of its own."""

    publisher: Publisher
    port: int

    def hosts(self, count: int) -> list[str]:
        return [f"127.0.0.{number}" for number in range(1, count + 1)]

    def install(self, host: str, kind: str = "small") -> InstalledAddOn:
        """A listing whose service answers on this host, installed by an account that is told there."""
        definition = make_recording_definition(
            request={
                "method": "POST",
                "url": f"http://{host}:{self.port}/audio/{kind}",
                "body": {"kind": "multipart", "fields": FIELDS},
            },
            response_schema=SCHEMA if kind != "form" else None,
        )
        definition = {name: value for name, value in definition.items() if value is not None}
        return make_install(
            make_account(),
            make_listing(publisher=self.publisher, definition=definition),
            configuration={"callback_url": f"http://{host}:{self.port}/notices"},
            enabled=[POINT],
        )


def owe(installed: Sequence[InstalledAddOn], count: int) -> list[str]:
    """So many results that are due, each of a recording of its own; nobody was told of them."""
    audio, at = make_audio(SECONDS), database_time()
    recordings, results = [], []
    for number in range(count):
        each = installed[number % len(installed)]
        recording = _recording(each.account, audio)
        result = _result(each, recording)
        # Counts as told of: the sweeper leaves it alone, and the benchmark tells when it begins.
        result.due_at = result.hinted_at = result.date_created = result.date_updated = at
        recordings.append(recording)
        results.append(result)
    Recording.objects.bulk_create(recordings)
    AddOnResult.objects.bulk_create(results)
    return [result.sid for result in results]


def _recording(account: Account, audio: bytes) -> Recording:
    recording = Recording(
        account=account,
        source=Recording.Source.RECORD_VERB,
        status=Recording.Status.COMPLETED,
        duration_ms=round(SECONDS * 1000),
        content_type="audio/x-wav",
        size=len(audio),
        sha256=hashlib.sha256(audio).hexdigest(),
    )
    recording.audio.save("", ContentFile(audio), save=False)
    return recording


def _result(installed: InstalledAddOn, recording: Recording) -> AddOnResult:
    sid = new_sid("XR")
    return AddOnResult(
        sid=sid,
        account=installed.account,
        recording=recording,
        installed_add_on=installed,
        version_id=installed.version_id,
        extension=POINT,
        event_id=new_sid(""),
        purpose=Invocation.Purpose.LIVE,
        callback_digest=digest_of(token_of(sid)),
    )


@dataclass(frozen=True)
class Kept:
    """What the database and the storage hold of some results."""

    completed: int
    payloads: int
    files: int
    invocations: int
    charges: int
    notices: int
    tries: int

    @property
    def rows(self) -> set[int]:
        return {
            self.completed,
            self.payloads,
            self.files,
            self.invocations,
            self.charges,
            self.notices,
        }


def kept(sids: Sequence[str]) -> Kept:
    results = AddOnResult.objects.filter(sid__in=sids)
    payloads = Payload.objects.filter(result__in=results)
    delivered = Delivery.objects.filter(reference_sid__in=sids, status=Delivery.Status.DELIVERED)
    return Kept(
        completed=results.filter(status=ResultStatus.COMPLETED).count(),
        payloads=payloads.count(),
        files=sum(each.data.storage.exists(str(each.data.name)) for each in payloads),
        invocations=Invocation.objects.filter(sid__in=sids, status=Invocation.Status.SUCCESSFUL).count(),
        charges=LedgerEntry.objects.filter(request_sid__in=sids).count(),
        notices=delivered.count(),
        tries=delivered.aggregate(tries=Sum("tries"))["tries"] or 0,
    )
