"""What the frame around every page shows."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Membership
from accounts.requests import membership_of, memberships_of, user_of
from config import demo
from publishers.models import Publisher


@dataclass(frozen=True)
class NavigationItem:
    """One entry of the left navigation."""

    label: str
    url: str
    icon: str
    current: bool


# Label, view, icon, and the other views whose pages belong to it.
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
    ("Overview", "publish", "store", ()),
    ("Calls", "publisher-calls", "list", ()),
    ("Service level", "service-level", "chart", ()),
    ("Customers", "customers", "users", ()),
    ("Notices", "publisher-notices", "mail", ()),
    ("Publisher", "publisher-profile", "user", ()),
]
OPERATING: Entries = [
    ("Reviews", "review-queue", "inbox", ("operate",)),
    ("Listings", "operate-listings", "apps", ()),
    ("Publishers", "operate-publishers", "store", ()),
    ("Accounts", "operate-accounts", "users", ()),
    ("Check list", "checklist", "check", ()),
    ("Health", "operate-health", "bolt", ()),
    ("Settings", "operate-settings", "settings", ()),
    ("Audit", "operate-audit", "book", ()),
]
# The view that each workspace begins with, and what its left navigation holds. No other address begins so.
WORKSPACES: dict[str, tuple[str, Entries]] = {
    "Publish": ("publish", PUBLISHING),
    "Operate": ("operate", OPERATING),
    "Use": ("home", USING),
}
REMEMBERED = "workspace"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of every template. Error pages come through here too, so a missing user is no error."""
    frame: dict[str, Any] = {
        "product_name": "Patchbay",
        "demo": settings.DEMO,
        "signup_open": settings.SIGNUP_OPEN,
    }
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {**frame, "demo_logins": demo.logins() if settings.DEMO else []}
    membership, user = membership_of(request), user_of(request)
    workspace = workspace_of(request.path)
    may_enter = bool(membership) or (workspace == "Operate" and user.is_staff)
    return {
        **frame,
        "account": membership.account if membership else None,
        "accounts": [each.account for each in memberships_of(user)],
        "may_write": bool(membership and membership.may_write),
        "nav": _navigation(request.path, workspace) if may_enter else [],
        "workspace": workspace,
        # Asked by the frame of the console alone, and once.
        "publishes": cache(lambda: _publishes(membership)),
        "is_operator": user.is_staff,
        "has_account": membership is not None,
    }


def workspace_of(path: str) -> str:
    """The workspace that a page belongs to; what belongs to none, such as a 404, is for its user."""
    return next(name for name, (view, _) in WORKSPACES.items() if name == "Use" or path.startswith(reverse(view)))


def _publishes(membership: Membership | None) -> bool:
    return membership is not None and Publisher.objects.filter(account=membership.account).exists()


def _navigation(path: str, workspace: str) -> list[NavigationItem]:
    return [
        NavigationItem(
            label, reverse(view), icon, current=any(_is_at(path, reverse(each)) for each in (view, *others))
        )
        for label, view, icon, others in WORKSPACES[workspace][1]
    ]


def _is_at(path: str, url: str) -> bool:
    """Whether a page belongs to an entry: the page itself, those below it, and API keys to the API."""
    if url in {reverse(view) for view, _ in WORKSPACES.values()}:  # it begins every other one
        return path == url
    return path.startswith(url.removesuffix("/"))
