"""Every keyword's sentence: what is wrong and how to mend it, never the schema's own jargon."""

import json
from pathlib import Path

import pytest

from schema_forms.schemas import Fault, compile_schema

SAMPLES = json.loads((Path(__file__).parent / "data" / "sample_schemas.json").read_text())
PAIR = {"keywords": {"type": "string"}, "topics": {"type": "string"}, "mode": {"enum": ["a", "b", "c"]}}


def said(rules, value):
    return [fault.message for fault in compile_schema({"properties": {"x": rules}}).faults({"x": value})]


@pytest.mark.parametrize(
    ("rules", "value", "sentence"),
    [
        ({"enum": ["a", "b", "c"]}, "d", "Choose one of the 3 choices."),
        ({"enum": ["POST"]}, "GET", "Choose POST."),
        ({"enum": ["a"], "_enum_labels": {"a": "Alpha"}}, "b", "Choose Alpha."),
        ({"const": True}, False, "Choose true."),
        ({"oneOf": [{"const": 1, "title": "One"}, {"const": 2}]}, 3, "Choose one of the 2 choices."),
        ({"type": "string"}, 1, "Enter text."),
        ({"type": "integer"}, 1.5, "Enter a whole number, such as 5."),
        ({"type": "number"}, "1", "Enter a number, such as 2.5."),
        ({"type": "boolean"}, "yes", "Choose true or false."),
        ({"type": "object"}, 1, "Give an object."),
        ({"type": ["integer", "null"]}, "1", "Enter a whole number, such as 5 or null."),
        ({"minimum": 1}, 0, "Enter a number of at least 1."),
        ({"maximum": 0.5}, 1, "Enter a number of at most 0.5."),
        ({"exclusiveMinimum": 0}, 0, "Enter a number greater than 0."),
        ({"exclusiveMaximum": 1.0}, 1, "Enter a number less than 1."),
        ({"multipleOf": 0.25}, 0.3, "Enter a multiple of 0.25."),
        ({"multipleOf": 1}, 0.3, "Enter a whole number, such as 5."),
        ({"minLength": 3}, "ab", "Use at least 3 characters; this has 2."),
        ({"maxLength": 1}, "abc", "Use at most 1 character; this has 3."),
        ({"maxLength": 1}, "🙂🙂", "Use at most 1 character; this has 2."),
        ({"pattern": "^a"}, "b", "Does not match the expected format."),
        ({"pattern": "^a", "_help": "Start with a."}, "b", "Start with a."),
        ({"pattern": "^a", "_help": "Start with a.", "_error": "No a!"}, "b", "No a!"),
        ({"pattern": "^a", "_example": "abc"}, "b", "Does not match the expected format, for example abc."),
        ({"pattern": r"^\+1", "_error": "Start with +1.", "examples": ["+14155550100"]}, "b",
         "Start with +1, for example +14155550100."),
        ({"pattern": "^a", "_error": "Use abc.", "_example": "abc"}, "b", "Use abc."),
        ({"pattern": "^a", "_secret": True, "_example": "abc"}, "b", "Does not match the expected format."),
        ({"format": "uri"}, "x", "Enter a full web address, such as https://example.com/results."),
        ({"format": "email", "_error": "An address, please."}, "x", "An address, please."),
        ({"format": "json-pointer"}, "x", "Enter a valid json-pointer."),
        ({"not": {"const": 1}}, 1, "Enter a different value."),
        ({"not": True}, 1, "Enter a different value."),
        ({"not": {"const": 1}, "enum": [1, 2]}, 1, "Choose a different value."),
        ({"not": {"const": 1}, "_error": "One is taken."}, 1, "One is taken."),
        ({"anyOf": [{"type": "integer"}, {"minLength": 3}]}, "x",
         "Enter a whole number, such as 5. Or: Use at least 3 characters; this has 1."),
        ({"anyOf": [{"type": "integer"}], "_error": "A number."}, "x", "A number."),
        ({"anyOf": [{"anyOf": [{"type": "null"}]}]}, "x", "Enter a different value."),
        ({"oneOf": [{"minimum": 1}, {"minimum": 2}]}, 3,
         "Enter a different value: this one fits more than one of the allowed forms."),
        ({"minItems": 2}, [1], "Give at least 2 entries."),
        ({"maxItems": 1}, [1, 2], "Give at most 1 entry."),
        ({"uniqueItems": True}, [1, 1], "Give every entry only once."),
        ({"contains": {"const": 1}}, [2], "Add an entry of the required kind."),
        ({"items": [{}], "additionalItems": False}, [1, 2], "Give at most 1 entry."),
        ({"minProperties": 1}, {}, "Give at least 1 property."),
        ({"maxProperties": 0}, {"a": 1}, "Give at most 0 properties."),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, "Rename “ab”: this name is not allowed."),
        ({"contentEncoding": "base64"}, "#", "Encode this as base64."),
        ({"contentMediaType": "application/json"}, "{", "Give content of the type application/json."),
    ],
)  # fmt: skip
def test_each_keyword_has_its_sentence(rules, value, sentence):
    assert said(rules, value) == [sentence]


