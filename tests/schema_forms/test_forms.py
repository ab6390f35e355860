"""From a schema to a form and back: what is shown, what is read, and in whose words a fault is told."""

import json

import pytest

from schema_forms.fields import FIELDS
from schema_forms.forms import SchemaForm
from schema_forms.schemas import Fault, compile_schema


def form_of(rules, value=None, *, required=False, document=None):
    schema = {"type": "object", "properties": {"x": rules}, "required": ["x"] if required else []}
    data = None if value is None else {"configuration-x": value}
    return SchemaForm(compile_schema(schema), data, document=document)


def read(rules, value, **others):
    form = form_of(rules, value, **others)
    assert form.is_valid(), form.errors
    return form.document()


def errors(rules, value, **others):
    return form_of(rules, value, **others).errors.get("x", [])


@pytest.mark.parametrize(
    ("rules", "text", "value"),
    [
        ({"type": "string"}, "  hi there ", "hi there"),
        ({"type": "string", "format": "multi-line"}, "a\r\nb", "a\nb"),
        ({"type": "string", "_secret": True}, "s3cret", "s3cret"),
        ({"type": "integer"}, "5", 5),
        ({"type": "integer"}, " -9223372036854775807 ", -9223372036854775807),
        ({"type": "number"}, "1,5", 1.5),
        ({"type": "number"}, "1.5e3", 1500),
        ({"type": "number"}, "0,125", 0.125),
        ({"type": "number"}, ".5", 0.5),
        ({"type": "number"}, "9007199254740993", 9007199254740993),
        ({"type": "boolean"}, "on", True),
        ({"enum": ["en", "es"]}, "es", "es"),
        ({"enum": [1, "1", True, None]}, "1", 1),
        ({"enum": [1, "1", True, None]}, '"1"', "1"),
        ({"enum": [1, "1", True, None]}, "true", True),
        ({"enum": [1, "1", True, None]}, "null", None),
        ({"enum": ["", "a"]}, '""', ""),
        ({"oneOf": [{"const": 1, "title": "One"}, {"const": 2}]}, "2", 2),
        ({"type": "array"}, '["a", 1]', ["a", 1]),
    ],
)
def test_text_becomes_the_schemas_own_value(rules, text, value):
    document = read(rules, text)
    assert document == {"x": value}
    assert type(document["x"]) is type(value)


@pytest.mark.parametrize(
    "kind", [kind for kind in FIELDS if kind not in ("boolean", "enum", "secret", "json")]
)
def test_a_field_left_blank_is_absent(kind):
    assert read({"type": kind}, "  ") == {}


@pytest.mark.parametrize("rules", [{"enum": ["a"]}, {"type": "string", "_secret": True}, {"type": "object"}])
def test_a_blank_choice_secret_or_box_is_absent_too(rules):
    assert read(rules, "") == {}


def test_a_checkbox_left_unticked_is_false_even_when_required():
    schema = compile_schema({"properties": {"x": {"type": "boolean"}}, "required": ["x"]})
    form = SchemaForm(schema, {})
    assert form.is_valid()
    assert form.document() == {"x": False}


@pytest.mark.parametrize(
    ("rules", "text", "words"),
    [
        ({"type": "integer"}, "1.5", "Enter a whole number, such as 5."),
        ({"type": "integer"}, "1,000", "Enter a whole number, such as 5."),
        ({"type": "integer"}, "١", "Enter a whole number, such as 5."),
        ({"type": "integer"}, "9223372036854775808", "too large"),
        ({"type": "integer"}, "9" * 5_000, "too large"),
        ({"type": "number"}, "abc", "Enter a number, such as 2.5."),
        ({"type": "number"}, "1.000,5", "Enter a number, such as 2.5."),
        ({"type": "number"}, "1,234", "Write 1234 or 1.234"),
        *(
            ({"type": "number"}, text, "Enter a number, such as 2.5.")
            for text in ("NaN", "Infinity", "-inf", "1_0")
        ),
        ({"type": "number"}, "1e999", "too large"),
        ({"type": "number"}, "1e9999", "too large"),
        ({"type": "number"}, "9" * 65, "too large"),
        ({"type": "number"}, "1." + "0" * 64, "too large"),
        ({"type": "number"}, "1e-999", "too small"),
        ({"type": "string"}, "a\0b", "Remove the invisible NUL character."),
        ({"enum": ["a", "b"]}, "c", "Choose one of the 2 choices."),
        ({"type": "object"}, "{", "Enter JSON"),
        ({"type": "array"}, "{}", "Give a list."),
    ],
)
def test_what_cannot_be_read_is_told_once(rules, text, words):
    (message,) = errors(rules, text, required=True)
    assert words in message


