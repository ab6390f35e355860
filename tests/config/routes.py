"""The addresses of the site, with their parameters still open."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.urls import URLPattern, get_resolver

# What stands in an address beside the SIDs: a choice among pages, and nobody's.
SLUGS = {"section": "basics", "part": "card", "start": "echo"}


class Route(NamedTuple):
    """An address with its parameters still open, such as `v1/InstalledAddOns/<sid:sid>`."""

    name: str
    pattern: str
    # Methods of an API view; a page decides by itself, so its set is empty.
    offered: frozenset[str]

    @property
    def parameters(self) -> list[str]:
        return [name for name in re.findall(r"<(?:sid|slug):(\w+)>", self.pattern) if name not in SLUGS]

    def url(self, sids: dict[str, str]) -> str:
        values = {**SLUGS, **sids}
        filled = re.sub(r"<(?:sid|slug):(\w+)>", lambda found: values[found[1]], self.pattern)
        return "/" + filled.replace("<format:format>", "json")


def routes(resolver: Any = None, prefix: str = "", namespace: str = "") -> Iterator[Route]:
    for each in (resolver or get_resolver()).url_patterns:
        pattern = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            name = f"{namespace}{each.name or pattern}"
            yield Route(name, pattern, frozenset(offered_by(each.callback)))
        elif not pattern.startswith(("admin/", "accounts/")):  # Django's admin and allauth keep their own
            yield from routes(each, pattern, f"{each.namespace}:" if each.namespace else namespace)


def offered_by(view: Any) -> set[str]:
    actions = getattr(view, "actions", None) or getattr(getattr(view, "cls", None), "http_method_names", None)
    return {name.upper() for name in actions or ()}
