"""Saving a draft: anything that can be stored, by one tab at a time, and never what was submitted."""

from typing import Any

import pytest

from accounts.models import AuditEntry
from publishers.drafts import AnotherIsOpen
from publishers.editor import saving
from publishers.editor.saving import ChangedElsewhere, Edit, NotEditable, NotStorable
from publishers.faults import BadParameter
from publishers.models import ListingVersion
from rest.errors import NotFound
from tests.factories import NOBODY, make_definition, make_listing
from tests.publishers.editor.drafts import make_draft

pytestmark = pytest.mark.django_db


def test_parts_are_merged_and_none_removes_one() -> None:
    listing, version = make_draft(remove=["$.a"])
    edit = Edit(parts={"remove": None, "limits": {"timeout_ms": 500}})
    saving.save(listing=listing, version=version, edit=edit, actor=NOBODY)
    version.refresh_from_db()
    assert version.definition == make_definition(limits={"timeout_ms": 500})


@pytest.mark.parametrize("part", [5, "x", [], {"method": "PATCH"}, {"a": {"b": [1, {}]}}])
def test_a_draft_may_be_wrong(part: Any) -> None:
    listing, version = make_draft()
    saving.save(listing=listing, version=version, edit=Edit(parts={"request": part}), actor=NOBODY)
    version.refresh_from_db()
    assert version.definition["request"] == part


@pytest.mark.parametrize(
    "part", ["x" * 262_145, ["a"] * 20_000, "\ud800", {"a": "\0"}], ids=["long", "many", "surrogate", "nul"]
)
def test_what_cannot_be_kept_is_refused(part: Any) -> None:
    listing, version = make_draft()
    with pytest.raises(NotStorable):
        saving.save(listing=listing, version=version, edit=Edit(parts={"request": part}), actor=NOBODY)
    with pytest.raises(NotStorable):
        saving.start_version(listing=listing, definition={"request": part})


def test_the_second_tab_does_not_overwrite_the_first() -> None:
    listing, version = make_draft()
    seen = saving.revision_of(listing, version)
    first, second = Edit(parts={"remove": ["$.a"]}), Edit(blocks={"pricing": {"body": "Cheap"}})
    saving.save(listing=listing, version=version, edit=first, actor=NOBODY, revision=seen)
    with pytest.raises(ChangedElsewhere):
        saving.save(listing=listing, version=version, edit=second, actor=NOBODY, revision=seen)
    listing.refresh_from_db()
    assert listing.pricing == {}


def test_the_revision_after_a_save_is_that_of_the_next() -> None:
    listing, version = make_draft()
    for edit in (
        Edit(parts={"remove": ["$.a"]}),
        Edit(blocks={"pricing": {"body": "Cheap"}}),
        Edit(category="Numbers"),
    ):
        seen = saving.revision_of(listing, version)
        saved, kept = saving.save(listing=listing, version=version, edit=edit, actor=NOBODY, revision=seen)
        assert kept is not None
        listing, version = saved, kept
        assert saving.revision_of(listing, version) != seen
        fresh = ListingVersion.objects.select_related("listing").get(pk=version.pk)
        assert saving.revision_of(fresh.listing, fresh) == saving.revision_of(listing, version)


@pytest.mark.parametrize("status", ["submitted", "approved", "published", "rejected", "withdrawn"])
def test_a_version_that_is_not_the_publishers_any_more_stays(status: str) -> None:
    listing, version = make_draft()
    ListingVersion.objects.filter(pk=version.pk).update(status=status)
    with pytest.raises(NotEditable):
        saving.save(listing=listing, version=version, edit=Edit(parts={"remove": []}), actor=NOBODY)


def test_a_version_that_was_deleted_is_not_found() -> None:
    listing, version = make_draft()
    version.__class__.objects.filter(pk=version.pk).delete()
    with pytest.raises(NotFound):
        saving.save(listing=listing, version=version, edit=Edit(category="x"), actor=NOBODY)


def test_the_texts_of_a_published_listing_are_checked_and_recorded() -> None:
    listing = make_listing()
    edit = Edit(blocks={"pricing": {"body": "Cheap"}})
    saving.save(listing=listing, version=None, edit=edit, actor=NOBODY)
    entry = AuditEntry.objects.get(action="listing.changed")
    assert (entry.before, entry.after) == ({"pricing": {}}, {"pricing": {"body": "Cheap"}})
    bad = Edit(blocks={"module_info": {"name": "x"}})
    with pytest.raises(BadParameter):
        saving.save(listing=listing, version=None, edit=bad, actor=NOBODY)


def test_a_new_version_copies_what_is_published() -> None:
    listing = make_listing()
    version = saving.start_version(listing=listing)
    assert (version.number, version.status) == (2, "draft")
    assert version.definition == listing.published_version.definition  # type: ignore[union-attr]
    with pytest.raises(AnotherIsOpen):
        saving.start_version(listing=listing)


def test_a_secret_is_kept_and_its_change_recorded_without_it() -> None:
    listing, _ = make_draft()
    saving.keep_secrets(listing=listing, given={"old": "s3cret"}, actor=NOBODY)
    saving.keep_secrets(listing=listing, given={"token": "s3cret", "old": None, "never": None}, actor=NOBODY)
    listing.refresh_from_db()
    assert listing.credentials == {"token": "s3cret"}
    entry = AuditEntry.objects.newest_first()[0]
    assert (entry.action, entry.before) == ("credentials.changed", None)
    assert entry.after == {"set": ["token"], "removed": ["old"]}


@pytest.mark.parametrize("name", ["", "never", "a\x00b", "x" * 9000])
def test_removing_what_is_not_there_changes_nothing(name: str) -> None:
    listing, _ = make_draft()
    saving.keep_secrets(listing=listing, given={name: None}, actor=NOBODY)
    assert not AuditEntry.objects.filter(action="credentials.changed").exists()
