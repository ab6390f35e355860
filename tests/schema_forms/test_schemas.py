"""Compiling a schema: what is refused, and that nothing hangs, fetches or passes by accident."""

import json
import socket
import time
from pathlib import Path

import pytest

from schema_forms import limits
from schema_forms.schemas import Fault, UnusableSchema, compile_schema, nul_faults

DATA = Path(__file__).parent / "data"
EVIL = json.loads((DATA / "evil_patterns.json").read_text())
HANG_SECONDS = 1
# Refused at once: too large, or not ECMA 262.
TOO_LARGE = {"count-blowup", "big-repeat", "large-alt", "possessive", "case-i"}
CATASTROPHE = r"^(?=(x?))(a|a)*\1b$"


def expand(text):
    """The corpus writes "a*30" for thirty times "a"."""
    unit, _, times = text.rpartition("*")
    return unit * int(times) if unit else text


def refusal(schema):
    with pytest.raises(UnusableSchema) as refused:
        compile_schema(schema)
    return refused.value.faults


@pytest.mark.parametrize(("name", "pattern", "unit", "tail"), EVIL, ids=[row[0] for row in EVIL])
def test_every_evil_pattern_ends(name, pattern, unit, tail):
    pattern = "|".join(f"w{n}" for n in range(5_000)) if pattern == "@ALT" else pattern
    text = expand(unit) + tail
    started = time.monotonic()
    if name in TOO_LARGE:
        assert [fault.path for fault in refusal({"pattern": pattern})] == ["/pattern"]
    else:
        compile_schema({"pattern": pattern}).faults(text)
        compile_schema({"pattern": pattern}).faults(text[-limits.MATCHED_LENGTH_MAX :])
    assert time.monotonic() - started < HANG_SECONDS


def test_nested_quantifiers_are_answered():
    schema = compile_schema({"pattern": "^(a+)+$"})
    assert schema.accepts("a" * 40)
    assert not schema.accepts("a" * 39 + "!")


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": CATASTROPHE},
        {"not": {"pattern": CATASTROPHE}},
        {"oneOf": [{"pattern": CATASTROPHE}, {"type": "string"}]},
        {"if": {"pattern": CATASTROPHE}, "then": False},
    ],
    ids=["plain", "not", "oneOf", "if"],
)
def test_a_pattern_that_gives_up_is_a_fault(schema):
    compiled = compile_schema(schema)
    assert not compiled.accepts("a" * 40)
    assert compiled.faults("a" * 40)[0].message.startswith("This is too complicated")


LONG = "a" * (limits.MATCHED_LENGTH_MAX + 1)


@pytest.mark.parametrize(
    ("schema", "instance", "path"),
    [
        ({"pattern": "a"}, LONG, ""),
        ({"not": {"pattern": "b"}}, LONG, ""),
        ({"if": {"pattern": "b"}, "then": False}, LONG, ""),
        ({"oneOf": [{"pattern": "b"}, {"type": "string"}]}, LONG, ""),
        ({"properties": {"x": {"$ref": "#/definitions/d"}}, "definitions": {"d": {"pattern": "a"}}},
         {"x": LONG}, "/x"),
        ({"patternProperties": {"^x": {"pattern": "a"}}}, {"x": LONG}, "/x"),
        ({"additionalProperties": {"pattern": "a"}, "properties": {"y": {}}}, {"x": LONG, "y": LONG}, "/x"),
        ({"items": [{"pattern": "a"}]}, [LONG], "/0"),
        ({"dependencies": {"x": {"properties": {"x": {"pattern": "a"}}}}}, {"x": LONG}, "/x"),
        ({"patternProperties": {"a": {}}}, {LONG: 1}, ""),
        ({"propertyNames": {"pattern": "a"}}, {LONG: 1}, ""),
    ],
)  # fmt: skip
def test_a_string_too_long_for_a_pattern_is_a_fault(schema, instance, path):
    compiled = compile_schema(schema)
    assert not compiled.accepts(instance)
    assert [fault.path for fault in compiled.faults(instance)] == [path]


