"""The official Python client: recordings, their filters and pages, and what is left of a deleted one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from accounts.models import Account
from recordings.models import Recording
from tests.factories import make_audio, make_recording

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def five(account: Account) -> list[Recording]:
    """One a day, the newest first, and all with SIDs that a platform drew."""
    return [
        make_recording(account, sid=f"RE{digit * 32}", date_created=NOON - timedelta(days=number))
        for number, digit in enumerate("3c0a7")
    ]


def test_recordings_are_listed_filtered_and_paged(client: Client, five: list[Recording]) -> None:
    sids = [each.sid for each in five]
    assert [row.sid for row in client.recordings.list()] == sids
    assert [row.sid for row in client.recordings.list(limit=3)] == sids[:3]
    assert [row.sid for row in client.recordings.stream(page_size=2)] == sids
    first = client.recordings.page(page_size=2)
    assert [row.sid for row in first.next_page().previous_page()] == sids[:2]
    found = {
        "day": client.recordings.list(date_created=NOON - timedelta(days=1)),
        "before": client.recordings.list(date_created_before=NOON - timedelta(days=3)),
        "after": client.recordings.list(date_created_after=NOON - timedelta(days=1)),
        "call": client.recordings.list(call_sid="CA" + "0" * 32),
    }
    shown = {name: [row.sid for row in rows] for name, rows in found.items()}
    assert shown == {"day": sids[1:2], "before": sids[3:], "after": sids[:2], "call": []}
    whole_day = client.recordings.list(date_created=date(2026, 11, 20))
    assert [row.sid for row in whole_day] == sids[:1]


def test_a_recording_is_fetched_and_deleted(client: Client, account: Account) -> None:
    recording = make_recording(account, audio=make_audio(2.0), date_created=NOON)
    fetched = client.recordings(recording.sid).fetch()
    assert (fetched.sid, fetched.account_sid, fetched.duration) == (recording.sid, account.sid, "2")
    assert (fetched.status, fetched.source, fetched.channels) == ("completed", "RecordVerb", 1)
    assert fetched.date_created == NOON
    assert fetched.uri == f"/2010-04-01/Accounts/{account.sid}/Recordings/{recording.sid}.json"
    assert client.recordings(recording.sid).delete() is True
    assert client.recordings.list() == []
    with pytest.raises(TwilioRestException) as refused:
        client.recordings(recording.sid).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)
    with pytest.raises(TwilioRestException):
        client.recordings(recording.sid).delete()
    gone = client.recordings.list(include_soft_deleted=True)
    assert [(row.sid, row.status) for row in gone] == [(recording.sid, "deleted")]
    assert client.recordings(recording.sid).fetch(include_soft_deleted=True).status == "deleted"
