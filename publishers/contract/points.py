"""The extension points, the types of add-on, and the template fields each offers (contract 7, 8.2 to 8.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final, Literal

Mode = Literal["sync", "async"]

PHONE_NUMBER: Final = "phone-number"
MESSAGE_ANALYSIS: Final = "message-analysis"
RECORDING_ANALYSIS: Final = "recording-analysis"

TASK_CREATED: Final = "taskrouter-create-task"

PLATFORM_FIELDS: Final = frozenset({"request_sid", "unix_timestamp", "request_date", "ttl"})
"""Fields of every invocation; nothing a publisher, caller or account says replaces them."""

CONFIGURATION_FIELDS_OF_THE_PLATFORM: Final = frozenset({"callback_url", "callback_method"})
"""Settings the platform itself asks for when an asynchronous add-on is installed (contract 8.5)."""

_NUMBERS: Final = frozenset({"primary_address", "secondary_address"})
_MESSAGE: Final = _NUMBERS | {"body"}
_RECORDING: Final = frozenset(
    {"audio_data", "callback_url", "channels", "duration", "format", "media_sid", "size"}
)


@dataclass(frozen=True, kw_only=True)
class AddOnType:
    """What an add-on analyses. It decides what may be asked of its publisher."""

    name: str
    mode: Mode
    fields: frozenset[str]
    methods: tuple[str, ...]
    body_kinds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ExtensionPoint:
    """A place in the platform where an add-on can be switched on.

    `number_scoped`: phone-number assignments restrict it. `assignable`: assigning a number is not an error.
    `trigger`: when an add-on runs there, as the console tells it.
    """

    unique_name: str
    friendly_name: str
    product_name: str
    trigger: str
    mode: Mode
    number_scoped: bool
    assignable: bool
    types: frozenset[str]
    fields: frozenset[str]

    @property
    def subject(self) -> str:
        """What its events are about, as a page names the SID that they bring."""
        if self.mode == "async":
            return "Recording"
        return "Task" if self.unique_name == TASK_CREATED else "Message or call"


def _by_type(*types: AddOnType) -> Mapping[str, AddOnType]:
    return MappingProxyType({kind.name: kind for kind in types})


def _by_name(*points: ExtensionPoint) -> Mapping[str, ExtensionPoint]:
    return MappingProxyType({point.unique_name: point for point in points})


def _recording(unique_name: str, friendly_name: str, made_by: str) -> ExtensionPoint:
    return ExtensionPoint(
        unique_name=unique_name,
        friendly_name=friendly_name,
        product_name="Programmable Voice",
        trigger=f"Runs when a recording made by {made_by} is complete.",
        mode="async",
        number_scoped=False,
        assignable=False,
        types=frozenset({RECORDING_ANALYSIS}),
        fields=_RECORDING,
    )


TYPES: Final = _by_type(
    AddOnType(
        name=PHONE_NUMBER,
        mode="sync",
        fields=_NUMBERS,
        methods=("GET", "POST"),
        body_kinds=("none", "form", "json"),
    ),
    AddOnType(
        name=MESSAGE_ANALYSIS,
        mode="sync",
        fields=_MESSAGE,
        methods=("GET", "POST"),
        body_kinds=("none", "form", "json"),
    ),
    AddOnType(
        name=RECORDING_ANALYSIS,
        mode="async",
        fields=_RECORDING,
        methods=("GET", "POST", "PUT"),
        body_kinds=("none", "form", "json", "multipart", "raw"),
    ),
)

POINTS: Final = _by_name(
    ExtensionPoint(
        unique_name="lookup-api",
        friendly_name="Lookups",
        product_name="Lookup",
        trigger="Runs when a lookup names this add-on.",
        mode="sync",
        number_scoped=False,
        assignable=True,
        types=frozenset({PHONE_NUMBER}),
        fields=frozenset({"primary_address"}),
    ),
    ExtensionPoint(
        unique_name="sms-incoming",
        friendly_name="Incoming SMS Message",
        product_name="Programmable SMS",
        trigger="Runs for every message that arrives at one of your numbers.",
        mode="sync",
        number_scoped=True,
        assignable=True,
        types=frozenset({PHONE_NUMBER, MESSAGE_ANALYSIS}),
        fields=_MESSAGE,
    ),
    ExtensionPoint(
        unique_name=TASK_CREATED,
        friendly_name="Create TaskRouter Tasks",
        product_name="TaskRouter",
        trigger="Runs for every new task.",
        mode="sync",
        number_scoped=False,
        assignable=False,
        types=frozenset({PHONE_NUMBER, MESSAGE_ANALYSIS}),
        fields=_MESSAGE,
    ),
    ExtensionPoint(
        unique_name="voice-incoming",
        friendly_name="Incoming Voice Call",
        product_name="Programmable Voice",
        trigger="Runs for every call that arrives at one of your numbers.",
        mode="sync",
        number_scoped=True,
        assignable=True,
        types=frozenset({PHONE_NUMBER}),
        fields=_NUMBERS,
    ),
    _recording("recording-verb", "Record Verb Recordings", "the Record verb"),
    _recording("recording-api", "Outgoing Call (API) Recordings", "an outgoing call of the API"),
    _recording("recording-conference", "Conference Recordings", "a conference"),
    _recording("recording-dial", "Dial Verb Recordings", "the Dial verb"),
)


def points_of(type_name: str) -> tuple[ExtensionPoint, ...]:
    """The extension points an add-on of this type may be switched on for, in the order of contract 7."""
    return tuple(point for point in POINTS.values() if type_name in point.types)


@cache
def event_fields(type_name: str, point_name: str) -> frozenset[str]:
    """The fields an event gives to an add-on of this type: a phone-number add-on never sees `body`."""
    return TYPES[type_name].fields & POINTS[point_name].fields
