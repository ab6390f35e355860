"""The console's form for the task router of an account."""

from typing import Any

from django import forms

from invocations.models import TaskRouter
from marketplace.number_forms import WebhookField
from schema_forms.fields import SECRET_IS_SET

EXAMPLE_URL = "https://taskrouter.twilio.com"
MAX_PASSWORD_CHARACTERS = 512
MASK = "••••••••"


class TaskRouterForm(forms.Form):
    """Where tasks go, and the credentials of the platform there. Without an address none is needed."""

    url = WebhookField(
        label="Address",
        help_text=f"The base of its API, for example {EXAMPLE_URL}. Empty: tasks are answered here.",
    )
    user = forms.CharField(
        label="Account SID",
        max_length=TaskRouter.MAX_USER_CHARACTERS,
        help_text="Of your account there, or the SID of an API key.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the SID of your account there."},
    )
    password = forms.CharField(
        label="Auth token",
        strip=False,
        max_length=MAX_PASSWORD_CHARACTERS,
        help_text="Of the same account, or the secret of the API key.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter the auth token of that account."},
    )

    def __init__(self, data: Any = None, *, router: TaskRouter | None) -> None:
        initial = {"url": router.url, "user": router.user} if router else {}
        super().__init__(data, initial=initial)
        if router:
            password = self.fields["password"]
            password.required = False
            password.help_text = SECRET_IS_SET
            password.widget.attrs["placeholder"] = MASK

    def clean_user(self) -> str:
        """HTTP Basic parts user and password at the first colon."""
        user = str(self.cleaned_data["user"])
        if ":" in user or not user.isprintable():
            raise forms.ValidationError("Leave colons and control characters out.")
        return user

    def clean(self) -> dict[str, Any]:
        """Nobody needs credentials for no address."""
        if self.cleaned_data.get("url") == "":
            self.errors.pop("user", None)
            self.errors.pop("password", None)
        return self.cleaned_data
