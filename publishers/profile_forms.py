"""The form of a publisher's profile: to apply, and to keep it up to date."""

from typing import Any

from django import forms
from django.core.validators import URLValidator

from publishers.applications import NAME_IS_OPEN, Profile
from publishers.models import Publisher

MAX_ABOUT_CHARACTERS = 5_000


class ProfileForm(forms.Form):
    """Who a publisher is and how to reach it."""

    name = forms.CharField(
        label="Name",
        max_length=120,
        help_text="Of your company or yourself. Customers see it beside each of your add-ons.",
        error_messages={"required": "Enter the name that customers will see."},
    )
    website = forms.CharField(
        label="Website",
        max_length=200,
        required=False,
        validators=[
            URLValidator(["https", "http"], message="Enter an address such as https://acme.example.")
        ],
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "url", "spellcheck": "false"}),
    )
    about = forms.CharField(
        label="What you offer",
        max_length=MAX_ABOUT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For the operators who decide: what your service does, and where its data comes from.",
        error_messages={"required": "Say in a few words what your service does."},
    )
    contact_name = forms.CharField(
        label="Contact person",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Name somebody we can talk to."},
    )
    contact_email = forms.EmailField(
        label="Contact e-mail",
        max_length=254,
        help_text="Decisions on your add-ons are sent here, and to the owners of the account.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Enter an address that somebody reads.",
            "invalid": "Enter an e-mail address, such as team@acme.example.",
        },
    )
    contact_phone = forms.CharField(
        label="Contact phone",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )

    def __init__(self, data: Any = None, *, publisher: Publisher | None = None, email: str = "") -> None:
        """`email`: whom to propose as the contact of a publisher that is not there yet."""
        names = Profile.__dataclass_fields__
        known = {name: getattr(publisher, name) for name in names} if publisher else {"contact_email": email}
        super().__init__(data, initial=known)
        if publisher and publisher.status not in NAME_IS_OPEN:
            self.fields["name"].disabled = True
            self.fields["name"].help_text = "Customers know you by it: ask an operator to change it."

    def profile(self) -> Profile:
        """What was entered. For a form that is valid."""
        return Profile(**self.cleaned_data)
