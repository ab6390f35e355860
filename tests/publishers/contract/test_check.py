import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publishers.contract import limits
from publishers.contract.check import check, parsed, read
from publishers.contract.errors import NoResults, Unexpected
from tests.publishers.contract.documents import definition


@dataclass
class Posted:
    body: bytes
    status: int = 200


def nested(depth):
    """An object that is `depth` containers deep."""
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{} {}",
        b"<html></html>",
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b'{"a":"\xff"}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":1e400}',
        b'{"a":' + b"9" * 5_000 + b"}",
        b'{"a":"\\ud800"}',
        b"null",
        b"[]",
        b'"text"',
        nested(65),
        b"[" * 100_000,
        b'{"a":[' + b"1," * 100_000 + b"1]}",
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"\\u0062":2}}',
    ],
)
def test_what_readers_would_read_differently_or_not_at_all_is_refused(body):
    with pytest.raises(Unexpected):
        check(Posted(body), definition())


@pytest.mark.parametrize(
    "body", [b" {}\n", nested(64), b'{"a":"\\u0000"}', b'{"a":123456789012345678901234567890}']
)
def test_strict_json_within_bounds_passes(body):
    checked = check(Posted(body, status=201), definition())
    assert (checked.document, checked.body, checked.status) == (json.loads(body), body, 201)


def test_an_answer_that_the_response_schema_refuses_is_no_result():
    compiled = definition(response_schema={"type": "object", "required": ["score"]})
    with pytest.raises(NoResults, match="/score"):
        check(Posted(b'{"scores": 1}'), compiled)
    assert check(Posted(b'{"score": 1}'), compiled).document == {"score": 1}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(value=json_values)
def test_all_other_json_is_read_as_it_was_written(value):
    try:
        body = json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return
    assert parsed(body) == value


def parsed_slowly(body):
    """The plain way: every object by the standard library with all of its keys, every container counted."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return REFUSED
    document = json.loads(body, object_pairs_hook=Members)
    too_deep = depth_of(document) > limits.MAX_JSON_DEPTH
    return REFUSED if too_deep or has_repeats(document) else written(document)


class Members(list[Any]):
    """The pairs of an object."""


def depth_of(value):
    children = [child for _, child in value] if isinstance(value, Members) else value
    return 1 + max(map(depth_of, children), default=0) if isinstance(value, list) else 0


def has_repeats(value):
    if isinstance(value, Members):
        names = [name for name, _ in value]
        return len(set(names)) < len(names) or any(has_repeats(child) for _, child in value)
    return isinstance(value, list) and any(map(has_repeats, value))


def written(value):
    """Tells 1 from 1.0 and true, and a rounded integer from an exact one."""
    return repr(plain(value))


def plain(value):
    if isinstance(value, Members):
        return {name: plain(child) for name, child in value}
    return [plain(child) for child in value] if isinstance(value, list) else value


REFUSED = "refused"
letters = st.sampled_from(
    ["a", "b", ":", '\\"', "\\\\", "[", "]", "{", "}", ",", "é", "1" * 19, "\\/", "\\\\u003a"]
    + [f"\\u{code}" for code in ("003a", "003A", "0061", "005b", "0000", "d83d\\ude00")]
)
texts = st.lists(letters, max_size=4).map(lambda parts: '"' + "".join(parts) + '"')
numbers = (
    st.integers().map(str)
    | st.integers(min_value=10**17, max_value=10**21).map(str)
    | st.integers(min_value=-(10**21), max_value=-(10**17)).map(str)
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.sampled_from(["-0", "-0.0", "1E2", "1e-400", "9007199254740993", "18446744073709551615"])
    | st.sampled_from(["18446744073709551616", "-9223372036854775809", "0." + "1" * 30, "1" * 30 + ".5"])
)
names = st.sampled_from(['"a"', '"b"', '"a:"', '"\\u0061"', '"a\\u003a"', '""', '"\\u003a"'])
spaces = st.sampled_from(["", "", " ", "\n"])


def bracketed(opening, parts, space, closing):
    return opening + space + f"{space},{space}".join(parts) + space + closing


def nested_texts(inner):
    members = st.tuples(names, spaces, inner).map(lambda parts: "{0}{1}:{1}{2}".format(*parts))
    return (
        st.builds(bracketed, st.just("["), st.lists(inner, max_size=3), spaces, st.just("]"))
        | st.builds(bracketed, st.just("{"), st.lists(members, max_size=4), spaces, st.just("}"))
        | st.tuples(st.integers(1, 70), inner).map(lambda parts: "[" * parts[0] + parts[1] + "]" * parts[0])
    )


json_texts = st.recursive(
    texts | numbers | st.sampled_from(["true", "false", "null"]), nested_texts, max_leaves=12
)


@settings(max_examples=1_000, deadline=None)
@given(text=json_texts)
def test_the_quick_way_reads_what_the_plain_way_reads(text):
    body = text.encode()
    try:
        quick = written(parsed(body))
    except Unexpected:
        quick = REFUSED
    assert quick == parsed_slowly(body)


@given(text=json_texts)
def test_a_document_can_be_read_once_more(text):
    with suppress(Unexpected):
        assert written(read(text.encode())) == written(parsed(text.encode()))


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1,"x":"\\u003a"}',
        b'{"a":":","a":1,"x":"\\u003A\\u003A"}',
        b'{"a:":1,"a:":1}',
        b'[{"a":{"b":{}},"\\u0061":null}]',
    ],
)
def test_no_colon_in_a_text_hides_a_repeated_key(body):
    with pytest.raises(Unexpected, match="twice"):
        parsed(body)


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
@pytest.mark.parametrize("inside", [b"1", b'"["', b"[]"])
def test_depth_is_counted_wherever_it_is(opening, closing, inside):
    levels = limits.MAX_JSON_DEPTH - inside.count(b"[]")
    assert parsed(opening * levels + inside + closing * levels)
    with pytest.raises(Unexpected, match="levels"):
        parsed(opening * (levels + 1) + inside + closing * (levels + 1))


def test_brackets_in_a_text_are_no_levels():
    assert parsed(b'{"a":"' + b"[" * 1_000 + b'"}')


def test_as_many_values_as_allowed_pass():
    """Two are the object and its list."""
    numbers = [b"1"] * (limits.MAX_JSON_NODES - 2)
    assert parsed(b'{"a":[' + b",".join(numbers) + b"]}")
    with pytest.raises(Unexpected, match="values"):
        parsed(b'{"a":[' + b",".join([*numbers, b"1"]) + b"]}")


@given(body=st.binary())
def test_no_bytes_make_it_fail_in_another_way(body):
    with suppress(Unexpected):
        parsed(body)
