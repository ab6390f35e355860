"""The state table of a version: every pair of statuses, both roles, and what a move brings about."""

from typing import Any

import pytest

from accounts.requests import Actor
from publishers import drafts, versions
from publishers.drafts import Change
from publishers.faults import BadParameter
from publishers.listing_files import BadListingFile, store
from publishers.models import Availability, Listing, ListingVersion, VersionMove
from publishers.submission import MissingCredentials
from publishers.versions import (
    BadWish,
    ListingSuspended,
    OperatorsDecision,
    Overtaken,
    Role,
    Status,
    Wish,
    WrongMove,
)
from rest.errors import NotFound
from tests.factories import (
    NOBODY,
    make_definition,
    make_install,
    make_listing,
    make_listing_document,
    make_publisher,
    make_report,
    make_user,
)

PUBLISHER, OPERATOR = Role.PUBLISHER, Role.OPERATOR
WITH_SECRET = make_definition(auth={"kind": "bearer", "token": "service_key"})
# Written down once more, from the design: the table itself is what is tested.
ALLOWED = {
    ("draft", "submitted", PUBLISHER),
    ("submitted", "withdrawn", PUBLISHER),
    ("submitted", "changes_requested", OPERATOR),
    ("submitted", "approved", OPERATOR),
    ("submitted", "rejected", OPERATOR),
    ("changes_requested", "submitted", PUBLISHER),
    ("changes_requested", "withdrawn", PUBLISHER),
    ("approved", "published", OPERATOR),
    ("approved", "withdrawn", PUBLISHER),
}
DECISIONS = {"changes_requested", "approved", "rejected", "published"}


def make_version(status: str = "draft", availability: str = "draft", **definition: Any) -> ListingVersion:
    """The only version of a listing that was never published; the contract tester is content with it."""
    document = make_listing_document(
        publisher=make_publisher().slug, definition=definition or make_definition()
    )
    stored = store(document, credentials={"service_key": "s"} if definition else {}, publish=False)
    Listing.objects.filter(pk=stored.listing.pk).update(availability=availability)
    ListingVersion.objects.filter(pk=stored.version.pk).update(status=status, publish_on_approval=False)
    make_report(stored.version)
    return ListingVersion.objects.select_related("listing").get(pk=stored.version.pk)


def move(version: ListingVersion, status: str, role: Role, **wish: Any) -> ListingVersion:
    wish.setdefault("reason", "Because.")
    return versions.move(version=version, wish=Wish(status=status, **wish), role=role, actor=NOBODY)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("wanted", [*Status.values, "nonsense"])
@pytest.mark.parametrize("present", Status.values)
def test_the_table_allows_these_moves_and_no_other(db: None, present: str, wanted: str, role: Role) -> None:
    version = make_version(present)
    if (present, wanted, role) in ALLOWED:
        assert move(version, wanted, role).status == wanted
        step = VersionMove.objects.get()
        assert (step.from_status, step.to_status, step.reason) == (present, wanted, "Because.")
        return
    refusal = OperatorsDecision if role is PUBLISHER and wanted in DECISIONS else WrongMove
    with pytest.raises(refusal, match=rf"\ban? {present} version "):
        move(version, wanted, role)
    version.refresh_from_db()
    assert (version.status, VersionMove.objects.count()) == (present, 0)


@pytest.mark.parametrize(
    ("present", "role", "sentence"),
    [
        ("draft", PUBLISHER, "a draft version can become submitted"),
        ("draft", OPERATOR, "a draft version waits for its publisher"),
        ("submitted", PUBLISHER, "a submitted version can become withdrawn"),
        ("submitted", OPERATOR, "a submitted version can become changes_requested, approved or rejected"),
        ("changes_requested", PUBLISHER, "a changes_requested version can become submitted or withdrawn"),
        ("approved", OPERATOR, "an approved version can become published"),
        ("published", OPERATOR, "a published version stays as it is"),
        ("withdrawn", PUBLISHER, "a withdrawn version stays as it is"),
    ],
)
def test_a_refusal_names_the_moves_that_are_allowed(
    db: None, present: str, role: Role, sentence: str
) -> None:
    with pytest.raises(WrongMove) as refused:
        move(make_version(present), "draft", role)
    assert str(refused.value) == f"Invalid Status: {sentence}"


def test_a_publisher_is_told_whose_decision_it_is(db: None) -> None:
    with pytest.raises(OperatorsDecision) as refused:
        move(make_version("submitted"), "approved", PUBLISHER)
    assert str(refused.value) == (
        "Forbidden: an operator's key, of another account than the publisher's, is needed for the status "
        "approved; a submitted version can become withdrawn"
    )


