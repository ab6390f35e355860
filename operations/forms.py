"""Forms of the operators' pages."""

from typing import Any

from django import forms

from accounts.models import Role
from accounts.operating import MAX_REASON_CHARACTERS


class ReasonForm(forms.Form):
    """Why; needed for what stops something."""

    reason = forms.CharField(
        label="Reason",
        max_length=MAX_REASON_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why."},
    )

    def __init__(self, data: Any = None, *, required: bool = True, reader: str = "") -> None:
        """`reader`: who else than the audit log gets to read it."""
        super().__init__(data)
        self.fields["reason"].required = required
        where = f"For {reader} to read; it is kept in the audit log." if reader else "Kept in the audit log."
        self.fields["reason"].help_text = where

    @property
    def given(self) -> str:
        """The reason. For a form that is valid."""
        return str(self.cleaned_data["reason"])


class SuspendPublisherForm(ReasonForm):
    """Why a publisher is suspended, and whether what it offers stops too."""

    with_listings = forms.BooleanField(label="Suspend all of its listings too", required=False)


class RenameForm(forms.Form):
    """Another name for a publisher."""

    name = forms.CharField(label="Name", max_length=120, error_messages={"required": "Enter a name."})


class EmailForm(forms.Form):
    """A person, by the address they sign in with."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="The one this person signs in with.",
        error_messages={
            "required": "Enter an e-mail address.",
            "invalid": "Enter an e-mail address, such as ana@acme.example.",
        },
    )


class MemberForm(EmailForm):
    """A person and what they may do for an account."""

    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.DEVELOPER)
