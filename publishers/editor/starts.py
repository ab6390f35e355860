"""The templates that a new listing can start from: complete definitions, with a host to be replaced."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent.parent / "starts"
# In the order of the page.
_SLUGS: Final = ("lookup", "message", "recording", "echo")


@dataclass(frozen=True, kw_only=True)
class Start:
    """One template: what it is good for, the first block of its listing, and its definition."""

    slug: str
    title: str
    text: str
    module_info: Mapping[str, Any]
    definition: Mapping[str, Any]


def _read(slug: str) -> Start:
    return Start(slug=slug, **json.loads((FOLDER / f"{slug}.json").read_text(encoding="utf-8")))


STARTS: Final = {slug: _read(slug) for slug in _SLUGS}
