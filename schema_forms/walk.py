"""Walking a schema: which parts of it are schemas, and where a local `$ref` leads."""

from collections.abc import Iterator, Mapping
from typing import Any

from schema_forms.faults import pointer, steps

Node = dict[str, Any]

# Keywords whose value maps names to schemas.
OF_NAMES = frozenset(
    {"properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "dependencies"}
)
# Keywords whose value is a schema, or a list of them.
OF_SCHEMAS = frozenset(
    {"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "items", "prefixItems", "additionalItems"}
    | {"unevaluatedItems", "contains", "additionalProperties", "unevaluatedProperties", "propertyNames"}
    | {"contentSchema"}
)
IDENTITY = frozenset({"$schema", "$id", "id", "$anchor"})
# Evaluated only where a `$ref` leads to them.
STORES = frozenset({"definitions", "$defs"})


def children(schema: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Node]]:
    """The schemas directly inside a schema, each with the steps that lead to it."""
    found: list[tuple[tuple[str, ...], Any]]
    for keyword, value in schema.items():
        if keyword in OF_NAMES and isinstance(value, dict):
            found = [((keyword, name), child) for name, child in value.items()]
        elif keyword in OF_SCHEMAS and isinstance(value, list):
            found = [((keyword, str(index)), child) for index, child in enumerate(value)]
        elif keyword in OF_SCHEMAS:
            found = [((keyword,), value)]
        else:
            continue
        yield from ((way, child) for way, child in found if isinstance(child, dict))


def everywhere(document: Node) -> Iterator[tuple[str, Node]]:
    """Every schema in a document with its JSON pointer, in the order written."""
    waiting = [("", document)]
    while waiting:
        path, schema = waiting.pop()
        yield path, schema
        waiting += reversed([(path + pointer(way), child) for way, child in children(schema)])


def target_of(reference: str) -> str | None:
    """The JSON pointer a local `$ref` means, or None when it leaves the document.

    A percent sign is refused: whether it is decoded before or after splitting is read differently.
    """
    fragment = reference.removeprefix("#")
    is_local = reference.startswith("#") and (not fragment or fragment.startswith("/"))
    return pointer(steps(fragment)) if is_local and "%" not in fragment else None


def without_identity(schema: Any) -> Any:
    """A copy without identifiers: `#/...` references do not need them, and they would move their base."""
    if not isinstance(schema, dict):
        return schema
    return {
        keyword: _rebuilt(keyword, value)
        for keyword, value in schema.items()
        if not (keyword in IDENTITY and isinstance(value, str))
    }


def _rebuilt(keyword: str, value: Any) -> Any:
    if keyword in OF_NAMES and isinstance(value, dict):
        return {name: without_identity(child) for name, child in value.items()}
    if keyword in OF_SCHEMAS and isinstance(value, list):
        return [without_identity(child) for child in value]
    return without_identity(value) if keyword in OF_SCHEMAS else value