def test_the_record_keeps_who_it_was_and_each_step(db: None) -> None:
    author, reviewer = make_user(), make_user()
    version = make_version()
    for status, role in (("submitted", PUBLISHER), ("approved", OPERATOR), ("published", OPERATOR)):
        user = author if role is PUBLISHER else reviewer
        actor = Actor(user=user, credential="SK" + "0" * 32, ip_address="")
        version = versions.move(version=version, wish=Wish(status=status), role=role, actor=actor)
    steps = VersionMove.objects.values_list("from_status", "to_status", "moved_by", "credential")
    sid = "SK" + "0" * 32
    assert list(steps) == [
        ("approved", "published", reviewer.pk, sid),
        ("submitted", "approved", reviewer.pk, sid),
        ("draft", "submitted", author.pk, sid),
    ]


@pytest.mark.parametrize("status", ["changes_requested", "rejected"])
def test_a_decision_against_a_version_needs_a_reason(db: None, status: str) -> None:
    with pytest.raises(BadWish, match=r"^Missing required parameter Reason in the post body$"):
        move(make_version("submitted"), status, OPERATOR, reason="")


def test_the_reason_shown_is_that_of_the_last_move(db: None) -> None:
    version = move(make_version("submitted"), "changes_requested", OPERATOR, reason="Say more.")
    assert ListingVersion.objects.get().reason == "Say more."
    move(version, "submitted", PUBLISHER, reason="")
    assert ListingVersion.objects.get().reason == ""
    assert list(VersionMove.objects.values_list("reason", flat=True)) == ["", "Say more."]


# --- Races -----------------------------------------------------------------------------------


def test_of_two_moves_at_once_one_wins_and_the_other_is_told(db: None) -> None:
    version = make_version("submitted")
    stale = ListingVersion.objects.select_related("listing").get()
    move(version, "approved", OPERATOR)
    with pytest.raises(Overtaken, match="the version has become approved meanwhile"):
        move(stale, "withdrawn", PUBLISHER)
    assert ListingVersion.objects.get().status == "approved"
    assert VersionMove.objects.count() == 1


