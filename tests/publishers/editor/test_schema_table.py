"""A flat JSON Schema as a table, and back: nothing is lost, or the table is not offered."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishers.editor.schema_table import rows_of, same, schema_of, twice

CLASSIC = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["language", "limit"],
    "properties": {
        "limit": {"type": "integer", "name": "Limit", "minimum": 0, "maximum": 5, "default": 3},
        "language": {"type": "string", "enum": ["en", "de"], "default": "en", "_help": "Of the answer"},
        "ratio": {"type": "number", "default": 0.5},
        "detail": {"type": "boolean", "default": True},
        "api-key": {"type": "string", "_secret": True, "pattern": "^k", "_error": "Begin with k."},
    },
    "anyOf": [{"required": ["limit"]}, {"required": ["ratio"]}],
}


def test_a_schema_comes_back_as_it_was_with_its_properties_in_order() -> None:
    rows = rows_of(CLASSIC)
    assert rows is not None
    assert schema_of(rows, CLASSIC) == CLASSIC
    assert [row["key"] for row in rows] == list(CLASSIC["properties"])


def test_a_row_is_written_as_people_read_it() -> None:
    rows = rows_of(CLASSIC) or []
    assert (rows[0]["default"], rows[0]["required"], rows[2]["default"]) == ("3", True, "0.5")
    assert rows[3]["default"] == "true"


def test_a_changed_row_changes_its_property_alone() -> None:
    rows = rows_of(CLASSIC) or []
    rows[0] = {**rows[0], "label": "At most", "required": False}
    changed = schema_of(rows, CLASSIC) or {}
    assert changed["properties"]["limit"]["name"] == "At most"
    assert changed["required"] == ["language"]
    assert changed["anyOf"] == CLASSIC["anyOf"]


def test_an_empty_table_is_no_schema_unless_something_else_is_kept() -> None:
    assert schema_of([], None) is None
    assert schema_of([], {"type": "object", "properties": {"a": {"type": "string"}}}) is None
    assert schema_of([], {"$schema": "x"}) == {"$schema": "x", "type": "object", "properties": {}}


@pytest.mark.parametrize(
    "rules",
    [
        {"type": "string", "const": "x"},
        {"enum": ["a"]},
        {"type": "object"},
        {"type": "string", "enum": [1]},
        {"type": "string", "default": ""},
        {"type": "string", "minLength": 1.5},
        {"type": "string", "minLength": True},
        {"type": "string", "format": "ipv4"},
        {"type": "string", "_secret": False},
        {"type": ["string", "null"]},
        "text",
        None,
    ],
)
def test_what_the_table_cannot_say_is_not_drawn(rules: Any) -> None:
    assert rows_of({"type": "object", "properties": {"a": rules}}) is None


@pytest.mark.parametrize(
    "schema", [[], "x", 5, True, {"properties": []}, {"required": {}}, {"type": "string"}]
)
def test_what_is_no_schema_of_settings_is_not_drawn_or_comes_back(schema: Any) -> None:
    rows = rows_of(schema)
    assert rows is None or same(schema_of(rows, schema), schema)


def test_a_value_that_is_of_another_type_stays_as_it_was_typed() -> None:
    schema = schema_of([{"key": "n", "type": "integer", "default": "many"}]) or {}
    assert schema["properties"]["n"]["default"] == "many"


def test_two_rows_of_one_key_are_named() -> None:
    assert twice([{"key": "a"}, {"key": "b"}, {"key": "a"}]) == ["a"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
RULES = st.fixed_dictionaries(
    {"type": st.sampled_from(["string", "integer", "number", "boolean", "null"])},
    optional=dict.fromkeys(("name", "enum", "default", "minimum", "minLength", "_secret", "const"), JSON),
)


@given(st.dictionaries(st.text(max_size=5), RULES, max_size=3), st.lists(st.text(max_size=5), max_size=3))
def test_whatever_is_drawn_comes_back(properties: dict[str, Any], required: list[str]) -> None:
    schema = {"type": "object", "properties": properties, "required": required}
    rows = rows_of(schema)
    assert rows is None or same(schema_of(rows, schema), schema)
