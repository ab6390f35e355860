"""Recordings on the bench: handed over, called back, judged; and the callback URLs of tests."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.utils import timezone

from accounts.models import Account
from conformance import bench, receiving
from conformance.bench_rows import page_of, state_of
from conformance.models import BenchRun, ReceivedCallback
from conformance.platform_receiver import PlatformReceiver
from publishers.models import ListingVersion
from rest.sids import new_sid
from tests.conformance.services import SAMPLE, recording_version_at
from tests.conftest import basic
from tests.factories import make_account
from tests.fake_publisher import Answer, FakePublisher

pytestmark = pytest.mark.django_db
SCHEMA = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
FORM = b'--xx\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: %b\r\n\r\n%b\r\n--xx--\r\n'


@pytest.fixture
def service() -> Iterator[FakePublisher]:
    with FakePublisher(Answer(202, b"")).in_thread() as service:
        yield service


def post(
    url: str, body: bytes | str = b'{"text": "hello"}', *, by: Account | None = None, **options: Any
) -> Any:
    headers = {"authorization": basic(by.sid, by.auth_token)} if by else {}
    content_type = options.get("content_type", "application/json")
    path = url.removeprefix("http://127.0.0.1:8000")
    return Client().generic(options.get("method", "POST"), path, body, content_type, headers=headers)


def sent(version: ListingVersion) -> tuple[BenchRun, str]:
    """A recording that was handed over, and its callback URL."""
    run = bench.send(version=version, given=SAMPLE, user=None)
    url = receiving.callback_url_of(version.sid, run.request_sid, since=timezone.now())
    return run, url


def again(run: BenchRun) -> BenchRun:
    return BenchRun.objects.get(pk=run.pk)


def publisher_of(version: ListingVersion) -> Account:
    return version.listing.publisher.account


def test_a_recording_is_handed_over_and_waits_for_its_callback(service: FakePublisher) -> None:
    run, _ = sent(recording_version_at(service))
    form = service.requests[0].body
    assert b"RIFF" in form
    assert b"/addons/callbacks/tests/" in form
    assert (run.http_status, run.code, run.as_expected, state_of(run).is_open) == (202, None, None, True)


def test_its_callback_is_judged_like_a_real_one_and_ends_the_run(service: FakePublisher) -> None:
    version = recording_version_at(service, response_schema=SCHEMA, remove=["$.internal"])
    run, url = sent(version)
    answer = post(url, json.dumps({"text": "hello", "internal": 1}), by=publisher_of(version))
    assert (answer.status_code, answer.content) == (202, b"")
    page = page_of(again(run))
    assert page["state"].word == "Good answer"
    assert json.loads(page["taken"]["result"]) == {"text": "hello"}
    assert [step["name"] for step in page["taken"]["steps"]] == ["Check", "Charge", "Clean"]


def test_a_callback_that_the_response_schema_refuses_is_61004(service: FakePublisher) -> None:
    version = recording_version_at(service, response_schema=SCHEMA)
    run, url = sent(version)
    assert post(url, b'{"words": 3}', by=publisher_of(version)).status_code == 202
    assert (again(run).code, again(run).as_expected) == (61004, False)


def test_a_second_callback_is_refused_and_changes_nothing(service: FakePublisher) -> None:
    version = recording_version_at(service)
    run, url = sent(version)
    statuses = [post(url, by=publisher_of(version)).status_code for _ in range(2)]
    assert statuses == [202, 404]
    assert [each["row"].status for each in page_of(again(run))["callbacks"]] == [202, 404]


@pytest.mark.parametrize("options", [{"body": b"no json"}, {"body": b"[1]"}, {"body": b'{"a":1'}])
def test_what_cannot_be_read_leaves_the_url_usable(service: FakePublisher, options: dict[str, Any]) -> None:
    version = recording_version_at(service)
    run, url = sent(version)
    assert post(url, by=publisher_of(version), **options).status_code in {400, 415}
    assert post(url, by=publisher_of(version)).status_code == 202
    assert page_of(again(run))["callbacks"][0]["error"]


def test_a_form_of_parts_is_taken(service: FakePublisher) -> None:
    version = recording_version_at(service)
    run, url = sent(version)
    body = FORM % (b"application/json", b'{"text": "hi"}')
    answer = post(url, body, by=publisher_of(version), content_type="multipart/form-data; boundary=xx")
    assert answer.status_code == 202
    assert page_of(again(run))["taken"]["parts"][0]["label"] == "a"


def test_who_does_not_sign_in_as_the_publisher_is_refused_and_noted(service: FakePublisher) -> None:
    version = recording_version_at(service)
    run, url = sent(version)
    assert post(url).status_code == 401
    assert post(url, by=make_account()).status_code == 403
    kept = ReceivedCallback.objects.filter(request_sid=run.request_sid)
    assert [(each.status, each.is_authentic) for each in kept] == [(401, False), (403, False)]


def test_another_method_is_refused_and_noted(service: FakePublisher) -> None:
    version = recording_version_at(service)
    run, url = sent(version)
    assert post(url, method="PUT", by=publisher_of(version)).status_code == 405
    assert ReceivedCallback.objects.get(request_sid=run.request_sid).method == "PUT"


def test_a_url_that_we_did_not_make_does_not_exist(service: FakePublisher) -> None:
    version = recording_version_at(service)
    _, url = sent(version)
    other = url.replace(version.sid, new_sid("XC"))
    longer = url.replace("tests/", "tests/").replace(url.rpartition("/")[2], f"9{url.rpartition('/')[2]}")
    for forged in (f"{url}x", other, longer, url[:-10] + "é" * 10):
        assert post(forged, by=publisher_of(version)).status_code == 404
    assert not ReceivedCallback.objects.exists()


def test_a_url_is_over_after_a_quarter_of_an_hour(service: FakePublisher) -> None:
    version = recording_version_at(service)
    run, _ = sent(version)
    before = timezone.now() - receiving.LASTS - timedelta(seconds=1)
    late = receiving.callback_url_of(version.sid, run.request_sid, since=before)
    assert post(late, by=publisher_of(version)).status_code == 404


def test_only_so_many_refused_callbacks_are_kept(service: FakePublisher) -> None:
    version = recording_version_at(service)
    _, url = sent(version)
    for _ in range(receiving.MOST_KEPT + 3):
        post(url)
    assert ReceivedCallback.objects.count() == receiving.MOST_KEPT


@pytest.mark.parametrize(("answer", "code"), [(500, 61002), (400, 61005), ({"no": "thanks"}, 61004)])
def test_a_service_that_does_not_take_it_ends_the_run(answer: Any, code: int) -> None:
    with FakePublisher(answer).in_thread() as service:
        run, _ = sent(recording_version_at(service))
    assert (again(run).code, again(run).as_expected) == (code, False)
    assert len(service.requests) == 1


def test_a_run_whose_callback_never_came_is_late(service: FakePublisher) -> None:
    run, _ = sent(recording_version_at(service))
    run.date_created -= bench.LONGEST_WAIT
    assert (state_of(run).status, state_of(run).is_open) == ("late", False)


def test_the_tester_hears_what_came_to_the_web_process(service: FakePublisher) -> None:
    version = recording_version_at(service)
    receiver, wait = PlatformReceiver(version.sid), async_to_sync(PlatformReceiver(version.sid).wait)
    url = receiver.url_for(f"XR{'0' * 32}")
    assert receiver.url_for(f"XR{'0' * 32}") == url
    assert wait(url, seconds=0) == []
    post(url, b'{"text": "hello"}', by=publisher_of(version))
    post(url)
    first, second = wait(url, seconds=5, at_least=2)
    assert (first.status, first.is_authenticated, first.body) == (202, True, b'{"text": "hello"}')
    assert (second.status, second.is_authenticated, second.is_taken) == (401, False, False)


def test_a_callback_for_the_tester_that_is_no_json_is_refused(service: FakePublisher) -> None:
    version = recording_version_at(service)
    url = PlatformReceiver(version.sid).url_for(f"XR{'1' * 32}")
    for body in (b"no", b"[]"):
        assert post(url, body, by=publisher_of(version)).status_code == 400
    assert post(url, by=publisher_of(version)).status_code == 202


@pytest.mark.parametrize("length", ["9" * 20, "9" * 5_000])
def test_a_length_beyond_every_number_is_refused_and_no_error(service: FakePublisher, length: str) -> None:
    version = recording_version_at(service)
    _, url = sent(version)
    path = url.removeprefix("http://127.0.0.1:8000")
    answer = Client().post(path, b"{}", "application/json", CONTENT_LENGTH=length)
    assert answer.status_code in {400, 401, 413}
