"""What every page of the editor shows around its middle: the rail, the version, what is live."""

from typing import Any

from publishers.editor.readiness import Judged
from publishers.editor.saving import revision_of
from publishers.models import ListingVersion, ReviewComment
from publishers.sections import SECTIONS


def frame(section: str, judged: Judged) -> dict[str, Any]:
    """The context of that frame, for one section."""
    listing, version = judged.listing, judged.version
    is_live = listing.published_version_id is not None
    return {
        "listing": listing,
        "version": version,
        "judged": judged,
        "section": SECTIONS[section],
        "sections": judged.sections,
        "current": section,
        "is_live": is_live,
        "is_editable": version is not None and version.is_editable,
        "requests": _open_requests(section, version),
        "revision": revision_of(listing, version),
        # What is live at once is published by a press of a button, not by a pause in typing.
        "saves_itself": not (is_live and SECTIONS[section].blocks),
    }


def _open_requests(section: str, version: ListingVersion | None) -> list[ReviewComment]:
    """The changes that operators ask for in this section and nobody has made yet."""
    if version is None:
        return []
    asked = version.comments.filter(section=section, is_request=True, is_operators=True, resolved_at=None)
    return list(asked.order_by("sid"))
