"""The task: claim, send, keep what came of it, and tell the account when nobody takes it."""

from typing import Any

import pytest
from celery import current_app
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Account, Role
from deliveries import sending, services
from deliveries.models import Delivery
from deliveries.pauses import MOST_ATTEMPTS
from publishers.contract.secret import Secret
from results import delivering, notices, tasks
from results.models import AddOnResult, Event
from tests.deliveries.rows import make_delivery, make_due
from tests.deliveries.test_notices import make_ended
from tests.deliveries.test_outbox import lapse
from tests.deliveries.test_sending import is_signed, is_standard
from tests.factories import make_user
from tests.fake_publisher import Answer, FakePublisher
from tests.pages import text

pytestmark = pytest.mark.django_db
Commit = DjangoCaptureOnCommitCallbacks


def owed(account: Account, url: str) -> tuple[AddOnResult, Delivery]:
    result = make_ended(account, {"callback_url": url})
    delivery = notices.owe_notice(result)
    assert delivery is not None
    return result, delivery


def deliver(delivery: Delivery, *, times: int = 1) -> Delivery:
    for _ in range(times):
        make_due(delivery)
        tasks.deliver(delivery.sid)
    return Delivery.objects.get(pk=delivery.pk)


def test_a_notice_reaches_its_receiver_signed_with_the_accounts_own_token(account: Account) -> None:
    with FakePublisher(204).in_thread() as receiver:
        result, delivery = owed(account, receiver.url("/results"))
        done = deliver(delivery)
    [request] = receiver.requests
    assert result.sid in dict(request.form)["AddOns"]
    assert is_signed(request, account.auth_token)
    assert is_standard(request, sending.standard_secret(Secret(account.auth_token)).reveal())
    assert request.headers["webhook-id"] == delivery.sid
    assert (done.status, done.attempts.get().http_status) == ("delivered", 204)
    assert not Event.objects.exists()


def test_the_token_that_signs_is_the_one_of_the_moment(account: Account) -> None:
    with FakePublisher([500, 200]).in_thread() as receiver:
        _, delivery = owed(account, receiver.url())
        deliver(delivery)
        account.set_auth_token("f" * 32)
        account.save()
        deliver(delivery)
    assert is_signed(receiver.requests[1], "f" * 32)


def test_a_second_hint_sends_nothing(account: Account) -> None:
    with FakePublisher().in_thread() as receiver:
        _, delivery = owed(account, receiver.url())
        for _ in range(3):
            tasks.deliver(delivery.sid)
    assert len(receiver.requests) == 1


def test_a_worker_that_died_after_sending_sends_it_again_under_the_same_name(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any) -> None:
        raise SystemExit

    with FakePublisher().in_thread() as receiver:
        _, delivery = owed(account, receiver.url())
        with monkeypatch.context() as patch:
            patch.setattr(services, "settle", die)
            with pytest.raises(SystemExit):
                tasks.deliver(delivery.sid)
        lapse(delivery)
        tasks.deliver(delivery.sid)
    first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == delivery.sid
    assert first.form == second.form
    assert Delivery.objects.get().status == "delivered"


def test_the_third_failure_leaves_one_event(account: Account) -> None:
    with FakePublisher(500).in_thread() as receiver:
        result, delivery = owed(account, receiver.url())
        deliver(delivery, times=2)
        assert not Event.objects.exists()
        deliver(delivery, times=3)
    event = Event.objects.get()
    assert (event.code, event.level, event.account) == (11200, "error", account)
    assert (event.reference_sid, event.event_id) == (result.recording.sid, result.event_id)
    assert (event.url_host, event.text) == (
        "127.0.0.1",
        "The notice of a result was not taken 3 times, and is tried on. The answer was 500.",
    )


