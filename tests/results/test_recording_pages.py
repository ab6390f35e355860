"""The console's pages of recordings and of what add-ons made of them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from recordings.models import PlatformCredentials, Recording
from results.models import AddOnResult
from tests.factories import (
    make_account,
    make_audio,
    make_install,
    make_listing,
    make_payload,
    make_recording,
    make_recording_definition,
    make_result,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account()


@pytest.fixture
def console(account):
    client = Client()
    client.force_login(make_user(account))
    return client


def get(client: Client, name: str, **kwargs):
    return client.get(reverse(name, kwargs=kwargs))


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_an_empty_list_says_how_recordings_come_in(console):
    answer = get(console, "recordings")
    assert "Nothing was recorded yet" in text_of(answer)
    assert reverse("add-recording") in text_of(answer)


def test_the_list_shows_what_each_add_on_made_of_a_recording(console, account):
    result = make_result(make_recording(account), status="completed")
    shown = text_of(get(console, "recordings"))
    assert result.version.listing.name in shown
    assert "Completed" in shown


def test_a_list_of_many_recordings_costs_as_many_queries_as_one_of_few(
    console, account, django_assert_num_queries
):
    installed = make_install(
        account,
        make_listing(definition=make_recording_definition()),
        configuration={"callback_url": "https://acme.example/results"},
    )
    make_result(make_recording(account), installed)
    get(console, "recordings")
    with django_assert_num_queries(6):
        get(console, "recordings")
    for _ in range(5):
        make_result(make_recording(account), installed)
    with django_assert_num_queries(6):
        get(console, "recordings")


def test_a_filter_that_leaves_nothing_says_so(console, account):
    make_recording(account)
    answer = console.get(reverse("recordings"), {"status": "absent"})
    assert "No such recordings" in text_of(answer)


def test_pages_follow_each_other_without_a_gap(console, account):
    made = {make_recording(account).sid for _ in range(27)}
    first = get(console, "recordings")
    older = console.get(reverse("recordings"), {"before": first.context["older"]})
    shown = [each.sid for each in (*first.context["recordings"], *older.context["recordings"])]
    assert len(shown) == 27
    assert set(shown) == made


def test_the_audio_is_played_in_parts(console, account):
    recording = make_recording(account)
    answer = console.get(
        reverse("recording-audio", kwargs={"sid": recording.sid}), headers={"Range": "bytes=0-3"}
    )
    assert answer.status_code == 206
    assert b"".join(answer) == b"RIFF"
    assert answer["Content-Type"] == "audio/x-wav"


def test_a_result_in_progress_shows_its_deadline_and_asks_again(console, account):
    result = make_result(make_recording(account))
    shown = text_of(get(console, "add-on-result", sid=result.sid))
    assert "<progress" in shown
    assert "The publisher has until" in shown
    assert 'hx-trigger="every 2s"' in shown


def test_a_result_that_ended_stays_as_it_is(console, account):
    result = make_result(make_recording(account), status="failed", code=61001, message="Request timed out")
    shown = text_of(get(console, "add-on-result", sid=result.sid))
    assert "Request timed out (61001)" in shown
    assert "hx-trigger" not in shown


def test_json_is_drawn_as_a_tree_and_text_as_text(console, account):
    result = make_result(make_recording(account), status="completed")
    make_payload(result, b'{"words": ["refund"]}', label="analysis")
    make_payload(result, b"I want a <b>refund</b>.", label="transcript", content_type="text/plain")
    make_payload(result, b"\x00\x01", label="audio", content_type="audio/x-wav")
    shown = text_of(get(console, "add-on-result", sid=result.sid))
    assert "json-tree" in shown
    assert "I want a &lt;b&gt;refund&lt;/b&gt;." in shown
    assert "Download it to look at it" in shown


def test_json_that_is_none_is_shown_as_text(console, account):
    result = make_result(make_recording(account), status="completed")
    make_payload(result, b"[" * 2000)
    assert get(console, "add-on-result", sid=result.sid).status_code == 200


def test_a_payload_is_downloaded_by_a_link_of_its_own(console, account):
    payload = make_payload(make_result(make_recording(account), status="completed"), b"hello")
    answer = get(console, "payload", sid=payload.sid)
    assert answer.status_code == 302
    assert payload.sid in answer["Location"]


def test_deleting_a_recording_tells_what_goes_with_it(console, account):
    recording = make_recording(account)
    make_payload(make_result(recording, status="completed"), b"12345")
    url = reverse("delete-recording", kwargs={"sid": recording.sid})
    assert "1 result with 1 payload (5 bytes) is deleted with it" in text_of(console.get(url))
    console.post(url)
    recording.refresh_from_db()
    assert recording.status == Recording.Status.DELETED
    assert get(console, "recording", sid=recording.sid).status_code == 404


def test_deleting_a_result_leaves_its_recording(console, account):
    result = make_result(make_recording(account), status="completed")
    make_payload(result)
    url = reverse("delete-result", kwargs={"sid": result.sid})
    assert "1 payload" in text_of(console.get(url))
    assert console.post(url)["Location"] == reverse("recording", kwargs={"sid": result.recording.sid})
    assert not AddOnResult.objects.kept().filter(sid=result.sid).exists()


def test_an_upload_is_a_recording_and_asks_the_add_ons(console, account):
    make_install(
        account,
        make_listing(definition=make_recording_definition()),
        configuration={"callback_url": "https://acme.example/results"},
        enabled=["recording-verb"],
    )
    file = SimpleUploadedFile("call.wav", make_audio(3))
    answer = console.post(reverse("add-recording"), {"file": file, "source": "RecordVerb", "call_sid": ""})
    recording = Recording.objects.get()
    assert answer["Location"] == reverse("recording", kwargs={"sid": recording.sid})
    assert recording.duration_ms == 3000
    assert recording.add_on_results.count() == 1


def test_an_upload_of_something_else_says_what_to_send(console):
    file = SimpleUploadedFile("call.wav", b"<html>")
    answer = console.post(reverse("add-recording"), {"file": file, "source": "RecordVerb"})
    assert "Send a WAV" in text_of(answer)
    assert not Recording.objects.exists()


def test_credentials_of_a_platform_are_kept_for_their_host(console, account):
    given = {"host": "api.example.com", "username": "AC1", "password": "secret"}
    console.post(reverse("set-platform"), given)
    assert PlatformCredentials.objects.get(account=account).password == "secret"
    moved = {**given, "host": "evil.example.com", "password": ""}
    assert "kept for the host" in text_of(console.post(reverse("set-platform"), moved))
    console.post(reverse("set-platform"), {"host": ""})
    assert not PlatformCredentials.objects.exists()


def test_a_viewer_changes_nothing(account):
    viewer = Client()
    viewer.force_login(make_user(account, role="viewer"))
    recording = make_recording(account)
    result = make_result(recording, status="completed")
    for name, sid in (("delete-recording", recording.sid), ("delete-result", result.sid)):
        assert viewer.post(reverse(name, kwargs={"sid": sid})).status_code == 403
    assert viewer.post(reverse("add-recording"), {}).status_code == 403


def test_the_invocation_of_a_recording_leads_to_its_result(console, account):
    result = make_result(make_recording(account))
    answer = get(console, "result", sid=result.sid)
    assert answer["Location"] == reverse("add-on-result", kwargs={"sid": result.sid})
