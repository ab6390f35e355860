"""The console's lookup form."""

from collections.abc import Iterable
from typing import Any

from django import forms

from invocations.points.lookup import Number, parse_number
from marketplace.models import InstalledAddOn
from publishers.compiled import definition_of

# A made-up number of the kind that examples use; libphonenumber accepts it.
EXAMPLE_NUMBER = "+14155552671"


class LookupForm(forms.Form):
    """A number, the add-ons to ask, and the run-time parameters those add-ons declare."""

    number = forms.CharField(
        label="Phone number",
        max_length=32,
        initial=EXAMPLE_NUMBER,
        help_text=f"With country code, for example {EXAMPLE_NUMBER}.",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        error_messages={"required": "Enter a phone number."},
    )
    add_ons = forms.MultipleChoiceField(
        label="Ask",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one add-on."},
    )

    def __init__(self, data: Any = None, *, installed: Iterable[InstalledAddOn]) -> None:
        super().__init__(data)
        self.installed = list(installed)
        names = [each.unique_name for each in self.installed]
        self.fields["add_ons"].choices = [(each.unique_name, _label(each)) for each in self.installed]  # type: ignore[attr-defined]
        self.fields["add_ons"].initial = names
        for each in self.installed:
            self._add_parameters(each)

    def propose(self, number: str, unique_names: list[str]) -> None:
        """Show this number and these add-ons, as an earlier lookup had them."""
        self.fields["number"].initial = number
        self.fields["add_ons"].initial = unique_names

    def clean_number(self) -> Number:
        number = parse_number(self.cleaned_data["number"])
        if number is None:
            raise forms.ValidationError(
                "This is no valid phone number. "
                f"Write it with its country code, for example {EXAMPLE_NUMBER}."
            )
        return number

    def parameters(self) -> dict[str, dict[str, str]]:
        """Run-time parameters by unique name; those left blank are not given. Call after `is_valid`."""
        given: dict[str, dict[str, str]] = {}
        for key, value in self.cleaned_data.items():
            name, dot, parameter = key.partition(".")
            if dot and value:
                given.setdefault(name, {})[parameter] = value
        return given

    def _add_parameters(self, installed: InstalledAddOn) -> None:
        """A field for each declared parameter. None is required here: leaving it out shows what 61003 is."""
        for parameter in definition_of(installed.version).runtime_parameters:
            self.fields[f"{installed.unique_name}.{parameter.name}"] = forms.CharField(
                label=f"{parameter.name} for {installed.unique_name}",
                help_text=parameter.description,
                required=False,
                max_length=4096,
            )


def _label(installed: InstalledAddOn) -> str:
    return f"{installed.listing.name} ({installed.unique_name})"
