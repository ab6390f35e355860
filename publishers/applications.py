"""Becoming a publisher: an account applies, an operator decides; and what a publisher says of itself.

    (none) -> applied -> approved <-> suspended
                |  ^
                v  | applied again
              declined -> approved

Nobody decides on the publisher of their own account.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from accounts import audit
from accounts.models import Account
from accounts.requests import Actor
from publishers import application_mails, availability
from publishers.models import Availability, Publisher
from publishers.reviewers import check_other_publisher
from rest.errors import Conflict, Forbidden, Refused

Status = Publisher.Status

MAX_REASON_CHARACTERS: Final = 2_000
SLUG_LENGTH: Final = 64
# What operators make of a publisher, from where it is.
DECISIONS: Final[Mapping[str, tuple[str, ...]]] = {
    Status.APPLIED: (Status.APPROVED, Status.DECLINED),
    Status.DECLINED: (Status.APPROVED,),
    Status.APPROVED: (Status.SUSPENDED,),
    Status.SUSPENDED: (Status.APPROVED,),
}
NEED_A_REASON: Final = frozenset({Status.DECLINED, Status.SUSPENDED})
# Told apart in the audit log: a publisher that was suspended is let in again, not approved anew.
ACTIONS: Final[Mapping[tuple[str, str], str]] = {
    (Status.APPLIED, Status.APPROVED): "publisher.approved",
    (Status.DECLINED, Status.APPROVED): "publisher.approved",
    (Status.APPLIED, Status.DECLINED): "publisher.declined",
    (Status.APPROVED, Status.SUSPENDED): "publisher.suspended",
    (Status.SUSPENDED, Status.APPROVED): "publisher.reinstated",
}
# Until it is approved nobody knows it by its name, which stands beside its add-ons afterwards.
NAME_IS_OPEN: Final = frozenset({Status.APPLIED, Status.DECLINED})
NEEDED: Final = {
    "name": "FriendlyName",
    "about": "About",
    "contact_name": "ContactName",
    "contact_email": "ContactEmail",
}


class ProfileIncomplete(Refused):
    """400: an operator could not judge it, or reach anybody."""


class NameIsFixed(Refused):
    """400: customers know the publisher by its name."""


class NotWhatWasSeen(Conflict):
    """409: the publisher has another name than the one that was read."""


class OwnersOnly(Forbidden):
    """403: binding the account is for its owner."""


class AlreadyApplied(Conflict):
    """409: the account has applied, and one account is one publisher."""


class WrongDecision(Conflict):
    """409: the publisher is not where it would have to be; perhaps somebody else decided first."""


class ReasonMissing(Refused):
    """400: who turns somebody down says why."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a publisher says of itself."""

    name: str
    about: str
    contact_name: str
    contact_email: str
    website: str = ""
    contact_phone: str = ""


def profile_of(publisher: Publisher) -> Profile:
    """What it says of itself now."""
    return Profile(**{name: getattr(publisher, name) for name in Profile.__dataclass_fields__})


def apply(*, account: Account, profile: Profile, actor: Actor) -> Publisher:
    """Ask to become a publisher, or ask again after it was declined.

    Raises ProfileIncomplete, or AlreadyApplied.
    """
    _check_complete(profile)
    declined = Publisher.objects.filter(account=account, status=Status.DECLINED).first()
    return _apply_again(declined, profile, actor) if declined else _apply_first(account, profile, actor)


def change_profile(*, publisher: Publisher, profile: Profile, actor: Actor) -> Publisher:
    """Say something else of it; its status stays. Raises ProfileIncomplete or NameIsFixed."""
    _check_complete(profile)
    with transaction.atomic():
        current = _locked(publisher)
        if profile.name != current.name and current.status not in NAME_IS_OPEN:
            raise NameIsFixed("Invalid FriendlyName: customers know this name: ask an operator to change it")
        _write(current, asdict(profile), action="publisher.changed", actor=actor)
    return current


def rename(*, publisher: Publisher, name: str, actor: Actor) -> Publisher:
    """An operator gives a publisher another name. Raises ProfileIncomplete or OwnPublisher."""
    if not name.strip():
        raise ProfileIncomplete("Missing required parameter FriendlyName in the post body")
    with transaction.atomic():
        current = _locked(publisher)
        check_other_publisher(current, actor)
        _write(current, {"name": name.strip()}, action="publisher.renamed", actor=actor)
    return current


