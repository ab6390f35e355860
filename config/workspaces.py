"""The three workspaces of the console: what each holds, and which one a person was last in."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.urls import reverse

from accounts.requests import user_of

USE: Final = "Use"
PUBLISH: Final = "Publish"
OPERATE: Final = "Operate"


@dataclass(frozen=True)
class NavigationItem:
    """One entry of the left navigation."""

    label: str
    url: str
    icon: str
    current: bool


# Label, view, icon, and what else belongs to it: other views, or the beginning of their pages' addresses.
Entries = list[tuple[str, str, str, tuple[str, ...]]]
USING: Entries = [
    ("Home", "home", "home", ()),
    ("Catalogue", "catalogue", "apps", ()),
    ("Installed", "installed", "plug", ()),
    ("Numbers", "numbers", "phone", ()),
    ("Lookups", "lookups", "search", ()),
    ("Results", "results", "list", ("recordings", "deliveries")),
    ("Events", "events", "warning", ()),
    ("API", "api", "code", ()),
]
PUBLISHING: Entries = [
    ("Overview", "publish", "store", ("/publish/listings/",)),
    ("Calls", "publisher-calls", "list", ()),
    ("Service level", "service-level", "chart", ()),
    ("Customers", "customers", "users", ()),
    ("Notices", "publisher-notices", "mail", ()),
    ("Publisher", "publisher-profile", "user", ()),
]
OPERATING: Entries = [
    ("Reviews", "review-queue", "inbox", ("/operate/review/",)),
    ("Listings", "operate-listings", "apps", ()),
    ("Publishers", "operate-publishers", "store", ()),
    ("Accounts", "operate-accounts", "users", ()),
    ("Check list", "checklist", "check", ()),
    ("Health", "operate-health", "bolt", ()),
    ("Settings", "operate-settings", "settings", ()),
    ("Audit", "operate-audit", "book", ()),
]
# The view that each workspace begins with, and what its left navigation holds. No other address begins so.
WORKSPACES: Final[dict[str, tuple[str, Entries]]] = {
    PUBLISH: ("publish", PUBLISHING),
    OPERATE: ("operate", OPERATING),
    USE: ("home", USING),
}
_SESSION_KEY: Final = "workspace"


def workspace_of(path: str) -> str:
    """The workspace that a page belongs to; what belongs to none, such as a 404, is shown as Use."""
    return _place_of(path) or USE


def remember(request: HttpRequest) -> None:
    """Where this person works, for the next visit. A session is written only when that changes."""
    place = _place_of(request.path)
    if place and request.session.get(_SESSION_KEY, USE) != place:
        request.session[_SESSION_KEY] = place


def beginning(request: HttpRequest) -> str:
    """The view that the person's last workspace begins with, if it may still be entered."""
    last = request.session.get(_SESSION_KEY, USE)
    if last not in WORKSPACES or (last == OPERATE and not user_of(request).is_staff):
        last = USE
    return WORKSPACES[last][0]


def _place_of(path: str) -> str | None:
    return next((name for name, (view, _) in WORKSPACES.items() if path.startswith(reverse(view))), None)


def navigation(path: str, workspace: str) -> list[NavigationItem]:
    """The left navigation of a workspace, as it looks on this page."""
    return [
        NavigationItem(
            label, reverse(view), icon, current=any(_is_at(path, _url(each)) for each in (view, *others))
        )
        for label, view, icon, others in WORKSPACES[workspace][1]
    ]


def _url(place: str) -> str:
    return place if place.startswith("/") else reverse(place)


def _is_at(path: str, url: str) -> bool:
    """Whether a page belongs to an entry: the page itself, those below it, and API keys to the API."""
    if url in {reverse(view) for view, _ in WORKSPACES.values()}:  # it begins every other one
        return path == url
    return path.startswith(url.removesuffix("/"))
