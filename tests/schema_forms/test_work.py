"""What may hold up an event loop is bounded: counted where it can be, by the clock where a pattern runs."""

import pytest

from schema_forms import limits
from schema_forms.messages import TOO_HARD_TO_CHECK, TOO_LARGE_TO_CHECK, TOO_LARGE_TO_EXPLAIN
from schema_forms.schemas import Fault, compile_schema
from schema_forms.work import count_values

ONES = [1] * 32_766
OBJECTS = [{"b": 1}] * 8_000
NAMES = {f"{number:x}": 1 for number in range(8_000)}
TEXTS = ["a" * 40 + str(number) for number in range(1_300)]
BACKTRACKING = r"^(?=(x?))(a|a)*\1b$"
LOOK_AHEAD = r"^(?!0)[0-9]+$"
ANY_OF_MANY = {"anyOf": [*[{"type": "string"}] * 1_000, {}]}


def nested(keyword, schema, times):
    return {keyword: [schema] * times}


@pytest.mark.parametrize(
    ("schema", "instance"),
    [
        ({"items": ANY_OF_MANY}, ONES),
        ({"items": {"allOf": [nested("allOf", nested("allOf", {"type": "number"}, 15), 15)] * 15}}, ONES),
        ({"items": {"$ref": "#/definitions/a"}, "definitions": {"a": ANY_OF_MANY}}, ONES),
        ({"contains": nested("allOf", {"type": "string"}, 1_000)}, ONES),
        ({"items": {"enum": [{"b": number} for number in range(4_000)]}}, OBJECTS),
        ({"items": {"not": {"const": list(range(9_000))}}}, OBJECTS),
        ({"items": {"multipleOf": 1e-300}}, [1.5e300] * 8_000),
        ({"items": nested("allOf", {"uniqueItems": True}, 500)}, [[1, 2]] * 400),
        ({"items": nested("allOf", {"format": "date"}, 500)}, [1] * 400),
        ({"items": nested("allOf", {"multipleOf": 3}, 500)}, [3] * 400),
        ({"items": {"required": [str(number) for number in range(2_000)]}}, [1] * 2_000),
        ({"items": {"dependencies": {str(number): ["x"] for number in range(2_000)}}}, [{}] * 20_000),
        (
            {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "items": {"dependentRequired": {str(number): ["x"] for number in range(2_000)}},
            },
            [{}] * 20_000,
        ),
        ({"items": {"enum": [{"b": 1}, *range(1_000)]}}, [1] * 1_200),
        (
            {
                "items": nested("allOf", {"type": "number"}, 600),
                "contains": nested("anyOf", {"const": 1}, 600),
            },
            [1] * 1_200,
        ),
        ({"patternProperties": {f"^a{number}": {} for number in range(100)}}, NAMES),
        ({"patternProperties": {f"{BACKTRACKING}{number}": {} for number in range(100)}}, NAMES),
        ({"patternProperties": {BACKTRACKING: {}}}, NAMES),
        ({"additionalProperties": {"items": ANY_OF_MANY}}, {"a": ONES}),
        ({"allOf": [{"items": ANY_OF_MANY}]}, ONES),
    ],
)
def test_more_work_than_there_is_time_for_is_refused(schema, instance):
    compiled = compile_schema(schema)
    assert not compiled.accepts(instance)
    assert compiled.first_fault(instance) == Fault("", TOO_LARGE_TO_CHECK)
    assert compiled.faults(instance) == [Fault("", TOO_LARGE_TO_CHECK)]


@pytest.mark.parametrize(
    ("schema", "instance"),
    [
        ({"items": {"properties": {f"k{number}": {"type": "string"} for number in range(1_000)}}}, OBJECTS),
        ({"items": {"enum": [*range(5_000)]}}, ONES),
        ({"items": {"type": "number"}, "definitions": {"unused": ANY_OF_MANY}}, ONES),
        ({"properties": {"a": {"anyOf": [{"type": "string"}, {"items": {"minimum": 1}}]}}}, {"a": ONES}),
        ({"additionalProperties": {"type": "number", "minimum": 0, "maximum": 9}}, NAMES),
        ({"patternProperties": {"^[0-9]": {"type": "integer"}}}, NAMES),
        ({"patternProperties": {LOOK_AHEAD: {"type": "integer"}}}, {str(number): 1 for number in range(15)}),
        ({"items": {"uniqueItems": True}}, [[1, 2, 3]] * 8_000),
        ({"items": {"pattern": LOOK_AHEAD}}, ["14155552671"] * 50),
    ],
)
def test_the_largest_answers_are_judged_by_usual_schemas(schema, instance):
    compiled = compile_schema(schema)
    assert compiled.accepts(instance)
    assert compiled.first_fault(instance) is None


