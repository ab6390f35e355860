"""Forms of the number pages."""

from typing import Any

import phonenumbers
from django import forms
from django.forms.boundfield import BoundField
from rest_framework.exceptions import ValidationError

from marketplace.models import IncomingPhoneNumber
from marketplace.number_services import national_format
from rest.parameters import MAX_URL_CHARACTERS, WebAddress

EXAMPLE = "+1 415 555 2671"
MAX_NAME_CHARACTERS = 64
METHODS = [(str(method), str(method)) for method in IncomingPhoneNumber.Method]


class NumberField(forms.CharField):
    """A phone number as people write it; its value is the number in E.164 form."""

    default_error_messages = {
        "required": "Enter a phone number.",
        "country": f"Begin with + and the country code, for example {EXAMPLE}.",
        "number": f"This is no valid phone number. Write it with its country code, for example {EXAMPLE}.",
        "extension": "Leave the extension out: messages and calls arrive at the number itself.",
    }

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            # "00" is how most of the world dials a "+".
            number = phonenumbers.parse(f"+{text[2:]}" if text.startswith("00") else text)
        except phonenumbers.NumberParseException as error:
            country = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
            raise self._fault("country" if country else "number") from error
        if not phonenumbers.is_valid_number(number):
            raise self._fault("number")
        if number.extension:
            raise self._fault("extension")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def _fault(self, code: str) -> forms.ValidationError:
        return forms.ValidationError(self.error_messages[code], code=code)


class WebhookField(forms.CharField):
    """The address of a webhook, judged by the API's own parameter and in its words."""

    widget = forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"})

    def __init__(self, *, label: str, help_text: str = "") -> None:
        super().__init__(label=label, help_text=help_text, required=False)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return str(WebAddress(max_length=MAX_URL_CHARACTERS).run_validation(text))
        except ValidationError as error:
            sentence = next(iter(error.detail))
            raise forms.ValidationError(f"It {sentence}.") from error


class NewNumberForm(forms.Form):
    """A number of the account, and what to call it."""

    phone_number = NumberField(
        label="Phone number",
        max_length=64,
        help_text=f"With + and its country code; spaces, dots and brackets do no harm: {EXAMPLE}.",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    friendly_name = forms.CharField(
        label="Name",
        required=False,
        max_length=MAX_NAME_CHARACTERS,
        help_text="For yourself, for example “Support line”. Without one, the number in its national form.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class NumberForm(forms.Form):
    """The settings of a number, in groups."""

    template_name = "schema_forms/form.html"

    friendly_name = forms.CharField(
        label="Name",
        required=False,
        max_length=MAX_NAME_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    sms_url = WebhookField(
        label="Webhook for messages", help_text="Is told about every message that arrives."
    )
    sms_fallback_url = WebhookField(
        label="Fallback for messages", help_text="Is asked when the webhook cannot be reached or fails."
    )
    voice_url = WebhookField(label="Webhook for calls", help_text="Is told about every call that arrives.")
    voice_fallback_url = WebhookField(
        label="Fallback for calls", help_text="Is asked when the webhook cannot be reached or fails."
    )
    status_callback = WebhookField(
        label="Status of calls", help_text="Is told when a call has ended and how."
    )

    # Title of each group, and its addresses; each address has its method beside it.
    GROUPS = {
        "Messages": ["sms_url", "sms_fallback_url"],
        "Calls": ["voice_url", "voice_fallback_url", "status_callback"],
    }

    def __init__(self, data: Any = None, *, number: IncomingPhoneNumber) -> None:
        addresses = [name for names in self.GROUPS.values() for name in names]
        columns = ["friendly_name", *addresses, *map(method_of, addresses)]
        super().__init__(data, initial={name: getattr(number, name) for name in columns})
        written = national_format(number.phone_number)
        self.fields["friendly_name"].help_text = f"Left empty, it is called {written}."
        for name in addresses:
            self.fields[method_of(name)] = _method_field(f"Method: {self.fields[name].label}")

    def groups(self) -> list[tuple[str, list[BoundField]]]:
        """What `schema_forms/form.html` draws: the name, then messages and calls, each in a fieldset."""
        titled = [
            (title, [self[field] for name in names for field in (name, method_of(name))])
            for title, names in self.GROUPS.items()
        ]
        return [("", [self["friendly_name"]]), *titled]


def method_of(address: str) -> str:
    """The column that holds the method of an address: of `sms_url` it is `sms_method`."""
    return f"{address.removesuffix('_url')}_method"


def _method_field(spoken: str) -> forms.ChoiceField:
    """GET or POST. To the eye its place says of what; a screen reader is told."""
    return forms.ChoiceField(
        label="Method",
        choices=METHODS,
        widget=forms.Select(attrs={"aria-label": spoken}),
        error_messages={"invalid_choice": "Choose GET or POST.", "required": "Choose GET or POST."},
    )
