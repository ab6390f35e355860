"""Forms of the account pages."""

from typing import Any

from django import forms

from accounts.scopes import MEANINGS, Scope


class ApiKeyForm(forms.Form):
    """Names a new API key and limits it. Only an operator is offered the scope for operating."""

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
