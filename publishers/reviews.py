"""What operator and publisher say to each other about a version, and who reviews it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import DateTimeField, OuterRef, QuerySet, Subquery
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.requests import Actor
from publishers.models import ListingVersion, ReviewComment, VersionMove
from publishers.reviewers import check_reviewer
from publishers.sections import SECTIONS, Section
from publishers.versions import Role, locked
from rest.errors import Conflict, Forbidden, Refused

Status = ListingVersion.Status
# A draft is its publisher's alone, and of what was given up there is nothing to say.
DISCUSSED: Final = (Status.SUBMITTED, Status.CHANGES_REQUESTED, Status.APPROVED, Status.PUBLISHED)
MAX_COMMENTS: Final = 200
# Of so many the middle one tells how long a review takes.
LAST_DECISIONS: Final = 51


class NotDiscussed(Refused):
    """400: the version is not under review."""


class BadComment(Refused):
    """400: there is no such section, or nothing is said."""


class TooManyComments(Refused):
    """400: nobody reads further."""


class OperatorsRequest(Forbidden):
    """403: only an operator asks for changes."""


class AlreadyResolved(Conflict):
    """409: somebody has resolved the comment already."""


@dataclass(frozen=True)
class ThreadSection:
    """The comments on one section, oldest first."""

    section: Section
    comments: list[ReviewComment]


def comment(  # noqa: PLR0913 - the columns of a comment
    *,
    version: ListingVersion,
    section: str,
    text: str,
    role: Role,
    actor: Actor,
    is_request: bool = False,
) -> ReviewComment:
    """Say something about one section of a version under review.

    `is_request`: the publisher is asked for a change, which stays open until it is resolved. Raises
    NotDiscussed, BadComment, TooManyComments, OperatorsRequest, or OwnVersion for an operator who made it.
    """
    if is_request and role is not Role.OPERATOR:
        raise OperatorsRequest("Forbidden: only an operator asks for a change")
    if section not in SECTIONS:
        raise BadComment(f"Invalid Section: must be {' or '.join(SECTIONS)}")
    if not text.strip() or len(text) > ReviewComment.MAX_TEXT_LENGTH or "\0" in text:
        raise BadComment(f"Invalid Text: must have 1 to {ReviewComment.MAX_TEXT_LENGTH} characters, none NUL")
    with transaction.atomic():
        current = locked(version)
        _check_discussed(current)
        if role is Role.OPERATOR:
            check_reviewer(current, actor)
        if current.comments.count() >= MAX_COMMENTS:
            raise TooManyComments(f"Invalid Text: a version has at most {MAX_COMMENTS} comments")
        return current.comments.create(
            section=section,
            text=text.strip(),
            is_operators=role is Role.OPERATOR,
            is_request=is_request,
            author=actor.user,
            credential=actor.credential,
        )


def resolve(*, comment: ReviewComment, role: Role, actor: Actor) -> None:
    """Say that what a comment asks for is done. Raises NotDiscussed, OwnVersion or AlreadyResolved."""
    with transaction.atomic():
        current = locked(comment.version)
        _check_discussed(current)
        if role is Role.OPERATOR:
            check_reviewer(current, actor)
        now = timezone.now()
        still = ReviewComment.objects.filter(pk=comment.pk, resolved_at=None)
        if still.update(resolved_at=now, resolved_by=actor.user) != 1:
            raise AlreadyResolved("Conflict: the comment is resolved already")
    comment.resolved_at, comment.resolved_by = now, actor.user


def reopen(*, comment: ReviewComment, role: Role, actor: Actor) -> None:
    """An operator finds that it is not done. Raises OperatorsRequest, OwnVersion, NotDiscussed."""
    if role is not Role.OPERATOR:
        raise OperatorsRequest("Forbidden: only an operator opens a comment again")
    with transaction.atomic():
        current = locked(comment.version)
        check_reviewer(current, actor)
        _check_discussed(current)
        ReviewComment.objects.filter(pk=comment.pk).update(resolved_at=None, resolved_by=None)
    comment.resolved_at = comment.resolved_by = None


def assign(*, version: ListingVersion, to: User | None, actor: Actor) -> None:
    """Say who reviews a version; None: nobody yet. Raises NotDiscussed or OwnVersion."""
    with transaction.atomic():
        current = locked(version)
        if current.status not in ListingVersion.WAITING:
            raise NotDiscussed(f"A version that is {current.status} is not reviewed by anybody.")
        if to is not None:
            check_reviewer(current, Actor(user=to, credential="", ip_address=""))
        before = current.assigned_to
        if before == to:
            return
        ListingVersion.objects.filter(pk=current.pk).update(assigned_to=to)
        audit.record(
            "version.assigned",
            actor=actor,
            subject_sid=current.sid,
            subject=str(current),
            account=current.listing.publisher.account,
            before={"assigned_to": before.email if before else None},
            after={"assigned_to": to.email if to else None},
        )
    version.assigned_to = to


def queue() -> QuerySet[ListingVersion]:
    """What waits for an operator, the oldest first; `submitted_at` says since when.

    A version that was approved and not published waits too.
    """
    moves = VersionMove.objects.filter(version=OuterRef("pk"), to_status=Status.SUBMITTED).order_by("-pk")
    since = Subquery(moves.values("date_created")[:1], output_field=DateTimeField())
    waiting = ListingVersion.objects.filter(status__in=ListingVersion.WAITING).annotate(submitted_at=since)
    rows = waiting.select_related("listing__publisher__account", "listing__published_version", "assigned_to")
    return rows.order_by("submitted_at", "sid")


def place_in_queue(version: ListingVersion) -> int | None:
    """How many versions are looked at before this one, and it: 1 is next. None when it does not wait."""
    sids = list(queue().filter(status=Status.SUBMITTED).values_list("sid", flat=True))
    return sids.index(version.sid) + 1 if version.sid in sids else None


def median_hours() -> float | None:
    """From a submission to its decision, in the middle of the last ones; None without any."""
    decided = VersionMove.objects.filter(from_status=Status.SUBMITTED).exclude(to_status=Status.WITHDRAWN)
    began = VersionMove.objects.filter(
        version=OuterRef("version"), to_status=Status.SUBMITTED, pk__lt=OuterRef("pk")
    ).order_by("-pk")
    rows: list[tuple[datetime, datetime | None]] = list(
        decided.annotate(began=Subquery(began.values("date_created")[:1]))
        .order_by("-pk")
        .values_list("date_created", "began")[:LAST_DECISIONS]
    )
    hours = sorted((end - start).total_seconds() / 3600 for end, start in rows if start)
    return hours[len(hours) // 2] if hours else None


def baseline_of(version: ListingVersion) -> ListingVersion | None:
    """What a version is compared with: the newest published one before it. None for the first one."""
    before = ListingVersion.objects.filter(listing=version.listing, number__lt=version.number)
    found = before.filter(status=Status.PUBLISHED).order_by("-number").first()
    if found is not None:
        found.listing = version.listing
    return found


def thread(version: ListingVersion) -> list[ThreadSection]:
    """The comments of a version by section, in the order of the editor; only sections with any."""
    by_section: dict[str, list[ReviewComment]] = {}
    rows = version.comments.select_related("author", "resolved_by").order_by("sid")
    for each in rows:
        by_section.setdefault(each.section, []).append(each)
    return [
        ThreadSection(section, by_section[slug]) for slug, section in SECTIONS.items() if slug in by_section
    ]


def open_requests(version: ListingVersion) -> QuerySet[ReviewComment]:
    """What the publisher is still asked for."""
    return version.comments.filter(is_request=True, resolved_at=None).order_by("sid")


def _check_discussed(version: ListingVersion) -> None:
    if version.status not in DISCUSSED:
        raise NotDiscussed(
            f"A version that is {version.status} is not under review: nothing is said about it."
        )
