"""Compiled definitions, once per process and version, of versions that never change again."""

from functools import lru_cache

from publishers.contract.definition import Definition, compiled
from publishers.models import ListingVersion


def definition_of(version: ListingVersion) -> Definition:
    """The compiled definition of a version. One that may still change is compiled each time: a submitted one
    is its publisher's to edit again when changes are requested.
    """
    if version.is_editable or version.status == ListingVersion.Status.SUBMITTED:
        return compiled(version.definition)
    return definition_by_sid(version.sid)


@lru_cache(maxsize=512)
def definition_by_sid(version_sid: str) -> Definition:
    """The compiled definition of a version that can no longer change."""
    return compiled(ListingVersion.objects.get(sid=version_sid).definition)
