"""The pages of the editor: one for each section. A save without scripts and one by itself do the same."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.requests import actor_of
from publishers.editor import saving, submitting, testing
from publishers.editor.chips import chips_for
from publishers.editor.forms import SectionForm
from publishers.editor.framing import frame
from publishers.editor.layout import neighbour
from publishers.editor.own_listings import own_listing
from publishers.editor.readiness import Judged
from publishers.editor.saving import ChangedElsewhere, newest_version, revision_of
from publishers.editor.secret_forms import SecretForm, secrets_of
from publishers.sections import SECTIONS
from rest.errors import Refused

JSON = "application/json"


@login_required
@require_http_methods(["GET", "POST"])
def edit_listing(request: HttpRequest, sid: str, section: str) -> HttpResponse:
    """One section of the editor."""
    listing = own_listing(request, sid)
    if section not in SECTIONS:
        raise Http404
    judged = Judged(listing, newest_version(listing))
    match section:
        case "test":
            return testing.test_section(request, judged)
        case "submit":
            return submitting.submit_section(request, judged)
    if request.method != "POST":
        return _page(request, section, judged, SectionForm(section=section, judged=judged))
    if "secret" in request.POST or "remove-secret" in request.POST:
        return _change_secret(request, section, judged)
    return _save(request, section, judged)


def _save(request: HttpRequest, section: str, judged: Judged) -> HttpResponse:
    form = SectionForm(request.POST, section=section, judged=judged)
    if request.POST.get("do") == "look":
        return JsonResponse(form.other_tabs())
    try:
        saved = _saved(request, form)
    except ChangedElsewhere as conflict:
        if _wants_json(request):
            return JsonResponse({"message": str(conflict)}, status=HTTPStatus.CONFLICT)
        context = {"conflict": str(conflict), "revision": request.POST.get("revision", "")}
        return _page(request, section, judged, form, status=HTTPStatus.CONFLICT, **context)
    except Refused as refusal:
        if _wants_json(request):
            return JsonResponse({"message": str(refusal)}, status=HTTPStatus.BAD_REQUEST)
        return _page(request, section, judged, form, refusal=str(refusal), status=HTTPStatus.BAD_REQUEST)
    if _wants_json(request):
        return JsonResponse(_as_json(section, saved, form.refused))
    if form.refused:
        return _page(request, section, saved, _with_refusals(request, section, saved, form))
    messages.success(request, f"Saved {timezone.localtime():%H:%M:%S}.")
    wanted = neighbour(section) if request.POST.get("then") == "next" else section
    return redirect("edit-listing", sid=saved.listing.sid, section=wanted)


def _saved(request: HttpRequest, form: SectionForm) -> Judged:
    """Store what the form holds, and judge what there is then. Raises Refused."""
    judged, edit = form.judged, form.edit()
    revision = request.POST.get("revision") or None
    listing, version = saving.save(
        listing=judged.listing,
        version=judged.version,
        edit=edit,
        actor=actor_of(request),
        revision=revision,
    )
    return Judged(listing, version)


def _with_refusals(request: HttpRequest, section: str, saved: Judged, sent: SectionForm) -> SectionForm:
    """The form once more: what was typed in, beside what is stored now."""
    form = SectionForm(request.POST, section=section, judged=saved)
    form.refused = sent.refused
    return form


def _as_json(section: str, saved: Judged, refused: dict[str, list[str]]) -> dict[str, Any]:
    """What the page needs to show the new state without being loaded again."""
    form = SectionForm(section=section, judged=saved)
    context = {"listing": saved.listing, "sections": saved.sections, "judged": saved, "current": section}
    return {
        "saved_at": timezone.now().isoformat(),
        "revision": revision_of(saved.listing, saved.version),
        "rail": render_to_string("publish/editor/_rail.html", context),
        "faults": form.faults(),
        "refused": refused,
        "parts": {name: box.as_json() for name, box in form.boxes.items()},
    }


def _page(
    request: HttpRequest,
    section: str,
    judged: Judged,
    form: SectionForm,
    *,
    status: int = HTTPStatus.OK,
    **more: Any,
) -> HttpResponse:
    context = {**frame(section, judged), "form": form, "groups": form.groups()}
    if section == "credentials":
        context |= {"secrets": secrets_of(judged), "secret_form": SecretForm()}
    if section == "request":
        context["chips"] = chips_for(judged.definition)
    return render(request, "publish/editor/section.html", {**context, **more}, status=status)


def _change_secret(request: HttpRequest, section: str, judged: Judged) -> HttpResponse:
    """Set, replace or remove one secret."""
    if section != "credentials":
        raise Http404
    name = request.POST.get("remove-secret")
    data = {"name": request.POST.get("name", ""), "value": request.POST.get("value", "")}
    form = SecretForm(data if name is None else None)
    if name is not None or form.is_valid():
        given = {name: None} if name is not None else {form.cleaned_data["name"]: form.cleaned_data["value"]}
        try:
            saving.keep_secrets(listing=judged.listing, given=given, actor=actor_of(request))
        except Refused as refusal:
            form.add_error(None, str(refusal)) if form.is_bound else messages.error(request, str(refusal))
        else:
            said = "is removed" if name is not None else "is set"
            messages.success(request, f"{next(iter(given))[:64]} {said}.")
            return redirect("edit-listing", sid=judged.listing.sid, section=section)
    shown = SectionForm(section=section, judged=judged)
    status = HTTPStatus.OK if form.is_bound else HTTPStatus.BAD_REQUEST
    return _page(request, section, judged, shown, secret_form=form, status=status)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == JSON
