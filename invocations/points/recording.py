"""Recordings: once one is complete, the add-ons of its account are asked about it (contract 7, 11)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from invocations.dispatch import dispatch_result
from marketplace.models import InstalledAddOn
from recordings.models import Recording
from rest.leases import database_time, hint
from rest.sids import new_sid
from results.callbacks import digest_of, token_of
from results.event_codes import RETRIEVAL_FAILED
from results.models import AddOnResult
from results.services import Happening, note_event

Source = Recording.Source

# A trunk's recordings are nobody's: no point is theirs.
POINTS_OF_SOURCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        Source.RECORD_VERB: "recording-verb",
        Source.OUTBOUND_API: "recording-api",
        Source.START_CALL: "recording-api",
        Source.CONFERENCE: "recording-conference",
        Source.START_CONFERENCE: "recording-conference",
        Source.DIAL_VERB: "recording-dial",
    }
)


def chosen_for(recording: Recording) -> list[InstalledAddOn]:
    """Every install that is switched on for such recordings: assignments to numbers do not count here."""
    point = POINTS_OF_SOURCES.get(recording.source)
    if point is None:
        return []
    enabled = InstalledAddOn.objects.of(recording.account).enabled_for(point)
    return list(enabled.order_by("unique_name"))


def start(recording: Recording) -> list[AddOnResult]:
    """Owe every chosen add-on the recording, in the transaction that completes it."""
    chosen = chosen_for(recording)
    at, event_id = database_time(), new_sid("")
    results = [_result(recording, each, event_id) for each in chosen]
    for result in results:
        result.due_at = result.hinted_at = result.date_created = result.date_updated = at
    AddOnResult.objects.bulk_create(results)
    hint(dispatch_result, [result.sid for result in results])
    return results


def _result(recording: Recording, installed: InstalledAddOn, event_id: str) -> AddOnResult:
    sid = new_sid("XR")
    return AddOnResult(
        sid=sid,
        account=recording.account,
        recording=recording,
        installed_add_on=installed,
        version_id=installed.version_id,
        extension=POINTS_OF_SOURCES[recording.source],
        event_id=event_id,
        purpose=recording.purpose,
        callback_digest=digest_of(token_of(sid)),
    )


def note_absent(recording: Recording) -> None:
    """Tell the account that a recording's audio cannot be had, in the transaction that gives it up.

    Of a recording that no add-on could be asked about, nobody wants to know.
    """
    point = POINTS_OF_SOURCES.get(recording.source)
    if point is None:
        return
    note_event(
        account=recording.account,
        happening=Happening(
            extension=point, purpose=recording.purpose, primary_address="", reference_sid=recording.sid
        ),
        code=RETRIEVAL_FAILED,
        text=f"The audio of a recording cannot be had. {recording.reason}",
        url_host=recording.media_host,
    )
