"""What a draft will look like, made of as much of it as is right already.

A draft may hold anything that is JSON. Its parts with faults are left out, and what a page cannot do without
gets the plainest stand-in; `waiting` names the sections that are shown so.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings

from publishers.blocks import BLOCKS, block_faults
from publishers.contract.definition import Definition, compiled, definition_faults
from publishers.contract.points import PHONE_NUMBER, POINTS, ExtensionPoint, points_of
from publishers.data_sent import DataSent, data_sent
from publishers.models import Listing, ListingVersion
from publishers.sections import SECTIONS, Section, section_of_block, section_of_path
from schema_forms.faults import steps

# Where an unfinished request goes; nothing ever does.
NOWHERE: Final = {"method": "GET", "url": "https://your-service.example/"}
FREE: Final = {"model": "free"}
_NEEDED: Final = ("type", "extensions", "request", "pricing")


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A draft, fit to be shown. Its listing and version are copies that are never saved."""

    listing: Listing
    version: ListingVersion
    definition: Definition
    waiting: tuple[Section, ...]
    broken: frozenset[str]

    @property
    def points(self) -> list[ExtensionPoint]:
        return [POINTS[name] for name in self.definition.extensions]

    @property
    def has_request(self) -> bool:
        """Whether the request is the publisher's own, not the stand-in."""
        return "request" not in self.broken

    @property
    def data_sent(self) -> DataSent:
        return data_sent(self.version, self.definition)


def preview_of(listing: Listing, version: ListingVersion | None) -> Preview:
    """The listing with this version, as the catalogue would show both."""
    document = version.definition if version is not None else {}
    fit, broken = fit_parts(document if isinstance(document, Mapping) else {})
    blocks, broken_blocks = fit_blocks(listing)
    number = version.number if version is not None else 1
    shown = ListingVersion(sid=version.sid if version is not None else "", number=number, definition=fit)
    copy = Listing(
        pk=listing.pk,
        sid=listing.sid,
        publisher=listing.publisher,
        unique_name=listing.unique_name,
        availability=listing.availability,
        category=listing.category,
        deprecated_until=listing.deprecated_until,
        published_version=shown,
        **blocks,
    )
    waiting = {section_of_path(name) for name in broken} | {section_of_block(name) for name in broken_blocks}
    return Preview(
        listing=copy,
        version=shown,
        definition=compiled(fit),
        waiting=tuple(section for slug, section in SECTIONS.items() if slug in waiting),
        broken=broken,
    )


def fit_parts(document: Mapping[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """A definition that can be compiled, and the names of the parts that it does without.

    To leave one part out may break another, such as a template that named a setting, so it is judged again.
    """
    broken: set[str] = set()
    while True:
        fit = _with_stand_ins({name: part for name, part in document.items() if name not in broken})
        faults = definition_faults(fit, allow_http_hosts=settings.OUTBOUND_ALLOWED_HOSTS)
        found = {next(iter(steps(fault.path)), "") for fault in faults} - broken
        if not found:
            missing = {name for name in _NEEDED if name not in document}
            return fit, frozenset((broken | missing) & {*document, *_NEEDED})
        # A fault of the whole: it is too large, or no JSON that we write.
        broken |= set(document) if "" in found else found


def _with_stand_ins(parts: dict[str, Any]) -> dict[str, Any]:
    kind = parts.get("type", PHONE_NUMBER)
    points = [point.unique_name for point in points_of(kind if isinstance(kind, str) else PHONE_NUMBER)]
    return {"type": kind, "extensions": points, "request": NOWHERE, "pricing": FREE, **parts}


def fit_blocks(listing: Listing) -> tuple[dict[str, Any], frozenset[str]]:
    """The listing's blocks without their faulty members, and the names of the blocks that had some."""
    blocks: dict[str, Any] = {}
    broken = set()
    for name in BLOCKS:
        block = getattr(listing, name)
        wrong = {next(iter(steps(fault.path)), "") for fault in block_faults(name, block)}
        is_unfit = not isinstance(block, dict) or "" in wrong or not _is_unicode(block)
        blocks[name] = {} if is_unfit else {key: block[key] for key in block if key not in wrong}
        if wrong or is_unfit:
            broken.add(name)
    return blocks, frozenset(broken)


def _is_unicode(block: Any) -> bool:
    """Whether it can be sent: JSON may hold half of a character, which no page can."""
    try:
        json.dumps(block, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True