def test_the_last_failure_leaves_an_event_and_a_message_to_the_owners(
    account: Account, django_capture_on_commit_callbacks: Commit, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://patchbay.example"
    owners = [make_user(account), make_user(account)]
    make_user(account, role=Role.DEVELOPER)
    make_user(account, is_active=False)
    with FakePublisher(500).in_thread() as receiver, django_capture_on_commit_callbacks(execute=True):
        _, delivery = owed(account, receiver.url("/secret-path?key=secret"))
        done = deliver(delivery, times=MOST_ATTEMPTS)
        deliver_again = tasks.deliver(delivery.sid)
    assert (done.status, deliver_again) == ("given-up", None)
    assert len(receiver.requests) == MOST_ATTEMPTS
    assert Event.objects.newest_first()[0].text == (
        "The notice of a result was given up after 10 attempts. The answer was 500."
    )
    assert [message.to for message in mail.outbox] == [[owner.email] for owner in owners]
    message = mail.outbox[0]
    assert message.subject == "[Patchbay] 127.0.0.1 does not take its notices"
    assert f"https://patchbay.example/console/deliveries/{delivery.sid}/" in message.body
    assert "did not take it in 10 attempts" in message.body
    assert "The answer was 500." in message.body
    assert not {word for word in ("secret", account.auth_token) if word in message.body}


def give_up(account: Account, status: int = 410) -> Delivery:
    with FakePublisher(status).in_thread() as receiver:
        return deliver(make_delivery(account, receiver.url()))


def test_a_receiver_that_says_it_is_gone_is_believed(
    account: Account, user: Any, django_capture_on_commit_callbacks: Commit
) -> None:
    with FakePublisher(410).in_thread() as receiver, django_capture_on_commit_callbacks(execute=True):
        _, delivery = owed(account, receiver.url())
        assert deliver(delivery).status == "given-up"
    assert Event.objects.get().text.startswith("The notice of a result was given up after 1 attempt. ")
    assert len(mail.outbox) == 1


def test_of_many_that_are_given_up_at_one_host_one_message_tells(
    account: Account, user: Any, django_capture_on_commit_callbacks: Commit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        first, *_ = [give_up(account) for _ in range(3)]
    assert len(mail.outbox) == 1
    assert first.sid in mail.outbox[0].body


def test_a_mail_server_that_is_down_stops_nothing(
    account: Account, user: Any, settings: Any, django_capture_on_commit_callbacks: Commit
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with django_capture_on_commit_callbacks(execute=True):
        assert give_up(account).status == "given-up"


def test_one_over_which_workers_died_ends_with_an_event(account: Account) -> None:
    with FakePublisher().in_thread() as receiver:
        _, delivery = owed(account, receiver.url())
        for _ in range(MOST_ATTEMPTS + 1):
            services.claim(delivery.sid)
            lapse(delivery)
        tasks.deliver(delivery.sid)
    assert receiver.requests == []
    assert Delivery.objects.get().status == "given-up"
    assert "The process that sent it ended each time." in Event.objects.get().text


def test_a_replay_is_sent_and_marked(account: Account) -> None:
    with FakePublisher([410, 200]).in_thread() as receiver:
        _, delivery = owed(account, receiver.url())
        deliver(delivery)
        services.replay(delivery=Delivery.objects.get())
        done = deliver(delivery)
    assert done.status == "delivered"
    assert [each.by_hand for each in done.attempts.all()] == [False, True]
    assert len({each.headers["webhook-id"] for each in receiver.requests}) == 1


def test_an_address_that_became_forbidden_is_not_connected_to(account: Account, settings: Any) -> None:
    with FakePublisher().in_thread() as receiver:
        _, delivery = owed(account, receiver.url())
        settings.OUTBOUND_ALLOWED_HOSTS = []
        deliver(delivery)
    assert receiver.requests == []
    assert Delivery.objects.get().attempts.get().error == "The URL must start with https://."


def test_when_one_is_settled_a_worker_is_told_of_the_next_at_its_host(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(delivering, "hint", lambda task, sids: told.extend(sids))
    with FakePublisher().in_thread() as receiver:
        first, second = (make_delivery(account, receiver.url()) for _ in range(2))
        Delivery.objects.filter(pk=second.pk).update(hinted_at=None)
        tasks.deliver(first.sid)
    assert told == [second.sid]


def test_the_event_leads_to_what_it_means(account: Account, console: Client) -> None:
    with FakePublisher(500).in_thread() as receiver:
        _, delivery = owed(account, receiver.url())
        deliver(delivery, times=3)
    shown = text(console.get(f"/console/events/{Event.objects.get().sid}/"))
    assert "HTTP retrieval failure" in shown
    assert "notice" in shown


def test_workers_know_the_task_by_its_name() -> None:
    assert current_app.tasks["results.tasks.deliver"].name == tasks.deliver.name


def test_a_slow_receiver_is_one_failed_attempt(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "ATTEMPT_SECONDS", 1.0)
    with FakePublisher(Answer(delay=30)).in_thread() as receiver:
        _, delivery = owed(account, receiver.url())
        done = deliver(delivery)
    assert (done.status, done.failures) == ("pending", 1)
    assert done.attempts.get().error == "There was no answer within 1 seconds."
