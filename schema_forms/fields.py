"""One function for each kind of property. A new kind is one function here and one line in `FIELDS`.

A field turns text into the schema's own JSON value, or into ABSENT when it was left blank. Whether the value
is allowed is for the schema to say, so there is one judge and one set of sentences.
"""

import json
from collections.abc import Callable
from typing import Any

import orjson
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator

from schema_forms.limits import ONE_LINE_MAX
from schema_forms.messages import NUL, choice_message, required_message
from schema_forms.numerals import read_integer, read_number
from schema_forms.properties import ABSENT, Property, choices_of, hint_of, number, shown, text_of

NOT_SET = "– not set –"
CHOOSE = "Choose…"
SECRET_IS_SET = "Set. Leave empty to keep it."  # noqa: S105 - a hint, not a secret
NO_JSON = 'Enter JSON, such as {"a": 1} or ["a", "b"].'
PLAIN = {"autocomplete": "off"}


class TextField(forms.CharField):
    """Trimmed text, read by a function. Blank is ABSENT."""

    def __init__(self, *, read: Callable[[str], Any] = str, **common: Any) -> None:
        super().__init__(**common)
        self.read = read
        # Instead of the check CharField adds by itself, which has other words.
        self.validators = [ProhibitNullCharactersValidator(message=NUL)]

    def clean(self, value: Any) -> Any:
        # A browser sends every line break as two characters.
        text = super().clean(value).replace("\r\n", "\n")
        try:
            return self.read(text) if text else ABSENT
        except ValueError as error:
            raise ValidationError(str(error)) from error


class SecretField(TextField):
    """Text that is never shown again. Left blank, it keeps the value it has."""

    def __init__(self, *, stored: Any, **common: Any) -> None:
        super().__init__(**common)
        self.stored = stored

    def clean(self, value: Any) -> Any:
        given = super().clean(value)
        return self.stored if given is ABSENT else given


def enum_field(prop: Property, **common: Any) -> forms.Field:
    """A drop-down. A browser posts text; the schema's own value is what we keep."""
    choices = choices_of(prop.rules)
    values = dict(zip(_option_texts(prop), (choice.value for choice in choices), strict=True))
    chosen = next((text for text, value in values.items() if _same(value, prop.present)), "")
    options = [(text, choice.label) for text, choice in zip(values, choices, strict=True)]
    if not (prop.required and chosen):
        options.insert(0, ("", CHOOSE if prop.required else NOT_SET))
    field = forms.TypedChoiceField(
        choices=options,
        coerce=values.__getitem__,
        empty_value=ABSENT,  # type: ignore[arg-type]  # the stubs know only texts
        initial=chosen,
        **common,
    )
    field.error_messages["invalid_choice"] = choice_message(choices)
    return field


def _option_texts(prop: Property) -> list[str]:
    """What the browser posts for each choice: the text itself, or JSON where texts could be confused."""
    values = [choice.value for choice in choices_of(prop.rules)]
    plain = all(isinstance(value, str) and value for value in values)
    return [value if plain else json.dumps(value) for value in values]


def _same(value: Any, present: Any) -> bool:
    """Equal as JSON, where true is not 1."""
    return isinstance(value, bool) == isinstance(present, bool) and bool(value == present)


def string_field(prop: Property, **common: Any) -> forms.Field:
    """One line, a web address, or several lines, as the length and the format suggest."""
    format_ = prop.rules.get("format")
    if format_ == "uri" or prop.name == "callback_url":
        widget: forms.Widget = forms.URLInput(attrs={"inputmode": "url", "spellcheck": "false", **PLAIN})
    elif format_ == "multi-line" or _longest(prop) > ONE_LINE_MAX:
        widget = forms.Textarea(attrs={"rows": 3})
    else:
        widget = forms.TextInput(attrs=PLAIN)
    return TextField(widget=widget, initial=_typed(prop), **common)


def _longest(prop: Property) -> float:
    longest = prop.rules.get("maxLength")
    return longest if isinstance(longest, int | float) else 0


def _typed(prop: Property) -> str:
    """The present value as it would be typed."""
    return "" if prop.present is ABSENT else shown(prop.present)


def secret_field(prop: Property, **common: Any) -> forms.Field:
    """A password box that never holds the stored value."""
    if prop.present is not ABSENT:
        common |= {"required": False, "help_text": f"{SECRET_IS_SET} {common['help_text']}".strip()}
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"})
    return SecretField(widget=widget, stored=prop.present, **common)


def integer_field(prop: Property, **common: Any) -> forms.Field:
    """A text box for a whole number: a spinner changes values by accident."""
    widget = forms.TextInput(attrs={"inputmode": "numeric", **PLAIN})
    present = number(prop.present) if isinstance(prop.present, float) else _typed(prop)
    return TextField(widget=widget, read=read_integer, initial=present, **common)


def number_field(prop: Property, **common: Any) -> forms.Field:
    """A text box for a number, with a decimal point or comma."""
    widget = forms.TextInput(attrs={"inputmode": "decimal", **PLAIN})
    return TextField(widget=widget, read=read_number, initial=_typed(prop), **common)


def boolean_field(prop: Property, **common: Any) -> forms.Field:
    """One checkbox, which always answers: a required one left unticked is false.

    Without a value it shows the default, which is what the publisher's service goes by.
    """
    shown = prop.rules.get("default") if prop.present is ABSENT else prop.present
    return forms.BooleanField(initial=shown is True, **{**common, "required": False})


def json_field(prop: Property, **common: Any) -> forms.Field:
    """A box of JSON for what an older schema allows and a form cannot ask."""
    present = "" if prop.present is ABSENT else json.dumps(prop.present, ensure_ascii=False, indent=2)
    widget = forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "font-monospace"})
    return TextField(widget=widget, read=_read_json, initial=present, **common)


def _read_json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(NO_JSON) from error


FIELDS: dict[str, Callable[..., forms.Field]] = {
    "enum": enum_field,
    "string": string_field,
    "secret": secret_field,
    "integer": integer_field,
    "number": number_field,
    "boolean": boolean_field,
    "json": json_field,
}


def field_for(prop: Property) -> forms.Field:
    """The form field for a property."""
    field = FIELDS[prop.kind](
        prop,
        label=prop.label,
        required=prop.required,
        help_text=hint_of(prop.rules),
        error_messages={"required": required_message(prop.name, prop.rules)},
    )
    field.tooltip = text_of(prop.rules, "_help")  # type: ignore[attr-defined]  # read by field.html
    return field
