"""Forms of the page on which a publisher says who may have a listing."""

from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.html import format_html

from publishers import availability
from publishers.availability import LONGEST_NOTICE
from publishers.models import IN_CATALOGUE, Availability, Listing
from rest.errors import Refused
from rest.sids import LENGTH

EXPLAINED: Final = {
    Availability.COMING_SOON: "Everybody sees it in the catalogue; nobody can install it.",
    Availability.DEVELOPER_PREVIEW: "You and the accounts you invite see and install it, in the console.",
    Availability.BETA: "Everybody can install it, and is told that it may still change.",
    Availability.GA: "Everybody can install it.",
    Availability.RETIRED: "Nobody can install it any more. It goes on for those who have it. "
    "Only an operator can bring it back, with another version.",
}
# The field of a refusal, by the parameter of the API that it names.
_FIELDS: Final = {
    "Availability": "availability",
    "DeprecatedUntil": "until",
    "Replacement": "replacement",
    "AccountSid": "account_sid",
    "Conflict": "account_sid",
}


class RefusableForm(forms.Form):
    """A form whose service may refuse what its fields could read."""

    use_required_attribute = False

    def refuse(self, refusal: Refused) -> None:
        """Say it at the field it is about, without the parameter's name before it."""
        head, _, sentence = str(refusal).partition(": ")
        field = _FIELDS.get(head.removeprefix("Invalid "))
        words = sentence or head
        self.add_error(field if field in self.fields else None, words[:1].upper() + words[1:])


class MoveForm(RefusableForm):
    """What the listing becomes."""

    availability = forms.ChoiceField(
        label="It becomes",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose what it becomes.",
            "invalid_choice": "It cannot become that from what it is now.",
        },
    )

    def __init__(self, data: Any = None, *, listing: Listing) -> None:
        super().__init__(data, prefix="move")
        self.fields["availability"].choices = [  # type: ignore[attr-defined]  # a ChoiceField has them
            (str(to), _option(to)) for to in availability.allowed_moves(listing)
        ]


class DeprecationForm(RefusableForm):
    """Until when it is offered, and what to use then."""

    until = forms.DateField(
        label="Offered until",
        help_text="After this day it is retired. Until then it is offered and asked as before.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter the last day.", "invalid": "Enter a day, as in 2027-01-31."},
    )
    replacement = forms.ModelChoiceField(
        Listing.objects.none(),
        label="What to use then",
        required=False,
        empty_label="Nothing in particular",
        to_field_name="sid",
        help_text="Another of your listings that everybody sees in the catalogue.",
        error_messages={"invalid_choice": "Choose one of your listings in the catalogue."},
    )

    def __init__(self, data: Any = None, *, listing: Listing) -> None:
        initial = {"until": listing.deprecated_until, "replacement": listing.replacement}
        super().__init__(data, prefix="deprecation", initial=initial)
        own = Listing.objects.filter(publisher=listing.publisher, availability__in=IN_CATALOGUE)
        offered = own.filter(published_version__isnull=False).exclude(pk=listing.pk)
        self.fields["replacement"].queryset = offered.order_by("unique_name")  # type: ignore[attr-defined]  # a ModelChoiceField has one
        today = timezone.now().date()
        self.fields["until"].widget.attrs |= {
            "min": today.isoformat(),
            "max": (today + LONGEST_NOTICE).isoformat(),
        }


class InvitationForm(RefusableForm):
    """Whom to invite."""

    account_sid = forms.CharField(
        label="Account SID",
        max_length=LENGTH,
        help_text="AC and 32 hex digits. Whoever wants to try it reads it at the top of every page.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the SID of the account to invite."},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="invitation")


def _option(to: Availability) -> str:
    """The label of a state, and what it means."""
    return format_html('{} <span class="form-check-description">{}</span>', to.label, EXPLAINED[to])