def test_a_step_looks_again_when_another_door_moved_the_version(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The admin and an import take no lock; the update itself asks whether all is still so."""
    version = make_version("submitted")

    def overtaken(*args: Any) -> None:
        ListingVersion.objects.update(status="published")

    monkeypatch.setattr(versions, "_check", overtaken)
    with pytest.raises(Overtaken):
        move(version, "approved", OPERATOR)
    assert not VersionMove.objects.exists()


def test_a_definition_does_not_slip_into_a_version_that_was_submitted_meanwhile(db: None) -> None:
    version = make_version()
    stale = ListingVersion.objects.select_related("listing").get()
    move(version, "submitted", PUBLISHER)
    wanted = Change(definition=make_definition(limits={"timeout_ms": 500}))
    with pytest.raises(Overtaken):
        drafts.change(version=stale, change=wanted, role=PUBLISHER, actor=NOBODY)
    assert "limits" not in ListingVersion.objects.get().definition


def test_a_version_that_was_deleted_meanwhile_is_not_found(db: None) -> None:
    version = make_version()
    stale = ListingVersion.objects.select_related("listing").get()
    drafts.delete_draft(version=version, role=PUBLISHER)
    with pytest.raises(NotFound, match=f"/Listing/{stale.listing.sid}/Versions/{stale.sid} was not found"):
        move(stale, "submitted", PUBLISHER)


# --- Submitting ------------------------------------------------------------------------------


def test_a_new_listing_is_in_review_while_its_version_waits(db: None) -> None:
    version = make_version()
    seen = []
    for status, role in (
        ("submitted", PUBLISHER),
        ("changes_requested", OPERATOR),
        ("submitted", PUBLISHER),
        ("approved", OPERATOR),
        ("withdrawn", PUBLISHER),
    ):
        version = move(version, status, role)
        seen.append(Listing.objects.get().availability)
    assert seen == ["in_review", "draft", "in_review", "in_review", "draft"]


@pytest.mark.parametrize("availability", ["coming_soon", "beta", "ga", "retired", "suspended"])
def test_a_listing_that_is_known_stays_what_it_is_during_a_review(db: None, availability: str) -> None:
    version = move(make_version(availability=availability), "submitted", PUBLISHER)
    assert Listing.objects.get().availability == availability
    move(version, "rejected", OPERATOR)
    assert Listing.objects.get().availability == availability


def test_a_version_is_submitted_only_with_every_credential_it_uses(db: None) -> None:
    version = make_version(**WITH_SECRET)
    version.listing.credentials = {"another": "x"}
    version.listing.save()
    with pytest.raises(MissingCredentials) as refused:
        move(version, "submitted", PUBLISHER)
    assert str(refused.value) == (
        "Invalid Status: the definition uses service_key: give the missing values in Credentials"
    )
    drafts.change(
        version=version,
        change=Change(credentials={"service_key": "s"}, wish=Wish(status="submitted")),
        role=PUBLISHER,
        actor=NOBODY,
    )
    assert ListingVersion.objects.get().status == "submitted"


def test_a_listing_without_its_short_text_is_not_submitted(db: None) -> None:
    version = make_version()
    Listing.objects.update(module_info={"name": "Facts"})
    with pytest.raises(BadParameter, match=r"^Invalid ModuleInfo: /short_description Add this"):
        move(version, "submitted", PUBLISHER)


def test_a_definition_that_today_s_rules_refuse_is_not_submitted(db: None) -> None:
    version = make_version()
    ListingVersion.objects.update(definition=make_definition(type="nonsense"))
    with pytest.raises(BadParameter, match=r"^Invalid Definition: /type"):
        move(version, "submitted", PUBLISHER)


# --- Publishing ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        ("draft", None, "ga"),
        ("in_review", None, "ga"),
        ("coming_soon", None, "coming_soon"),
        ("developer_preview", None, "developer_preview"),
        ("beta", None, "beta"),
        ("ga", None, "ga"),
        ("retired", None, "retired"),
        ("in_review", "beta", "beta"),
        ("in_review", "coming_soon", "coming_soon"),
        ("ga", "developer_preview", "developer_preview"),
    ],
)
def test_what_becomes_of_the_listing(db: None, before: str, wanted: str | None, after: str) -> None:
    version = move(make_version("approved", before), "published", OPERATOR, availability=wanted)
    listing = Listing.objects.get()
    assert (listing.availability, listing.published_version) == (after, version)
    assert version.date_published is not None
    names = listing.extensions.order_by("-sid").values_list("unique_name", flat=True)
    assert list(names) == ["lookup-api", "voice-incoming"]


@pytest.mark.parametrize("wanted", [None, Availability.GA])
def test_nothing_is_published_on_a_suspended_listing(db: None, wanted: str | None) -> None:
    version = make_version("approved", "suspended")
    with pytest.raises(ListingSuspended, match="the listing is suspended"):
        move(version, "published", OPERATOR, availability=wanted)
    assert ListingVersion.objects.get().status == "approved"


def test_nothing_is_published_whose_credential_is_gone(db: None) -> None:
    version = make_version("approved", **WITH_SECRET)
    version.listing.credentials = {}
    version.listing.save()
    with pytest.raises(MissingCredentials):
        move(version, "published", OPERATOR)


def test_an_availability_belongs_to_publishing(db: None) -> None:
    with pytest.raises(BadWish, match=r"^Invalid Availability: it is given only with what publishes"):
        move(make_version("submitted"), "approved", OPERATOR, availability="ga")


def test_installs_stay_on_their_version(db: None) -> None:
    listing = make_listing(availability="beta")
    installed = make_install(listing=listing)
    extensions = set(listing.extensions.values_list("sid", flat=True))
    new = make_definition(extensions=["lookup-api", "sms-incoming"])
    version = drafts.create_draft(
        listing=listing, definition=new, credentials=None, role=PUBLISHER, actor=NOBODY
    )
    make_report(version)
    ListingVersion.objects.filter(pk=version.pk).update(publish_on_approval=False)
    for status, role in (("submitted", PUBLISHER), ("approved", OPERATOR), ("published", OPERATOR)):
        version = move(version, status, role)
    installed.refresh_from_db()
    listing.refresh_from_db()
    assert (installed.version.number, listing.published_version, listing.availability) == (1, version, "beta")
    assert extensions < set(listing.extensions.values_list("sid", flat=True))
    assert ListingVersion.objects.get(number=1).status == "published"


# --- The other door: import_listing ----------------------------------------------------------


def document_of(version: ListingVersion, **changes: Any) -> dict[str, Any]:
    listing = version.listing
    names = {"publisher": listing.publisher.slug, "unique_name": listing.unique_name}
    return make_listing_document(**names, definition=version.definition, **changes)


def test_an_import_publishes_what_waits_and_the_record_says_so(db: None) -> None:
    version = make_version("submitted")
    store(document_of(version), credentials={}, publish=True)
    step = VersionMove.objects.get()
    assert (step.version, step.from_status, step.to_status) == (version, "submitted", "published")
    assert step.credential == "import_listing"


@pytest.mark.parametrize("status", ["submitted", "approved"])
def test_an_import_does_not_push_a_waiting_version_aside(db: None, status: str) -> None:
    version = make_version(status)
    changed = {**document_of(version), "definition": make_definition(limits={"timeout_ms": 500})}
    for publish in (True, False):
        with pytest.raises(BadListingFile, match=f"/definition: version 1 is {status}: withdraw it"):
            store(changed, credentials={}, publish=publish)
    assert ListingVersion.objects.get().status == status


def test_an_import_answers_a_request_for_changes_in_place(db: None) -> None:
    version = make_version("changes_requested")
    changed = {**document_of(version), "definition": make_definition(limits={"timeout_ms": 500})}
    assert store(changed, credentials={}, publish=False).version == version
    assert ListingVersion.objects.get().definition == changed["definition"]


@pytest.mark.parametrize("status", ["rejected", "withdrawn"])
def test_an_import_of_what_was_given_up_is_a_new_draft(db: None, status: str) -> None:
    version = make_version(status)
    stored = store(document_of(version), credentials={}, publish=False)
    assert (stored.version.number, stored.version.status, stored.is_new_version) == (2, "draft", True)
