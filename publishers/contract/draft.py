"""A definition as its author is writing it: the document, not yet known to be right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from publishers.contract.addresses import EgressPolicy
from publishers.contract.points import (
    CONFIGURATION_FIELDS_OF_THE_PLATFORM,
    PLATFORM_FIELDS,
    RECORDING_ANALYSIS,
    TYPES,
    AddOnType,
)
from publishers.contract.templates import JSON

Place = Literal["query", "headers", "body"]


@dataclass(frozen=True, kw_only=True)
class PlacedParameter:
    """A parameter of the document: its JSON pointer, the list it stands in, and its entry there."""

    pointer: str
    place: Place
    entry: Mapping[str, JSON]

    @property
    def name(self) -> str:
        """Its name as written."""
        return str(self.entry["name"])

    @property
    def value(self) -> JSON:
        """Its constant or template; None as well when it is a credential."""
        return self.entry.get("value")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Reads the document's sections. Only for sections whose shape is right."""

    document: Mapping[str, JSON]
    policy: EgressPolicy

    @property
    def type(self) -> AddOnType:
        """The chosen type."""
        return TYPES[self.document["type"]]

    @property
    def request(self) -> Mapping[str, JSON]:
        """The section of that name."""
        section: Mapping[str, JSON] = self.document["request"]
        return section

    @property
    def body_kind(self) -> str:
        """`none` when the document says nothing."""
        return str(self.request.get("body", {}).get("kind", "none"))

    def list(self, section: str) -> list[JSON]:
        """A section that is a list; empty when absent."""
        return list(self.document.get(section, ()))

    def parameters(self) -> Iterator[PlacedParameter]:
        """Every query parameter, header and body field."""
        yield from _placed("/request/query", "query", self.request.get("query", ()))
        yield from _placed("/request/headers", "headers", self.request.get("headers", ()))
        yield from _placed("/request/body/fields", "body", self.request.get("body", {}).get("fields", ()))


def _placed(pointer: str, place: Place, entries: list[Mapping[str, JSON]]) -> Iterator[PlacedParameter]:
    for index, entry in enumerate(entries):
        yield PlacedParameter(pointer=f"{pointer}/{index}", place=place, entry=entry)


def known_fields(document: Mapping[str, JSON]) -> frozenset[str]:
    """Every template name this definition may use (contract 8.4)."""
    properties = document.get("configuration_schema", {}).get("properties", {})
    settings = frozenset(properties if isinstance(properties, Mapping) else ())
    if document["type"] == RECORDING_ANALYSIS:
        settings -= CONFIGURATION_FIELDS_OF_THE_PLATFORM
    runtime = {entry["name"] for entry in document.get("runtime_parameters", ())}
    return TYPES[document["type"]].fields | PLATFORM_FIELDS | settings | runtime


def secret_fields(document: Mapping[str, JSON]) -> frozenset[str]:
    """The settings that nobody may see: properties of the configuration schema with `_secret`."""
    properties = document.get("configuration_schema", {}).get("properties", {})
    rules = properties.items() if isinstance(properties, Mapping) else ()
    return frozenset(
        name for name, rule in rules if isinstance(rule, Mapping) and rule.get("_secret") is True
    )


def did_you_mean(name: str, known: frozenset[str]) -> str:
    """` Did you mean ...?` when a known name is close, else nothing."""
    near = get_close_matches(name, sorted(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""