def test_a_property_that_must_be_absent():
    schema = compile_schema({"properties": {"x": False}})
    assert schema.faults({"x": 1}) == [Fault("/x", "Leave X empty.", "falseSchema")]


def test_unevaluated_parts_are_named():
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    extra = compile_schema({**dialect, "unevaluatedProperties": False}).faults({"z": 1})
    items = compile_schema({**dialect, "prefixItems": [{}], "unevaluatedItems": False}).faults([1, 2])
    assert [fault.path for fault in extra] == ["/z"]
    assert [fault.message for fault in items] == ["Remove the entries nobody asked for."]


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ({"name": "Language", "type": "string"}, "Enter Language."),
        ({"title": "Language", "enum": ["en"]}, "Choose Language."),
        ({"type": "boolean"}, "Choose true or false for Spoken language."),
        ({"type": "string"}, "Enter Spoken language."),
    ],
)
def test_a_missing_value_is_asked_for_by_its_label(rules, sentence):
    schema = compile_schema({"properties": {"spoken_language": rules}, "required": ["spoken_language"]})
    assert schema.faults({}) == [Fault("/spoken_language", sentence, "required")]


@pytest.mark.parametrize(
    ("rule", "instance", "sentence"),
    [
        ({"anyOf": [{"required": ["keywords"]}, {"required": ["topics"]}]}, {},
         "Give either Keywords or Topics."),
        ({"oneOf": [{"required": ["keywords", "mode"]}, {"required": ["topics"]}]}, {},
         "Give either Keywords and Mode or Topics."),
        ({"anyOf": [{"required": ["keywords"]}, {"required": ["topics"]}, {"required": ["mode"]}]}, {},
         "Give Keywords, Topics or Mode."),
        ({"anyOf": [{"required": ["keywords"]}]}, {}, "Enter Keywords."),
        ({"oneOf": [{"required": ["keywords"]}, {"required": ["topics"]}]}, {"keywords": "1", "topics": "2"},
         "Give only one of Keywords and Topics."),
        ({"oneOf": [{"properties": {"mode": {"const": "a"}}}, {"properties": {"topics": {"const": "t"}}}]},
         {},
         "Change Mode or Topics: only one of several rules may hold."),
        ({"not": {"required": ["keywords", "topics"]}}, {"keywords": "1", "topics": "2"},
         "Do not give Keywords and Topics together."),
        ({"not": {"required": ["keywords"]}}, {"keywords": "1"}, "Leave Keywords empty."),
        ({"not": {"properties": {"mode": {"const": "a"}}, "required": ["mode"]}}, {"mode": "a"},
         "Change Mode: this value is not allowed."),
        ({"not": {"properties": {"mode": {"const": "a"}}, "required": ["topics"]}}, {"mode": "a",
         "topics": "t"},
         "Change Mode or Topics: these values do not go together."),
        ({"anyOf": [{"properties": {"mode": {"const": "a"}}}, {"required": ["topics"]}]}, {"mode": "b"},
         "Mode: Choose a. Or: Enter Topics."),
        ({"oneOf": [{}, {}], "_error": "One way only."}, {}, "One way only."),
    ],
)  # fmt: skip
def test_a_rule_about_several_fields_names_them(rule, instance, sentence):
    faults = compile_schema({"properties": PAIR, **rule}).faults(instance)
    assert [(fault.path, fault.message) for fault in faults] == [("", sentence)]


def test_an_unknown_property_is_named_at_its_own_place():
    schema = compile_schema({"properties": PAIR, "additionalProperties": False})
    assert [(fault.path, fault.message) for fault in schema.faults({"a/b": 1})] == [
        ("/a~1b", "Remove “a/b”: there is no such property.")
    ]


def test_one_field_has_one_fault_and_they_come_in_the_order_of_the_form():
    rules = {"type": "integer", "enum": [1, 2], "minimum": 1}
    schema = compile_schema({"properties": {"b": rules, "a": rules, "c": {**rules, "_order": 1}}})
    faults = schema.faults({"a": "x", "b": "x", "c": "x"})
    assert [fault.path for fault in faults] == ["/c", "/b", "/a"]
    assert {fault.message for fault in faults} == {"Choose one of the 2 choices."}


def test_words_for_a_property_are_found_through_a_reference():
    definitions = {"phone": {"pattern": "^a", "_error": "Use an a."}}
    schema = compile_schema({"items": {"$ref": "#/definitions/phone"}, "definitions": definitions})
    assert [(fault.path, fault.message) for fault in schema.faults(["b"])] == [("/0", "Use an a.")]


def test_a_condition_asks_for_the_field_it_needs():
    schema = compile_schema(SAMPLES["text_translator"])
    faults = schema.faults({"target": "en", "auto_detect": False})
    assert faults == [Fault("/source", "Choose Language of the message.", "required")]


def test_a_sample_speaks_its_publishers_words():
    schema = compile_schema(SAMPLES["call_shield"])
    (fault,) = schema.faults({"mode": "strict", "allow_list": "12"})
    assert fault.message == "Use numbers like +14155550100, separated by commas (20 at most)."
