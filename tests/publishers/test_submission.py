"""The gate before a review, and who may not decide: the same through every door."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Account, AuditEntry, User
from accounts.requests import Actor
from accounts.scopes import Scope
from accounts.services import create_api_key
from publishers import checklist, versions
from publishers.checklist import Entry
from publishers.drafts import create_draft
from publishers.faults import BadParameter
from publishers.models import ContractReport, Listing, ListingVersion, Publisher
from publishers.reviewers import OwnVersion
from publishers.submission import (
    FailedContract,
    NoContractReport,
    PublisherNotApproved,
    UnexplainedWarnings,
)
from publishers.versions import Role, Unticked, Wish
from tests.factories import NOBODY, make_account, make_definition, make_publisher, make_report, make_user
from tests.publishers.reviewing import actor_for, decide, make_operator, submitted


@pytest.fixture
def draft(listing: Listing) -> ListingVersion:
    return create_draft(
        listing=listing, definition=make_definition(), credentials=None, role=Role.PUBLISHER, actor=NOBODY
    )


def submit(version: ListingVersion, *, by: Actor = NOBODY, reason: str = "") -> ListingVersion:
    wish = Wish(status="submitted", reason=reason)
    return versions.move(version=version, wish=wish, role=Role.PUBLISHER, actor=by)


# --- What the contract tester says -----------------------------------------------------------


def test_without_a_report_it_says_how_to_get_one(draft: ListingVersion) -> None:
    with pytest.raises(NoContractReport) as refused:
        submit(draft)
    path = f"/v1/Listing/{draft.listing.sid}/Versions/{draft.sid}/Reports"
    assert f"POST {path}, or the button in the section Test" in str(refused.value)
    assert ListingVersion.objects.get().status == "draft"


@pytest.mark.parametrize(
    "changes",
    [
        {"definition_sha256": "0" * 64},
        {"status": "running", "verdict": ""},
        {"status": "canceled"},
        {"status": "broken"},
        {"verdict": ""},
    ],
    ids=["of another definition", "under way", "cancelled", "broken off", "without a verdict"],
)
def test_a_report_that_says_nothing_of_it_does_not_count(
    draft: ListingVersion, changes: dict[str, Any]
) -> None:
    make_report(draft, **changes)
    with pytest.raises(NoContractReport):
        submit(draft)


def test_red_blocks_and_the_newest_report_counts(draft: ListingVersion) -> None:
    make_report(draft)
    make_report(draft, verdict="red", failed=2)
    with pytest.raises(FailedContract, match="has 2 failed checks: mend them"):
        submit(draft, reason="Never mind.")
    make_report(draft)
    assert submit(draft).status == "submitted"


def test_amber_needs_a_reason(draft: ListingVersion) -> None:
    make_report(draft, verdict="amber", warned=1)
    with pytest.raises(UnexplainedWarnings, match="has 1 warning: mend them, or say why"):
        submit(draft)
    assert submit(draft, reason="The header is optional.").reason == "The header is optional."


@pytest.mark.parametrize(
    ("status", "mend"),
    [("applied", "wait until"), ("declined", "send it again"), ("suspended", "an operator must lift")],
)
def test_only_an_approved_publisher_submits(draft: ListingVersion, status: str, mend: str) -> None:
    make_report(draft)
    Publisher.objects.update(status=status)
    with pytest.raises(PublisherNotApproved, match=mend):
        submit(draft)


def test_every_block_is_looked_at(draft: ListingVersion) -> None:
    make_report(draft)
    Listing.objects.update(policies={"legal": 7})
    with pytest.raises(BadParameter, match=r"^Invalid Policies: /legal"):
        submit(draft)


def test_nothing_of_a_suspended_publisher_is_approved(draft: ListingVersion) -> None:
    make_report(draft)
    submit(draft)
    Publisher.objects.update(status="suspended")
    with pytest.raises(PublisherNotApproved):
        decide(ListingVersion.objects.get(), "approved")


# --- The author never decides ------------------------------------------------------------------


def as_person(user: User, account: Account) -> Actor:
    return actor_for(user)


def by_key(user: User, account: Account) -> Actor:
    key, _ = create_api_key(account=account, friendly_name="k", scope=Scope.OPERATE, created_by=user)
    return Actor(user=None, credential=key.sid, ip_address="")


DOORS: list[Callable[[User, Account], Actor]] = [as_person, by_key]


@pytest.mark.parametrize("status", ["approved", "rejected", "changes_requested"])
@pytest.mark.parametrize("door", DOORS)
def test_a_member_of_the_publishers_account_does_not_decide(
    publisher: Publisher, door: Callable[[User, Account], Actor], status: str
) -> None:
    version = submitted(publisher)
    member = make_operator()
    publisher.account.memberships.create(user=member, role="viewer")
    with pytest.raises(OwnVersion, match="you are a member of the publisher's account"):
        decide(version, status, by=door(member, make_account()))
    assert ListingVersion.objects.get().status == "submitted"


@pytest.mark.parametrize("decides", DOORS)
@pytest.mark.parametrize("submits", DOORS)
def test_who_submitted_it_does_not_decide_even_after_leaving(
    publisher: Publisher,
    submits: Callable[[User, Account], Actor],
    decides: Callable[[User, Account], Actor],
) -> None:
    person = make_operator()
    version = submitted(publisher, by=submits(person, publisher.account))
    with pytest.raises(OwnVersion, match="you submitted this version"):
        decide(version, "approved", by=decides(person, make_account()))
    assert decide(version, "approved", by=actor_for(make_operator())).status == "published"


def test_everybody_who_ever_submitted_it_is_an_author(publisher: Publisher) -> None:
    first, second = make_operator(), make_operator()
    version = decide(submitted(publisher, by=actor_for(first)), "changes_requested")
    version = submit(version, by=by_key(second, publisher.account))
    for author in (first, second):
        with pytest.raises(OwnVersion):
            decide(version, "approved", by=actor_for(author))


def test_publishing_is_a_decision_too(publisher: Publisher) -> None:
    author = make_user(publisher.account, is_staff=True)
    version = decide(submitted(publisher), "approved", publish_at_once=False)
    with pytest.raises(OwnVersion):
        decide(version, "published", by=actor_for(author))


# --- Approving, and publishing with it ---------------------------------------------------------


@pytest.mark.parametrize(
    ("wished", "said", "status"),
    [
        (True, None, "published"),
        (False, None, "approved"),
        (True, False, "approved"),
        (False, True, "published"),
    ],
)
def test_approving_publishes_when_that_is_wished(
    publisher: Publisher, wished: bool, said: bool | None, status: str
) -> None:
    version = submitted(publisher)
    ListingVersion.objects.update(publish_on_approval=wished)
    moved = decide(version, "approved", publish_at_once=said)
    assert (moved.status, ListingVersion.objects.get().status) == (status, status)
    assert list(moved.moves.values_list("to_status", flat=True))[::-1][1:] == (
        ["approved", "published"] if status == "published" else ["approved"]
    )


def test_when_it_cannot_be_published_it_is_not_approved_either(publisher: Publisher) -> None:
    version = submitted(publisher)
    Listing.objects.update(availability="suspended")
    with pytest.raises(versions.ListingSuspended):
        decide(version, "approved")
    assert ListingVersion.objects.get().status == "submitted"
    assert not AuditEntry.objects.filter(action="version.approved").exists()


def test_only_required_ticks_of_today_are_needed(publisher: Publisher) -> None:
    version = submitted(publisher)
    needed = checklist.add(entry=Entry(text="Terms"), actor=NOBODY)
    checklist.add(entry=Entry(text="Nice logo", is_required=False), actor=NOBODY)
    with pytest.raises(Unticked, match="tick “Terms” first"):
        decide(version, "approved")
    checklist.tick(version=version, item=needed, actor=NOBODY)
    assert decide(version, "approved").status == "published"


def test_ticks_go_when_it_is_submitted_again(publisher: Publisher) -> None:
    version = submitted(publisher)
    item = checklist.add(entry=Entry(text="Terms"), actor=NOBODY)
    checklist.tick(version=version, item=item, actor=NOBODY)
    submit(decide(version, "changes_requested"))
    assert not version.ticks.exists()
    assert ContractReport.objects.count() == 1


def test_a_tick_is_set_only_during_the_review_and_not_by_its_author(publisher: Publisher) -> None:
    author = make_user(publisher.account, is_staff=True)
    version = submitted(publisher)
    item = checklist.add(entry=Entry(text="Terms"), actor=NOBODY)
    with pytest.raises(OwnVersion):
        checklist.tick(version=version, item=item, actor=actor_for(author))
    decide(version, "rejected")
    with pytest.raises(checklist.NotUnderReview):
        checklist.tick(version=ListingVersion.objects.get(), item=item, actor=NOBODY)


def test_another_publisher_is_no_author(publisher: Publisher) -> None:
    elsewhere = make_user(make_publisher().account, is_staff=True)
    assert decide(submitted(publisher), "approved", by=actor_for(elsewhere)).status == "published"
