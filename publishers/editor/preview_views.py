"""The preview beside the editor: four parts, each framed at the width and in the theme of one's choice.

The page holds a frame, so that what a publisher wrote meets neither the ids nor the forms of the editor,
and is as wide as on the device it is shown for. Only our own pages may frame it.
"""

from typing import Any, Final

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods

from publishers.contract.errors import ContractError
from publishers.editor.own_listings import own_listing
from publishers.editor.preview import Preview, preview_of
from publishers.editor.sample_request import SAMPLE_TOKEN, SampleForm, refusal_in_words, sample_request
from publishers.editor.saving import newest_version
from schema_forms.forms import SchemaForm

PARTS: Final = {"card": "Card", "page": "Page", "form": "Settings form", "request": "Request"}
WIDTHS: Final = {"phone": "Phone", "desktop": "Desktop"}
THEMES: Final = {"light": "Light", "dark": "Dark"}


@login_required
@csp_replace({"frame-ancestors": [SELF]})  # type: ignore[arg-type]  # typed for views without parameters
@xframe_options_sameorigin
@require_http_methods(["GET", "POST"])
def preview_listing(request: HttpRequest, sid: str, part: str) -> HttpResponse:
    """One part of the preview: a page of the console, the panel beside the editor, or what they frame."""
    listing = own_listing(request, sid)
    if part not in PARTS:
        raise Http404
    if "stage" in request.GET:
        return _stage(request, preview_of(listing, newest_version(listing)), part)
    is_panel = "panel" in request.GET
    context = {
        "listing": listing,
        "part": part,
        "title": PARTS[part],
        "parts": PARTS,
        "widths": WIDTHS,
        "themes": THEMES,
        "width": _chosen(request, "width", WIDTHS) or ("phone" if is_panel else "desktop"),
        "theme": _theme(request),
    }
    return render(request, f"publish/preview/{'framed' if is_panel else 'page'}.html", context)


def _stage(request: HttpRequest, preview: Preview, part: str) -> HttpResponse:
    """What stands in the frame. Only the settings form is ever posted, to itself; nothing is stored."""
    context: dict[str, Any] = {
        "preview": preview,
        "part": part,
        "theme": _theme(request),
        "title": PARTS[part],
    }
    context |= {"listing": preview.listing, "version": preview.version}
    if part == "form":
        data = request.POST if request.method == "POST" else None
        context["settings_form"] = SchemaForm(preview.definition.configuration_schema, data)
    if part == "page":
        context["points"] = preview.points
        context["settings_form"] = SchemaForm(preview.definition.configuration_schema)
        context["runtime_parameters"] = preview.definition.runtime_parameters
        context["data_sent"] = preview.data_sent
    if part == "request" and preview.has_request:
        context |= _request_context(request, preview)
    return render(request, "publish/preview/stage.html", context)


def _request_context(request: HttpRequest, preview: Preview) -> dict[str, Any]:
    form = SampleForm(request.GET, preview.definition)
    context: dict[str, Any] = {"form": form, "token": SAMPLE_TOKEN}
    try:
        context["sample"] = sample_request(preview, point=form.point, values=form.values(), at=timezone.now())
    except ContractError as error:
        context["refusal"] = refusal_in_words(error)
    return context


def _chosen(request: HttpRequest, name: str, choices: dict[str, str]) -> str:
    given = request.GET.get(name, "")
    return given if given in choices else ""


def _theme(request: HttpRequest) -> str:
    """The one chosen here, else that of the console; neither, and the system decides."""
    kept = request.COOKIES.get("theme", "")
    return _chosen(request, "theme", THEMES) or (kept if kept in THEMES else "")
