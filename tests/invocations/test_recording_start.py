"""Which add-ons are asked about a recording, and what is owed then (contract 7, 11.1)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account
from invocations.points.recording import POINTS_OF_SOURCES, note_absent, start
from marketplace import services
from publishers.models import Availability
from recordings.models import Recording
from results.callbacks import digest_of, token_of
from results.models import AddOnResult, Event
from tests.factories import (
    make_account,
    make_install,
    make_listing,
    make_recording,
    make_recording_definition,
)

pytestmark = pytest.mark.django_db
EVERY_POINT = ["recording-verb", "recording-api", "recording-conference", "recording-dial"]


def install(account: Account, *, enabled: list[str] | None = None, **changes: Any) -> Any:
    return make_install(
        account,
        make_listing(definition=make_recording_definition(), **changes),
        configuration={"callback_url": "https://acme.example/results"},
        enabled=["recording-verb"] if enabled is None else enabled,
    )


@pytest.mark.parametrize(
    ("source", "point"),
    [
        ("RecordVerb", "recording-verb"),
        ("OutboundAPI", "recording-api"),
        ("StartCallRecordingAPI", "recording-api"),
        ("Conference", "recording-conference"),
        ("StartConferenceRecordingAPI", "recording-conference"),
        ("DialVerb", "recording-dial"),
    ],
)
def test_what_made_a_recording_decides_the_extension_point(account: Account, source: str, point: str) -> None:
    install(account, enabled=[each for each in EVERY_POINT if each != point])
    asked = install(account, enabled=[point])
    (result,) = start(make_recording(account, source=source))
    assert (result.installed_add_on, result.extension) == (asked, point)


def test_every_source_but_a_trunk_has_a_point() -> None:
    assert set(Recording.Source) - set(POINTS_OF_SOURCES) == {Recording.Source.TRUNKING}


def test_a_recording_of_a_trunk_is_shown_to_nobody(account: Account) -> None:
    install(account, enabled=EVERY_POINT)
    assert start(make_recording(account, source="Trunking")) == []


def test_only_what_the_account_has_switched_on_is_asked(account: Account) -> None:
    install(make_account())
    install(account, enabled=[])
    services.uninstall(installed=install(account))
    suspended = install(account)
    suspended.listing.availability = Availability.SUSPENDED
    suspended.listing.save()
    wanted = install(account)
    assert [each.installed_add_on for each in start(make_recording(account))] == [wanted]


def test_a_result_is_owed_at_once_under_a_callback_of_its_own(account: Account) -> None:
    install(account)
    install(account)
    recording = make_recording(account, purpose="demo")
    results = start(recording)
    rows = list(AddOnResult.objects.order_by("sid"))
    assert {row.sid for row in rows} == {result.sid for result in results}
    assert len({row.callback_digest for row in rows}) == 2
    for row in rows:
        assert (row.status, row.purpose, row.recording, row.account) == ("init", "demo", recording, account)
        assert row.callback_digest == digest_of(token_of(row.sid))
        assert abs(row.due_at - timezone.now()) < timedelta(minutes=1)
        assert row.version == row.installed_add_on.version
    assert len({row.event_id for row in rows}) == 1


def test_the_account_is_told_when_the_audio_cannot_be_had(account: Account) -> None:
    url = "https://api.example/Recordings/RE1"
    recording = make_recording(account, status="absent", reason="api.example answered 404.", media_url=url)
    note_absent(recording)
    event = Event.objects.get(account=account)
    assert (event.code, event.reference_sid, event.url_host) == (11200, recording.sid, "api.example")
    assert event.text.endswith("api.example answered 404.")
    assert event.extension == "recording-verb"


def test_nobody_is_told_of_audio_that_no_add_on_could_have(account: Account) -> None:
    note_absent(make_recording(account, source="Trunking", status="absent"))
    assert not Event.objects.exists()
