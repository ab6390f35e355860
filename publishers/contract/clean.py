"""Delete what the definition says from an answer before a developer sees it (contract 8.8)."""

import copy
import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from publishers.contract.check import Checked
from publishers.contract.limits import MAX_PATH_NODES
from publishers.contract.paths import Location, Path
from publishers.contract.templates import JSON


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What is delivered, and how many places were deleted from it."""

    body: bytes = field(repr=False)
    removed: int


def clean(checked: Checked, paths: Iterable[Path], *, cap: int = MAX_PATH_NODES) -> Cleaned:
    """The answer without what the paths match. When they match nothing, the publisher's own bytes go out.

    Raises Unexpected when a path passes more than `cap` places; results of recordings need a higher one.
    """
    locations = {location for path in paths for location in path.locations(checked.document, cap=cap)}
    if not locations:
        return Cleaned(body=checked.body, removed=0)
    document = copy.deepcopy(checked.document)
    for location in sorted(locations, key=_deepest_and_last_first):
        _delete(document, location)
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Cleaned(body=body, removed=len(locations))


def matches_any(document: JSON, paths: Iterable[Path]) -> bool:
    """Whether any path matches anything: the condition of `unbilled_if_present` (contract 14)."""
    return any(path.locations(document) for path in paths)


def _deepest_and_last_first(location: Location) -> tuple[int, int]:
    """So that no deletion moves a place that is still to be deleted."""
    last = location[-1]
    return -len(location), -last if isinstance(last, int) else 0


def _delete(document: JSON, location: Location) -> None:
    *parents, last = location
    for key in parents:
        document = document[key]
    del document[last]
