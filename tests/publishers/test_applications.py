"""Becoming a publisher: applying, deciding, and what a publisher says of itself."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Account, AuditEntry, Role
from accounts.requests import Actor
from publishers import applications
from publishers.applications import Profile, WrongDecision
from publishers.models import Publisher
from publishers.reviewers import OwnPublisher
from rest.errors import Refused
from tests.factories import NOBODY, make_account, make_listing, make_publisher, make_user
from tests.pages import console_of, error_at, is_sent_to_sign_in, text, viewer_of

PAGE = "/publish/profile/"
ACME = {
    "name": "Acme Facts",
    "about": "Facts about numbers.",
    "contact_name": "Ana",
    "contact_email": "ana@acme.example",
    "website": "https://acme.example",
    "contact_phone": "",
}
Status = Publisher.Status


def operator() -> Actor:
    return Actor(user=make_user(is_staff=True), credential="", ip_address="")


def applied(account: Account | None = None, **changes: str) -> Publisher:
    profile = Profile(**{**ACME, **changes})
    return applications.apply(account=account or make_account(), profile=profile, actor=NOBODY)


def decided(publisher: Publisher, status: str, reason: str = "Because.", **more: Any) -> Publisher:
    return applications.decide(publisher=publisher, status=status, reason=reason, actor=operator(), **more)


# --- Applying --------------------------------------------------------------------------------


def test_an_owner_applies_and_waits(console: Client, account: Account) -> None:
    assert "Become a publisher" in text(console.get(PAGE))
    answer = console.post(PAGE, ACME, follow=True)
    publisher = Publisher.objects.get(account=account)
    assert (publisher.status, publisher.slug) == ("applied", "acme-facts")
    assert "Your application is sent." in text(answer)
    assert "Waiting for approval" in text(answer)
    entry = AuditEntry.objects.get(action="publisher.applied")
    assert (entry.account_sid, entry.after["name"]) == (account.sid, "Acme Facts")


def test_the_form_proposes_the_users_own_address(console: Client, user: Any) -> None:
    assert f'value="{user.email}"' in console.get(PAGE).content.decode()


@pytest.mark.parametrize("field", ["name", "about", "contact_name", "contact_email"])
def test_what_an_operator_needs_is_asked_for(console: Client, field: str) -> None:
    answer = console.post(PAGE, {**ACME, field: ""})
    assert error_at(answer, f"id_{field}")
    assert not Publisher.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "a\0b"),
        ("about", "x" * 5001),
        ("website", "javascript:alert(1)"),
        ("contact_email", "nobody"),
        ("contact_phone", "1" * 41),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(console: Client, field: str, value: str) -> None:
    assert error_at(console.post(PAGE, {**ACME, field: value}), f"id_{field}")
    assert not Publisher.objects.exists()


def test_a_developer_is_told_that_an_owner_applies(account: Account) -> None:
    developer = console_of(make_user(account, role=Role.DEVELOPER))
    assert "An owner of this account applies" in text(developer.get(PAGE))
    developer.post(PAGE, ACME)
    assert not Publisher.objects.exists()


def test_a_viewer_may_look_but_not_apply(account: Account) -> None:
    viewer = viewer_of(account)
    assert "<form method" not in text(viewer.get(PAGE))
    assert viewer.post(PAGE, ACME).status_code == 403
    assert not Publisher.objects.exists()


def test_a_stranger_is_asked_to_sign_in() -> None:
    assert is_sent_to_sign_in(PAGE)


def test_two_of_one_name_get_two_slugs(db: None) -> None:
    assert [applied().slug for _ in range(3)] == ["acme-facts", "acme-facts-1", "acme-facts-2"]


@pytest.mark.parametrize("name", ["日本語", "---", "🙂"])
def test_a_name_without_plain_letters_gets_a_slug_of_the_account(db: None, name: str) -> None:
    account = make_account()
    assert applied(account, name=name).slug == account.sid[-8:].lower()


def test_an_account_applies_once(account: Account) -> None:
    applied(account)
    with pytest.raises(Refused, match="has applied already"):
        applied(account)
    assert Publisher.objects.count() == 1


def test_who_publishes_nothing_is_led_to_nothing_else(console: Client, account: Account) -> None:
    assert 'href="/publish/calls/"' not in console.get(PAGE).content.decode()
    applied(account)
    assert 'href="/publish/calls/"' in console.get(PAGE).content.decode()


# --- The profile afterwards ------------------------------------------------------------------


def test_the_name_is_fixed_once_customers_know_it(console: Client, account: Account) -> None:
    decided(applied(account), Status.APPROVED)
    console.post(PAGE, {**ACME, "name": "Google", "contact_name": "Bo"})
    publisher = Publisher.objects.get()
    assert (publisher.name, publisher.contact_name) == ("Acme Facts", "Bo")
    with pytest.raises(Refused, match="ask an operator to change it"):
        applications.change_profile(
            publisher=publisher, profile=Profile(**{**ACME, "name": "Google"}), actor=NOBODY
        )


def test_a_change_is_audited_with_what_was_before(console: Client, account: Account) -> None:
    applied(account)
    console.post(PAGE, {**ACME, "contact_name": "Bo"})
    entry = AuditEntry.objects.get(action="publisher.changed")
    assert (entry.before, entry.after) == ({"contact_name": "Ana"}, {"contact_name": "Bo"})


def test_a_save_without_a_change_leaves_no_entry(console: Client, account: Account) -> None:
    applied(account)
    console.post(PAGE, ACME)
    assert not AuditEntry.objects.filter(action="publisher.changed").exists()


def test_a_declined_one_reads_why_and_applies_again(console: Client, account: Account) -> None:
    decided(applied(account), Status.DECLINED, "Say where the data comes from.")
    assert "Say where the data comes from." in text(console.get(PAGE))
    console.post(PAGE, {**ACME, "about": "From the regulator."})
    publisher = Publisher.objects.get()
    assert (publisher.status, publisher.about, publisher.reason) == ("applied", "From the regulator.", "")


def test_a_suspended_one_reads_why(console: Client, account: Account) -> None:
    publisher = applied(account)
    decided(decided(publisher, Status.APPROVED), Status.SUSPENDED, "Fraud.")
    assert "An operator has suspended this publisher." in text(console.get(PAGE))
    assert "Fraud." in text(console.get(PAGE))


def test_the_menu_leads_there_until_the_account_publishes(console: Client, account: Account) -> None:
    link = f'href="{PAGE}"'
    assert link in console.get("/console/").content.decode()
    applied(account)
    assert link not in console.get("/console/").content.decode()


# --- Deciding --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ([Status.APPROVED], "publisher.approved"),
        ([Status.DECLINED], "publisher.declined"),
        ([Status.DECLINED, Status.APPROVED], "publisher.approved"),
        ([Status.APPROVED, Status.SUSPENDED], "publisher.suspended"),
        ([Status.APPROVED, Status.SUSPENDED, Status.APPROVED], "publisher.reinstated"),
    ],
)
def test_each_decision_is_kept_and_told(
    path: list[str], action: str, db: None, django_capture_on_commit_callbacks: Any
) -> None:
    publisher = applied()
    for status in path:
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            publisher = decided(publisher, status)
    assert (publisher.status, publisher.reason) == (path[-1], "Because.")
    assert publisher.date_decided is not None
    entry = AuditEntry.objects.newest_first()[0]
    assert (entry.action, entry.reason, entry.after) == (action, "Because.", {"status": path[-1]})
    assert [message.to for message in mail.outbox] == [["ana@acme.example"]]
    assert "Because." in mail.outbox[0].body


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (Status.APPLIED, Status.SUSPENDED),
        (Status.APPROVED, Status.DECLINED),
        (Status.APPROVED, Status.APPROVED),
        (Status.DECLINED, Status.SUSPENDED),
        (Status.SUSPENDED, Status.DECLINED),
        (Status.APPROVED, Status.APPLIED),
    ],
)
def test_a_decision_that_the_table_does_not_have_is_refused(db: None, status: str, wanted: str) -> None:
    publisher = make_publisher()
    Publisher.objects.update(status=status)
    publisher.refresh_from_db()
    with pytest.raises(WrongDecision, match=f"the publisher is {status}: it can become"):
        decided(publisher, wanted)
    publisher.refresh_from_db()
    assert publisher.status == status


@pytest.mark.parametrize("wanted", [Status.DECLINED, Status.SUSPENDED])
@pytest.mark.parametrize("reason", ["", "  "])
def test_who_turns_somebody_down_says_why(db: None, wanted: str, reason: str) -> None:
    with pytest.raises(Refused, match="Missing required parameter Reason"):
        decided(make_publisher(), wanted, reason)


def test_the_second_of_two_decisions_is_refused(db: None) -> None:
    publisher = applied()
    seen = Publisher.objects.get(pk=publisher.pk)
    decided(publisher, Status.APPROVED)
    with pytest.raises(WrongDecision):
        decided(seen, Status.DECLINED)
    seen.refresh_from_db()
    assert seen.status == "approved"


def test_nobody_approves_what_they_have_not_seen(db: None) -> None:
    """It was declined, and has applied again with other words meanwhile."""
    publisher = decided(applied(), Status.DECLINED)
    seen = Publisher.objects.get(pk=publisher.pk)
    applied(publisher.account, about="Anything.")
    with pytest.raises(WrongDecision):
        decided(seen, Status.APPROVED)


def test_nobody_decides_on_the_publisher_of_their_own_account(account: Account) -> None:
    publisher = applied(account)
    member = Actor(user=make_user(account, is_staff=True), credential="", ip_address="")
    with pytest.raises(OwnPublisher):
        applications.decide(publisher=publisher, status=Status.APPROVED, actor=member)


def test_a_suspension_may_take_the_listings_with_it(db: None) -> None:
    publisher = make_publisher()
    listing = make_listing(publisher=publisher)
    decided(publisher, Status.SUSPENDED, "Fraud.", with_listings=True)
    listing.refresh_from_db()
    assert (listing.availability, listing.suspension_reason) == ("suspended", "Fraud.")
    assert AuditEntry.objects.filter(action="listing.suspended").count() == 1


def test_without_that_its_listings_run_on(db: None) -> None:
    publisher = make_publisher()
    listing = make_listing(publisher=publisher)
    decided(publisher, Status.SUSPENDED)
    listing.refresh_from_db()
    assert listing.availability == "ga"


def test_a_mail_server_that_is_down_stops_no_decision(
    settings: Any, db: None, django_capture_on_commit_callbacks: Any
) -> None:
    settings.EMAIL_BACKEND = "no.such.Backend"
    with django_capture_on_commit_callbacks(execute=True):
        assert decided(applied(), Status.APPROVED).is_approved


def test_owners_and_the_contact_get_one_message_each(
    db: None, django_capture_on_commit_callbacks: Any
) -> None:
    account = make_account()
    owner = make_user(account)
    make_user(account, role=Role.DEVELOPER)
    with django_capture_on_commit_callbacks(execute=True):
        decided(applied(account, contact_email=owner.email.upper()), Status.APPROVED)
    assert [message.to for message in mail.outbox] == [[owner.email]]
