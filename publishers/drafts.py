"""Versions as their publisher writes them: made, changed, deleted, until they are submitted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.requests import Actor
from publishers import versions
from publishers.contract.definition import definition_faults
from publishers.faults import BadParameter
from publishers.listing_services import NotThePublisher, keep_credentials
from publishers.models import Listing, ListingVersion
from publishers.versions import Overtaken, Role, Wish, locked, locked_listing
from rest.errors import Conflict, Refused

Credentials = Mapping[str, str | None]


class AnotherIsOpen(Conflict):
    """409: a listing has one version at a time that is not decided yet."""


class NoLongerADraft(Refused):
    """400: a version never changes once submitted."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is wanted of a version; None leaves it. All of it happens, or nothing.

    `notes`: what is new, for those who upgrade. `publish_on_approval`: whether approving also publishes.
    """

    definition: dict[str, Any] | None = None
    notes: str | None = None
    publish_on_approval: bool | None = None
    credentials: Credentials | None = None
    wish: Wish | None = None


def create_draft(  # noqa: PLR0913 - what a version begins with, and who begins it
    *,
    listing: Listing,
    definition: dict[str, Any],
    credentials: Credentials | None,
    role: Role,
    actor: Actor,
    notes: str = "",
) -> ListingVersion:
    """Start the listing's next version. `notes`: what is new in it, for those who upgrade.

    Raises NotThePublisher, BadParameter, BadCredentials or AnotherIsOpen; then nothing is stored.
    """
    _check_publisher(role)
    _check_definition(definition)
    with transaction.atomic():
        current = locked_listing(listing)
        if credentials is not None:
            keep_credentials(listing=current, given=credentials, actor=actor)
        return next_version(listing=current, definition=definition, notes=notes)


def next_version(*, listing: Listing, definition: dict[str, Any], notes: str = "") -> ListingVersion:
    """The next version of a listing that the caller has locked; nobody looks whether the definition is right.

    Raises AnotherIsOpen.
    """
    _check_none_is_open(listing)
    last = listing.versions.aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            return listing.versions.create(number=last + 1, definition=definition, notes=notes)
    except IntegrityError as error:  # another door than this one: the admin's, an import
        raise AnotherIsOpen("Conflict: another version was made at the same moment") from error


def change(*, version: ListingVersion, change: Change, role: Role, actor: Actor) -> ListingVersion:
    """Give a version a new definition and notes, its listing new credentials, move it: whole or not at all.

    Raises NotThePublisher, NoLongerADraft, BadParameter, BadCredentials, or what `versions.move` raises.
    """
    with transaction.atomic():
        current = locked(version)
        if change.definition is not None:
            _replace(current, change.definition, role)
        if change.notes is not None or change.publish_on_approval is not None:
            _note(current, change, role)
        if change.credentials is not None:
            _check_publisher(role)
            keep_credentials(listing=current.listing, given=change.credentials, actor=actor)
        if change.wish is not None:
            current = versions.move(version=current, wish=change.wish, role=role, actor=actor)
    return current


def delete_draft(*, version: ListingVersion, role: Role) -> None:
    """Delete a version that nobody has seen yet. Raises NotThePublisher or NoLongerADraft."""
    _check_publisher(role)
    with transaction.atomic():
        current = locked(version)
        if current.status != ListingVersion.Status.DRAFT:
            raise NoLongerADraft(f"Only a draft can be deleted: this version is {current.status}")
        current.delete()


def _replace(version: ListingVersion, definition: dict[str, Any], role: Role) -> None:
    _check_publisher(role)
    if not version.is_editable:
        raise NoLongerADraft(
            f"Invalid Definition: a version never changes once submitted, and this one is {version.status}: "
            "create a new version"
        )
    _check_definition(definition)
    version.definition, version.date_updated = definition, timezone.now()
    still = ListingVersion.objects.filter(pk=version.pk, status=version.status)
    if still.update(definition=definition, date_updated=version.date_updated) != 1:
        raise Overtaken("Conflict: the version was moved by somebody else meanwhile")


def _note(version: ListingVersion, change: Change, role: Role) -> None:
    """What goes with the definition, and is fixed with it."""
    _check_publisher(role)
    wanted = {"notes": change.notes, "publish_on_approval": change.publish_on_approval}
    given = {name: value for name, value in wanted.items() if value is not None}
    still = ListingVersion.objects.filter(pk=version.pk, status__in=ListingVersion.EDITABLE)
    if still.update(**given, date_updated=timezone.now()) != 1:
        raise NoLongerADraft(
            f"Invalid {'Notes' if 'notes' in given else 'PublishOnApproval'}: a version never changes once "
            f"submitted, and this one is {version.status}"
        )
    for name, value in given.items():
        setattr(version, name, value)


def _check_publisher(role: Role) -> None:
    if role is not Role.PUBLISHER:
        raise NotThePublisher("Forbidden: only its publisher can change what a version says")


def _check_definition(definition: dict[str, Any]) -> None:
    """Raises BadParameter."""
    faults = definition_faults(definition, allow_http_hosts=settings.OUTBOUND_ALLOWED_HOSTS)
    if faults:
        raise BadParameter("Definition", faults)


def _check_none_is_open(listing: Listing) -> None:
    found = listing.versions.filter(status__in=ListingVersion.OPEN).first()
    if found is not None:
        mend = "change or delete that" if found.status == ListingVersion.Status.DRAFT else "withdraw that"
        raise AnotherIsOpen(f"Conflict: version {found.number} ({found.sid}) is {found.status}: {mend} first")
