"""Who may see, install and ask a listing (contract section 15): its states, and who moves it between them.

    draft <-> in_review -> published as      `publishers.versions`: they follow the versions
    coming_soon <-> developer_preview <-> beta <-> ga      its publisher, forward or back
    any of these four -> retired             its publisher; or the date it was deprecated until
    any state -> suspended -> where it was   an operator

Deprecated is no state: the listing is offered and asked as before, and says until when and what to use then.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.requests import Actor
from publishers.effects import Effect as Effect
from publishers.effects import accounts_with
from publishers.effects import effect_of_suspension as effect_of_suspension
from publishers.models import IN_CATALOGUE, Availability, Listing, ListingVersion
from publishers.reviewers import check_other_publisher
from publishers.versions import Role, locked_listing
from rest.errors import Refused

OFFERED: Final = (
    Availability.COMING_SOON,
    Availability.DEVELOPER_PREVIEW,
    Availability.BETA,
    Availability.GA,
)
MOVES: Final[Mapping[str, Mapping[str, Role]]] = {
    Availability.DRAFT: {Availability.SUSPENDED: Role.OPERATOR},
    Availability.IN_REVIEW: {Availability.SUSPENDED: Role.OPERATOR},
    **{
        here: {
            **{there: Role.PUBLISHER for there in (*OFFERED, Availability.RETIRED) if there != here},
            Availability.SUSPENDED: Role.OPERATOR,
        }
        for here in OFFERED
    },
    Availability.RETIRED: {Availability.SUSPENDED: Role.OPERATOR},
    # Lifted, it becomes what it was.
    Availability.SUSPENDED: {},
}
# A listing in one of these states may be deprecated: it is offered to somebody.
DEPRECABLE: Final = frozenset(OFFERED)
LONGEST_NOTICE: Final = timedelta(days=5 * 365)
MAX_REASON_CHARACTERS: Final = 2_000
RETIRED_BY_DATE: Final = "Its publisher announced this date when it was deprecated."


class WrongAvailability(Refused):
    """400: the listing cannot become that from what it is."""


class StillInstalled(Refused):
    """400: accounts have it, and it would silently stop for them."""


class NotDeprecable(Refused):
    """400: the date, the replacement or the state of the listing does not fit."""


class ReasonMissing(Refused):
    """400: who suspends a listing says why."""


class PublisherNotApproved(Refused):
    """400: its publisher may not offer anything now."""


def allowed_moves(listing: Listing) -> list[Availability]:
    """What its publisher can make of it now, in the order of the table."""
    if listing.published_version_id is None:
        return []
    table = MOVES[listing.availability].items()
    moves = [Availability(to) for to, role in table if role is Role.PUBLISHER]
    return moves if listing.publisher.is_approved else [to for to in moves if to == Availability.RETIRED]


def move(*, listing: Listing, to: str, actor: Actor, reason: str = "") -> Listing:
    """Its publisher makes something else of a listing. The listing as it is afterwards.

    Raises WrongAvailability, PublisherNotApproved, StillInstalled, or NotFound when it was deleted
    meanwhile; then nothing is changed.
    """
    with transaction.atomic():
        current = locked_listing(listing)
        _check_move(current, to)
        if to == Availability.COMING_SOON and (count := accounts_with(current)):
            raise StillInstalled(
                f"Invalid Availability: {_counted(count, 'account')} installed it, and what is coming soon "
                "is asked by nobody: retire it instead, then it goes on for those who have it"
            )
        changed: dict[str, Any] = {"availability": to}
        if to == Availability.RETIRED:
            changed["deprecated_until"] = None
        _write(current, changed, action=_action(to), actor=actor, reason=reason)
    return current


def deprecate(
    *, listing: Listing, until: date, actor: Actor, replacement: Listing | None = None, reason: str = ""
) -> Listing:
    """Announce that it is retired after this day, and what to use then. The listing as it is afterwards.

    Saying it again replaces what was said. Raises NotDeprecable, or NotFound when it was deleted meanwhile.
    """
    with transaction.atomic():
        current = locked_listing(listing)
        _check_deprecation(current, until, replacement)
        changed = {"deprecated_until": until, "replacement": replacement}
        _write(current, changed, action="listing.deprecated", actor=actor, reason=reason)
    return current


def keep_offering(*, listing: Listing, actor: Actor, reason: str = "") -> Listing:
    """Take back that it is deprecated. The listing as it is afterwards.

    Raises NotDeprecable when it is not, or NotFound when it was deleted meanwhile.
    """
    with transaction.atomic():
        current = locked_listing(listing)
        if current.deprecated_until is None:
            raise NotDeprecable("Invalid DeprecatedUntil: the listing is not deprecated")
        changed = {"deprecated_until": None, "replacement": None}
        _write(current, changed, action="listing.undeprecated", actor=actor, reason=reason)
    return current


def suspend(*, listing: Listing, reason: str, actor: Actor) -> Listing:
    """An operator stops a listing at once: nobody sees, installs or asks it. What there is stays.

    The listing as it is afterwards. Raises ReasonMissing, WrongAvailability when it is suspended already, or
    NotFound when it was deleted meanwhile.
    """
    if not reason.strip():
        raise ReasonMissing("Invalid Reason: say why, for its publisher to read")
    with transaction.atomic():
        current = locked_listing(listing)
        if Availability.SUSPENDED not in MOVES[current.availability]:
            raise WrongAvailability("Invalid Availability: the listing is suspended already")
        changed = {
            "availability": Availability.SUSPENDED,
            "suspended_from": current.availability,
            "suspension_reason": reason,
        }
        _write(current, changed, action="listing.suspended", actor=actor, reason=reason)
    return current


def lift(*, listing: Listing, actor: Actor, reason: str = "") -> Listing:
    """An operator ends a suspension: the listing becomes what it was. The listing as it is afterwards.

    Raises WrongAvailability when it is not suspended, OwnPublisher for an operator of its publisher's
    account, or NotFound when it was deleted meanwhile.
    """
    with transaction.atomic():
        current = locked_listing(listing)
        check_other_publisher(current.publisher, actor)
        if current.availability != Availability.SUSPENDED:
            raise WrongAvailability("Invalid Availability: the listing is not suspended")
        changed = {"availability": _lifted_to(current), "suspended_from": "", "suspension_reason": ""}
        _write(current, changed, action="listing.unsuspended", actor=actor, reason=reason)
    return current


def retire_deprecated(today: date) -> int:
    """Retire what was deprecated until a day before this one. Doubled, it does no harm; tells how many."""
    nobody = Actor(user=None, credential="", ip_address="")
    past = Listing.objects.filter(availability__in=DEPRECABLE, deprecated_until__lt=today)
    retired = 0
    for listing in past.order_by("pk"):
        with transaction.atomic():
            current = locked_listing(listing)
            until = current.deprecated_until
            if current.availability not in DEPRECABLE or until is None or until >= today:
                continue
            changed = {"availability": Availability.RETIRED, "deprecated_until": None}
            _write(current, changed, action="listing.retired", actor=nobody, reason=RETIRED_BY_DATE)
            retired += 1
    return retired


def _check_move(listing: Listing, to: str) -> None:
    """The table knows it, there is a version to show, and its publisher may offer something."""
    by = MOVES[listing.availability].get(to)
    present = listing.get_availability_display()
    if by is not Role.PUBLISHER:
        can = [move.value for move in allowed_moves(listing)]
        become = f"it can become {' or '.join(can)}" if can else "its publisher cannot change that"
        raise WrongAvailability(f"Invalid Availability: the listing is “{present}”; {become}")
    if listing.published_version_id is None:
        raise WrongAvailability("Invalid Availability: publish a version of the listing first")
    if to != Availability.RETIRED and not listing.publisher.is_approved:
        raise PublisherNotApproved(
            "Invalid Availability: an operator has not approved its publisher, so it can only be retired"
        )


def _check_deprecation(listing: Listing, until: date, replacement: Listing | None) -> None:
    today = timezone.now().date()
    if listing.availability not in DEPRECABLE or listing.published_version_id is None:
        raise NotDeprecable(
            "Invalid DeprecatedUntil: only a listing that is offered can be deprecated, and this one is "
            f"“{listing.get_availability_display()}”"
        )
    if not today <= until <= today + LONGEST_NOTICE:
        raise NotDeprecable(
            f"Invalid DeprecatedUntil: give a day from {today} to {today + LONGEST_NOTICE}, as YYYY-MM-DD"
        )
    if replacement is None:
        return
    if replacement.pk == listing.pk:
        raise NotDeprecable("Invalid Replacement: a listing does not replace itself")
    if replacement.availability not in IN_CATALOGUE or replacement.published_version_id is None:
        raise NotDeprecable("Invalid Replacement: name a listing that everybody sees in the catalogue")


def _write(listing: Listing, changed: Mapping[str, Any], *, action: str, actor: Actor, reason: str) -> None:
    """Write the columns of a locked listing, and the entry in the audit log."""
    before = {name: _told(getattr(listing, name)) for name in changed}
    for name, value in changed.items():
        setattr(listing, name, value)
    listing.save(update_fields=[*changed, "date_updated"])
    audit.record(
        action,
        actor=actor,
        subject_sid=listing.sid,
        subject=listing.name,
        account=listing.publisher.account,
        before=before,
        after={name: _told(value) for name, value in changed.items()},
        reason=reason,
    )


def _told(value: Any) -> Any:
    """A column as the audit log keeps it."""
    if isinstance(value, Listing):
        return value.sid
    return value.isoformat() if isinstance(value, date) else value


def _action(to: str) -> str:
    return "listing.retired" if to == Availability.RETIRED else "listing.moved"


def _lifted_to(listing: Listing) -> str:
    """What it was; a version may have begun or ended its review meanwhile.

    One that was suspended before that was noted goes on for those who have it, and is shown to nobody else.
    """
    before = listing.suspended_from
    if listing.published_version_id is not None and before not in {
        Availability.DRAFT,
        Availability.IN_REVIEW,
    }:
        return before or Availability.DEVELOPER_PREVIEW
    waits = listing.versions.filter(status__in=ListingVersion.WAITING).exists()
    return Availability.IN_REVIEW if waits else Availability.DRAFT


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
