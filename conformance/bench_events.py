"""What the bench proposes to send: an event of each point, and six cases that services stumble over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.suite.recordings import CONTENT_TYPE, audio_of, wav
from conformance.suite.samples import configuration_of, events_of, fits, runtime_of, sources_of
from conformance.suite.subject import Samples
from publishers.contract.definition import Definition
from publishers.contract.errors import RequirementsNotMet
from publishers.contract.points import POINTS, ExtensionPoint, event_fields

MAX_MESSAGE: Final = 1_600
SHORTEST_SAMPLE_MS: Final = 100
LONGEST_SAMPLE_MS: Final = 20_000
USUAL_SAMPLE_MS: Final = 3_000
ODD_NUMBER: Final = "+88213300000"
UNKNOWN_NUMBER: Final = "+19995550123"
LONGEST_NUMBER: Final = "+881600000000000"
EMOJI: Final = "👩🏽‍🚀🎉 ¡ñ!"
_LONGEST_TEXT: Final = ("Lorem ipsum dolor sit amet. " * 60)[:MAX_MESSAGE]
_SAMPLES: Final = Samples()


@dataclass(frozen=True, kw_only=True)
class Given:
    """What is sent: an event of a point, run-time parameters, settings.

    Of a recording the event says what its sample is like: `channels`, `milliseconds`.
    """

    point: str
    event: Mapping[str, Any]
    runtime: Mapping[str, str] = field(default_factory=dict)
    configuration: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A test case to be kept. `expected_code`: None for a good answer."""

    name: str
    given: Given
    expected_code: int | None


def usual(definition: Definition, point: str) -> Given:
    """The likeliest event of a point, with settings that the schema accepts, if some were found."""
    if not definition.is_sync:
        event: dict[str, Any] = {"channels": 1, "milliseconds": USUAL_SAMPLE_MS}
    else:
        event = dict(next(iter(events_of(definition, point, _SAMPLES))))
    try:
        configuration = configuration_of(definition, _SAMPLES)
    except LookupError:
        configuration = {}
    is_lookup = point == "lookup-api"
    runtime = runtime_of(definition, _SAMPLES) if is_lookup else {}
    return Given(point=point, event=event, runtime=runtime, configuration=configuration)


def six(definition: Definition, point: str) -> list[Proposal]:
    """Cases of a point: the usual one, and five that services stumble over."""
    given = usual(definition, point)
    if not definition.is_sync:
        return [_recording(given, *each) for each in _RECORDINGS]
    changes: list[tuple[str, dict[str, Any]]] = [
        ("A usual event", {}),
        ("An odd number", {"primary_address": ODD_NUMBER}),
        ("A value is missing", {_needed(definition, given): None}),
        _longest(given),
        ("A number that is not in use", {"primary_address": UNKNOWN_NUMBER}),
        ("Emoji", _with_emoji(given)),
    ]
    title = POINTS[point].friendly_name
    return [_proposal(definition, f"{name} – {title}", given, each) for name, each in changes]


def sample_of(event: Mapping[str, Any]) -> bytes:
    """The WAV file of a recording's event."""
    return wav(channels=int(event["channels"]), milliseconds=int(event["milliseconds"]))


def sent_event(given: Given, *, callback_url: str, media_sid: str) -> dict[str, Any]:
    """The template fields of a recording's event (contract 8.4)."""
    content = sample_of(given.event)
    return {
        "audio_data": audio_of(content),
        "callback_url": callback_url,
        "channels": int(given.event["channels"]),
        "duration": int(given.event["milliseconds"]),
        "format": CONTENT_TYPE,
        "media_sid": media_sid,
        "size": len(content),
    }


def fields_of(definition: Definition, point: str) -> list[str]:
    """The fields of an event, in the order in which people think of them."""
    offered = event_fields(definition.type, point)
    return [name for name in ("primary_address", "secondary_address", "body") if name in offered]


def points_of(definition: Definition) -> list[ExtensionPoint]:
    """Where the version can be switched on, in the order of the contract."""
    return [point for name, point in POINTS.items() if name in definition.extensions]


_RECORDINGS: Final = (
    ("One channel", 1, USUAL_SAMPLE_MS),
    ("Two channels", 2, USUAL_SAMPLE_MS),
    ("Very short", 1, 200),
    ("One second", 1, 1_000),
    ("Twenty seconds", 1, LONGEST_SAMPLE_MS),
    ("Twenty seconds, two channels", 2, LONGEST_SAMPLE_MS),
)


def _recording(given: Given, name: str, channels: int, milliseconds: int) -> Proposal:
    event = {"channels": channels, "milliseconds": milliseconds}
    changed = Given(point=given.point, event=event, configuration=given.configuration)
    return Proposal(name=f"{name} – {POINTS[given.point].friendly_name}", given=changed, expected_code=None)


def _needed(definition: Definition, given: Given) -> str:
    """A field that the version cannot do without; else the last one of the event."""
    offered = [*given.event, *given.runtime]
    return next((name for name in definition.required_fields if name in offered), offered[-1])


def _longest(given: Given) -> tuple[str, dict[str, Any]]:
    if "body" in given.event:
        return f"{MAX_MESSAGE:,} characters", {"body": _LONGEST_TEXT}
    return "The longest number", {"primary_address": LONGEST_NUMBER}


def _with_emoji(given: Given) -> dict[str, Any]:
    """In a text that people write; in a number only where there is none."""
    name = next((each for each in ("body", *given.runtime, "secondary_address") if each in _all(given)), "")
    return {name or "primary_address": EMOJI}


def _all(given: Given) -> dict[str, Any]:
    return {**given.event, **given.runtime}


def _proposal(definition: Definition, name: str, given: Given, changes: Mapping[str, Any]) -> Proposal:
    changed = Given(
        point=given.point,
        event=_changed(given.event, changes),
        runtime=_changed(given.runtime, changes),
        configuration=given.configuration,
    )
    sources = sources_of(changed.point, changed.event, changed.configuration, changed.runtime)
    is_asked = fits(definition, sources)
    return Proposal(name=name, given=changed, expected_code=None if is_asked else RequirementsNotMet.code)


def _changed(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = {name: changes.get(name, value) for name, value in values.items()}
    return {name: value for name, value in merged.items() if value is not None}
