"""Forms of a review: the decision, a comment, and an item of the check list."""

from typing import Any, Final

from django import forms

from publishers.checklist import Entry
from publishers.models import ChecklistItem, ListingVersion, ReviewComment
from publishers.sections import SECTIONS
from publishers.serializers import MAX_REASON_CHARACTERS
from publishers.versions import NEED_A_REASON, PUBLISHABLE_AS, Wish

Status = ListingVersion.Status


class DecisionForm(forms.Form):
    """Which button was pressed says what becomes of the version; the fields, why and how."""

    DECISIONS: Final = (Status.APPROVED, Status.PUBLISHED, Status.CHANGES_REQUESTED, Status.REJECTED)

    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=MAX_REASON_CHARACTERS,
        help_text="For the publisher to read. Needed to ask for changes and to reject.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    publish_at_once = forms.BooleanField(
        label="Publish at once", required=False, help_text="Otherwise it waits, approved, to be published."
    )
    availability = forms.ChoiceField(label="Publish the listing as", required=False)
    # What the page showed, so that nobody decides on what came after.
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, data: Any = None, *, version: ListingVersion) -> None:
        super().__init__(data, initial=_shown(version))
        listing = version.listing
        as_it_is = (
            f"As it is: {listing.get_availability_display()}"
            if listing.published_version_id
            else "Generally available, for a new listing"
        )
        choices = [("", as_it_is), *((each.value, each.label) for each in PUBLISHABLE_AS)]
        self.fields["availability"] = forms.ChoiceField(
            label="Publish the listing as", required=False, choices=choices
        )
        if version.status != Status.SUBMITTED:
            del self.fields["publish_at_once"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.data.get("status") not in self.DECISIONS:
            raise forms.ValidationError("Choose what to decide.")
        if self.data["status"] in NEED_A_REASON and not cleaned.get("reason"):
            self.add_error("reason", "Say why: the publisher reads it.")
        return cleaned

    def read_again(self, version: ListingVersion) -> None:
        """After a refusal the page shows the version as it is now: that is what the next decision is on."""
        self.data = {**dict(self.data.items()), "seen": version.definition_sha256}

    def wish(self) -> Wish:
        """What was decided. For a form that is valid."""
        status, given = str(self.data["status"]), self.cleaned_data
        at_once = bool(given.get("publish_at_once")) if status == Status.APPROVED else None
        publishes = at_once or status == Status.PUBLISHED
        return Wish(
            status=status,
            reason=str(given["reason"]).replace("\r\n", "\n"),
            availability=(given["availability"] or None) if publishes else None,
            publish_at_once=at_once,
            seen=given["seen"] or None,
        )


def _shown(version: ListingVersion) -> dict[str, Any]:
    return {"publish_at_once": version.publish_on_approval, "seen": version.definition_sha256}


class CommentForm(forms.Form):
    """Something to say about one section."""

    section = forms.ChoiceField(
        label="Section", choices=[(each.slug, each.title) for each in SECTIONS.values()]
    )
    text = forms.CharField(
        label="Comment",
        max_length=ReviewComment.MAX_TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write what you want to say."},
    )
    is_request = forms.BooleanField(
        label="Ask for a change", required=False, help_text="It stays open until it is marked as done."
    )


class ItemForm(forms.Form):
    """What an item of the check list says."""

    text = forms.CharField(
        label="What to look at",
        max_length=200,
        error_messages={"required": "Say what is to be looked at."},
    )
    help_text = forms.CharField(
        label="How",
        required=False,
        max_length=500,
        help_text="What is good, and where to look.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    is_required = forms.BooleanField(
        label="Required", required=False, initial=True, help_text="Without its tick nothing is approved."
    )

    def __init__(self, data: Any = None, *, item: ChecklistItem | None = None) -> None:
        names = ("text", "help_text", "is_required")
        super().__init__(data, initial={name: getattr(item, name) for name in names} if item else None)

    def entry(self) -> Entry:
        """The item as it shall be. For a form that is valid."""
        given = self.cleaned_data
        return Entry(text=given["text"], help_text=given["help_text"], is_required=bool(given["is_required"]))
