"""The console's form for a made-up message or call."""

from typing import Any

from django import forms

from invocations.connectors import targets_of
from invocations.forwarding import Target
from invocations.simulator import CALL, CONNECTORS, MESSAGE
from marketplace.models import IncomingPhoneNumber
from marketplace.number_forms import NumberField, WebhookField

EXAMPLE_SENDER = "+14158675309"
# As long as the platform lets a message be.
MAX_BODY_CHARACTERS = 1600
WEBHOOK, URL, NOWHERE = "webhook", "url", "nowhere"


class SimulatorForm(forms.Form):
    """A message or a call, who it is from, and who shall hear of it."""

    kind = forms.ChoiceField(
        label="What comes in",
        choices=[(MESSAGE, "Message"), (CALL, "Call")],
        initial=MESSAGE,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose Message or Call.", "invalid_choice": "Choose Message or Call."},
    )
    sender = NumberField(
        label="From",
        max_length=64,
        initial=EXAMPLE_SENDER,
        help_text="With + and its country code.",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    body = forms.CharField(
        label="Text of the message",
        required=False,
        strip=False,
        max_length=MAX_BODY_CHARACTERS,
        initial="Hello! Is my order on its way?",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    forward = forms.ChoiceField(
        label="Forward to",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose where to.", "invalid_choice": "Choose where to."},
    )
    url = WebhookField(label="Address", help_text="Gets a POST, this one time. It is not saved.")

    def __init__(self, data: Any = None, *, number: IncomingPhoneNumber) -> None:
        super().__init__(data)
        self.number = number
        # Required where it is asked for: `clean` leaves it out elsewhere.
        self.fields["url"].required = True
        self.fields["url"].error_messages["required"] = "Enter the address to forward to."
        own = [kind for kind, connector in CONNECTORS.items() if targets_of(number, connector)]
        choices = [(URL, "Another address"), (NOWHERE, "Nowhere: only ask the add-ons")]
        if own:
            choices.insert(0, (WEBHOOK, "The webhook of this number"))
        self.fields["forward"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField has them
        self.fields["forward"].initial = WEBHOOK if MESSAGE in own else NOWHERE

    def propose(self, values: dict[str, str]) -> None:
        """Show these values, as an earlier event had them."""
        for name, value in values.items():
            self.fields[name].initial = value

    def clean(self) -> dict[str, Any]:
        """What is not asked for cannot be wrong."""
        given = self.cleaned_data
        kind, forward = given.get("kind"), given.get("forward")
        if kind == CALL:
            self._leave_out("body")
        if forward != URL:
            self._leave_out("url")
        if forward == WEBHOOK and kind and not targets_of(self.number, CONNECTORS[kind]):
            self.add_error("forward", f"This number has no webhook for {kind}s. Choose another one.")
        return given

    def targets(self) -> tuple[Target, ...]:
        """Who shall hear of the event. Call after `is_valid`."""
        match self.cleaned_data["forward"]:
            case "webhook":
                return targets_of(self.number, CONNECTORS[self.cleaned_data["kind"]])
            case "url":
                return (Target(self.cleaned_data["url"], IncomingPhoneNumber.Method.POST),)
        return ()

    def _leave_out(self, name: str) -> None:
        self.errors.pop(name, None)
        self.cleaned_data[name] = ""
