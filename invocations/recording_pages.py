"""Console pages that bring recordings in: an upload, and what a platform needs to be told."""

from importlib import import_module
from io import BytesIO
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user
from django.contrib.auth.decorators import login_required
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Account
from accounts.requests import account_of, membership_of
from invocations.points import recording as point
from invocations.recording_connect import MAX_FORM_BYTES
from invocations.recording_forms import PlatformForm, UploadForm
from recordings import platform, services
from recordings.models import Recording
from rest.body_limit import Allowance
from rest.body_limit import Scope as AsgiScope
from rest.errors import Refused
from rest.files import Spool
from rest.representation import api_url

SAMPLE: Final = "examples/recordings/refund.wav"
PATH: Final = "/console/recordings/new/"


@login_required
@require_http_methods(["GET", "POST"])
def add_recording(request: HttpRequest) -> HttpResponse:
    """Upload a file; add-ons that are switched on for its source are asked at once."""
    account = account_of(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            stored = _stored(account, form)
        except Refused as refusal:
            form.add_error("file", str(refusal).removeprefix("Invalid Recording: "))
        else:
            return redirect("recording", sid=stored.sid)
    return _page(request, account, form, PlatformForm(credentials=platform.credentials_of(account)))


@login_required
@require_POST
def set_platform(request: HttpRequest) -> HttpResponse:
    """Keep the credentials with which audio is fetched, or forget them."""
    account = account_of(request)
    form = PlatformForm(request.POST, credentials=platform.credentials_of(account))
    if not form.is_valid():
        return _page(request, account, UploadForm(), form)
    if form.is_forgotten:
        platform.forget_credentials(account=account)
        messages.success(request, "Audio is fetched without credentials from now on.")
        return redirect("add-recording")
    try:
        platform.set_credentials(account=account, **form.cleaned_data)
    except platform.BadHost as refusal:
        form.add_error("host", str(refusal))
    except platform.PasswordNeeded as refusal:
        form.add_error("password", str(refusal))
    else:
        messages.success(request, f"Saved. They are sent to {form.cleaned_data['host']}, and nowhere else.")
        return redirect("add-recording")
    return _page(request, account, UploadForm(), form)


def _stored(account: Account, form: UploadForm) -> Recording:
    """Raises Refused: the file is no audio, or there is no room for it."""
    file = form.cleaned_data["file"]
    with Spool(limit=settings.MAX_RECORDING_BYTES, expected=file.size) as spool:
        for piece in file.chunks():
            spool.write(piece)
        return services.store(account=account, spool=spool, details=form.details, on_complete=point.start)


def _page(
    request: HttpRequest, account: Account, form: UploadForm, platform_form: PlatformForm
) -> HttpResponse:
    url = api_url("connect", "recordings", account.sid)
    upload = f"-F Recording=@{SAMPLE} -F RecordingSource=RecordVerb"
    context = {
        "form": form,
        "platform_form": platform_form,
        "callback_url": url,
        "has_credentials": platform_form.credentials is not None,
        "max_bytes": settings.MAX_RECORDING_BYTES,
        "api_call": f"curl -u {account.sid}:$AUTH_TOKEN \\\n  {upload} \\\n  {url}",
    }
    return render(request, "invocations/add_recording.html", context)


def allowance(scope: AsgiScope) -> Allowance | None:
    """How much of an upload is read, asked before any of it is. None for whoever the page refuses anyway."""
    request = ASGIRequest(
        {**scope, "headers": [each for each in scope["headers"] if each[0] == b"cookie"]}, BytesIO()
    )
    sessions = import_module(settings.SESSION_ENGINE)
    request.session = sessions.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.user = get_user(request)
    membership = membership_of(request)
    if membership is None or not membership.may_write:
        return None
    return Allowance(limit=settings.MAX_RECORDING_BYTES + MAX_FORM_BYTES, of=membership.account.sid)
