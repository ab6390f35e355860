"""The section Submit: what is missing everywhere, what goes with the version, and the handing over."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.requests import actor_of
from publishers import drafts
from publishers.drafts import Change
from publishers.editor.framing import frame
from publishers.editor.readiness import Judged
from publishers.models import ContractReport, ListingVersion
from publishers.serializers import MAX_NOTES_CHARACTERS, MAX_REASON_CHARACTERS
from publishers.versions import Role, Wish
from rest.errors import Refused


class SubmitForm(forms.Form):
    """What goes with a version: what is new in it, what shall happen, and why a warning is no matter."""

    template_name = "schema_forms/form.html"

    notes = forms.CharField(
        label="What is new",
        required=False,
        max_length=MAX_NOTES_CHARACTERS,
        help_text="For developers who upgrade to this version.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    publish_on_approval = forms.BooleanField(
        label="Publish as soon as it is approved",
        required=False,
        help_text="Otherwise it waits, approved, until an operator publishes it.",
    )
    reason = forms.CharField(
        label="Why the warnings are no matter",
        required=False,
        max_length=MAX_REASON_CHARACTERS,
        help_text="The contract tester warned of something. Say why this is no reason to wait.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any, *, version: ListingVersion, needs_reason: bool) -> None:
        initial = {"notes": version.notes, "publish_on_approval": version.publish_on_approval}
        super().__init__(data, initial=initial)
        if not needs_reason:
            del self.fields["reason"]

    def change(self, *, submits: bool) -> Change:
        """What is wanted of the version."""
        reason = str(self.cleaned_data.get("reason", ""))
        wish = Wish(status=ListingVersion.Status.SUBMITTED, reason=reason) if submits else None
        notes = str(self.cleaned_data["notes"]).replace("\r\n", "\n")
        wanted = bool(self.cleaned_data["publish_on_approval"])
        return Change(notes=notes, publish_on_approval=wanted, wish=wish)


def submit_section(request: HttpRequest, judged: Judged) -> HttpResponse:
    """Show what is missing; save what goes with the version, and hand it over when that is asked for."""
    version, report = judged.version, judged.report
    form = None
    if version is not None and version.is_editable:
        is_amber = report is not None and report.verdict == ContractReport.Verdict.AMBER
        form = SubmitForm(request.POST or None, version=version, needs_reason=is_amber)
    status = HTTPStatus.OK
    if request.method == "POST":
        if version is None or form is None:
            messages.error(request, "There is no version that could be submitted.")
            return redirect("edit-listing", sid=judged.listing.sid, section="submit")
        if form.is_valid() and (answer := _submitted(request, judged, version, form)):
            return answer
        status = HTTPStatus.BAD_REQUEST
    context = {**frame("submit", judged), "form": form, "report": report, "missing": judged.missing}
    return render(request, "publish/editor/submit.html", context, status=status)


def _submitted(
    request: HttpRequest, judged: Judged, version: ListingVersion, form: SubmitForm
) -> HttpResponse | None:
    """Where to go afterwards; None when it was refused, which the form then says."""
    submits = request.POST.get("do") == "submit"
    if submits and judged.missing:
        form.add_error(None, "Something is missing yet: see the list above.")
        return None
    try:
        drafts.change(
            version=version,
            change=form.change(submits=submits),
            role=Role.PUBLISHER,
            actor=actor_of(request),
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return None
    listing = judged.listing
    if submits:
        messages.success(request, f"Version {version.number} is submitted. An operator looks at it next.")
        return redirect("my-version", sid=listing.sid, version_sid=version.sid)
    messages.success(request, "Saved.")
    return redirect("edit-listing", sid=listing.sid, section="submit")
