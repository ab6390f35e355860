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
NAVIGATION = [
    ("Home", "home", "home", ()),
    ("Catalogue", "catalogue", "apps", ()),
    ("Installed", "installed", "plug", ()),
    ("Numbers", "numbers", "phone", ()),
    ("Lookups", "lookups", "search", ()),
    ("Results", "results", "list", ("recordings", "deliveries")),
    ("Events", "events", "warning", ()),
    ("API", "api", "code", ()),
]


PUBLISHING = [("Calls", "publisher-calls", "list", ())]


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
    membership = membership_of(request)
    return {
        **frame,
        "account": membership.account if membership else None,
        "accounts": [each.account for each in memberships_of(user_of(request))],
        "may_write": bool(membership and membership.may_write),
        "nav": _navigation(request.path) if membership else [],
        "is_publishing": _is_publishing(request.path),
        # Asked by the frame of the console alone, and once.
        "publishes": cache(lambda: _publishes(membership)),
    }


def _publishes(membership: Membership | None) -> bool:
    return membership is not None and Publisher.objects.filter(account=membership.account).exists()


def _is_publishing(path: str) -> bool:
    return path.startswith(reverse("publish"))


def _navigation(path: str) -> list[NavigationItem]:
    entries = PUBLISHING if _is_publishing(path) else NAVIGATION
    return [
        NavigationItem(
            label, reverse(view), icon, current=any(_is_at(path, reverse(each)) for each in (view, *others))
        )
        for label, view, icon, others in entries
    ]


def _is_at(path: str, url: str) -> bool:
    """Whether a page belongs to an entry: the page itself, those below it, and API keys to the API."""
    if url == reverse("home"):  # its address begins every other one
        return path == url
    return path.startswith(url.removesuffix("/"))
