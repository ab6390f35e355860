"""The operators' check list: what is looked at in each review, and what was looked at in one."""

from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from accounts import audit
from accounts.requests import Actor
from publishers.models import ChecklistItem, ChecklistTick, ListingVersion
from publishers.reviewers import check_reviewer
from publishers.versions import locked
from rest.errors import Conflict, Refused

MAX_ITEMS: Final = 50


class TooManyItems(Refused):
    """400: nobody looks at so much."""


class ItemGone(Conflict):
    """409: somebody has removed the item meanwhile."""


class NotUnderReview(Refused):
    """400: a version is ticked off while it is submitted, and no longer."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What an item says."""

    text: str
    help_text: str = ""
    is_required: bool = True


@dataclass(frozen=True)
class Line:
    """An item in one review, with its tick if somebody looked at it."""

    item: ChecklistItem
    tick: ChecklistTick | None


def items() -> QuerySet[ChecklistItem]:
    """The items of reviews from now on, in their order."""
    return ChecklistItem.objects.filter(removed_at=None).order_by("position", "pk")


def lines(version: ListingVersion) -> list[Line]:
    """The check list of one version; removed items only where they were ticked."""
    ticks = {each.item_id: each for each in version.ticks.select_related("ticked_by", "item")}
    current = list(items())
    removed = [tick.item for tick in ticks.values() if tick.item.removed_at is not None]
    return [Line(item, ticks.get(item.pk)) for item in [*current, *removed]]


def add(*, entry: Entry, actor: Actor) -> ChecklistItem:
    """Add an item at the end. Raises TooManyItems."""
    with transaction.atomic():
        if items().count() >= MAX_ITEMS:
            raise TooManyItems(f"The check list has {MAX_ITEMS} items already: remove one first.")
        last = items().aggregate(last=Max("position"))["last"]
        item = ChecklistItem.objects.create(
            text=entry.text,
            help_text=entry.help_text,
            is_required=entry.is_required,
            position=0 if last is None else last + 1,
        )
        _record("checklist.added", item, actor, before=None, after=_told(item))
    return item


def change(*, item: ChecklistItem, entry: Entry, actor: Actor) -> None:
    """Say an item in other words. Raises ItemGone."""
    with transaction.atomic():
        before = _told(item)
        item.text, item.help_text, item.is_required = entry.text, entry.help_text, entry.is_required
        values = _told(item)
        _update(item, **values)
        if values != before:
            _record("checklist.changed", item, actor, before=before, after=values)


def remove(*, item: ChecklistItem, actor: Actor) -> None:
    """Leave an item out from now on; reviews that ticked it keep it. Raises ItemGone."""
    with transaction.atomic():
        _update(item, removed_at=timezone.now())
        _record("checklist.removed", item, actor, before=_told(item), after=None)


def shift(*, item: ChecklistItem, by: int, actor: Actor) -> None:
    """Move an item up (-1) or down (1); at an end it stays. Raises ItemGone."""
    with transaction.atomic():
        rows = list(items().select_for_update())
        places = [row.pk for row in rows]
        if item.pk not in places:
            raise ItemGone("Conflict: the item was removed meanwhile")
        place = places.index(item.pk)
        target = min(max(place + by, 0), len(places) - 1)
        if target == place:
            return
        places.insert(target, places.pop(place))
        for position, pk in enumerate(places):
            ChecklistItem.objects.filter(pk=pk).update(position=position)
        _record("checklist.moved", item, actor, before={"position": place}, after={"position": target})


def tick(*, version: ListingVersion, item: ChecklistItem, actor: Actor) -> None:
    """Say that one looked at an item. Doubled, it is one. Raises NotUnderReview, OwnVersion or ItemGone."""
    with transaction.atomic():
        current = _under_review(version, actor)
        if not items().filter(pk=item.pk).exists():
            raise ItemGone("Conflict: the item was removed meanwhile")
        try:
            with transaction.atomic():
                current.ticks.create(item=item, ticked_by=actor.user)
        except IntegrityError:  # somebody else was first
            return


def untick(*, version: ListingVersion, item: ChecklistItem, actor: Actor) -> None:
    """Take a tick back. Raises NotUnderReview or OwnVersion."""
    with transaction.atomic():
        _under_review(version, actor).ticks.filter(item=item).delete()


def _under_review(version: ListingVersion, actor: Actor) -> ListingVersion:
    current = locked(version)
    if current.status != ListingVersion.Status.SUBMITTED:
        raise NotUnderReview(f"A version that is {current.status} is not under review.")
    check_reviewer(current, actor)
    return current


def _update(item: ChecklistItem, **values: Any) -> None:
    if items().filter(pk=item.pk).update(**values) != 1:
        raise ItemGone("Conflict: the item was removed meanwhile")


def _told(item: ChecklistItem) -> dict[str, Any]:
    return {"text": item.text, "help_text": item.help_text, "is_required": item.is_required}


def _record(action: str, item: ChecklistItem, actor: Actor, *, before: Any, after: Any) -> None:
    audit.record(action, actor=actor, subject_sid=item.sid, subject=item.text, before=before, after=after)
