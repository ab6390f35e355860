"""What the frame around every page shows."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.models import Membership
from accounts.requests import membership_of, memberships_of, user_of
from config import demo
from config.workspaces import OPERATE, navigation, workspace_of
from publishers.models import Publisher


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
    may_enter = bool(membership) or (workspace == OPERATE and user.is_staff)
    return {
        **frame,
        "account": membership.account if membership else None,
        "accounts": [each.account for each in memberships_of(user)],
        "may_write": bool(membership and membership.may_write),
        "nav": navigation(request.path, workspace) if may_enter else [],
        "workspace": workspace,
        # Asked by the frame of the console alone, and once.
        "publishes": cache(lambda: _publishes(membership)),
        "is_operator": user.is_staff,
        "has_account": membership is not None,
    }


def _publishes(membership: Membership | None) -> bool:
    return membership is not None and Publisher.objects.filter(account=membership.account).exists()
