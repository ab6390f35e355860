"""The operators' page of the check list: what is looked at in each review."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.requests import actor_of
from operations.access import operator_required
from operations.review_forms import ItemForm
from publishers import checklist as services
from publishers.models import ChecklistItem
from rest.errors import Refused


@operator_required
@require_http_methods(["GET", "POST"])
def checklist(request: HttpRequest) -> HttpResponse:
    """Every item in its order; add one, and with `edit` in the query change one."""
    edited = _item(request.GET.get("edit", "")) if "edit" in request.GET else None
    form = ItemForm(item=edited)
    status = HTTPStatus.OK
    if request.method == "POST":
        if request.POST.get("do") in {"up", "down", "remove"}:
            return _moved(request, str(request.POST["do"]), _item(request.POST.get("item", "")))
        form = ItemForm(request.POST, item=edited)
        if _saved(request, form, edited):
            return redirect("checklist")
        status = HTTPStatus.BAD_REQUEST
    context = {"items": services.items(), "form": form, "edited": edited, "max_items": services.MAX_ITEMS}
    return render(request, "operate/checklist.html", context, status=status)


def _saved(request: HttpRequest, form: ItemForm, edited: ChecklistItem | None) -> bool:
    if not form.is_valid():
        return False
    try:
        if edited is not None:
            services.change(item=edited, entry=form.entry(), actor=actor_of(request))
        else:
            services.add(entry=form.entry(), actor=actor_of(request))
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, "Saved." if edited else "Added. Reviews from now on show it.")
    return True


def _moved(request: HttpRequest, do: str, item: ChecklistItem) -> HttpResponse:
    try:
        if do == "remove":
            services.remove(item=item, actor=actor_of(request))
            messages.success(request, f"“{item}” is removed. Reviews that ticked it keep it.")
        else:
            services.shift(item=item, by=-1 if do == "up" else 1, actor=actor_of(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("checklist")


def _item(sid: str) -> ChecklistItem:
    return get_object_or_404(services.items(), sid=sid.replace("\0", ""))
