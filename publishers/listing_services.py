"""What a publisher does with a listing: make it, change its blocks, and keep the secrets of its service."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts import audit
from accounts.models import Account
from accounts.requests import Actor
from publishers.blocks import BLOCKS, MAX_CREDENTIALS, PARAMETERS, block_faults
from publishers.contract.definition import compiled
from publishers.faults import BadParameter
from publishers.models import Listing, Publisher
from rest.errors import Forbidden, NotFound, Refused

NAME_LENGTH: Final = 64
# What the audit calls a change of a publisher's secrets; its entry names them, and never says one.
CREDENTIALS_CHANGED: Final = "credentials.changed"
# A draft may do without until it is submitted or published.
LATER: Final = "/short_description"
# Why an account makes no listing, by the status of its publisher; without one, by no status.
REFUSALS: Final[Mapping[str, str]] = {
    "": "this account is not a publisher yet: an owner applies in the console under “Become a publisher”, "
    "or with POST /v1/Publisher",
    Publisher.Status.DECLINED: "the application as a publisher was declined: change it and apply again with "
    "POST /v1/Publisher",
    Publisher.Status.SUSPENDED: "this publisher is suspended: an operator must lift that first",
}

Blocks = Mapping[str, Any]


class NoPublisher(Forbidden):
    """403: the account is no publisher, or one that may make no listing now."""


class NotThePublisher(Forbidden):
    """403: the listing can be seen, but it is somebody else's."""


class BadCredentials(Refused):
    """400: what the listing would hold afterwards does not do. The text never names a value."""


def create_listing(*, account: Account, blocks: Blocks) -> Listing:
    """Make a draft listing, named after its `name`. Raises NoPublisher or BadParameter."""
    publisher = _publisher_of(account)
    _check_blocks(blocks, is_draft=True)
    for name in _names(blocks["module_info"]["name"], otherwise=publisher.slug):
        try:
            with transaction.atomic():
                return Listing.objects.create(publisher=publisher, unique_name=name, **blocks)
        except IntegrityError:  # the name is taken; the database decides who was first
            continue
    raise AssertionError("the numbers have no end")


def update_listing(*, listing: Listing, account: Account, blocks: Blocks, actor: Actor) -> Listing:
    """Replace the given blocks, the others stay, whoever writes them meanwhile. The listing afterwards.

    Those of a published listing are live at once, so the audit gets what they were and are. Raises
    NotThePublisher, BadParameter, or NotFound when it was deleted meanwhile.
    """
    if listing.publisher.account_id != account.pk:
        raise NotThePublisher("Forbidden: only its publisher can change this listing")
    _check_blocks(blocks, is_draft=listing.published_version_id is None)
    before = {name: getattr(listing, name) for name in blocks if getattr(listing, name) != blocks[name]}
    with transaction.atomic():
        rows = Listing.objects.filter(pk=listing.pk)
        if blocks and not rows.update(**blocks, date_updated=timezone.now()):
            raise NotFound(f"The requested resource /Listing/{listing.sid} was not found")
        if before and listing.published_version_id is not None:
            audit.record(
                "listing.changed",
                actor=actor,
                subject_sid=listing.sid,
                subject=listing.name,
                account=account,
                before=before,
                after={name: blocks[name] for name in before},
            )
    listing.refresh_from_db(fields=[*BLOCKS, "date_updated"])
    return listing


def keep_credentials(*, listing: Listing, given: Mapping[str, str | None], actor: Actor) -> None:
    """Merge secrets into the listing's; no value removes one. For a listing locked by the caller.

    The audit gets the names of what was set, and of what was there and is removed. Raises BadCredentials for
    too many, and for removing one that the published version is asked with.
    """
    merged = {**listing.credentials, **given}
    kept = {name: value for name, value in merged.items() if value}
    if len(kept) > MAX_CREDENTIALS:
        raise BadCredentials(f"Invalid Credentials: a listing holds at most {MAX_CREDENTIALS}")
    if in_use := sorted(_credentials_in_use(listing) & merged.keys() - kept.keys()):
        raise BadCredentials(
            f"Invalid Credentials: the published version uses {', '.join(in_use)}: give a new value instead"
        )
    changed = {
        "set": sorted(name for name, value in given.items() if value),
        "removed": sorted(listing.credentials.keys() - kept.keys()),
    }
    if not any(changed.values()):
        return
    listing.credentials = kept
    listing.save(update_fields=["sealed_credentials", "date_updated"])
    audit.record(
        CREDENTIALS_CHANGED,
        actor=actor,
        subject_sid=listing.sid,
        subject=listing.name,
        account=listing.publisher.account,
        after=changed,
    )


def _publisher_of(account: Account) -> Publisher:
    """The account's publisher, if it may make listings: drafts may be written before it is approved."""
    publisher = Publisher.objects.select_related("account").filter(account=account).first()
    status = publisher.status if publisher else ""
    if publisher is None or status in REFUSALS:
        raise NoPublisher(f"Forbidden: {REFUSALS[status]}")
    return publisher


def _check_blocks(blocks: Blocks, *, is_draft: bool) -> None:
    """Raises BadParameter for the first block with a fault, with all of its faults."""
    for parameter, name in PARAMETERS.items():
        faults = block_faults(name, blocks[name]) if name in blocks else []
        if is_draft:
            faults = [fault for fault in faults if (fault.path, fault.keyword) != (LATER, "required")]
        if faults:
            raise BadParameter(parameter, faults)


def _names(title: str, *, otherwise: str) -> Iterator[str]:
    """The unique names tried for a listing: its title in plain letters, then with `_1`, `_2`, …"""
    base = slugify(title).replace("-", "_") or otherwise
    yield base[:NAME_LENGTH]
    for number in itertools.count(1):
        suffix = f"_{number}"
        yield base[: NAME_LENGTH - len(suffix)] + suffix


def _credentials_in_use(listing: Listing) -> frozenset[str]:
    published = listing.published_version
    return compiled(published.definition).credentials_used if published else frozenset()
