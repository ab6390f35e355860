"""JSONTestSuite: each file as the body of a publisher's answer."""

import json
import time
from types import SimpleNamespace

import pytest

from publishers.contract.check import check, parsed
from publishers.contract.errors import Unexpected
from tests.corpora.reading import folder
from tests.publishers.contract.documents import definition

pytestmark = pytest.mark.corpora

HANG_SECONDS = 0.5
NOT_JSON = "The body is not JSON."
NOT_AN_OBJECT = "The body is JSON, but not an object."
TWICE = "The JSON has an object with the same key twice."
TOO_DEEP = "The JSON has more than 64 levels or 100000 values."
ACCEPTED = ""

# Valid JSON that two readers read differently: we refuse it (safety 3.2).
STRICTER = {"y_object_duplicated_key.json": TWICE, "y_object_duplicated_key_and_value.json": TWICE}
# Where RFC 8259 leaves the choice to the reader; every other `i_` file is not JSON to us: a number that no
# double holds, a lone surrogate, bytes that are no UTF-8, a byte order mark.
CHOSEN = {
    "i_number_double_huge_neg_exp.json": ACCEPTED,
    "i_number_real_underflow.json": ACCEPTED,
    "i_number_too_big_neg_int.json": ACCEPTED,
    "i_number_too_big_pos_int.json": ACCEPTED,
    "i_number_very_big_negative_int.json": ACCEPTED,
    "i_structure_500_nested_arrays.json": TOO_DEEP,
}


def bodies(kind: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder("json-test-suite/test_parsing").glob(f"{kind}_*")}


def outcome(body: bytes) -> str:
    """Why the answer is refused, or ACCEPTED. Anything but Unexpected fails the test."""
    started = time.monotonic()
    try:
        check(SimpleNamespace(status=200, body=body), definition())
    except Unexpected as refusal:
        return refusal.reason
    finally:
        assert time.monotonic() - started < HANG_SECONDS
    return ACCEPTED


def inside_an_object(body: bytes) -> bytes:
    return b'{"value": ' + body + b"}"


def test_what_is_not_json_is_refused() -> None:
    files = bodies("n")
    assert len(files) == 188
    assert {name: outcome(body) for name, body in files.items()} == dict.fromkeys(files, NOT_JSON)


def test_what_is_not_json_is_refused_inside_an_object_too() -> None:
    files = bodies("n")
    outcomes = {name: outcome(inside_an_object(body)) for name, body in files.items()}
    assert outcomes == dict.fromkeys(files, NOT_JSON)


def test_json_is_accepted_when_it_is_an_object() -> None:
    files = bodies("y")
    assert len(files) == 95
    objects = {name for name, body in files.items() if body.strip().startswith(b"{")}
    expected = {name: ACCEPTED if name in objects else NOT_AN_OBJECT for name in files}
    assert {name: outcome(body) for name, body in files.items()} == {**expected, **STRICTER}


def test_all_json_is_accepted_inside_an_object() -> None:
    files = bodies("y")
    outcomes = {name: outcome(inside_an_object(body)) for name, body in files.items()}
    assert outcomes == {**dict.fromkeys(files, ACCEPTED), **STRICTER}


def test_where_readers_may_choose_we_have_chosen() -> None:
    files = bodies("i")
    assert len(files) == 35
    outcomes = {name: outcome(inside_an_object(body)) for name, body in files.items()}
    assert outcomes == {**dict.fromkeys(files, NOT_JSON), **CHOSEN}


def test_long_integers_keep_every_digit() -> None:
    for name in ("too_big_neg_int", "too_big_pos_int", "very_big_negative_int"):
        body = bodies("i")[f"i_number_{name}.json"]
        assert json.dumps(parsed(body)).encode() == body.strip()
