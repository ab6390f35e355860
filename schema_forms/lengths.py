"""How long a string may be before a pattern is run against it.

A second schema without patterns is read from the first: wherever the first might run a pattern, the second
limits the length. It is checked beforehand, so an overlong string is a fault under `not` and `if` as well,
where a `maxLength` beside the pattern would turn the answer round. Where it cannot tell places apart (entries
of a list, properties known only by a pattern) it limits all of them.
"""

from typing import Any

from schema_forms.limits import MATCHED_LENGTH_MAX
from schema_forms.walk import STORES, Node, children, everywhere, target_of

IN_PLACE = frozenset(
    {"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependencies", "dependentSchemas"}
)
OF_ENTRIES = frozenset({"items", "prefixItems", "additionalItems", "unevaluatedItems", "contains"})
OF_OTHERS = frozenset({"additionalProperties", "unevaluatedProperties"})


def lengths_of(document: Node) -> Node:
    """The schema of lengths, {} when no pattern can run. Only for a document that passed the guards."""
    return _lengths(document, dict(everywhere(document)))


def _lengths(schema: Node, places: dict[str, Node]) -> Node:
    parts = [_own(schema)]
    if "$ref" in schema:
        parts.append(_lengths(places[target_of(schema["$ref"]) or ""], places))
    for way, child in children(schema):
        limited = {} if way[0] in STORES else _lengths(child, places)
        if limited:
            parts.append(_placed(way, limited, schema))
    parts = [part for part in parts if part]
    return parts[0] if len(parts) == 1 else {"allOf": parts} if parts else {}


def _own(schema: Node) -> Node:
    own: dict[str, Any] = {}
    if "pattern" in schema:
        declared = schema.get("maxLength")
        own["maxLength"] = (
            min(MATCHED_LENGTH_MAX, declared) if isinstance(declared, int) else MATCHED_LENGTH_MAX
        )
    if schema.get("patternProperties"):
        own["propertyNames"] = {"maxLength": MATCHED_LENGTH_MAX}
    return own


def _placed(way: tuple[str, ...], limited: Node, parent: Node) -> Node:
    """The limits of a child schema, as said by its parent."""
    keyword = way[0]
    if keyword in IN_PLACE:
        return limited
    if keyword in OF_ENTRIES:
        return {"items": limited}
    if keyword in OF_OTHERS:
        return {
            "properties": {name: {} for name in parent.get("properties", ())},
            "additionalProperties": limited,
        }
    return {
        "properties": {"properties": {way[-1]: limited}},
        "patternProperties": {"additionalProperties": limited},
        "propertyNames": {"propertyNames": limited},
    }.get(keyword, {})
