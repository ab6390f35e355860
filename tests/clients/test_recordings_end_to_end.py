"""The official Python client against a system that was started as a user starts it, with real recordings.

Web, worker, beat and the add-on that recognises speech are processes of `manage.py up`; the developer's
receiver is ours, and judges what it is told by the official validator.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from config.demo_recordings import MESSAGES, TRANSCRIPT, messages
from examples.lookup_with_twilio import client_for
from examples.transcript_with_twilio import bring, payloads_of, result_of
from tests.clients.test_both_ends import is_signed
from tests.config.test_up import PATIENCE, PORTS, READY, facts, running
from tests.fake_publisher import FakePublisher, Received
from tests.ports import free_ports

NOT_FOUND = (404, 20404)


@pytest.fixture
def receiver() -> Iterator[FakePublisher]:
    with FakePublisher(204).in_thread() as service:
        yield service


@pytest.fixture
def demo(
    receiver: FakePublisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, Any]]:
    """What `var/demo.json` says of a running system that may reach the receiver."""
    monkeypatch.setenv("OUTBOUND_ALLOWED_HOSTS", receiver.url("").removeprefix("http://"))
    with running(tmp_path, free_ports(PORTS)) as run:
        run.wait_for(READY)
        yield facts(run)


@pytest.fixture
def client(demo: dict[str, Any]) -> Client:
    return client_for(demo["base_url"], demo["account_sid"], demo["auth_token"])


def test_what_was_spoken_is_found_told_and_deleted(
    client: Client, demo: dict[str, Any], receiver: FakePublisher
) -> None:
    have_told(client, receiver.url("/notices?of=results"))
    recordings = {bring(demo, MESSAGES / each["file"]): each["keyword"] for each in messages()}
    assert len(recordings) == 3
    for sid, keyword in recordings.items():
        result = result_of(client, sid)
        assert result.fetch().status == "completed"
        payloads = payloads_of(result)
        assert keyword in payloads["text"].decode().split()
        assert keyword in [each["keyword"] for each in found_in(payloads["transcript"])]
        notice = notice_of(receiver, result.fetch().sid)
        assert is_signed(notice, demo["auth_token"])
        assert not is_signed(notice, "0" * 32)
        entry = entry_of(notice)
        assert (entry["status"], len(entry["payload"])) == ("successful", len(payloads))
        assert sid in entry["links"]["recording"]
        assert result.delete() is True
        with pytest.raises(TwilioRestException) as refused:
            result.fetch()
        assert (refused.value.status, refused.value.code) == NOT_FOUND
        assert client.recordings(sid).add_on_results.list() == []


def have_told(client: Client, url: str) -> None:
    """Change the add-on's settings: from now on the developer is told there."""
    (installed,) = (
        each for each in client.marketplace.v1.installed_add_ons.list() if each.unique_name == TRANSCRIPT
    )
    configuration = {**installed.configuration, "callback_url": url}
    assert installed.update(configuration=configuration).configuration["callback_url"] == url


def found_in(transcript: bytes) -> list[dict[str, Any]]:
    return [each for each in json.loads(transcript)["keywords"] if each["count"]]


def notice_of(receiver: FakePublisher, result_sid: str) -> Received:
    """The first notice about a result. The messages that the demo came with are told there, too."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for each in receiver.requests:
            if entry_of(each)["request_sid"] == result_sid:
                return each
        time.sleep(0.05)
    raise TimeoutError(f"nobody was told of {result_sid}")


def entry_of(notice: Received) -> dict[str, Any]:
    (entry,) = json.loads(dict(notice.form)["AddOns"])["results"].values()
    return dict(entry)