@pytest.mark.parametrize(
    ("rules", "text", "value"),
    [
        ({"type": "string", "pattern": "^a", "_error": "Start with a."}, "b", "b"),
        ({"type": "string", "minLength": 3}, "b", "b"),
        ({"type": "integer", "minimum": 3}, "2", 2),
        ({"enum": ["a", "b"]}, "c", "c"),
        ({"enum": ["a"]}, "c", "c"),
        ({"type": "string", "pattern": "a"}, "a" * 1_025, "a" * 1_025),
        ({"type": "string", "name": "Language"}, "", None),
        ({"enum": ["a", "b"], "name": "Language"}, "", None),
        ({"type": "string", "format": "uri"}, "x", "x"),
    ],
)
def test_the_form_says_what_the_api_says(rules, text, value):
    form = form_of(rules, text, required=True)
    faults = form.schema.faults({} if value is None else {"x": value})
    assert form.errors["x"] == [fault.message for fault in faults]


def test_a_fault_of_the_whole_is_told_once_the_fields_can_be_read():
    rule = {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}
    schema = compile_schema({"properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, **rule})
    assert SchemaForm(schema, {}).non_field_errors() == ["Give either A or B."]
    assert SchemaForm(schema, {"configuration-a": "x"}).non_field_errors() == []


def test_faults_found_later_are_put_at_their_fields():
    form = form_of({"type": "string"}, "a")
    form.add_faults(
        [Fault("/x", "Taken."), Fault("/x", "Again."), Fault("/y/0", "Odd."), Fault("", "Stale.")]
    )
    assert form.errors == {"x": ["Taken."], "__all__": ["Odd.", "Stale."]}


def test_an_invalid_form_has_no_document():
    with pytest.raises(ValueError, match="not valid"):
        form_of({"type": "integer"}, "x").document()


def test_unknown_properties_are_kept():
    assert read({"type": "string"}, "new", document={"x": "old", "legacy": [1]}) == {
        "x": "new",
        "legacy": [1],
    }


def test_defaults_are_shown_only_to_a_new_document():
    rules = {"type": "integer", "default": 7}
    assert form_of(rules)["x"].value() == "7"
    assert form_of(rules, document={})["x"].value() == ""
    assert form_of(rules, document={"x": 3.0})["x"].value() == "3"


@pytest.mark.parametrize(
    ("rules", "required", "first"),
    [
        ({"enum": ["a", "b"]}, False, ("", "– not set –")),
        ({"enum": ["a", "b"]}, True, ("", "Choose…")),
        ({"enum": ["a", "b"], "default": "b"}, True, ("a", "a")),
        ({"enum": ["a", "b"], "default": "b"}, False, ("", "– not set –")),
        ({"enum": ["a"], "_enum_labels": {"a": "Alpha"}, "default": "a"}, True, ("a", "Alpha")),
        ({"oneOf": [{"const": 1, "title": "One"}], "default": 1}, True, ("1", "One")),
        ({"enum": [True, 1], "_enum_labels": {"true": "Yes"}, "default": True}, True, ("true", "Yes")),
    ],
)
def test_nothing_is_chosen_silently(rules, required, first):
    field = form_of(rules, required=required).fields["x"]
    assert field.choices[0] == first
    assert field.initial == ("" if first[0] == "" and "default" not in rules else json_text(rules["default"]))


def json_text(value):
    return value if isinstance(value, str) else json.dumps(value)


def test_true_and_one_are_different_choices():
    assert form_of({"enum": [True, 1]}, document={"x": 1}).fields["x"].initial == "1"
    assert form_of({"enum": [True, 1]}, document={"x": True}).fields["x"].initial == "true"


def test_a_value_that_is_no_longer_offered_is_not_chosen():
    assert form_of({"enum": ["a"]}, required=True, document={"x": "gone"}).fields["x"].choices[0] == (
        "",
        "Choose…",
    )


def test_a_secret_is_never_shown_and_kept_when_left_empty():
    rules = {"type": "string", "_secret": True}
    form = form_of(rules, required=True, document={"x": "hunter2"})
    assert "hunter2" not in str(form)
    assert form.fields["x"].help_text == "Set. Leave empty to keep it."
    assert read(rules, "", required=True, document={"x": "hunter2"}) == {"x": "hunter2"}
    assert read(rules, "new", required=True, document={"x": "hunter2"}) == {"x": "new"}
    assert errors(rules, "", required=True) == ["Enter X."]


@pytest.mark.parametrize(
    ("rules", "hint"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 8}, "From 1 to 8."),
        ({"type": "number", "minimum": 0}, "At least 0."),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, "More than 0, less than 1."),
        ({"type": "string", "maxLength": 20}, "At most 20 characters."),
        ({"type": "string", "minLength": 3, "maxLength": 20}, "From 3 to 20 characters."),
        ({"type": "string", "description": "As on the bill.", "maxLength": 20},
         "As on the bill. At most 20 characters."),
        ({"type": "string"}, ""),
    ],
)  # fmt: skip
def test_limits_are_told_beforehand(rules, hint):
    assert form_of(rules).fields["x"].help_text == hint


