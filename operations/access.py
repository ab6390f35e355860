"""Who may see the operators' pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.requests import user_of

View = Callable[..., HttpResponseBase]


def operator_required(view: View) -> View:
    """Asks strangers to sign in, and refuses everybody who is not an operator (`User.is_staff`)."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not user_of(request).is_staff:
            raise PermissionDenied("This page is for operators of the platform.")
        return view(request, *args, **kwargs)

    return guarded
