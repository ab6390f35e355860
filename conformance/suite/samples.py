"""What the tester asks with: events of an extension point and settings, made up from the schemas.

The numbers are reserved for films, so nobody has them. What the author gives replaces what is made up.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import product
from typing import Any, Final

from conformance.suite.recordings import CONTENT_TYPE, audio_of, measured, wav
from conformance.suite.subject import Samples, made_up_sid
from conformance.suite.values import fitting, unfitting
from publishers.contract.audio import Audio
from publishers.contract.definition import Definition
from publishers.contract.errors import ContractError
from publishers.contract.fields import Sources, collect
from publishers.contract.points import RECORDING_ANALYSIS, event_fields
from publishers.contract.render import check_requirements
from publishers.contract.templates import JSON

Event = dict[str, JSON | Audio]

NUMBERS: Final = (
    "+14155550100",
    "+12125550123",
    "+442079460123",
    "+493023125123",
    "+33199001234",
    "+61255501234",
)
SECOND_NUMBER: Final = "+14155550199"
BODIES: Final = (
    "Hello, I like this very much. Could you call me back tomorrow?",
    "Hello",
    "STOP",
    "12345",
)
UNANSWERABLE: Final = {
    "a number that is too short": {"primary_address": "+1000"},
    "a number that is not in use": {"primary_address": "+19995550123"},
    "a number that cannot be": {"primary_address": "+10000000000"},
    "an empty message": {"body": ""},
    "a message of punctuation": {"body": "?!"},
}
"""Events to which there may be no answer, by what is odd about them."""
ODD: Final = {
    "a number of no country (+882)": {"primary_address": "+88213300000"},
    "a message of emoji and combined characters": {"body": "👩🏽‍🚀🎉 ¡n\u0303! \u202eabc"},
    "a message of 1,600 characters": {"body": ("Lorem ipsum dolor sit amet. " * 58)[:1_600]},
}
"""Events that are rare, and have to be taken."""


def configuration_of(
    definition: Definition, samples: Samples, *, only_required: bool = False
) -> dict[str, JSON]:
    """Settings that the schema accepts: all of them, or as few as it wants. Raises LookupError."""
    if samples.configuration is not None:
        return dict(samples.configuration)
    schema = definition.configuration_schema
    properties: Mapping[str, Any] = schema.document.get("properties", {})
    required = frozenset(schema.document.get("required", ()))
    every = {name: fitting(rules) for name, rules in properties.items() if name in required}
    if not only_required:
        every |= {name: fitting(rules) for name, rules in properties.items() if name not in required}
    for document in (every, {name: every[name] for name in every if name in required}):
        if schema.accepts(document):
            return document
    raise LookupError


def refused_configurations(
    definition: Definition, accepted: Mapping[str, JSON]
) -> Iterator[tuple[str, dict[str, JSON]]]:
    """Settings that a schema is to refuse, each with what is wrong with them."""
    schema = definition.configuration_schema.document
    for name in schema.get("required", ()):
        yield f"{name} left out", {key: value for key, value in accepted.items() if key != name}
    for name, rules in schema.get("properties", {}).items():
        try:
            yield f"a wrong value for {name}", {**accepted, name: unfitting(rules)}
        except LookupError:
            yield f"any value for {name}", {**accepted, name: {"an": "object"}}


def events_of(
    definition: Definition, point: str, samples: Samples, *, callback_url: str = ""
) -> Iterator[Event]:
    """Events of a point, the likeliest first."""
    if definition.type == RECORDING_ANALYSIS:
        content = samples.audio or wav(channels=1)
        yield {**recording_event(content, callback_url=callback_url), **samples.event}
        return
    wanted = _wanted(definition)
    numbers = [*NUMBERS, *wanted.get("primary_address", ())]
    bodies = [*BODIES, *wanted.get("body", ())]
    offered = event_fields(definition.type, point)
    for number, body in product(numbers, bodies if "body" in offered else bodies[:1]):
        values = {
            "primary_address": number,
            "secondary_address": SECOND_NUMBER,
            "body": body,
            **samples.event,
        }
        yield {name: value for name, value in values.items() if name in offered}


def recording_event(content: bytes, *, callback_url: str) -> Event:
    """The event of a recording that is complete."""
    channels, milliseconds = measured(content)
    return {
        "audio_data": audio_of(content),
        "callback_url": callback_url,
        "channels": channels,
        "duration": milliseconds,
        "format": CONTENT_TYPE,
        "media_sid": made_up_sid("RE"),
        "size": len(content),
    }


def runtime_of(definition: Definition, samples: Samples) -> dict[str, str]:
    """A value for every run-time parameter that a lookup must have: a text, as it stands in a URL."""
    wanted = _wanted(definition)
    made_up = {
        parameter.name: str(next(iter(wanted.get(parameter.name, ())), "sample"))
        for parameter in definition.runtime_parameters
        if parameter.required
    }
    return {**made_up, **{name: str(value) for name, value in samples.runtime.items()}}


def fits(definition: Definition, sources: Sources) -> bool:
    """Whether the service would be asked: every required field has a value, and the request schema agrees."""
    try:
        check_requirements(definition, collect(definition, sources))
    except ContractError:
        return False
    return True


def sources_of(
    point: str,
    event: Mapping[str, JSON | Audio],
    configuration: Mapping[str, JSON],
    runtime: Mapping[str, str],
) -> Sources:
    """A new invocation, now."""
    return Sources(
        point=point,
        event=event,
        runtime=runtime,
        configuration=configuration,
        request_sid=made_up_sid("XR"),
        at=datetime.now(UTC),
    )


def _wanted(definition: Definition) -> dict[str, tuple[JSON, ...]]:
    """What the request schema says of single fields, as a value for each."""
    document = definition.request_schema.document if definition.request_schema else {}
    properties = document.get("properties", {})
    values: dict[str, tuple[JSON, ...]] = {}
    for name, rules in properties.items() if isinstance(properties, Mapping) else ():
        if isinstance(rules, Mapping) and rules.keys() & {"_example", "examples", "enum", "const", "pattern"}:
            try:
                values[name] = (fitting(rules),)
            except LookupError:
                continue
    return values
