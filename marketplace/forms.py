"""Forms of the install pages that do not come from a publisher's schema."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace.configuration import BadConfiguration
from marketplace.models import InstalledAddOn
from marketplace.services import UNIQUE_NAME_PATTERN
from publishers.contract.points import POINTS, ExtensionPoint
from publishers.models import Listing
from rest.errors import Refused
from schema_forms.forms import SchemaForm


class UniqueNameForm(forms.Form):
    """The key under which results arrive. A name that begins with the listing's own keeps that beginning."""

    suffix = forms.CharField(
        label="Unique name",
        required=False,
        max_length=128,
        help_text="Results arrive under this name.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter a name."},
    )

    def __init__(self, data: Any = None, *, base: str, current: str = "") -> None:
        self.base = base if not current or current.startswith(base) else ""
        super().__init__(data, initial={"suffix": current.removeprefix(self.base)}, prefix="name")
        suffix = self.fields["suffix"]
        suffix.required = not self.base
        suffix.prefix_text = self.base  # type: ignore[attr-defined]  # the template shows it before the box
        if self.base:
            suffix.help_text = (
                f"{suffix.help_text} It begins with {self.base}; you choose the ending, or none."
            )

    def clean_suffix(self) -> str:
        suffix = str(self.cleaned_data["suffix"])
        if not UNIQUE_NAME_PATTERN.fullmatch(self.base + suffix):
            raise forms.ValidationError(
                "Use letters, digits, hyphens and underscores, 128 characters at most."
            )
        return suffix

    @property
    def unique_name(self) -> str:
        """The whole name. Call after `is_valid`."""
        return self.base + str(self.cleaned_data["suffix"])


class TermsForm(forms.Form):
    """Acceptance of the publisher's terms; never ticked beforehand."""

    accept_terms = forms.BooleanField(
        label="I accept the publisher’s terms of service and privacy policy",
        error_messages={"required": "Accept the terms to install this add-on."},
    )


class ExtensionsForm(forms.Form):
    """Where a new install shall run at once. Everything is off unless ticked."""

    extensions = forms.MultipleChoiceField(
        label="Use in",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Everything is off unless you tick it. You can change it at any time.",
    )

    def __init__(self, data: Any = None, *, listing: Listing) -> None:
        super().__init__(data, prefix="use")
        offered = (
            set(listing.published_version.definition["extensions"]) if listing.published_version else set()
        )
        points = [point for point in POINTS.values() if point.unique_name in offered]
        field = self.fields["extensions"]
        field.choices = [(point.unique_name, _explained(point)) for point in points]  # type: ignore[attr-defined]


def _explained(point: ExtensionPoint) -> SafeString:
    """The label of a point: its name, and when an add-on runs there."""
    description = '{} <span class="form-check-description">{}</span>'
    return format_html(description, point.friendly_name, point.trigger)


def name_form(data: Any, installed: InstalledAddOn) -> UniqueNameForm:
    """The name form of an installed add-on."""
    return UniqueNameForm(data, base=installed.listing.unique_name, current=installed.unique_name)


def explain(refusal: Refused, *, name: UniqueNameForm, settings: SchemaForm) -> None:
    """Put a refusal at the field it is about."""
    if isinstance(refusal, BadConfiguration):
        settings.add_faults(refusal.faults)
    else:
        name.add_error("suffix", str(refusal))
