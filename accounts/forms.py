"""Forms of the account pages."""

from typing import Any, Final

from django import forms
from django.core.signing import BadSignature, Signer

from accounts.scopes import MEANINGS, Scope
from rest.sids import new_sid

_SIGNER: Final = Signer(salt="accounts.new-api-key")


def _signed_sid() -> str:
    return _SIGNER.sign(new_sid("SK"))


class ApiKeyForm(forms.Form):
    """Names a new API key and limits it. Only an operator is offered the scope for operating.

    The SID of the key comes with the form, so one that is sent twice makes one key.
    """

    sid = forms.CharField(widget=forms.HiddenInput, required=False, initial=_signed_sid)

    friendly_name = forms.CharField(
        label="Name",
        max_length=64,
        help_text="Where you will use it, for example “billing server”.",
        error_messages={"required": "Enter a name."},
    )
    scope = forms.ChoiceField(
        label="Scope",
        widget=forms.RadioSelect,
        initial=Scope.FULL,
        error_messages={
            "required": "Choose what the key may do.",
            "invalid_choice": "Choose one of these scopes.",
        },
    )

    def __init__(self, *args: Any, is_operator: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = [scope for scope in Scope if is_operator or scope != Scope.OPERATE]
        choices = [(scope.value, f"{scope.label}: {MEANINGS[scope]}") for scope in offered]
        self.fields["scope"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField has them

    def clean_sid(self) -> str:
        """Whoever sends none of ours gets another."""
        try:
            return _SIGNER.unsign(self.cleaned_data["sid"])
        except BadSignature:
            return new_sid("SK")
