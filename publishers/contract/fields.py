"""The values of one invocation, and the rule which source wins (contract 8.4, "Resolution")."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from publishers.contract.bodies import Audio
from publishers.contract.definition import Definition
from publishers.contract.errors import CannotRender
from publishers.contract.limits import TTL_MS
from publishers.contract.points import CONFIGURATION_FIELDS_OF_THE_PLATFORM, event_fields
from publishers.contract.secret import MASK
from publishers.contract.templates import JSON


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where values come from: what happened, what the caller added, what the account set at installation.

    `at` is the time of the invocation (aware); `ttl_ms` how long the publisher's answer is of use.
    """

    point: str
    event: Mapping[str, JSON | Audio]
    runtime: Mapping[str, JSON]
    configuration: Mapping[str, JSON]
    request_sid: str
    at: datetime
    ttl_ms: int = TTL_MS


@dataclass(frozen=True)
class Fields:
    """Every template field that has a value. `secret` names the ones that nobody may see."""

    values: Mapping[str, JSON | Audio]
    secret: frozenset[str] = frozenset()

    def get(self, name: str) -> JSON:
        """The value, or None when there is none."""
        return self.values.get(name)

    def document(self) -> dict[str, JSON]:
        """What the request schema judges: everything but the audio (contract 8.8)."""
        return {name: value for name, value in self.values.items() if not isinstance(value, Audio)}

    def redacted(self) -> dict[str, JSON]:
        """What the trace shows."""
        return {name: MASK if name in self.secret else value for name, value in self.document().items()}


def collect(definition: Definition, sources: Sources) -> Fields:
    """Platform, then event, then run-time, then configuration: the first that has a value wins.

    A run-time value may stand in for an event field that this point does not offer; real clients give
    `secondary_address` to lookups. Names the definition does not know are left out. Raises CannotRender
    when a value is no Unicode text.
    """
    offered = event_fields(definition.type, sources.point)
    event = {name: value for name, value in sources.event.items() if name in offered}
    given = {**_settings(definition, sources), **_runtime(definition, sources), **event, **_platform(sources)}
    values = {name: value for name, value in given.items() if value is not None}
    fields = Fields(values, definition.secret_fields)
    _refuse_broken_text(fields)
    return fields


def _settings(definition: Definition, sources: Sources) -> dict[str, JSON]:
    """The configuration, without what the platform asked for itself."""
    return {
        name: value
        for name, value in sources.configuration.items()
        if definition.is_sync or name not in CONFIGURATION_FIELDS_OF_THE_PLATFORM
    }


def _runtime(definition: Definition, sources: Sources) -> dict[str, JSON]:
    return {name: value for name, value in sources.runtime.items() if name in definition.known_fields}


def _platform(sources: Sources) -> dict[str, JSON]:
    at = sources.at.astimezone(UTC)
    return {
        "request_sid": sources.request_sid,
        "unix_timestamp": int(at.timestamp()),
        "request_date": f"{at.replace(tzinfo=None).isoformat(timespec='seconds')}Z",
        "ttl": sources.ttl_ms,
    }


def _refuse_broken_text(fields: Fields) -> None:
    """Lone surrogates and NaN can be put neither into a URL nor into JSON.

    orjson refuses the one and writes the other as null. The standard library, ten times slower, is asked
    about a null only, and about integers that orjson does not write.
    """
    document = fields.document()
    try:
        if b"null" not in orjson.dumps(document):
            return
    except orjson.JSONEncodeError:
        pass
    try:
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:
        raise CannotRender("A value is not Unicode text or not a JSON number.") from error
