"""The console page of an account's auth tokens: see them, and replace them without an outage."""

from collections.abc import Callable, Mapping

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.models import Account
from accounts.requests import account_of, may_see_tokens
from rest.errors import Refused

SHOW = "show"

Step = Callable[[Account], None]
STEPS: Mapping[str, tuple[Step, str]] = {
    "create": (
        lambda account: services.create_secondary_token(account=account),
        "The secondary token is made: programs may use either of the two now.",
    ),
    "promote": (
        lambda account: services.promote_secondary_token(account=account),
        "The secondary token is the primary one now. The old one is refused.",
    ),
    "remove": (
        lambda account: services.remove_secondary_token(account=account),
        "The secondary token is removed.",
    ),
}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def auth_tokens(request: HttpRequest) -> HttpResponse:
    """What the tokens are for; a POST shows them or takes one step of a rotation. Owners only."""
    account = account_of(request)
    if not may_see_tokens(request):
        raise PermissionDenied("Only an owner of the account sees and replaces its auth tokens.")
    if request.method == "GET":
        return _page(request, account, shown=False)
    answer: HttpResponse = _confirmed(request, account)
    return answer


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def _confirmed(request: HttpRequest, account: Account) -> HttpResponse:
    """Whoever finds a browser open must not leave with the account."""
    wanted = request.POST.get("step", "")
    if wanted == SHOW:
        return _page(request, account, shown=True)
    if wanted not in STEPS:
        raise BadRequest("The page sent no step that exists.")
    step, done = STEPS[wanted]
    try:
        step(account)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("auth-tokens")


def _page(request: HttpRequest, account: Account, *, shown: bool) -> HttpResponse:
    context = {"shown": shown, "has_secondary": bool(account.secondary_auth_token_digest)}
    return render(request, "accounts/auth_tokens.html", context)
