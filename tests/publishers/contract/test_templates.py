import hashlib

import pytest

from publishers.contract.templates import IllFormed, Placeholder, Template, text_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("{{body}}", (Placeholder("body"),)),
        ("{{ body\t}}", (Placeholder("body"),)),
        ("x{{{body}}", ("x{", Placeholder("body"))),
        ("{{include-keywords}}.{{a_b.c}}", (Placeholder("include-keywords"), ".", Placeholder("a_b.c"))),
        ("id={{SHA256:body}}!", ("id=", Placeholder("body", hashed=True), "!")),
        ('{"a": {"b": 1}}', ('{"a": {"b": 1}}',)),
    ],
)
def test_text_becomes_literals_and_placeholders(text, parts):
    assert Template.parse(text).parts == parts


@pytest.mark.parametrize(
    "text", ["{{", "{{}}", "{{a b}}", "{{a", "{{a}", "{{MD5:a}}", "{{a\n}}", f"{{{{{'a' * 65}}}}}"]
)
def test_two_braces_that_make_no_template_are_refused(text):
    with pytest.raises(IllFormed):
        Template.parse(text)


def test_a_value_that_looks_like_a_template_stays_text():
    values = {"a": "{{b}}", "b": "secret of another field"}
    assert Template.parse("<{{a}}>").fill(values.get) == "<{{b}}>"


def test_a_template_with_a_field_without_value_has_no_value():
    assert Template.parse("{{a}} and {{b}}").fill({"a": 1}.get) is None


def test_a_hash_is_taken_over_the_utf8_text():
    assert Template.parse("{{SHA256:a}}").fill({"a": "é"}.get) == hashlib.sha256("é".encode()).hexdigest()


def test_names_are_the_fields_it_needs():
    assert Template.parse("{{a}}{{SHA256:b}}{{a}}").names == {"a", "b"}


@pytest.mark.parametrize(
    ("text", "sole"), [("{{a}}", Placeholder("a")), ("{{a}} ", None), ("a", None), ("", None)]
)
def test_only_a_template_on_its_own_can_keep_a_type(text, sole):
    assert Template.parse(text).sole == sole


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"),
        (True, "true"),
        (False, "false"),
        (12, "12"),
        (0.5, "0.5"),
        (1e21, "1000000000000000000000"),
        (1e-7, "0.0000001"),
        ([1, "a"], '[1, "a"]'),
    ],
)
def test_values_are_written_without_surprises(value, text):
    assert text_of(value) == text
