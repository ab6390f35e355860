"""The life of a version: its states, who may move it from one to the next, and what a move brings about.

    draft -> submitted -> approved -> published
                |   |        |
                |   |        +-> withdrawn
                |   +-> rejected, withdrawn
                +-> changes_requested -> submitted, withdrawn

A listing that was never published is in review while a version of it waits, and else a draft. What must be
right before a submission is in `publishers.submission`, who may decide in `publishers.reviewers`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.requests import Actor
from publishers import mails
from publishers.contract.points import POINTS
from publishers.effects import accounts_with
from publishers.models import (
    Availability,
    ChecklistItem,
    ChecklistTick,
    Extension,
    Listing,
    ListingVersion,
    VersionMove,
)
from publishers.reviewers import check_reviewer
from publishers.submission import (
    check_blocks,
    check_credentials,
    check_publisher,
    check_submission,
)
from rest.errors import Conflict, Forbidden, NotFound, Refused

Status = ListingVersion.Status


class Role(StrEnum):
    """In which part somebody acts on a version."""

    PUBLISHER = "publisher"
    OPERATOR = "operator"


MOVES: Final[Mapping[str, Mapping[str, Role]]] = {
    Status.DRAFT: {Status.SUBMITTED: Role.PUBLISHER},
    Status.SUBMITTED: {
        Status.WITHDRAWN: Role.PUBLISHER,
        Status.CHANGES_REQUESTED: Role.OPERATOR,
        Status.APPROVED: Role.OPERATOR,
        Status.REJECTED: Role.OPERATOR,
    },
    Status.CHANGES_REQUESTED: {Status.SUBMITTED: Role.PUBLISHER, Status.WITHDRAWN: Role.PUBLISHER},
    Status.APPROVED: {Status.PUBLISHED: Role.OPERATOR, Status.WITHDRAWN: Role.PUBLISHER},
}
DECISIONS: Final = frozenset(
    status for moves in MOVES.values() for status, role in moves.items() if role is Role.OPERATOR
)
NEED_A_REASON: Final = frozenset({Status.CHANGES_REQUESTED, Status.REJECTED})
# What an operator may make of a listing when publishing, and what becomes of it without a word.
PUBLISHABLE_AS: Final = (
    Availability.DEVELOPER_PREVIEW,
    Availability.BETA,
    Availability.GA,
    Availability.COMING_SOON,
)
BECOMES_GA: Final = frozenset({Availability.DRAFT, Availability.IN_REVIEW})


class WrongMove(Refused):
    """400: the version cannot go there from where it is."""


class OperatorsDecision(Forbidden):
    """403: a publisher does not decide on a version."""


class Overtaken(Conflict):
    """409: somebody else moved the version at the same moment."""


class BadWish(Refused):
    """400: what goes with the status is missing, or does not belong to it."""


class NotWhatWasSeen(Conflict):
    """409: the version says something else than what was read."""


class Unticked(Refused):
    """400: the check list has an item without which nothing is approved."""


class ListingSuspended(Refused):
    """400: nothing is published on a suspended listing."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Where a version shall go, why, and (when it is published) what becomes of its listing.

    `publish_at_once`: whether approving also publishes; None does what the publisher wished. `seen`: the
    digest of the definition that was read before; None says nothing of it.
    """

    status: str
    reason: str = ""
    availability: str | None = None
    publish_at_once: bool | None = None
    seen: str | None = None

    def publishes(self, version: ListingVersion) -> bool:
        """Whether the version is published with it."""
        if self.status != Status.APPROVED:
            return self.status == Status.PUBLISHED
        return version.publish_on_approval if self.publish_at_once is None else self.publish_at_once


def allowed_moves(status: str, role: Role) -> list[str]:
    """Where a version of this status can go by this role, in the order of the table."""
    return [to for to, by in MOVES.get(status, {}).items() if by is role]


def move(*, version: ListingVersion, wish: Wish, role: Role, actor: Actor) -> ListingVersion:
    """Move a version along the table. The version as it is afterwards.

    Raises OperatorsDecision, OwnVersion, WrongMove, BadWish, NotWhatWasSeen, Unticked, ListingSuspended, or
    Overtaken when another move came first, or what `check_submission` raises; then nothing is changed.
    """
    with transaction.atomic():
        current = locked(version)
        _check(current, wish, role)
        if role is Role.OPERATOR:
            check_reviewer(current, actor)
        publishes = wish.publishes(current)
        match wish.status:
            case Status.SUBMITTED:
                check_submission(current, reason=wish.reason)
                # What an operator looked at may have changed since.
                ChecklistTick.objects.filter(version=current).delete()
                _step(current, Status.SUBMITTED, reason=wish.reason, actor=actor)
                _follow(current.listing, Availability.DRAFT, Availability.IN_REVIEW)
            case Status.APPROVED:
                check_publisher(current)
                _check_ticks(current)
                _step(current, Status.APPROVED, reason=wish.reason, actor=actor)
            case Status.CHANGES_REQUESTED | Status.REJECTED | Status.WITHDRAWN:
                _step(current, wish.status, reason=wish.reason, actor=actor)
                _follow(current.listing, Availability.IN_REVIEW, Availability.DRAFT)
        if publishes:
            check_publisher(current)
            check_blocks(current.listing)
            check_credentials(current)
            availability = _availability_after(current.listing, wish.availability)
            publish(version=current, availability=availability, reason=wish.reason, actor=actor)
        if role is Role.OPERATOR:
            tell = partial(mails.tell_decision, current, current.status, wish.reason)
            transaction.on_commit(tell, robust=True)
    return current


def publish(*, version: ListingVersion, availability: str, actor: Actor, reason: str = "") -> None:
    """Make it the version of new installs; those there are stay on theirs. Inside a transaction.

    An operator's import comes here from any status.
    """
    listing = version.listing
    if version.status != Status.PUBLISHED:
        _step(version, Status.PUBLISHED, reason=reason, actor=actor, availability=availability)
    listing.published_version = version
    listing.availability = availability
    listing.save(update_fields=["published_version", "availability", "date_updated"])
    # Made last to first: a list shows the newest first, and so they stand in the contract's order.
    for point in reversed(list(POINTS)):
        if point in version.definition["extensions"]:
            Extension.objects.get_or_create(listing=listing, unique_name=point)


def locked(version: ListingVersion) -> ListingVersion:
    """The version and its listing, read anew and held until the transaction ends.

    The lock is on the listing, so that what belongs together changes together. Raises NotFound when
    the version was deleted meanwhile, and Overtaken when it is no longer what the caller saw.
    """
    listing = locked_listing(version.listing)
    current = listing.versions.filter(pk=version.pk).first()
    if current is None:
        raise NotFound(f"The requested resource /Listing/{listing.sid}/Versions/{version.sid} was not found")
    if current.status != version.status:
        raise Overtaken(f"Conflict: the version has become {current.status} meanwhile")
    current.listing = listing
    return current


def locked_listing(listing: Listing) -> Listing:
    """The listing, read anew and held until the transaction ends. Installs meanwhile need not wait."""
    rows = Listing.objects.select_for_update(of=("self",), no_key=True)
    current = rows.select_related("publisher__account", "published_version").filter(pk=listing.pk).first()
    if current is None:
        raise NotFound(f"The requested resource /Listing/{listing.sid} was not found")
    return current


def _check(version: ListingVersion, wish: Wish, role: Role) -> None:
    """Who asks for it, whether the table knows it, and what must go with it."""
    if MOVES.get(version.status, {}).get(wish.status) is not role:
        raise _refusal(version.status, wish.status, role)
    if wish.seen is not None and wish.seen != version.definition_sha256:
        raise NotWhatWasSeen("Conflict: the version has changed since you opened it: read it again")
    if wish.status in NEED_A_REASON and not wish.reason:
        raise BadWish("Missing required parameter Reason in the post body")
    if wish.availability is not None and not wish.publishes(version):
        raise BadWish("Invalid Availability: it is given only with what publishes the version")
    if wish.publish_at_once is not None and wish.status != Status.APPROVED:
        raise BadWish("Invalid PublishAtOnce: it is given only with the Status approved")


def _refusal(status: str, wanted: str, role: Role) -> Refused:
    """Every refusal says where the version is and where the caller can bring it."""
    moves = allowed_moves(status, role)
    present = f"{'an' if status[0] in 'aeiou' else 'a'} {status} version"
    if moves:
        situation = f"{present} can become {_either(moves)}"
    elif MOVES.get(status):
        situation = f"{present} waits for its publisher"
    else:
        situation = f"{present} stays as it is"
    if role is Role.PUBLISHER and wanted in DECISIONS:
        return OperatorsDecision(
            f"Forbidden: an operator's key, of another account than the publisher's, is needed for the "
            f"status {wanted}; {situation}"
        )
    return WrongMove(f"Invalid Status: {situation}")


def _either(names: list[str]) -> str:
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _check_ticks(version: ListingVersion) -> None:
    required = ChecklistItem.objects.filter(removed_at=None, is_required=True)
    missing = list(required.exclude(ticks__version=version).values_list("text", flat=True))
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise Unticked(f"Invalid Status: the check list is not done: tick “{missing[0]}”{more} first")


def _availability_after(listing: Listing, wanted: str | None) -> str:
    """A new listing becomes GA. Any other stays where it is: nobody announces a preview by accident."""
    if listing.availability == Availability.SUSPENDED:
        raise ListingSuspended("Invalid Status: the listing is suspended: lift that before you publish")
    if wanted == Availability.COMING_SOON and accounts_with(listing):
        raise BadWish("Invalid Availability: accounts have it, and what is coming soon is asked by nobody")
    if wanted is not None:
        return wanted
    return Availability.GA if listing.availability in BECOMES_GA else listing.availability


def _follow(listing: Listing, before: Availability, after: Availability) -> None:
    """A listing that nobody but its publisher knows shows where its version is; any other stays."""
    rows = Listing.objects.filter(pk=listing.pk, availability=before)
    if rows.update(availability=after, date_updated=timezone.now()):
        listing.availability = after


def _step(
    version: ListingVersion, to: str, *, reason: str, actor: Actor, availability: str | None = None
) -> None:
    """One step, if the version is still where the caller saw it, and its lines in the records.

    `availability`: what its listing becomes with it.
    """
    before, now = version.status, timezone.now()
    values: dict[str, Any] = {"status": to, "reason": reason, "date_updated": now}
    if to == Status.PUBLISHED:
        values["date_published"] = now
    if ListingVersion.objects.filter(pk=version.pk, status=before).update(**values) != 1:
        raise Overtaken("Conflict: the version was moved by somebody else meanwhile")
    VersionMove.objects.create(
        version=version,
        from_status=before,
        to_status=to,
        reason=reason,
        moved_by=actor.user,
        credential=actor.credential,
    )
    for name, value in values.items():
        setattr(version, name, value)
    listing, became = version.listing, {} if availability is None else {"availability": availability}
    audit.record(
        f"version.{to}",
        actor=actor,
        subject_sid=version.sid,
        subject=str(version),
        account=listing.publisher.account,
        before={"status": before, **({"availability": listing.availability} if became else {})},
        after={"status": to, **became},
        reason=reason,
    )