@pytest.mark.parametrize(
    ("key", "rules", "label"),
    [
        ("x", {"name": "Name", "title": "Title"}, "Name"),
        ("x", {"name": " ", "title": "Title"}, "Title"),
        ("callback_url", {}, "Callback url"),
        ("include-keywords", {"name": 5}, "Include keywords"),
        ("maxSpeakers.URL", {}, "Max speakers URL"),
        ("_", {}, "_"),
    ],
)
def test_a_label_is_the_name_the_title_or_the_key_in_words(key, rules, label):
    form = SchemaForm(compile_schema({"properties": {key: {"type": "string", **rules}}}))
    assert form.fields[key].label == label


@pytest.mark.parametrize(
    ("key", "rules", "markup"),
    [
        ("x", {"type": "string"}, 'type="text"'),
        ("x", {"type": "string", "maxLength": 121}, "<textarea"),
        ("x", {"type": "string", "format": "multi-line"}, "<textarea"),
        ("x", {"type": "string", "format": "uri"}, 'type="url"'),
        ("callback_url", {"type": "string"}, 'inputmode="url"'),
        ("x", {"type": "integer"}, 'inputmode="numeric"'),
        ("x", {"type": "number"}, 'inputmode="decimal"'),
        ("x", {"type": "boolean"}, 'type="checkbox"'),
        ("x", {"type": "string", "_secret": True}, 'type="password"'),
        ("x", {"enum": [1]}, "<select"),
    ],
)
def test_each_kind_has_its_control(key, rules, markup):
    form = SchemaForm(compile_schema({"properties": {key: rules}}))
    assert markup in str(form[key])


def test_order_and_groups_are_followed():
    rules = {"type": "string"}
    properties = {"b": {**rules, "_group": "More"}, "c": rules, "a": {**rules, "_order": 1}}
    form = SchemaForm(compile_schema({"properties": properties}))
    assert [(title, [field.name for field in fields]) for title, fields in form.groups()] == [
        ("", ["a", "c"]),
        ("More", ["b"]),
    ]