@pytest.mark.parametrize(
    ("schema", "instance"),
    [
        ({"items": {"anyOf": [*[{"pattern": f"{BACKTRACKING}{n}"} for n in range(50)], {}]}}, TEXTS),
        ({"propertyNames": {"anyOf": [{"pattern": BACKTRACKING}, {}]}}, dict.fromkeys(TEXTS, 1)),
        ({"items": {"not": {"allOf": [{"type": "string"}, {"pattern": BACKTRACKING}]}}}, TEXTS),
        ({"items": {"if": {"pattern": BACKTRACKING}, "else": {}}}, TEXTS),
    ],
)
def test_patterns_that_take_too_long_are_given_up(schema, instance, monkeypatch):
    monkeypatch.setattr(limits, "VALIDATION_MS_MAX", -1)
    compiled = compile_schema(schema)
    assert not compiled.accepts(instance)
    assert compiled.first_fault(instance) == Fault("", TOO_HARD_TO_CHECK)
    assert compiled.faults(instance) == [Fault("", TOO_HARD_TO_CHECK)]


def test_the_clock_is_looked_at_before_each_pattern_whatever_the_pattern_says(monkeypatch):
    looks = []
    compiled = compile_schema({"items": {"anyOf": [{"pattern": "^b$"}, {"pattern": "^c$"}, {}]}})
    monkeypatch.setattr("schema_forms.work.time.thread_time", lambda: looks.append(1) or 0)
    assert compiled.accepts(["a"] * 10)
    assert len(looks) == 1 + 2 * 10


@pytest.mark.parametrize(
    ("schema", "instance"),
    [
        ({"properties": {"x": {"pattern": "^b$", "_error": "Say b."}}}, {"x": "a"}),
        ({"properties": {"x": {"pattern": "^b$", "allOf": [{"minLength": 3}]}}}, {"x": "b"}),
        ({"required": ["x"], "properties": {"x": {"title": "Language"}}}, {}),
        ({"properties": {"x": {"anyOf": [{"type": "string"}, {"minimum": 5}]}}}, {"x": 1}),
        ({"properties": {"x": {"pattern": "b"}}}, {"x": "a" * 1_025}),
        ({"properties": {"x": {"minLength": 3}}}, {"x": "\ud800"}),
    ],
)  # fmt: skip
def test_the_first_fault_is_one_of_all(schema, instance):
    compiled = compile_schema(schema)
    assert compiled.faults(instance)[:1] == [compiled.first_fault(instance)]


def test_the_first_fault_of_many_branches_is_told_without_its_place():
    compiled = compile_schema({"items": {"anyOf": [{"type": "string"}] * 220}})
    assert compiled.first_fault([1]) == Fault("/0", "Enter text.", "anyOf")
    assert compiled.first_fault([1] * 220) == Fault("", TOO_LARGE_TO_EXPLAIN)


def test_the_first_fault_of_a_large_document_has_its_place():
    assert compile_schema({"items": {"type": "string"}}).first_fault(ONES) == Fault(
        "/0", "Enter text.", "type"
    )


@pytest.mark.parametrize(
    ("document", "count"),
    [(1, 1), ("abc", 1), ({}, 1), ([[], {}], 3), ((1, (2,)), 4), ({"a": [1, {"b": 2}], "c": "dd"}, 6)],
)
def test_values_are_counted(document, count):
    assert count_values(document, most=100) == count


def test_counting_ends_soon_after_the_most():
    assert 10 < count_values([[[1] * 20] * 20], most=10) <= 22
