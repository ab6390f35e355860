"""The states of a listing: who moves it between them, and what a suspension stops."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account, AuditEntry
from marketplace import number_services, services
from marketplace.models import IncomingPhoneNumber
from publishers import availability, tasks
from publishers.availability import MOVES, Effect
from publishers.models import Availability, Listing, Publisher
from publishers.versions import Role
from tests.factories import (
    NOBODY,
    make_account,
    make_install,
    make_invocation,
    make_listing,
    make_publisher,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date
OFFERED = ["coming_soon", "developer_preview", "beta", "ga"]


def make_unpublished(state: str = "draft") -> Listing:
    return Listing.objects.create(
        publisher=make_publisher(), unique_name=f"unpublished_{state}", availability=state
    )


def move(listing: Listing, to: str) -> str:
    availability.move(listing=listing, to=to, actor=NOBODY)
    return Listing.objects.get(pk=listing.pk).availability


def deprecate(listing: Listing, **given: Any) -> Listing:
    given = {"until": TODAY() + timedelta(days=30), **given}
    availability.deprecate(listing=listing, actor=NOBODY, **given)
    return Listing.objects.get(pk=listing.pk)


def last_entry() -> AuditEntry:
    return AuditEntry.objects.newest_first()[0]


def test_the_table_names_every_state_and_leaves_suspending_to_operators() -> None:
    assert set(MOVES) == set(Availability)
    to_suspended = {moves.get("suspended") for state, moves in MOVES.items() if state != "suspended"}
    assert to_suspended == {Role.OPERATOR}
    assert MOVES["suspended"] == {}


@pytest.mark.parametrize("before", OFFERED)
@pytest.mark.parametrize("after", [*OFFERED, "retired"])
def test_a_publisher_moves_what_it_offers_forward_and_back(before: str, after: str) -> None:
    listing = make_listing(availability=before)
    if before != after:
        assert move(listing, after) == after


def test_a_move_is_in_the_audit_log() -> None:
    listing = make_listing(availability="beta")
    availability.move(listing=listing, to="ga", actor=NOBODY, reason="ready")
    entry = last_entry()
    assert (entry.action, entry.subject_sid, entry.reason) == ("listing.moved", listing.sid, "ready")
    assert (entry.before, entry.after) == ({"availability": "beta"}, {"availability": "ga"})
    assert entry.account_sid == listing.publisher.account.sid


@pytest.mark.parametrize("to", ["ga", "beta", "draft", "in_review", "suspended", "rubbish"])
def test_what_the_table_does_not_know_is_refused(to: str) -> None:
    listing = make_listing(availability="retired")
    with pytest.raises(availability.WrongAvailability, match="is “Retired”; its publisher cannot change"):
        move(listing, to)
    assert not AuditEntry.objects.filter(action__startswith="listing.").exists()


def test_a_publisher_neither_suspends_nor_lifts() -> None:
    listing = make_listing(availability="ga")
    with pytest.raises(availability.WrongAvailability, match="can become coming_soon or developer_preview"):
        move(listing, "suspended")
    availability.suspend(listing=listing, reason="spam", actor=NOBODY)
    with pytest.raises(availability.WrongAvailability, match="“Suspended”"):
        move(listing, "ga")


def test_a_listing_without_a_published_version_goes_nowhere() -> None:
    listing = make_unpublished("coming_soon")
    assert availability.allowed_moves(listing) == []
    with pytest.raises(availability.WrongAvailability, match="publish a version"):
        move(listing, "ga")


def test_a_publisher_who_is_not_approved_only_retires() -> None:
    listing = make_listing(availability="beta")
    Publisher.objects.update(status=Publisher.Status.SUSPENDED)
    listing = Listing.objects.get()
    assert availability.allowed_moves(listing) == ["retired"]
    with pytest.raises(availability.PublisherNotApproved):
        move(listing, "ga")
    assert move(listing, "retired") == "retired"


def test_what_is_installed_does_not_become_coming_soon() -> None:
    listing = make_listing(availability="ga")
    installed = make_install(listing=listing)
    with pytest.raises(availability.StillInstalled, match="1 account installed it"):
        move(listing, "coming_soon")
    services.uninstall(installed=installed)
    assert move(listing, "coming_soon") == "coming_soon"


# --- Deprecation -----------------------------------------------------------------------------


def test_a_deprecated_listing_stays_what_it_was_and_names_a_replacement() -> None:
    listing, other = make_listing(availability="ga"), make_listing(availability="beta")
    kept = deprecate(listing, replacement=other)
    assert (kept.availability, kept.replacement) == ("ga", other)
    assert kept.is_installable
    entry = last_entry()
    assert entry.action == "listing.deprecated"
    assert entry.after == {"deprecated_until": str(kept.deprecated_until), "replacement": other.sid}


@pytest.mark.parametrize("days", [-1, 5 * 365 + 1])
def test_a_deprecation_ends_neither_in_the_past_nor_in_another_age(days: int) -> None:
    with pytest.raises(availability.NotDeprecable, match="DeprecatedUntil: give a day from"):
        deprecate(make_listing(), until=TODAY() + timedelta(days=days))


@pytest.mark.parametrize("state", ["draft", "in_review", "retired", "suspended"])
def test_only_what_is_offered_is_deprecated(state: str) -> None:
    listing = make_listing()
    Listing.objects.update(availability=state)
    with pytest.raises(availability.NotDeprecable, match="only a listing that is offered"):
        deprecate(listing)


def test_a_replacement_is_another_listing_that_everybody_sees() -> None:
    listing = make_listing()
    with pytest.raises(availability.NotDeprecable, match="replace itself"):
        deprecate(listing, replacement=listing)
    for hidden in (make_listing(availability="developer_preview"), make_unpublished()):
        with pytest.raises(availability.NotDeprecable, match="everybody sees"):
            deprecate(listing, replacement=hidden)


def test_a_deprecation_can_be_taken_back_once() -> None:
    listing = deprecate(make_listing(), replacement=make_listing())
    kept = availability.keep_offering(listing=listing, actor=NOBODY)
    assert (kept.deprecated_until, kept.replacement) == (None, None)
    assert last_entry().action == "listing.undeprecated"
    with pytest.raises(availability.NotDeprecable, match="not deprecated"):
        availability.keep_offering(listing=listing, actor=NOBODY)


def test_the_day_after_it_is_retired_and_only_then() -> None:
    last_day = TODAY() + timedelta(days=3)
    listing = deprecate(make_listing(), until=last_day, replacement=make_listing())
    assert availability.retire_deprecated(last_day) == 0
    assert availability.retire_deprecated(last_day + timedelta(days=1)) == 1
    listing.refresh_from_db()
    assert (listing.availability, listing.deprecated_until) == ("retired", None)
    assert listing.replacement is not None
    assert (last_entry().action, last_entry().actor) == ("listing.retired", "")
    assert availability.retire_deprecated(last_day + timedelta(days=1)) == 0


def test_the_daily_task_leaves_a_suspended_listing_alone() -> None:
    past, suspended = make_listing(), make_listing()
    Listing.objects.update(deprecated_until=date(2020, 1, 1))
    availability.suspend(listing=suspended, reason="spam", actor=NOBODY)
    assert tasks.retire_deprecated() == 1
    assert list(Listing.objects.filter(availability="retired")) == [past]


# --- Suspension ------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [*OFFERED, "retired"])
def test_a_suspension_can_be_lifted_to_what_it_was(state: str) -> None:
    listing = make_listing(availability=state)
    suspended = availability.suspend(listing=listing, reason="It leaks.", actor=NOBODY)
    assert (suspended.availability, suspended.suspension_reason) == ("suspended", "It leaks.")
    assert (last_entry().action, last_entry().reason) == ("listing.suspended", "It leaks.")
    lifted = availability.lift(listing=listing, actor=NOBODY)
    assert (lifted.availability, lifted.suspended_from, lifted.suspension_reason) == (state, "", "")
    assert last_entry().action == "listing.unsuspended"


@pytest.mark.parametrize("reason", ["", " \n"])
def test_who_suspends_says_why(reason: str) -> None:
    with pytest.raises(availability.ReasonMissing):
        availability.suspend(listing=make_listing(), reason=reason, actor=NOBODY)


def test_a_listing_is_suspended_once_and_lifted_once() -> None:
    listing = make_listing()
    with pytest.raises(availability.WrongAvailability, match="not suspended"):
        availability.lift(listing=listing, actor=NOBODY)
    availability.suspend(listing=listing, reason="spam", actor=NOBODY)
    with pytest.raises(availability.WrongAvailability, match="suspended already"):
        availability.suspend(listing=listing, reason="spam", actor=NOBODY)


@pytest.mark.parametrize(("status", "state"), [("draft", "draft"), ("submitted", "in_review")])
def test_lifted_before_any_version_it_is_where_its_version_is_now(status: str, state: str) -> None:
    listing = make_unpublished("in_review")
    listing.versions.create(number=1, status="draft", definition={})
    availability.suspend(listing=listing, reason="spam", actor=NOBODY)
    listing.versions.filter(number=1).update(status=status)
    assert availability.lift(listing=listing, actor=NOBODY).availability == state


def test_one_of_which_nobody_noted_where_it_was_is_shown_to_nobody_new() -> None:
    listing = make_listing()
    Listing.objects.update(availability="suspended")
    assert availability.lift(listing=listing, actor=NOBODY).availability == "developer_preview"


def test_the_effect_of_a_suspension_is_told_in_counts() -> None:
    listing, account = make_listing(), make_account()
    one = make_install(account, listing, enabled=["lookup-api", "voice-incoming"])
    make_install(account, listing)
    elsewhere = make_install(listing=listing, enabled=["lookup-api"])
    services.uninstall(installed=make_install(listing=listing, enabled=["lookup-api"]))
    make_install(enabled=["lookup-api"])
    make_invocation(one)
    make_invocation(elsewhere, started_at=timezone.now() - timedelta(hours=25))
    assert availability.effect_of_suspension(listing) == Effect(
        installs=3, accounts=2, points_on=3, numbers=0, calls_in_24_hours=1
    )


def add_numbers(account: Account, *numbers: str) -> list[IncomingPhoneNumber]:
    return [
        number_services.create_number(account=account, phone_number=number, settings={}) for number in numbers
    ]


def test_the_numbers_are_those_it_runs_for() -> None:
    """Assigned to none it runs for every number of its account; assigned to one, for that one."""
    listing, account, other = make_listing(), make_account(), make_account()
    [first, _, _] = add_numbers(account, "+14155552671", "+14155552672", "+14155552673")
    add_numbers(other, "+14155552674")
    installed = make_install(account, listing, enabled=["lookup-api"])
    assert availability.effect_of_suspension(listing).numbers == 0
    installed.switches.update(enabled=True)
    assert availability.effect_of_suspension(listing).numbers == 3
    number_services.assign(number=first, installed=installed)
    assert availability.effect_of_suspension(listing).numbers == 1
    make_install(other, listing, enabled=["voice-incoming"])
    make_install(account, make_listing(), enabled=["voice-incoming"])
    assert availability.effect_of_suspension(listing).numbers == 2
