"""Saving a listing from the console: parts of its definition and its blocks, whole or not at all.

A draft may be incomplete: its definition may be any JSON that can be stored. What is wrong with it is told by
`readiness`, and demanded when it is submitted. Blocks are checked as everywhere, since those of a published
listing are live at once.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Account
from accounts.requests import Actor
from publishers import drafts, listing_services
from publishers.contract.definition import definition_faults
from publishers.models import Listing, ListingVersion
from publishers.versions import Overtaken, locked_listing
from rest.errors import Conflict, NotFound, Refused
from schema_forms.schemas import nul_faults

BLANK: Final[Mapping[str, Any]] = {
    "type": "phone-number",
    "extensions": ["lookup-api"],
    "pricing": {"model": "free"},
}
# Of these, `definition_faults` says that the document is no JSON that we keep at all.
NOT_TO_BE_STORED: Final = frozenset({"json", "size"})


class ChangedElsewhere(Conflict):
    """409: another tab, person or program saved meanwhile."""


class NotStorable(Refused):
    """400: too large, too deep, or no JSON."""


class NotEditable(Refused):
    """400: what was submitted stays as it is."""


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What is to be saved. A part that is None leaves the definition; a block replaces its stored one."""

    parts: Mapping[str, Any] = field(default_factory=dict)
    blocks: Mapping[str, Any] = field(default_factory=dict)
    category: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to save."""
        return not self.parts and not self.blocks and self.category is None


def definition_in(version: ListingVersion | None) -> dict[str, Any]:
    """The definition of a version that may be incomplete; without a version, or an object in it, empty."""
    definition = version.definition if version is not None else {}
    return definition if isinstance(definition, dict) else {}


def newest_version(listing: Listing) -> ListingVersion | None:
    """The version that the editor shows: the open one, since that is always the newest."""
    version = listing.versions.order_by("-number").first()
    if version is not None:
        version.listing = listing
    return version


def revision_of(listing: Listing, version: ListingVersion | None) -> str:
    """Names what a page showed, so that a later save knows whether it is still so."""
    return f"{listing.date_updated.isoformat()} {version.date_updated.isoformat() if version else ''}"


def save(
    *, listing: Listing, version: ListingVersion | None, edit: Edit, actor: Actor, revision: str | None = None
) -> tuple[Listing, ListingVersion | None]:
    """Save an edit of the listing's publisher. The listing and version as they are afterwards.

    `revision`: what the editor had seen (`revision_of`); without one, the last to save is right. Raises
    ChangedElsewhere, NotEditable, NotStorable, BadParameter (a block with a fault), Overtaken or NotFound.
    """
    with transaction.atomic():
        current = locked_listing(listing)
        present = _reread(current, version)
        if revision is not None and revision != revision_of(current, present):
            raise ChangedElsewhere("Conflict: this listing was changed elsewhere meanwhile: reload the page")
        if edit.parts:
            present = _write_parts(present, edit.parts)
        if edit.blocks or edit.category is not None:
            _write_blocks(current, edit, actor)
    return current, present


def start_listing(
    *, account: Account, name: str, actor: Actor, definition: Mapping[str, Any] = BLANK, blocks: Any = None
) -> tuple[Listing, ListingVersion]:
    """A new draft listing with its first version. Raises NoPublisher, BadParameter or NotStorable."""
    _check_storable(definition)
    with transaction.atomic():
        wanted = dict(blocks or {})
        wanted["module_info"] = {**wanted.get("module_info", {}), "name": name}
        listing = listing_services.create_listing(account=account, blocks=wanted)
        version = listing.versions.create(number=1, definition=deepcopy(dict(definition)))
        audit.record(
            "listing.created", actor=actor, subject_sid=listing.sid, subject=listing.name, account=account
        )
    return listing, version


def start_version(*, listing: Listing, definition: Mapping[str, Any] | None = None) -> ListingVersion:
    """The listing's next draft, which says what the published version says unless told otherwise.

    Raises AnotherIsOpen, NotStorable or NotFound.
    """
    if definition is not None:
        _check_storable(definition)
    with transaction.atomic():
        current = locked_listing(listing)
        before = current.published_version or newest_version(current)
        copied = definition if definition is not None else definition_in(before) or BLANK
        return drafts.next_version(listing=current, definition=deepcopy(dict(copied)))


def keep_secrets(*, listing: Listing, given: Mapping[str, str | None], actor: Actor) -> Listing:
    """Replace or remove secrets of the publisher's service. Raises BadCredentials or NotFound."""
    with transaction.atomic():
        current = locked_listing(listing)
        listing_services.keep_credentials(listing=current, given=given, actor=actor)
    return current


def _reread(listing: Listing, version: ListingVersion | None) -> ListingVersion | None:
    """The version as it is now; None when the page showed none."""
    if version is None:
        return None
    found = listing.versions.filter(pk=version.pk).first()
    if found is None:
        raise NotFound(f"The requested resource /Listing/{listing.sid}/Versions/{version.sid} was not found")
    found.listing = listing
    return found


def _write_parts(version: ListingVersion | None, parts: Mapping[str, Any]) -> ListingVersion:
    if version is None or not version.is_editable:
        raise NotEditable("A version stays as it is once it was submitted: start a new version")
    definition = {**definition_in(version), **parts}
    version.definition = {name: value for name, value in definition.items() if value is not None}
    _check_storable(version.definition)
    version.date_updated = timezone.now()
    still = ListingVersion.objects.filter(pk=version.pk, status__in=ListingVersion.EDITABLE)
    if still.update(definition=version.definition, date_updated=version.date_updated) != 1:
        raise Overtaken("Conflict: the version was moved by somebody else meanwhile")
    return version


def _check_storable(definition: Mapping[str, Any]) -> None:
    faults = definition_faults(dict(definition), allow_http_hosts=settings.OUTBOUND_ALLOWED_HOSTS)
    refused = [fault for fault in faults if not fault.path and fault.keyword in NOT_TO_BE_STORED]
    if refused := refused or nul_faults(dict(definition)):
        raise NotStorable(refused[0].message)


def _write_blocks(listing: Listing, edit: Edit, actor: Actor) -> None:
    blocks = dict(edit.blocks)
    if edit.category is not None:
        blocks["category"] = edit.category
    account = listing.publisher.account
    listing_services.update_listing(listing=listing, account=account, blocks=blocks, actor=actor)
    listing.refresh_from_db(fields=["category"])
