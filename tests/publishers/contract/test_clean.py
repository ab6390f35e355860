import json

import pytest

from publishers.contract.check import Checked
from publishers.contract.clean import clean, matches_any
from publishers.contract.errors import Unexpected
from publishers.contract.limits import MAX_PATH_NODES
from publishers.contract.paths import BadPath, Path


def cleaned(document, *paths):
    body = json.dumps(document).encode()
    checked = Checked(document=document, body=body, status=200)
    result = clean(checked, [Path.parse(path) for path in paths])
    assert json.loads(body) == document, "the checked document is not touched"
    return json.loads(result.body), result.removed


@pytest.mark.parametrize(
    ("paths", "left", "removed"),
    [
        (["$.a"], {"b": {"a": 3, "l": [0, 1, 2, 3]}}, 1),
        (["$..a"], {"b": {"l": [0, 1, 2, 3]}}, 2),
        (["$.b.l[0,2]"], {"a": 1, "b": {"a": 3, "l": [1, 3]}}, 2),
        (["$.b.l[0,-4,0]"], {"a": 1, "b": {"a": 3, "l": [1, 2, 3]}}, 1),
        (["$.b.l[1:]"], {"a": 1, "b": {"a": 3, "l": [0]}}, 3),
        (["$.b.l[::-2]"], {"a": 1, "b": {"a": 3, "l": [0, 2]}}, 2),
        (["$.b", "$.b.a", "$.b.l[*]"], {"a": 1}, 6),
        (["$.*"], {}, 2),
        (["$['b']['l'][9]", "$.a.b", "$.b[0]", "$.b.l.x", "$.b.l[::0]", "$.a[*]"], None, 0),
    ],
)
def test_what_a_path_matches_is_deleted(paths, left, removed):
    document = {"a": 1, "b": {"a": 3, "l": [0, 1, 2, 3]}}
    assert cleaned(document, *paths) == (document if left is None else left, removed)


def test_an_answer_that_no_path_matches_goes_out_byte_for_byte():
    body = b'{ "a": 1e2, "b":"\\u00e9" }'
    checked = Checked(document=json.loads(body), body=body, status=200)
    assert clean(checked, [Path.parse("$.secret")]).body is body


def test_what_stays_keeps_its_long_integers_and_its_letters():
    body = '{"secret": 1, "id":123456789012345678901234567890, "name": "é\\u0000"}'.encode()
    checked = Checked(document=json.loads(body), body=body, status=200)
    left = clean(checked, [Path.parse("$.secret")]).body
    assert left == '{"id":123456789012345678901234567890,"name":"é\\u0000"}'.encode()


@pytest.mark.parametrize("path", ["$.a[*]", "$..*", "$..*.secret"])
def test_a_path_that_passes_too_much_fails_the_call_rather_than_leak(path):
    with pytest.raises(Unexpected):
        cleaned({"a": [{}] * (MAX_PATH_NODES + 1)}, path)


def test_a_large_result_may_have_a_higher_cap():
    document = {"a": [0] * (MAX_PATH_NODES + 1)}
    checked = Checked(document=document, body=json.dumps(document).encode(), status=200)
    assert clean(checked, [Path.parse("$.a[*]")], cap=2 * MAX_PATH_NODES).removed == MAX_PATH_NODES + 1


def test_a_path_made_to_explode_visits_each_place_once():
    assert cleaned({"a": [[[[[[[1]]]]]]]}, "$.a" + "[*,*]" * 7, "$..*..*")[1] == 7


def test_an_unbilled_condition_is_met_when_any_path_matches():
    paths = [Path.parse("$.error"), Path.parse("$..code")]
    assert matches_any({"a": {"code": None}}, paths)
    assert not matches_any({"a": {"cod": 1}}, paths)
    assert not matches_any({}, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "JSONPath"),
        ("a", "JSONPath"),
        ("$.", "JSONPath"),
        (" $.a", "JSONPath"),
        ("$.a | $.b", "JSONPath"),
        ("$.~a", "JSONPath"),
        ("$[99999999999999999999]", "JSONPath"),
        ("$[?@.a == 1]", "filters"),
        ("$[?match(@.a, '(a+)+')]", "filters"),
        ("$..a..b..c", "'..'"),
        ("$" + "[*]" * 171, "512"),
        ("$[?" + "(" * 200 + "@.a" + ")" * 200 + "]", "filters"),
    ],
)
def test_other_paths_are_refused_with_their_mend(text, words):
    with pytest.raises(BadPath, match=words.replace(".", r"\.")):
        Path.parse(text)
