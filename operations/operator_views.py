"""The page of the people who operate this installation."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import operating
from accounts.models import User
from accounts.requests import actor_of
from operations.access import operator_required
from operations.forms import EmailForm
from rest.errors import Refused


@operator_required
@require_http_methods(["GET", "POST"])
def operators(request: HttpRequest) -> HttpResponse:
    """Who operates; a POST makes one more, or ends it for one. Never for the last."""
    wanted = request.POST.get("step", "")
    form = EmailForm(request.POST if wanted == "make" else None)
    if request.method == "POST":
        if wanted == "remove":
            return _removed(request)
        if wanted != "make":
            raise BadRequest("The page sent no step that exists.")
        if form.is_valid():
            try:
                made = operating.make_operator(email=form.cleaned_data["email"], actor=actor_of(request))
            except Refused as refusal:
                form.add_error("email", str(refusal))
            else:
                messages.success(request, f"{made.email} is an operator now.")
                return redirect("operate-operators")
    found = User.objects.filter(is_staff=True).order_by("email")
    return render(request, "operate/operators.html", {"operators": list(found), "form": form})


def _removed(request: HttpRequest) -> HttpResponse:
    email = request.POST.get("email", "").replace("\0", "")
    user = User.objects.filter(email=email).first()
    if user is None:
        raise BadRequest("The page named nobody.")
    try:
        operating.remove_operator(user=user, actor=actor_of(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{user.email} is no operator any more.")
    return redirect("operate-operators")
