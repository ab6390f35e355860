"""The house rules for configuration schemas: each breach is named with its place and its mend."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema_forms import limits
from schema_forms.schemas import compile_schema, configuration_schema_faults

SAMPLES = json.loads((Path(__file__).parent / "data" / "sample_schemas.json").read_text())


def of(rules, **others):
    return {"type": "object", "properties": {"x": rules}, **others}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_a_good_configuration_schema(name):
    compile_schema(SAMPLES[name])
    assert configuration_schema_faults(SAMPLES[name]) == []


@pytest.mark.parametrize(
    "rules",
    [
        {"enum": [1, "1", True, None, 1.5]},
        {"oneOf": [{"const": 1, "title": "One"}, {"const": 2, "title": "Two"}]},
        {
            "type": "string",
            "format": "multi-line",
            "_order": 1,
            "_group": "More",
            "_secret": False,
            "_mine": [1],
        },
        {"type": "integer", "enum": [1, 2.0], "default": 1, "_enum_labels": {"1": "One"}},
        {"type": "string", "anyOf": [{"pattern": "^a"}, {"const": ""}], "examples": ["a"], "_example": "a"},
    ],
)
def test_what_a_form_can_ask_is_allowed(rules):
    assert configuration_schema_faults(of(rules)) == []


DEEP: dict[str, object] = {"allOf": [{"anyOf": [{"oneOf": [{"not": {"not": {}}}]}]}]}


@pytest.mark.parametrize(
    ("schema", "path", "words"),
    [
        ({"properties": {}}, "/type", 'Use "type": "object"'),
        ({"type": "object", "properties": []}, "/properties", "Give an object"),
        ({"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(101)}},
         "/properties", "at most 100"),
        (of({"type": "string"}, additionalProperties={}), "/additionalProperties", "true or false"),
        (of({"type": "object"}), "/properties/x/type", 'no field for the type "object"'),
        (of({"type": "array"}), "/properties/x/type", 'no field for the type "array"'),
        (of({}), "/properties/x/type", "Use one type"),
        (of({"type": ["string", "null"]}), "/properties/x/type", "Use one type"),
        (of(True), "/properties/x", "Describe the property"),
        (of({"type": "string", "uniqueItems": True}), "/properties/x/uniqueItems", "Remove uniqueItems"),
        (of({"type": "string", "$ref": "#"}), "/properties/x/$ref", "Write the rules out"),
        (of({"type": "string"}, definitions={}), "/definitions", "Remove definitions"),
        (of({"type": "string"}, **DEEP), "/allOf/0/anyOf/0/oneOf/0/not/not", "at most 4 deep"),
        (of({"type": "string"}, required=["y"]), "/required/0", "Describe “y” under properties"),
        (of({"type": "string"}, then={"required": ["y"]}), "/then/required/0", "Describe “y”"),
        ({"type": "object", "properties": {"a b": {"type": "string"}}}, "/properties/a b", "Name it with"),
        ({"type": "object", "properties": {"x" * 65: {"type": "string"}}}, "/properties/" + "x" * 65,
         "Name it with"),
        (of({"enum": []}), "/properties/x/type", "Use one type"),
        (of({"type": "string", "enum": []}), "/properties/x/enum", "at least one value"),
        (of({"enum": list(range(201))}), "/properties/x/enum", "at most 200 choices"),
        (of({"enum": ["a", "a"]}), "/properties/x/enum", "only once"),
        (of({"enum": [1, 1.0]}), "/properties/x/enum", "only once"),
        (of({"enum": [[1]]}), "/properties/x/enum", "only texts"),
        (of({"enum": ["a" * 201]}), "/properties/x/enum", "Shorten each value"),
        (of({"type": "string", "enum": [1]}), "/properties/x/enum", "not of the type string"),
        (of({"type": "string", "default": 1}), "/properties/x/default", "itself allows"),
        (of({"enum": ["a"], "type": "string", "default": "b"}), "/properties/x/default", "itself allows"),
        (of({"type": "string", "_secret": True, "default": "s"}), "/properties/x/default",
         "everyone would know"),
        (of({"type": "integer", "_secret": True}), "/properties/x/_secret", "only for a string"),
        (of({"type": "string"}, allOf=[{"properties": {"x": {"_secret": True}}}]),
         "/allOf/0/properties/x/_secret", "only there it is kept secret"),
        (of({"type": "string", "format": "regex"}), "/properties/x/format", "one of these formats"),
        (of({"type": "string", "name": 5}), "/properties/x/name", "Give a text"),
        (of({"type": "string", "name": "a" * 101}), "/properties/x/name",
         "at most 100 characters; this has 101"),
        (of({"type": "string", "_help": "a" * 501}), "/properties/x/_help", "at most 500"),
        (of({"type": "string", "_example": {}}), "/properties/x/_example", "Give one value"),
        (of({"enum": ["a"], "_enum_labels": ["A"]}), "/properties/x/_enum_labels", "Give an object"),
    ],
)  # fmt: skip
def test_each_breach_has_its_place_and_its_mend(schema, path, words):
    faults = {fault.path: fault.message for fault in configuration_schema_faults(schema)}
    assert words in faults[path]


def test_all_faults_are_reported_at_once():
    faults = configuration_schema_faults({"properties": {"a": {"type": "array"}, "b": {"type": "object"}}})
    assert [fault.path for fault in faults] == ["/type", "/properties/a/type", "/properties/b/type"]


KEYWORDS = """
    type properties required enum const oneOf allOf not name default format additionalProperties
    _help _enum_labels _secret _example x
"""
keywords = st.sampled_from(KEYWORDS.split())
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keywords, inner, max_size=5),
    max_leaves=15,
)


@given(st.dictionaries(keywords, json_values, max_size=5), st.dictionaries(keywords, json_values, max_size=5))
def test_no_schema_however_wrong_breaks_the_rules_themselves(top, rules):
    assert isinstance(configuration_schema_faults({"properties": {"x": rules}, **top}), list)


def test_the_limits_are_those_of_the_design():
    assert (limits.SCHEMA_BYTES_MAX, limits.PATTERN_LENGTH_MAX, limits.MATCHED_LENGTH_MAX) == (
        65_536,
        512,
        1_024,
    )
    assert (limits.EXPANDED_NODES_MAX, limits.DEPTH_MAX, limits.ENUM_VALUES_MAX) == (10_000, 64, 200)
