"""What an installed add-on sends to its publisher, in words: a developer reads it before installing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from publishers.contract.definition import Constant, Credential, Definition, Parameter
from publishers.contract.templates import Placeholder, Template
from publishers.models import ListingVersion
from schema_forms.properties import label_of

FIELDS_IN_WORDS: Final = {
    "primary_address": "the phone number: looked up, or of the sender or caller",
    "secondary_address": "your number that was written to or called",
    "body": "the text of the message",
    "audio_data": "the recording",
    "callback_url": "where to send the answer, valid once",
    "channels": "the number of audio channels",
    "duration": "the length of the recording",
    "format": "the format of the recording",
    "media_sid": "the SID of the recording",
    "size": "the size of the recording",
    "request_sid": "the SID of the request",
    "unix_timestamp": "the time of the request",
    "request_date": "the time of the request",
    "ttl": "how long the answer is of use",
}


@dataclass(frozen=True)
class Sent:
    """One value: where it goes, under which name, and what it is. Never what it holds."""

    place: str
    name: str
    content: str


@dataclass(frozen=True)
class DataSent:
    """The request to the publisher's service."""

    method: str
    host: str
    values: tuple[Sent, ...]


def data_sent(version: ListingVersion, definition: Definition) -> DataSent:
    """The request of this version. Credentials are mentioned, but neither named nor shown."""
    request, words = definition.request, _words(version, definition)
    path = [part for part in request.url.segments if isinstance(part, Placeholder)]
    values = [Sent("URL", part.name, _placeholder(part, words)) for part in path]
    if definition.auth.kind != "none":
        values.append(Sent("Header", "Authorization", "the publisher’s own key"))
    for place, parameters in (("Query", request.query), ("Header", request.headers), ("Body", request.body)):
        values += [Sent(place, each.name, _content(each, words)) for each in parameters]
    if request.body_kind == "raw":
        values.append(Sent("Body", "", FIELDS_IN_WORDS["audio_data"]))
    return DataSent(request.method, urlsplit(request.url.origin).netloc, tuple(values))


def _words(version: ListingVersion, definition: Definition) -> dict[str, str]:
    """Every field in words: what the platform gives, what the caller may add, what the account sets."""
    properties = version.configuration_schema.get("properties", {})
    settings = {
        name: f"your setting “{label_of(name, rules if isinstance(rules, dict) else {})}”"
        for name, rules in properties.items()
    }
    runtime = {each.name: f"“{each.name}” of a single lookup" for each in definition.runtime_parameters}
    both = {name: f"{runtime[name]}, else {settings[name]}" for name in runtime.keys() & settings.keys()}
    return {**settings, **runtime, **both, **FIELDS_IN_WORDS}


def _content(parameter: Parameter, words: dict[str, str]) -> str:
    match parameter.source:
        case Credential():
            return "the publisher’s own key"
        case Constant():
            return "a fixed value"
        case Template(parts=parts):
            return _in_words(parts, words)


def _in_words(parts: Iterable[str | Placeholder], words: dict[str, str]) -> str:
    fields = [_placeholder(part, words) for part in parts if isinstance(part, Placeholder)]
    return "; ".join(fields) or "a fixed value"


def _placeholder(part: Placeholder, words: dict[str, str]) -> str:
    text = words.get(part.name, part.name)
    return f"a SHA-256 hash of {text}" if part.hashed else text
