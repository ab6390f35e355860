"""Where an error is: what the schema says about that place, and what people call it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jsonschema_rs import ValidationError

from schema_forms.faults import steps
from schema_forms.properties import Rules, label_of
from schema_forms.walk import target_of

Way = Sequence[str | int]


@dataclass(frozen=True)
class Place:
    """One place in a document: the way there, the rules for it, the value found."""

    document: Rules
    way: Way
    rules: Rules
    keyword_value: Any
    value: Any


def place_of(error: ValidationError, document: Rules) -> Place:
    """Where an error is. The rules beside the broken keyword go before the general ones of the property."""
    beside = _lookup(document, error.schema_path[:-1])
    general = rules_at(document, error.instance_path)
    return Place(
        document=document,
        way=error.instance_path,
        rules={**general, **beside} if isinstance(beside, dict) else general,
        keyword_value=_lookup(document, error.schema_path),
        value=error.instance,
    )


def rules_at(document: Rules, way: Way) -> Rules:
    """The rules for a place in an instance, {} when `properties` and `items` do not lead there."""
    rules: Any = _dereferenced(document, document)
    for step in way:
        inside = rules.get("items") if isinstance(step, int) else _lookup(rules, ["properties", step])
        rules = _dereferenced(inside, document)
    return rules if isinstance(rules, dict) else {}


def label_at(document: Rules, way: Way) -> str:
    """What people call a place in an instance."""
    return label_of(str(way[-1]), rules_at(document, way)) if way else "the document"


def _dereferenced(rules: Any, document: Rules) -> Rules:
    if not isinstance(rules, dict):
        return {}
    target = target_of(rules["$ref"]) if isinstance(rules.get("$ref"), str) else None
    found = _lookup(document, steps(target)) if target is not None else None
    return {**found, **rules} if isinstance(found, dict) else rules


def _lookup(document: Any, way: Way) -> Any:
    for step in way:
        if isinstance(document, dict):
            document = document.get(str(step))
        elif isinstance(document, list) and str(step).isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document
