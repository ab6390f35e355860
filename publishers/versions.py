"""The life of a version: its states, who may move it from one to the next, and what a move brings about.

    draft -> submitted -> approved -> published
                |   |        |
                |   |        +-> withdrawn
                |   +-> rejected, withdrawn
                +-> changes_requested -> submitted, withdrawn

A listing that was never published is in review while a version of it waits, and else a draft.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.requests import Actor
from publishers.blocks import block_faults
from publishers.contract.definition import compiled, definition_faults
from publishers.contract.points import POINTS
from publishers.faults import BadParameter
from publishers.models import Availability, Extension, Listing, ListingVersion, VersionMove
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


class MissingCredentials(Refused):
    """400: the definition uses secrets that the listing does not hold."""


class ListingSuspended(Refused):
    """400: nothing is published on a suspended listing."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Where a version shall go, why, and (when it is published) what becomes of its listing."""

    status: str
    reason: str = ""
    availability: str | None = None


def allowed_moves(status: str, role: Role) -> list[str]:
    """Where a version of this status can go by this role, in the order of the table."""
    return [to for to, by in MOVES.get(status, {}).items() if by is role]


def move(*, version: ListingVersion, wish: Wish, role: Role, actor: Actor) -> ListingVersion:
    """Move a version along the table. The version as it is afterwards.

    Raises OperatorsDecision, WrongMove, BadWish, BadParameter, MissingCredentials, ListingSuspended, or
    Overtaken when another move came first; then nothing is changed.
    """
    with transaction.atomic():
        current = locked(version)
        _check(current, wish, role)
        match wish.status:
            case Status.SUBMITTED:
                _check_content(current)
                _check_credentials(current)
                _step(current, Status.SUBMITTED, reason=wish.reason, actor=actor)
                _follow(current.listing, Availability.DRAFT, Availability.IN_REVIEW)
            case Status.PUBLISHED:
                _check_credentials(current)
                availability = _availability_after(current.listing, wish.availability)
                publish(version=current, availability=availability, reason=wish.reason, actor=actor)
            case Status.APPROVED:
                _step(current, Status.APPROVED, reason=wish.reason, actor=actor)
            case _:
                _step(current, wish.status, reason=wish.reason, actor=actor)
                _follow(current.listing, Availability.IN_REVIEW, Availability.DRAFT)
    return current


def publish(*, version: ListingVersion, availability: str, actor: Actor, reason: str = "") -> None:
    """Make it the version of new installs; those there are stay on theirs. Inside a transaction.

    An operator's import comes here from any status.
    """
    if version.status != Status.PUBLISHED:
        _step(version, Status.PUBLISHED, reason=reason, actor=actor)
    listing = version.listing
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


def missing_credentials(definition: Mapping[str, Any], at_hand: Mapping[str, str]) -> list[str]:
    """The names of the secrets that the definition uses and nobody has given yet."""
    return sorted(name for name in compiled(definition).credentials_used if not at_hand.get(name))


def _check(version: ListingVersion, wish: Wish, role: Role) -> None:
    """Who asks for it, whether the table knows it, and what must go with it."""
    if MOVES.get(version.status, {}).get(wish.status) is not role:
        raise _refusal(version.status, wish.status, role)
    if wish.status in NEED_A_REASON and not wish.reason:
        raise BadWish("Missing required parameter Reason in the post body")
    if wish.availability is not None and wish.status != Status.PUBLISHED:
        raise BadWish("Invalid Availability: it is given only with the Status published")


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


def _check_content(version: ListingVersion) -> None:
    """A draft listing may lack its texts, and the rules may have grown since the definition was stored."""
    if lacking := block_faults("module_info", version.listing.module_info):
        raise BadParameter("ModuleInfo", lacking)
    faults = definition_faults(version.definition, allow_http_hosts=settings.OUTBOUND_ALLOWED_HOSTS)
    if faults:
        raise BadParameter("Definition", faults)


def _check_credentials(version: ListingVersion) -> None:
    if missing := missing_credentials(version.definition, version.listing.credentials):
        names = ", ".join(missing)
        raise MissingCredentials(
            f"Invalid Status: the definition uses {names}: give the missing values in Credentials"
        )


def _availability_after(listing: Listing, wanted: str | None) -> str:
    """A new listing becomes GA. Any other stays where it is: nobody announces a preview by accident."""
    if listing.availability == Availability.SUSPENDED:
        raise ListingSuspended("Invalid Status: the listing is suspended: lift that before you publish")
    if wanted is not None:
        return wanted
    return Availability.GA if listing.availability in BECOMES_GA else listing.availability


def _follow(listing: Listing, before: Availability, after: Availability) -> None:
    """A listing that nobody but its publisher knows shows where its version is; any other stays."""
    rows = Listing.objects.filter(pk=listing.pk, availability=before)
    if rows.update(availability=after, date_updated=timezone.now()):
        listing.availability = after


def _step(version: ListingVersion, to: str, *, reason: str, actor: Actor) -> None:
    """One step, if the version is still where the caller saw it, and its line in the record."""
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
