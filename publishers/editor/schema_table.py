"""A flat JSON Schema as a table of fields, and back. What the table cannot say stays JSON.

rows = rows_of(schema)       # None when the table cannot draw it
schema_of(rows, schema)      # the same schema again; its top-level keywords are kept
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from publishers.editor_schemas import Editor
from schema_forms.schemas import parts_of

Row = dict[str, Any]

MAX_PARTS: Final = 10_000
# Column of the table and keyword of the property, in the order in which a property is written.
COLUMNS: Final[Mapping[str, str]] = {
    "label": "name",
    "type": "type",
    "choices": "enum",
    "default": "default",
    "help": "_help",
    "format": "format",
    "pattern": "pattern",
    "error": "_error",
    "example": "_example",
    "min_length": "minLength",
    "max_length": "maxLength",
    "minimum": "minimum",
    "maximum": "maximum",
    "group": "_group",
    "secret": "_secret",
}
# What is written in these columns is of the type that the row names.
TYPED: Final = ("choices", "default")
TYPES: Final = ("string", "integer", "number", "boolean")
FORMATS: Final = ("uri", "email", "date", "multi-line")


def _text(title: str, help_text: str = "", **more: Any) -> Editor:
    return {"type": "string", "title": title, "helpText": help_text, **more}


def _number(title: str, kind: str = "number") -> Editor:
    return {"type": kind, "title": title}


TABLE: Final[Editor] = {
    "type": "array",
    "title": "Fields",
    "items": {
        "type": "object",
        "title": "Field",
        "properties": {
            "key": _text("Key", "The name it has as a template field: letters, digits, _ . -", required=True),
            "label": _text("Label"),
            "type": _text("Type", choices=list(TYPES), default="string"),
            "required": {"type": "boolean", "title": "Required", "default": False},
            "choices": {
                "type": "array",
                "title": "Choices (empty: anything may be typed in)",
                "items": _text("Choice"),
            },
            "default": _text("Default"),
            "help": _text("Help"),
            "format": _text("Format", choices=["", *FORMATS]),
            "pattern": _text("Pattern", "A regular expression, found anywhere unless it begins with ^."),
            "error": _text("Message when it does not fit"),
            "example": _text("Example"),
            "min_length": _number("Shortest length", "integer"),
            "max_length": _number("Greatest length", "integer"),
            "minimum": _number("Smallest number"),
            "maximum": _number("Greatest number"),
            "group": _text("Group", "Fields of one group stand under its name."),
            "secret": {"type": "boolean", "title": "Secret: never shown again", "default": False},
        },
    },
}


def rows_of(schema: Any) -> list[Row] | None:
    """The table of a schema; None when it says something that the table cannot."""
    if schema is None:
        return []
    if not isinstance(schema, dict) or parts_of(schema, most=MAX_PARTS) > MAX_PARTS:
        return None
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if not isinstance(properties, dict) or not isinstance(required, list):
        return None
    rows = [_row(key, rules, is_required=key in required) for key, rules in properties.items()]
    drawn = [row for row in rows if row is not None]
    is_same = len(drawn) == len(rows) and same(schema_of(drawn, schema), schema)
    return drawn if is_same else None


def schema_of(rows: Sequence[Row], before: Any = None) -> dict[str, Any] | None:
    """The schema of a table. What stood at the top of `before`, such as `$schema` or `anyOf`, is kept.

    None for an empty table, when nothing else is kept either.
    """
    kept = dict(before) if isinstance(before, dict) else {}
    properties = {str(row.get("key", "")): _rules(row) for row in rows}
    required = [str(row.get("key", "")) for row in rows if row.get("required") is True]
    if isinstance(named := kept.get("required"), list):  # in the order in which they stood
        required = sorted(required, key=lambda key: named.index(key) if key in named else len(named))
    if not rows and not kept.keys() - {"type", "properties", "required"}:
        return None
    schema = {"type": "object", **kept, "properties": properties, "required": required}
    if not required and not (isinstance(before, dict) and before.get("required") == []):
        del schema["required"]
    return schema


def twice(rows: Sequence[Row]) -> list[str]:
    """The keys that two rows have: one of them would be lost."""
    counted = Counter(str(row.get("key", "")) for row in rows)
    return [key for key, times in counted.items() if times > 1]


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same: 1 is not true, and not 1.0. The order of keys does not count."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(each, other[key]) for key, each in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def _row(key: str, rules: Any, *, is_required: bool) -> Row | None:
    if not isinstance(rules, dict) or rules.keys() - COLUMNS.values() or rules.get("type") not in TYPES:
        return None
    row: Row = {"key": key, "required": is_required}
    for column, keyword in COLUMNS.items():
        if keyword in rules:
            row[column] = _shown(rules[keyword]) if column in TYPED else rules[keyword]
    return row if all(_fits(column, value) for column, value in row.items()) else None


def _fits(column: str, value: Any) -> bool:
    """Whether the box of this column shows exactly this value."""
    match column:
        case "required" | "secret":
            return isinstance(value, bool)
        case "min_length" | "max_length":
            return type(value) is int
        case "minimum" | "maximum":
            return type(value) in (int, float)
        case "choices":
            return isinstance(value, list) and all(isinstance(each, str) for each in value)
        case "format":
            return value in FORMATS
    return isinstance(value, str)


def _shown(value: Any) -> Any:
    """A typed value, or a list of them, as texts."""
    match value:
        case list():
            return [_shown(each) for each in value]
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
    return value


def _rules(row: Row) -> dict[str, Any]:
    type_ = row.get("type")
    rules: dict[str, Any] = {}
    for column, keyword in COLUMNS.items():
        value = row.get(column)
        if value is not False and value not in (None, "", []):  # a 0 says something
            rules[keyword] = _typed(value, type_) if column in TYPED else value
    return rules


def _typed(value: Any, type_: Any) -> Any:
    """The value that a text stands for; the text itself where it stands for none of that type."""
    if isinstance(value, list):
        return [_typed(each, type_) for each in value]
    try:
        match type_:
            case "integer":
                return int(value)
            case "number":
                return float(value) if any(sign in value for sign in ".eE") else int(value)
            case "boolean":
                return {"true": True, "false": False}[value]
    except (ValueError, TypeError, KeyError):
        pass
    return value
