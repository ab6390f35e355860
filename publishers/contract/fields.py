"""The values of one invocation, and the rule which source wins (contract 8.4, "Resolution")."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import orjson

from publishers.contract.audio import Audio
from publishers.contract.definition import Definition
from publishers.contract.errors import CannotRender
from publishers.contract.limits import TTL_MS
from publishers.contract.points import CONFIGURATION_FIELDS_OF_THE_PLATFORM, event_fields
from publishers.contract.secret import MASK
from publishers.contract.templates import JSON


@dataclass(slots=True, kw_only=True)
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


@dataclass(slots=True)
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
    values = _settings(definition, sources.configuration)
    if sources.runtime:
        values |= {name: value for name, value in sources.runtime.items() if name in definition.known_fields}
    values |= {name: value for name, value in sources.event.items() if name in offered}
    values |= _platform(sources)
    if None in values.values():
        values = {name: value for name, value in values.items() if value is not None}
    _refuse_broken_text(values)
    return Fields(values, definition.secret_fields)


def _settings(definition: Definition, configuration: Mapping[str, JSON]) -> dict[str, JSON]:
    """The configuration, without what the platform asked for itself."""
    if definition.is_sync:
        return dict(configuration)
    return {
        name: value
        for name, value in configuration.items()
        if name not in CONFIGURATION_FIELDS_OF_THE_PLATFORM
    }


def _platform(sources: Sources) -> dict[str, JSON]:
    seconds = int(sources.at.timestamp())
    return {
        "request_sid": sources.request_sid,
        "unix_timestamp": seconds,
        "request_date": _date(seconds),
        "ttl": sources.ttl_ms,
    }


@lru_cache(maxsize=8)
def _date(seconds: int) -> str:
    """Written once for all calls of a second."""
    return f"{datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()}Z"


def _refuse_broken_text(values: Mapping[str, JSON | Audio]) -> None:
    """Lone surrogates and NaN can be put neither into a URL nor into JSON.

    orjson refuses the one and writes the other as null. The standard library, ten times slower, is asked
    about a null only, and about integers that orjson does not write.
    """
    try:
        if b"null" not in orjson.dumps(values, default=str):
            return
    except orjson.JSONEncodeError:
        pass
    try:
        json.dumps(values, ensure_ascii=False, allow_nan=False, default=str).encode()
    except ValueError as error:
        raise CannotRender("A value is not Unicode text or not a JSON number.") from error
