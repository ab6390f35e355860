"""Request parameters as the platform writes them: PascalCase form fields (contract 2.4)."""

import json
import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

import orjson
import phonenumbers
from rest_framework import serializers
from rest_framework.fields import empty

from rest.sids import is_sid

MAX_JSON_CHARACTERS = 65_536
MAX_JSON_DEPTH = 64
MAX_URL_CHARACTERS = 2048


class Given:
    """A field of a form that was sent is given, also when it is empty (contract 2.4).

    DRF takes an empty field for one that a person left out.
    """

    field_name: Any

    def get_value(self, dictionary: Any) -> Any:
        return dictionary.get(self.field_name, empty)


class Flag(Given, serializers.Field[bool, str, bool, Any]):
    """A boolean sent as `true` or `false` in any letter case."""

    default_error_messages = {"invalid": "must be true or false"}

    def to_internal_value(self, data: str) -> bool:
        if str(data).lower() not in {"true", "false"}:
            self.fail("invalid")
        return str(data).lower() == "true"


class RepeatedName(ValueError):
    """An object names a key twice; which of the two is meant, nobody can tell."""


class JsonObject(serializers.Field[dict[str, Any], str, Any, Any]):
    """A JSON object as text inside a form field. Empty text counts as not given."""

    def __init__(self, *, max_characters: int = MAX_JSON_CHARACTERS, **options: Any) -> None:
        self.max_characters = max_characters
        super().__init__(**options)

    default_error_messages = {
        "invalid": "must be a JSON object, such as {{}}",
        "too_deep": f"must have at most {MAX_JSON_DEPTH} levels",
        "too_long": "must have at most {limit} characters",
        "repeated": "must name every key of an object once",
    }

    def get_value(self, dictionary: Any) -> Any:
        value = super().get_value(dictionary)
        return empty if value == "" else value

    def to_internal_value(self, data: str) -> dict[str, Any]:
        if len(data) > self.max_characters:
            self.fail("too_long", limit=self.max_characters)
        try:
            orjson.loads(data)  # the strict judge: no NaN, no half characters, no endless nesting
            value = json.loads(data, object_pairs_hook=_named_once)  # keeps every digit of a long number
        except RepeatedName:
            self.fail("repeated")
        except (ValueError, RecursionError):
            self.fail("invalid")
        if _depth(value) > MAX_JSON_DEPTH:
            self.fail("too_deep")
        if not isinstance(value, dict):
            self.fail("invalid")
        return value


class Text(Given, serializers.CharField):
    """A text of bounded length."""

    default_error_messages = {"max_length": "must have at most {max_length} characters"}


class Choice(Given, serializers.ChoiceField):
    """One of a few words, in any letter case."""

    def __init__(self, choices: list[str], **options: Any) -> None:
        super().__init__(choices, **options)
        self.error_messages["invalid_choice"] = f"must be {' or '.join(choices)}"

    def to_internal_value(self, data: Any) -> Any:
        spellings = {str(choice).lower(): choice for choice in self.choices}
        return super().to_internal_value(spellings.get(str(data).lower(), data))


class WebAddress(Text):
    """An http or https URL. Empty text means none."""

    default_error_messages = {
        "scheme": "must be an absolute http or https URL",
        "unprintable": "must not contain spaces or control characters",
    }

    def __init__(self, **options: Any) -> None:
        options = {"allow_blank": True, "max_length": MAX_URL_CHARACTERS, "trim_whitespace": False, **options}
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if any(unicodedata.category(character) in {"Cc", "Zs", "Zl", "Zp"} for character in text):
            self.fail("unprintable")
        if text and not _is_web_address(text):
            self.fail("scheme")
        return text


class E164(Text):
    """A valid telephone number in E.164 form."""

    default_error_messages = {
        "number": "must be a valid number in E.164 form, such as +14155552671 (send the + as %2B in a form)"
    }

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not re.fullmatch(r"\+[0-9]{2,15}", text):
            self.fail("number")
        try:
            number = phonenumbers.parse(text)
        except phonenumbers.NumberParseException:
            self.fail("number")
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if written != text or not phonenumbers.is_valid_number(number):
            self.fail("number")
        return text


class Sid(serializers.CharField):
    """A SID of one kind, given in a body."""

    def __init__(self, *, prefix: str, **options: Any) -> None:
        self.prefix = prefix
        super().__init__(**options)

    default_error_messages = {"blank": "must not be empty"}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not is_sid(text, self.prefix):
            raise serializers.ValidationError(f"must be a SID: {self.prefix} and 32 hex digits")
        return text[:2] + text[2:].lower()


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        raise RepeatedName
    return named


def _depth(value: Any) -> int:
    """Levels of a parsed document; the parser has bounded them, and we count without recursion."""
    levels, waiting = 0, [value]
    while waiting:
        levels += 1
        inner = [
            each.values() if isinstance(each, dict) else each
            for each in waiting
            if isinstance(each, dict | list)
        ]
        waiting = [child for children in inner for child in children]
    return levels


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a broken IPv6 address or port
        return False