def decide(  # noqa: PLR0913 - what a decision says, and what it is about
    *,
    publisher: Publisher,
    status: str,
    actor: Actor,
    reason: str = "",
    with_listings: bool = False,
    seen: str | None = None,
) -> Publisher:
    """An operator approves, declines or suspends a publisher. The publisher as it is afterwards.

    `with_listings`: a suspension stops all of its listings too, each with its own entry. Approved again,
    they stay stopped until each is lifted. `seen`: the name that was read, which stays once it is approved.
    Raises OwnPublisher, ReasonMissing, NotWhatWasSeen, or WrongDecision.
    """
    if status in NEED_A_REASON and not reason.strip():
        raise ReasonMissing("Missing required parameter Reason in the post body")
    with transaction.atomic():
        current = _locked(publisher)
        _check_decision(publisher.status, current, status, actor)
        if seen is not None and seen != current.name:
            raise NotWhatWasSeen(f"Conflict: the publisher is named {current.name} now: read it again")
        action = ACTIONS[current.status, status]
        changed = {"status": status, "reason": reason, "date_decided": timezone.now()}
        _write(current, changed, action=action, actor=actor, reason=reason)
        if with_listings and status == Status.SUSPENDED:
            for listing in current.listings.exclude(availability=Availability.SUSPENDED).order_by("pk"):
                availability.suspend(listing=listing, reason=reason, actor=actor)
        transaction.on_commit(partial(application_mails.tell_decision, current, action))
    return current


def search(words: str) -> Q:
    """Publishers that hold every word in their name, slug, contact, or account."""
    found = Q()
    for word in words.split():
        found &= (
            Q(name__icontains=word)
            | Q(slug__icontains=word)
            | Q(contact_email__icontains=word)
            | Q(account__sid__iexact=word)
        )
    return found


def _apply_first(account: Account, profile: Profile, actor: Actor) -> Publisher:
    """The first free slug; the database decides who was first, for the slug and for the account."""
    for slug in _slugs(profile.name, otherwise=account.sid[-8:].lower()):
        try:
            with transaction.atomic():
                made = Publisher.objects.create(account=account, slug=slug, **asdict(profile))
                _record("publisher.applied", made, actor, before=None, after=_told(asdict(profile)))
        except IntegrityError as error:
            if Publisher.objects.filter(account=account).exists():
                raise AlreadyApplied("Conflict: this account has applied already") from error
        else:
            return made
    raise AssertionError("the numbers have no end")


def _apply_again(declined: Publisher, profile: Profile, actor: Actor) -> Publisher:
    with transaction.atomic():
        current = _locked(declined)
        if current.status != Status.DECLINED:
            raise AlreadyApplied("Conflict: this account has applied again already")
        changed = {**asdict(profile), "status": Status.APPLIED, "reason": "", "date_decided": None}
        _write(current, changed, action="publisher.applied", actor=actor)
    return current


def _slugs(name: str, *, otherwise: str) -> Iterator[str]:
    """The slugs tried for a publisher: its name in plain letters, then with `-1`, `-2`, …"""
    base = slugify(name).strip("-_") or otherwise
    yield base[:SLUG_LENGTH]
    for number in itertools.count(1):
        suffix = f"-{number}"
        yield base[: SLUG_LENGTH - len(suffix)] + suffix


def _check_complete(profile: Profile) -> None:
    for name, parameter in NEEDED.items():
        if not getattr(profile, name).strip():
            raise ProfileIncomplete(f"Missing required parameter {parameter} in the post body")


def _check_decision(seen: str, current: Publisher, wanted: str, actor: Actor) -> None:
    check_other_publisher(current, actor)
    if current.status != seen or wanted not in DECISIONS[current.status]:
        can = " or ".join(DECISIONS[current.status])
        raise WrongDecision(f"Invalid Status: the publisher is {current.status}: it can become {can}")


def _locked(publisher: Publisher) -> Publisher:
    """The publisher, read anew and held until the transaction ends."""
    return Publisher.objects.select_for_update(of=("self",)).select_related("account").get(pk=publisher.pk)


def _write(
    publisher: Publisher, wanted: Mapping[str, Any], *, action: str, actor: Actor, reason: str = ""
) -> None:
    """Write what is different, and its entry in the audit log; nothing when nothing is."""
    changed = {name: value for name, value in wanted.items() if getattr(publisher, name) != value}
    if not changed:
        return
    before = _told({name: getattr(publisher, name) for name in changed})
    for name, value in changed.items():
        setattr(publisher, name, value)
    publisher.save(update_fields=list(changed))
    _record(action, publisher, actor, before=before, after=_told(changed), reason=reason)


def _record(  # noqa: PLR0913 - what an entry holds
    action: str, publisher: Publisher, actor: Actor, *, before: Any, after: Any, reason: str = ""
) -> None:
    audit.record(
        action,
        actor=actor,
        subject_sid=publisher.account.sid,
        subject=publisher.name,
        account=publisher.account,
        before=before,
        after=after,
        reason=reason,
    )


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit log keeps: its entries have their own time and reason."""
    return {name: value for name, value in values.items() if name not in {"date_decided", "reason"}}
