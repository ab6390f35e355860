"""Delete what the definition says from an answer before a developer sees it (contract 8.8)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson

from publishers.contract.check import Checked, read
from publishers.contract.limits import MAX_PATH_NODES
from publishers.contract.matching import Found, search
from publishers.contract.paths import Path, first_present
from publishers.contract.templates import JSON


@dataclass(slots=True, kw_only=True)
class Cleaned:
    """What is delivered, and how many places were deleted from it."""

    body: bytes = field(repr=False)
    removed: int


def clean(checked: Checked, paths: Iterable[Path], *, cap: int = MAX_PATH_NODES) -> Cleaned:
    """The answer without what the paths match. When they match nothing, the publisher's own bytes go out.

    Raises Unexpected when the paths pass more than `cap` places; results of recordings need a higher one.
    """
    if not (starts := [path.first for path in paths]):
        return Cleaned(body=checked.body, removed=0)
    document = read(checked.body)
    found = search(document, starts, cap=cap)
    if not (removed := len(found)):
        return Cleaned(body=checked.body, removed=0)
    _delete(found)
    return Cleaned(body=_written(document), removed=removed)


def matches_any(document: JSON, paths: Iterable[Path]) -> bool:
    """Whether any path matches anything: the condition of `unbilled_if_present` (contract 14)."""
    return first_present(document, tuple(paths)) is not None


def _delete(found: Found) -> None:
    """What is found inside of a deleted value goes with it, so the order is no matter."""
    for entries, indexes in found.picked:
        entries[:] = [entry for index, entry in enumerate(entries) if index not in indexes]
    for members, name in found.named:
        del members[name]
    for container in found.whole:
        container.clear()


def _written(document: JSON) -> bytes:
    """orjson writes integers of 64 bits; longer ones keep their digits with the standard library."""
    try:
        return orjson.dumps(document)
    except orjson.JSONEncodeError:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
