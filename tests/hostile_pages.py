"""Every page on which a hostile listing may stand, from the route table: a new page is there by itself."""

from collections.abc import Iterator
from typing import Final

from publishers.editor.preview_views import PARTS
from publishers.sections import SECTIONS
from tests.config.routes import SLUGS, Route, routes
from tests.config.test_tenancy import OPERATORS, OWNED
from tests.hostile_rows import Scene

PLACES: Final = {"publisher": "publish/", "operator": "operate/", "developer": "console/"}
# Asked by POST alone: GET is not offered there.
BY_POST: Final = {
    "start-listing", "new-version", "comment-version", "resolve-comment", "withdraw-invitation",
    "switch-account", "assign-add-on", "switch-extension", "unassign-add-on", "set-platform",
    "operate-rename-publisher", "operate-members",
}  # fmt: skip
# Answered with a file, which no browser shows as a page of ours.
FILES: Final = {"export-listing", "operate-audit-export", "recording-audio", "payload"}
# They show nothing of what only its publisher may see yet.
OF_OTHERS: Final = {"listing", "install", "review"}
CHOICES: Final = {"section": list(SECTIONS), "part": list(PARTS), "start": ["echo"]}


def urls_of(route: Route, sids: dict[str, str]) -> Iterator[str]:
    """The addresses of a route for these SIDs, each choice of a slug once."""
    kinds = {**OWNED, **OPERATORS}.get(route.name, {})
    named = {name: sids[kinds[name]] for name in route.parameters}
    slug = next((each for each in SLUGS if f":{each}>" in route.pattern), None)
    for choice in CHOICES[slug] if slug else [""]:
        yield route.url({**named, **({slug: choice} if slug else {})})


def paths(scene: Scene, role: str) -> list[str]:
    """Every page that a role looks at, for every listing that it can be about."""
    found = [
        url
        for sids in scene.worlds()
        for route in routes()
        if route.pattern.startswith(PLACES[role]) and route.name not in BY_POST | FILES
        if route.name not in OF_OTHERS or not scene.hidden & set(sids.values())
        for url in urls_of(route, sids)
    ]
    return list(dict.fromkeys(found))
