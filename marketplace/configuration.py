"""The settings of an installed add-on: checked by the version's schema, its secrets never shown again.

The console's form and the REST API both come through here, so the same fault gets the same sentence.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from publishers.compiled import definition_by_sid, definition_of
from publishers.models import ListingVersion
from rest.errors import Refused
from schema_forms.schemas import Fault, nul_faults

# What is shown instead of a secret. Sent back unchanged, it keeps the stored value.
MASK = "********"
# Of the whole document. A page of a thousand installed add-ons carries a thousand of them.
MAX_CHARACTERS = 16_384


class BadConfiguration(Refused):
    """400: the configuration does not satisfy the add-on's schema."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        first = faults[0]
        by_path: dict[str, list[str]] = {}
        for fault in faults:
            by_path.setdefault(fault.path, []).append(fault.message)
        place = f"{first.path} " if first.path else ""
        super().__init__(f"Invalid Configuration: {place}{first.message}", params=by_path)


def checked(
    version: ListingVersion, document: Mapping[str, Any], *, stored: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The document to store: masks replaced by the stored secrets, and valid. Raises BadConfiguration."""
    complete = _with_stored_secrets(version, document, stored or {})
    if len(json.dumps(complete, ensure_ascii=False)) > MAX_CHARACTERS:
        raise BadConfiguration([Fault("", f"Use at most {MAX_CHARACTERS} characters in all.", "size")])
    faults = nul_faults(complete) or definition_of(version).configuration_schema.faults(complete)
    faults += [
        Fault(f"/{name}", "Give the secret itself: this is only its mask.", "secret")
        for name in sorted(secret_names(version))
        if complete.get(name) == MASK
    ]
    if faults:
        raise BadConfiguration(faults)
    return complete


def masked(version: ListingVersion, document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as it may be shown: every set secret is a mask."""
    return masked_by_sid(version.sid, document)


def masked_by_sid(version_sid: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The same for a version of which only the SID is at hand."""
    shown = dict(document)
    for name in _secret_names(version_sid):
        if shown.get(name):
            shown[name] = MASK
    return shown


def secret_names(version: ListingVersion) -> frozenset[str]:
    """The properties a publisher marked `_secret`, in a version that was installed and so never changes."""
    return _secret_names(version.sid)


@lru_cache(maxsize=1024)
def _secret_names(version_sid: str) -> frozenset[str]:
    properties = definition_by_sid(version_sid).configuration_schema.document.get("properties", {})
    return frozenset(
        name for name, rules in properties.items() if isinstance(rules, dict) and rules.get("_secret")
    )


def _with_stored_secrets(
    version: ListingVersion, document: Mapping[str, Any], stored: Mapping[str, Any]
) -> dict[str, Any]:
    kept = {
        name: stored[name] for name in secret_names(version) if document.get(name) == MASK and name in stored
    }
    return {**document, **kept}
