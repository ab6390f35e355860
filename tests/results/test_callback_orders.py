"""Callbacks in every order, and what is left when somebody dies on the way."""

import errno
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import InMemoryStorage
from django.db import OperationalError
from django.utils import timezone

from billing.models import LedgerEntry
from deliveries.models import Delivery
from rest.files import each_name
from results import receiving, settling
from results.models import AddOnResult, Invocation, Payload
from tests.results.calling_back import Awaited, make_awaited, part

SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


@pytest.fixture
def awaited(db: None) -> Awaited:
    return make_awaited()


# --- Orders (safety 4, rows 22 and 23) -------------------------------------------------------


def the_second_is_404(awaited: Awaited, body: bytes) -> None:
    assert awaited.post().status_code == 202
    assert awaited.post(body).status_code == 404
    assert Payload.objects.count() == 1
    assert LedgerEntry.objects.count() == 1
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("body", [b'{"text": "hello"}', b'{"text": "other"}', b"{"])
def test_a_second_callback_is_404_whatever_it_says(awaited: Awaited, body: bytes) -> None:
    the_second_is_404(awaited, body)
    assert Payload.objects.get().data.read() == b'{"text": "hello"}'


def test_after_a_refused_body_the_right_one_is_taken_once(awaited: Awaited) -> None:
    assert awaited.post(b"{").status_code == 400
    the_second_is_404(awaited, b"{}")


def test_while_one_is_read_the_next_is_asked_to_come_again(awaited: Awaited) -> None:
    settling.processing(awaited.result)
    answer = awaited.post()
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert answer.json()["code"] == 20503
    assert awaited.status == "processing"


def test_what_a_dead_reader_left_is_read_again(awaited: Awaited) -> None:
    settling.processing(awaited.result)
    AddOnResult.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert awaited.post().status_code == 202
    assert awaited.status == "completed"


def test_the_slow_reader_that_lost_its_lease_writes_nothing(awaited: Awaited, monkeypatch: Any) -> None:
    """While the first is about to complete, its lease is gone, and a second one takes over and completes."""
    complete, before = settling.complete, set(each_name("payloads"))

    def overtaken(*args: Any, **options: Any) -> bool:
        monkeypatch.setattr(settling, "complete", complete)
        AddOnResult.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        assert awaited.post(b'{"text": "second"}').status_code == 202
        return complete(*args, **options)

    monkeypatch.setattr(settling, "complete", overtaken)
    assert awaited.post(b'{"text": "first"}').status_code == 404
    payload = Payload.objects.get()
    assert payload.data.read() == b'{"text": "second"}'
    assert set(each_name("payloads")) - before == {payload.data.name}
    assert LedgerEntry.objects.count() == 1


def test_after_the_deadline_it_is_404_and_the_result_has_failed(awaited: Awaited) -> None:
    AddOnResult.objects.update(deadline=timezone.now() - timedelta(seconds=1))
    assert awaited.post().status_code == 404
    assert (awaited.status, awaited.now().code) == ("failed", 61001)
    assert awaited.now().reason.startswith("The publisher did not call back by 20")
    assert not LedgerEntry.objects.exists()
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("end", ["uninstalled", "recording deleted", "suspended"])
def test_what_nobody_waits_for_any_more_is_canceled_and_404(awaited: Awaited, end: str) -> None:
    if end == "uninstalled":
        awaited.result.installed_add_on.__class__.objects.update(removed_at=timezone.now())
    elif end == "suspended":
        awaited.result.version.listing.__class__.objects.update(availability="suspended")
    else:
        awaited.result.recording.__class__.objects.update(status="deleted")
    assert awaited.post().status_code == 404
    assert awaited.status == "canceled"
    assert not LedgerEntry.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("status", ["init", "completed", "failed", "canceled", "deleted"])
def test_a_result_in_another_state_takes_nothing(db: None, status: str) -> None:
    awaited = make_awaited(status=status)
    assert awaited.post().status_code == 404
    assert (awaited.status, Payload.objects.count()) == (status, 0)


def test_a_suspended_account_may_not_post(awaited: Awaited) -> None:
    awaited.publisher.__class__.objects.filter(pk=awaited.publisher.pk).update(status="suspended")
    answer = awaited.post()
    assert (answer.status_code, answer.json()["code"]) == (403, 20005)


# --- Where it may die (safety 4, rows 12 and 18) ---------------------------------------------


class Killed(BaseException):
    """As when the process is gone: nothing that catches errors runs."""


@pytest.mark.parametrize("where", ["read", "_judge", "_payload"])
def test_killed_before_the_end_nothing_is_visible_and_a_retry_is_taken(
    awaited: Awaited, monkeypatch: Any, where: str
) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(receiving, where, die)
        patch.setattr(settling, "released", die)
        with pytest.raises(Killed):
            awaited.post()
    assert (awaited.status, Payload.objects.count(), Invocation.objects.count()) == ("processing", 0, 0)
    AddOnResult.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    the_second_is_404(awaited, b"{}")


@pytest.mark.parametrize("where", ["record_end", "owe_notice"])
def test_what_fails_in_the_last_transaction_leaves_nothing(
    awaited: Awaited, monkeypatch: Any, where: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("the database is gone")

    with monkeypatch.context() as patch:
        patch.setattr(settling, where, fail)
        assert awaited.post().status_code == 503
    assert (awaited.status, Payload.objects.count(), LedgerEntry.objects.count()) == ("in-progress", 0, 0)
    the_second_is_404(awaited, b"{}")


def test_a_full_disk_is_503_and_leaves_no_file(awaited: Awaited, monkeypatch: Any) -> None:
    storage = Payload._meta.get_field("data").storage
    save = storage.save
    saved: list[str] = []

    def fills_up(name: str, content: Any, **options: Any) -> str:
        if saved:
            raise OSError(errno.ENOSPC, "No space left on device")
        saved.append(save(name, content, **options))
        return saved[0]

    with monkeypatch.context() as patch:
        patch.setattr(InMemoryStorage, "save", lambda _, *args, **options: fills_up(*args, **options))
        answer = awaited.post_form(part("a", b"1"), part("b", b"2"))
    assert (answer.status_code, answer.json()["code"]) == (503, 20503)
    assert (awaited.status, Payload.objects.count()) == ("in-progress", 0)
    assert not storage.exists(saved[0])
    the_second_is_404(awaited, b"{}")
