"""Compiled definitions, once per process and version: a version never changes once submitted."""

from functools import lru_cache

from publishers.contract.definition import Definition, compiled
from publishers.models import ListingVersion


def definition_of(version: ListingVersion) -> Definition:
    """The compiled definition of a version. A draft may still change, so it is compiled each time."""
    if version.is_editable:
        return compiled(version.definition)
    return definition_by_sid(version.sid)


@lru_cache(maxsize=512)
def definition_by_sid(version_sid: str) -> Definition:
    """The compiled definition of a version that can no longer change."""
    return compiled(ListingVersion.objects.get(sid=version_sid).definition)
