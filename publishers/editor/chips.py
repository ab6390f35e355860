"""The template fields offered beside the request: what may stand between the braces, and what may not.

Made of a draft as it is being written, so nothing in it needs to be right.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from publishers.contract.points import (
    CONFIGURATION_FIELDS_OF_THE_PLATFORM,
    PLATFORM_FIELDS,
    POINTS,
    RECORDING_ANALYSIS,
    TYPES,
    AddOnType,
    event_fields,
)
from publishers.data_sent import FIELDS_IN_WORDS

# A hostile draft may hold any number of settings; nobody looks through more chips.
MAX_CHIPS: Final = 150
MAX_NAME_CHARACTERS: Final = 64
ONCE_CHOSEN: Final = "Choose the type of the add-on first, in the section Basics."

# In the order in which they are offered.
_EVENT_FIELDS: Final = tuple(
    name
    for name in FIELDS_IN_WORDS
    if name not in PLATFORM_FIELDS and any(name in kind.fields for kind in TYPES.values())
)


@dataclass(frozen=True, kw_only=True)
class Chip:
    """One template field. `reason` says why it is not allowed, or what to mind when it is."""

    name: str
    text: str
    allowed: bool = True
    reason: str = ""

    @property
    def template(self) -> str:
        """What is put into the text."""
        return f"{{{{{self.name}}}}}"


def chips_for(definition: Mapping[str, Any]) -> list[Chip]:
    """Every field in the order of their use: of the event, the settings, the caller, the platform."""
    chips = [*_of_events(definition), *_of_settings(definition), *_of_callers(definition)]
    platform = [Chip(name=name, text=FIELDS_IN_WORDS[name]) for name in sorted(PLATFORM_FIELDS)]
    first = {chip.name: chip for chip in reversed(chips) if chip.name not in PLATFORM_FIELDS}
    unique = [chip for chip in chips if first.get(chip.name) is chip]
    return unique[: MAX_CHIPS - len(platform)] + platform


def _of_events(definition: Mapping[str, Any]) -> Iterator[Chip]:
    kind = TYPES.get(str(definition.get("type")))
    for name in _EVENT_FIELDS:
        allowed = kind is not None and name in kind.fields
        reason = _limited_to(name, definition) if allowed else _refusal(name, kind)
        yield Chip(name=name, text=FIELDS_IN_WORDS[name], allowed=allowed, reason=reason)


def _refusal(name: str, kind: AddOnType | None) -> str:
    if kind is None:
        return ONCE_CHOSEN
    others = [each.name for each in TYPES.values() if name in each.fields]
    return f"Only for {' and '.join(others)} add-ons; this one is {kind.name}."


def _limited_to(name: str, definition: Mapping[str, Any]) -> str:
    """The chosen points whose events do not bring this field: there it needs another source."""
    chosen = definition.get("extensions")
    points = [str(each) for each in chosen if str(each) in POINTS] if isinstance(chosen, list) else []
    without = [point for point in points if name not in event_fields(str(definition["type"]), point)]
    names = " and ".join(POINTS[point].friendly_name for point in without)
    return f"No value at {names}: the parameter is left out there." if without else ""


def _of_settings(definition: Mapping[str, Any]) -> Iterator[Chip]:
    schema = definition.get("configuration_schema")
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    taken = CONFIGURATION_FIELDS_OF_THE_PLATFORM if definition.get("type") == RECORDING_ANALYSIS else ()
    for name, rules in properties.items() if isinstance(properties, Mapping) else ():
        if not _is_name(name) or name in taken:
            continue
        is_secret = isinstance(rules, Mapping) and rules.get("_secret") is True
        reason = "A secret: in a header or the body only, never in the URL." if is_secret else ""
        yield Chip(name=name, text="a setting of the account", reason=reason)


def _of_callers(definition: Mapping[str, Any]) -> Iterator[Chip]:
    entries = definition.get("runtime_parameters")
    for entry in entries if isinstance(entries, list) else ():
        name = entry.get("name") if isinstance(entry, Mapping) else None
        if isinstance(name, str) and _is_name(name):
            yield Chip(name=name, text="given with a single lookup", reason="Lookups only.")


def _is_name(name: str) -> bool:
    return 0 < len(name) <= MAX_NAME_CHARACTERS and name.isprintable()
