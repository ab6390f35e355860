"""Console pages of an account: API keys."""

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts import samples, services
from accounts.forms import ApiKeyForm
from accounts.models import ApiKey
from accounts.requests import account_of, may_see_tokens, user_of

MADE_BEFORE: Final = (
    "That key was created before, and its secret is not shown again. If you did not copy it, revoke the key "
    "and create another."
)


@login_required
@require_http_methods(["GET", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    """The account's keys; a new key's secret is on the answer to its creation and nowhere else."""
    account = account_of(request)
    is_operator = user_of(request).is_staff
    form = ApiKeyForm(request.POST or None, is_operator=is_operator)
    new_key = new_secret = None
    if form.is_valid():
        try:
            new_key, new_secret = services.create_api_key(
                account=account, created_by=user_of(request), **form.cleaned_data
            )
        except services.AlreadyCreated:
            messages.warning(request, MADE_BEFORE)
            return redirect("api-keys")
        form = ApiKeyForm(is_operator=is_operator)
    keys = ApiKey.objects.of(account).live().select_related("created_by").order_by("-sid")
    context = {
        "keys": keys,
        "form": form,
        "new_key": new_key,
        "new_secret": new_secret,
        "may_see_tokens": may_see_tokens(request),
        "shell_lines": samples.shell_lines(new_key, new_secret) if new_key and new_secret else "",
    }
    response = render(request, "accounts/api_keys.html", context)
    if new_secret:
        response["Cache-Control"] = "no-store"
    return response


@login_required
@require_http_methods(["GET", "POST"])
def revoke_api_key(request: HttpRequest, sid: str) -> HttpResponse:
    """Asks once, then revokes."""
    key = get_object_or_404(ApiKey.objects.of(account_of(request)).live(), sid=sid)
    if request.method == "POST":
        services.revoke_api_key(api_key=key)
        messages.success(request, f"The API key “{key.friendly_name}” is revoked.")
        return redirect("api-keys")
    return render(request, "accounts/revoke_api_key.html", {"key": key})
