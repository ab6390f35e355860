import json
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishers.contract.check import check, parsed
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


@given(body=st.binary())
def test_no_bytes_make_it_fail_in_another_way(body):
    with suppress(Unexpected):
        parsed(body)