def test_a_long_string_without_a_pattern_is_fine():
    schema = compile_schema({"properties": {"x": {"pattern": "a"}, "y": {"type": "string"}}})
    assert schema.faults({"x": "a" * limits.MATCHED_LENGTH_MAX, "y": LONG}) == []


REMOTE = "Refer to a place in this schema, such as #/definitions/name. We never load other documents."


@pytest.fixture
def at_listener():
    """Puts a listening address into a schema; at the end, nobody has called."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"127.0.0.1:{server.getsockname()[1]}"
        yield lambda schema: json.loads(json.dumps(schema).replace("LISTENER", address))
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(
    "reference",
    [
        "http://LISTENER/x",
        "https://LISTENER/x#/a",
        "file:///etc/passwd",
        "other.json",
        "//LISTENER/x",
        "",
        "?a",
        "#name",
        "#/definitions/a%2Fb",
        "urn:x",
        " #/definitions/a",
        "http://json-schema.org/draft-07/schema#",
    ],
)
def test_a_reference_out_of_the_document_is_refused(at_listener, reference):
    schema = at_listener({"$ref": reference, "definitions": {"a": {}}})
    assert refusal(schema) == (Fault("/$ref", REMOTE, "$ref"),)


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"$schema": "http://LISTENER/x"}, "/$schema"),
        ({"$schema": 7}, "/$schema"),
        ({"$id": "http://LISTENER/x", "$ref": "y"}, "/$ref"),
        ({"$id": "http://LISTENER/x", "$ref": "http://LISTENER/x#/definitions/a"}, "/$ref"),
        ({"properties": {"a": {"$schema": "http://LISTENER/x"}}}, "/properties/a/$schema"),
        ({"not": {"items": [{"$ref": "file:///x"}]}}, "/not/items/0/$ref"),
        ({"properties": {"default": {"$ref": "http://LISTENER/x"}}}, "/properties/default/$ref"),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema", "$dynamicRef": "http://h/x"},
         "/$dynamicRef"),
        ({"$ref": "#/definitions/none", "definitions": {}}, "/$ref"),
        ({"$ref": "#/default", "default": {"$ref": "http://LISTENER/x"}}, "/$ref"),
        ({"$ref": 5}, "/$ref"),
    ],
)  # fmt: skip
def test_no_trick_leads_out_of_the_document(at_listener, schema, path):
    assert [fault.path for fault in refusal(at_listener(schema))] == [path]


def test_an_identifier_moves_no_reference(at_listener):
    inner = {"$id": "http://LISTENER/y", "$ref": "#/definitions/a"}
    schema = {
        "$id": "http://LISTENER/x",
        "properties": {"p": inner},
        "definitions": {"a": {"type": "null"}},
    }
    compiled = compile_schema(at_listener(schema))
    assert compiled.accepts({"p": None})
    assert not compiled.accepts({"p": 1})


def doubling(keyword, levels):
    definitions = {f"d{n}": {keyword: [{"$ref": f"#/definitions/d{n + 1}"}] * 2} for n in range(levels)}
    return {"$ref": "#/definitions/d0", "definitions": {**definitions, f"d{levels}": {"type": "null"}}}


def nested(levels):
    schema = {}
    for _ in range(levels):
        schema = {"not": schema}
    return schema


LOOP = {
    "$ref": "#/definitions/a",
    "definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}},
}


@pytest.mark.parametrize(
    "bomb",
    [
        doubling("allOf", 24),
        doubling("anyOf", 28),
        doubling("oneOf", 28),
        LOOP,
        {"$ref": "#"},
        {"properties": {"child": {"$ref": "#"}}},
        {"properties": {"default": doubling("allOf", 24)["definitions"]["d0"]}, **doubling("allOf", 24)},
        nested(limits.DEPTH_MAX + 1),
        nested(600),
        nested(5_000),
        {"enum": list(range(50_000))},
        {"required": [f"k{n}" for n in range(12_000)]},
        {"properties": {f"k{n}": {"pattern": f"a{{{9_000 + n}}}"} for n in range(1_000)}},
        {"minimum": float("nan")},
        {"title": "\ud800"},
        {"title": object()},
    ],
    ids=[*"abcdefghijklmnop"],
)  # fmt: skip
def test_a_bomb_is_refused_at_once(bomb):
    started = time.monotonic()
    assert refusal(bomb)
    assert time.monotonic() - started < HANG_SECONDS


def test_a_loop_nobody_follows_is_harmless():
    assert compile_schema({"definitions": LOOP["definitions"]}).accepts(1)


@pytest.mark.parametrize(
    ("schema", "instance"),
    [
        ({"uniqueItems": True}, [{"n": n} for n in range(20_000)]),
        ({"items": {"anyOf": [{"type": "string"}] * 1_000}}, [1] * 20_000),
        ({"required": [f"k{n}" for n in range(2_000)]}, {"x": "y" * 60_000}),
        ({"patternProperties": {f"^{n}x": {"type": "null"} for n in range(100)}},
         {f"{n}": 1 for n in range(3_000)}),
    ],
    ids=["unique", "branches", "required", "patterns"],
)  # fmt: skip
def test_a_large_document_is_judged_quickly(schema, instance):
    compiled = compile_schema(schema)
    started = time.monotonic()
    assert bool(compiled.faults(instance)) is not compiled.accepts(instance)
    assert time.monotonic() - started < HANG_SECONDS


def test_the_first_fault_of_a_large_document_has_its_place():
    faults = compile_schema({"items": {"type": "string"}}).faults([1] * 30_000)
    assert faults == [Fault("/0", "Enter text.", "type")]


@pytest.mark.parametrize(
    ("schema", "path", "words"),
    [
        ({"type": "strin"}, "/type", "Use one of string"),
        ({"properties": {"a": {"enum": 3}}}, "/properties/a/enum", "Give a list"),
        ({"properties": {"a": {"minimum": "x"}}}, "/properties/a/minimum", "not valid JSON Schema (draft 7)"),
        ({"pattern": "("}, "/pattern", "invalid or too large"),
        ({"pattern": "a{1000000}"}, "/pattern", "invalid or too large"),
        ({"patternProperties": {"(": {}}}, "/patternProperties/(", "invalid or too large"),
        ({"pattern": "a" * 513}, "/pattern", "to 512 characters; it has 513"),
        ({"title": "a" * 65_536}, "", "to 64 KiB"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"pattern": 5}}}, "/$defs/a/pattern", "cannot be used"),
    ],
)
def test_a_refusal_names_the_place_and_the_mend(schema, path, words):
    (fault,) = refusal(schema)
    assert fault.path == path
    assert words in fault.message


@pytest.mark.parametrize(
    ("uri", "keyword"),
    [
        ("http://json-schema.org/draft-04/schema#", {"minimum": 3, "exclusiveMinimum": True}),
        ("http://json-schema.org/draft-06/schema#", {"exclusiveMinimum": 3}),
        ("http://json-schema.org/draft-07/schema#", {"if": {"const": 3}, "then": False}),
        ("https://json-schema.org/draft/2019-09/schema", {"$ref": "#/$defs/a", "not": {"const": 3},
         "$defs": {"a": {}}}),
        ("https://json-schema.org/draft/2020-12/schema", {"not": {"const": 3}}),
    ],
)  # fmt: skip
def test_the_named_dialect_is_used(uri, keyword):
    schema = compile_schema({"$schema": uri, **keyword})
    assert schema.accepts(4)
    assert not schema.accepts(3)


@pytest.mark.parametrize(
    "instance", ["\ud800", object(), {1: 2}, float("nan")], ids=["surrogate", "object", "key", "nan"]
)
def test_what_json_cannot_hold_is_a_fault(instance):
    schema = compile_schema({"type": ["string", "number"]})
    assert not schema.accepts(instance)
    assert schema.faults(instance)


def test_a_nul_is_found_wherever_it_hides():
    faults = nul_faults({"a": ["ok", "x\0"], "b\0": {"c": 1}})
    assert sorted(fault.path for fault in faults) == ["", "/a/1"]
