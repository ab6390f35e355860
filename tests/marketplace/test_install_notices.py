"""Word to a publisher that its add-on was installed or uninstalled (contract 16)."""

from datetime import datetime
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from accounts.models import Account
from deliveries.models import Delivery, DeliveryAttempt
from marketplace import services
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from results import tasks
from results.models import Event
from tests.deliveries.rows import make_due
from tests.deliveries.test_sending import is_signed
from tests.factories import make_account, make_install, make_listing, make_user
from tests.fake_publisher import FakePublisher

pytestmark = pytest.mark.django_db
LONG = "https://" + "a" * 2048
BOTH = ["module_install", "module_uninstall"]


def make_telling(url: str = "https://hooks.acme.example/modules", events: Any = BOTH) -> Listing:
    """A listing whose publisher wants to be told there."""
    wanted = {"notification_configuration": {"callback_url": url, "notification_events": events}}
    listing = make_listing()
    Listing.objects.filter(pk=listing.pk).update(configuration=wanted)
    return Listing.objects.with_publisher().select_related("publisher__account").get(pk=listing.pk)


def test_an_install_and_its_end_are_told_to_the_publisher_in_the_words_of_the_contract() -> None:
    with FakePublisher(204).in_thread() as receiver:
        listing = make_telling(receiver.url("/modules"))
        installed = make_install(make_account(), listing)
        services.uninstall(installed=installed)
        for delivery in Delivery.objects.order_by("sid"):
            tasks.deliver(delivery.sid)
    forms = [dict(request.form) for request in receiver.requests]
    assert [form.pop("EventType") for form in forms] == BOTH
    for form in forms:
        assert datetime.fromisoformat(form.pop("Timestamp")).tzinfo is not None
        assert form == {
            "AccountSid": installed.account.sid,
            "ModuleSid": listing.sid,
            "InstalledAddOnSid": installed.sid,
        }
    for request in receiver.requests:
        assert (request.method, is_signed(request, listing.publisher.account.auth_token)) == ("POST", True)
    assert set(Delivery.objects.values_list("account", "status")) == {
        (listing.publisher.account.pk, "delivered")
    }


@pytest.mark.parametrize(
    ("events", "told"),
    [(["module_install"], ["module_install"]), (["module_uninstall"], ["module_uninstall"]), ([], [])],
)
def test_only_what_is_listed_is_told(events: list[str], told: list[str]) -> None:
    services.uninstall(installed=make_install(listing=make_telling(events=events)))
    assert list(Delivery.objects.values_list("kind", flat=True)) == told


@pytest.mark.parametrize(
    "configuration",
    [
        {},
        [],
        {"notification_configuration": []},
        {"notification_configuration": {"callback_url": 7, "notification_events": BOTH}},
        {"notification_configuration": {"callback_url": "https://a.example", "notification_events": 7}},
        {"notification_configuration": {"callback_url": "https://a\x00", "notification_events": BOTH}},
        {
            "notification_configuration": {
                "callback_url": LONG,
                "notification_events": BOTH,
            }
        },
    ],
    ids=["none", "no object", "no object inside", "no text", "no list", "unprintable", "long"],
)
def test_whatever_a_listing_says_it_can_be_installed_and_uninstalled(configuration: Any) -> None:
    listing = make_listing()
    listing.configuration = configuration
    assert services.uninstall(installed=make_install(listing=listing))
    assert not Delivery.objects.exists()


def test_no_install_no_notice() -> None:
    listing = make_telling()
    with pytest.raises(services.TermsNotAccepted):
        make_install(listing=listing, accept_terms=False)
    with transaction.atomic():
        make_install(listing=listing)
        transaction.set_rollback(True)
    assert (Delivery.objects.count(), InstalledAddOn.objects.count()) == (0, 0)


def test_the_next_sweep_finds_it() -> None:
    make_install(listing=make_telling())
    assert Delivery.objects.to_hint() == [Delivery.objects.get().sid]


def test_it_is_tried_once_more_and_its_end_is_told_in_the_log_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with FakePublisher(500).in_thread() as receiver:
        listing = make_telling(receiver.url())
        make_user(listing.publisher.account)
        make_install(listing=listing)
        delivery = Delivery.objects.get()
        for _ in range(4):
            if Delivery.objects.get().is_pending:
                make_due(delivery)
            tasks.deliver(delivery.sid)
    assert (Delivery.objects.get().status, DeliveryAttempt.objects.count()) == ("given-up", 2)
    assert (Event.objects.count(), len(mail.outbox)) == (0, 0)
    assert f"module_install of {delivery.sid} was given up" in caplog.text


def test_an_address_that_is_not_for_the_public_is_not_connected_to(account: Account, settings: Any) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = []
    make_install(account, make_telling("https://127.0.0.1/modules"))
    tasks.deliver(Delivery.objects.get().sid)
    attempt = DeliveryAttempt.objects.get()
    assert (attempt.http_status, "not allowed" in attempt.error) == (None, True), attempt.error
