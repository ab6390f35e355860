"""A nested part: which tab counts, what is stored of it, and what is refused."""

import json
from typing import Any

import pytest

from publishers.editor.layout import LAYOUT, Nested, items_of
from publishers.editor.nested import NestedBox, NotSaved
from publishers.sections import SECTIONS
from schema_forms.schemas import nul_faults
from tests.factories import make_definition

NESTED = {item.name: item for slug in LAYOUT for item in items_of(slug) if isinstance(item, Nested)}
REQUEST = make_definition()["request"]
PLAIN = {"method": "GET", "url": "https://x.example/"}


def box(name: str, stored: Any, **posted: Any) -> NestedBox:
    data = {f"{name}-{key}": value if key == "tab" else _text(value) for key, value in posted.items()}
    return NestedBox(NESTED[name], stored, data={f"{name}-json": "", **data}, editable=True)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def test_the_tab_that_is_open_counts() -> None:
    sent = {"builder": PLAIN, "json": {**PLAIN, "method": "POST"}}
    assert box("request", None, tab="builder", **sent).value() == PLAIN
    assert box("request", None, tab="json", **sent).value()["method"] == "POST"


def test_without_scripts_the_json_counts_whatever_tab_is_named() -> None:
    assert box("request", None, tab="builder", json=PLAIN).value() == PLAIN


def test_json_is_stored_as_it_was_written() -> None:
    written = {**PLAIN, "query": [{"name": "a", "value": "", "required": False}]}
    assert box("request", None, tab="json", json=written).value() == written


def test_the_builders_empty_boxes_are_left_out() -> None:
    drawn = {
        **PLAIN,
        "query": [{"name": "a", "value": "b", "credential": "", "required": False}, {}],
        "body": {},
    }
    value = box("request", None, tab="builder", builder=drawn).value()
    assert value == {**PLAIN, "query": [{"name": "a", "value": "b"}]}


def test_a_builder_that_nobody_touched_changes_nothing() -> None:
    stored = {**PLAIN, "query": [{"name": "a", "value": "b", "required": False}], "headers": []}
    drawn = {**stored, "body": {"kind": "", "fields": []}}
    assert not box("request", stored, tab="builder", builder=drawn).changed()
    untouched = {
        "method": "GET",
        "url": "",
        "query": [],
        "headers": [],
        "body": {"kind": "none", "fields": []},
    }
    assert not box("request", None, tab="builder", builder=untouched).changed()


def test_an_emptied_box_leaves_the_part_out() -> None:
    assert box("request", PLAIN, tab="json", json="  ").value() is None
    assert box("remove", ["$.a"], tab="builder", builder=["", None]).value() is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '{"a": 1,',
            "This is no JSON: Expecting property name enclosed in double quotes (line 1, column 9).",
        ),
        ('"\\ud800"', "a character is half"),
        ("1e999", "This is no JSON that we can keep"),
        ("NaN", "This is no JSON that we can keep"),
        ("9" * 5000, "This is no JSON that we can keep"),
        ("[" * 101 + "]" * 101, "nesting is too large"),
        ("[" * 100_000, "nesting is too large"),
        ("x" * 262_145, "Use at most 262144 bytes."),
    ],
    ids=["broken", "surrogate", "infinite", "nan", "digits", "deep", "very deep", "long"],
)
@pytest.mark.parametrize("tab", ["builder", "json"])
def test_what_cannot_be_kept_says_why(tab: str, text: str, sentence: str) -> None:
    with pytest.raises(NotSaved, match=sentence.replace("(", r"\(").replace(")", r"\)")):
        box("request", None, tab=tab, **{"builder": "{}", "json": "", tab: text}).value()


@pytest.mark.parametrize(
    "stored",
    [
        {**PLAIN, "query": [{"name": "a", "value": 5}]},
        {**PLAIN, "strange": 1},
        {**PLAIN, "method": "PATCH"},
        [PLAIN],
        "text",
        5,
        {**PLAIN, "query": [{"name": "x", "value": "y"}] * 2000},
    ],
    ids=["number", "unknown", "choice", "list", "text", "integer", "huge"],
)
def test_what_the_builder_cannot_draw_is_edited_as_json(stored: Any) -> None:
    shown = NestedBox(NESTED["request"], stored, data=None, editable=True)
    assert (shown.is_drawn, shown.chosen_tab, json.loads(shown.text)) == (False, "json", stored)
    assert shown.note.startswith("The builder cannot draw")


def test_a_builder_that_could_not_be_drawn_overwrites_nothing() -> None:
    stored = {**PLAIN, "strange": 1}
    sent = box("request", stored, tab="builder", builder=PLAIN, json=stored)
    assert not sent.changed()


def test_the_table_of_a_schema_becomes_a_schema() -> None:
    rows = [{"key": "language", "type": "string", "label": "Language", "required": True}, {"type": "string"}]
    assert box("configuration_schema", None, tab="builder", builder=rows).value() == {
        "type": "object",
        "properties": {"language": {"name": "Language", "type": "string"}},
        "required": ["language"],
    }


def test_two_fields_of_one_key_are_not_stored() -> None:
    rows = [{"key": "a", "type": "string"}, {"key": "a", "type": "integer"}]
    with pytest.raises(NotSaved, match="Two fields have the key “a”"):
        box("configuration_schema", None, tab="builder", builder=rows).value()


@pytest.mark.parametrize(
    "sent", [5, '"x"', {"a": 1}, [{"key": [], "choices": [[]]}], [5, None, "x"], [[["x"]]], True]
)
@pytest.mark.parametrize("name", sorted(NESTED))
def test_whatever_a_builder_sends_is_a_value_or_a_refusal(name: str, sent: Any) -> None:
    value = box(name, None, tab="builder", builder=sent).value()
    assert nul_faults(value) == []


@pytest.mark.parametrize("name", sorted(NESTED))
def test_every_example_is_right_and_drawn_by_its_builder(name: str) -> None:
    item = NESTED[name]
    if not item.example:
        return
    stored = json.loads(item.example)
    shown = NestedBox(item, stored, data=None, editable=True)
    assert shown.is_drawn or item.editor is None


def test_every_section_with_content_has_a_layout() -> None:
    assert set(LAYOUT) == set(SECTIONS) - {"test", "submit"}
