"""The console page of an account's publisher: apply, see where that stands, and keep it up to date."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import Role
from accounts.requests import account_of, actor_of, membership_of, user_of
from publishers import applications
from publishers.applications import OwnersOnly
from publishers.models import Publisher
from publishers.profile_forms import ProfileForm
from rest.errors import Refused


@login_required
@require_http_methods(["GET", "POST"])
def publisher_profile(request: HttpRequest) -> HttpResponse:
    """Who the account's publisher is. Only an owner applies; whoever may write keeps it up to date."""
    account = account_of(request)
    publisher = Publisher.objects.filter(account=account).select_related("account").first()
    form = ProfileForm(request.POST or None, publisher=publisher, email=user_of(request).email)
    if form.is_valid():
        try:
            said = _save(request, publisher, form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect("publisher-profile")
    context = {
        "publisher": publisher,
        "form": form,
        "may_apply": _is_owner(request),
        "applies": publisher is None or publisher.status == Publisher.Status.DECLINED,
    }
    return render(request, "publish/profile.html", context)


def _save(request: HttpRequest, publisher: Publisher | None, form: ProfileForm) -> str:
    """Apply, or change what is there; what is to be said of it."""
    actor, profile = actor_of(request), form.profile()
    if publisher and publisher.status != Publisher.Status.DECLINED:
        applications.change_profile(publisher=publisher, profile=profile, actor=actor)
        return "Your publisher’s profile is saved."
    if not _is_owner(request):
        raise OwnersOnly("Only an owner of this account can apply.")
    applications.apply(account=account_of(request), profile=profile, actor=actor)
    return "Your application is sent. An operator decides on it; you can write drafts meanwhile."


def _is_owner(request: HttpRequest) -> bool:
    membership = membership_of(request)
    return membership is not None and membership.role == Role.OWNER
