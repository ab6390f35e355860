"""Made-up values for the fields of a request, so that it can be shown before anybody has installed it."""

import hashlib
import io
import wave
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from publishers.contract.audio import Audio
from publishers.contract.definition import Definition
from publishers.contract.points import CONFIGURATION_FIELDS_OF_THE_PLATFORM, event_fields
from publishers.contract.templates import JSON, Template, text_of

AUDIO: Final = "audio_data"
RATE: Final = 8_000
SECONDS: Final = 2
TEXT: Final = "sample"
_EVENT: Final[Mapping[str, JSON]] = {
    "primary_address": "+14155552671",
    "secondary_address": "+14155550100",
    "body": "Where is my parcel? I waited all day 🙁",
    "callback_url": "https://patchbay.example/addons/callbacks/one-time-token",
    "channels": 1,
    "duration": SECONDS * 1_000,
    "format": "audio/x-wav",
    "media_sid": f"RE{'0' * 32}",
}


def event_at(definition: Definition, point: str) -> dict[str, JSON | Audio]:
    """What an event at this point brings."""
    offered = event_fields(definition.type, point)
    values: dict[str, JSON | Audio] = {name: value for name, value in _EVENT.items() if name in offered}
    if AUDIO in offered:
        recording = silence()
        values |= {AUDIO: recording, "size": recording.size}
    return values


@cache
def silence() -> Audio:
    """A recording of two seconds, one channel, 16 bits a sample."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(bytes(2 * RATE * SECONDS))
    data = file.getvalue()
    return Audio(
        open=lambda: io.BytesIO(data),
        size=len(data),
        content_type="audio/x-wav",
        sha256=hashlib.sha256(data).hexdigest(),
    )


def settings_for(definition: Definition) -> dict[str, JSON]:
    """A value for every setting: its default, its first choice, its example, else one of its type."""
    properties = definition.configuration_schema.document.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    hidden = frozenset() if definition.is_sync else CONFIGURATION_FIELDS_OF_THE_PLATFORM
    return {
        name: sample_of(rules if isinstance(rules, Mapping) else {})
        for name, rules in properties.items()
        if name not in hidden
    }


def sample_of(rules: Mapping[str, Any]) -> JSON:
    """One value that the rules of a property name or suggest."""
    for keyword in ("default", "const", "_example"):
        if keyword in rules:
            return rules[keyword]
    for keyword in ("enum", "examples"):
        if isinstance(rules.get(keyword), list) and rules[keyword]:
            return rules[keyword][0]
    match rules.get("type"):
        case "boolean":
            return True
        case "integer" | "number":
            return rules.get("minimum", 1)
    return "https://example.com/" if rules.get("format") in ("uri", "url") else TEXT


def names_used(definition: Definition) -> list[str]:
    """The fields that the request is filled with, in the order of the request."""
    names: dict[str, None] = dict.fromkeys(sorted(definition.request.url.names))
    for name in _names_of_parameters(definition):
        names[name] = None
    return [*names, *(name for name in definition.required_fields if name not in names)]


def _names_of_parameters(definition: Definition) -> Iterator[str]:
    for parameter in definition.request.parameters:
        if isinstance(parameter.source, Template):
            yield from sorted(parameter.source.names)


def typed(text: str, like: JSON) -> JSON:
    """What somebody typed, as a value of the same type as the sample; as text where it cannot be one."""
    try:
        match like:
            case bool():
                return {"true": True, "false": False}[text.strip().lower()]
            case int():
                return int(text)
            case float():
                return float(text)
    except (KeyError, ValueError):
        return text
    return text


def shown(value: JSON | Audio) -> str:
    """A sample as it stands in its box."""
    return str(value) if isinstance(value, Audio) else text_of(value)
