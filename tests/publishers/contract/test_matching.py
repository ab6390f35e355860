"""Where paths lead, all of them at once: compared with the library, and counted rather than timed."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonpath import JSONPathEnvironment

from publishers.contract import limits
from publishers.contract.check import Checked
from publishers.contract.clean import clean
from publishers.contract.errors import Unexpected
from publishers.contract.matching import locations, search
from publishers.contract.paths import Path, first_present

LIBRARY = JSONPathEnvironment(strict=True)
MAX_PATHS = 20


def starts(*texts):
    return [Path.parse(text).first for text in texts]


def reply(entry):
    """A reply as large as may be, with as many of the entries as fit."""
    count = (limits.MAX_RESPONSE_BYTES - len('{"a":[]}') + 1) // (len(entry) + 1)
    body = '{"a":[' + ",".join([entry] * count) + "]}"
    assert len(body) <= limits.MAX_RESPONSE_BYTES
    return json.loads(body)


def members(document):
    """How many values there are below the root."""
    match document:
        case dict():
            return sum(1 + members(child) for child in document.values())
        case list():
            return sum(1 + members(child) for child in document)
    return 0


selectors = st.sampled_from(
    [
        "*",
        "'a'",
        "'b'",
        "0",
        "1",
        "-1",
        "0:2",
        "::2",
        "::-1",
        "1:",
        ":-1",
        "::0",
        "'a','b'",
        "0,*",
        "'a',*,-1",
    ]
)
segments = st.tuples(st.sampled_from(["", "", ".."]), selectors).map(lambda parts: f"{parts[0]}[{parts[1]}]")
paths = (
    st.lists(segments, min_size=1, max_size=5)
    .map(lambda parts: "$" + "".join(parts))
    .filter(lambda text: text.count("..") <= limits.MAX_PATH_DESCENTS)
)
documents = st.recursive(
    st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=20,
)


def found_by_the_library(texts, document):
    return {tuple(match.parts) for text in texts for match in LIBRARY.finditer(text, document)}


@settings(max_examples=300, deadline=None)
@given(texts=st.lists(paths, min_size=1, max_size=4), document=documents)
def test_several_paths_find_together_what_the_library_finds_for_each(texts, document):
    found = search(document, starts(*texts))
    expected = found_by_the_library(texts, document)
    assert sorted(map(repr, locations(document, found))) == sorted(map(repr, expected))
    assert len(found) == len(expected)


@settings(max_examples=300, deadline=None)
@given(texts=st.lists(paths, min_size=1, max_size=4), document=documents)
def test_the_first_path_that_matches_is_the_one_named(texts, document):
    matching = [text for text in texts if found_by_the_library([text], document)]
    present = first_present(document, [Path.parse(text) for text in texts])
    assert (present.text if present else None) == (matching[0] if matching else None)


def without(value, places, here=()):
    match value:
        case dict():
            kept = {name: child for name, child in value.items() if (*here, name) not in places}
            return {name: without(child, places, (*here, name)) for name, child in kept.items()}
        case list():
            entries = [((*here, index), child) for index, child in enumerate(value)]
            return [without(child, places, place) for place, child in entries if place not in places]
    return value


@settings(max_examples=300, deadline=None)
@given(texts=st.lists(paths, min_size=1, max_size=4), document=documents)
def test_exactly_what_the_library_finds_is_deleted(texts, document):
    body = json.dumps(document).encode()
    result = clean(Checked(document=document, body=body, status=200), [Path.parse(text) for text in texts])
    places = found_by_the_library(texts, document)
    assert (json.loads(result.body), result.removed) == (without(document, places), len(places))


@pytest.mark.parametrize("entry", ["1", "[]", "{}", '{"a":{"b":1}}'])
@pytest.mark.parametrize("text", ["$..a", "$..*", "$..a..b", "$..*..*", "$.a[*]", "$.a[0]..a"])
def test_as_many_paths_as_a_definition_may_have_judge_the_largest_reply(entry, text):
    search(reply(entry), starts(*[text] * MAX_PATHS))


@pytest.mark.parametrize("entry", ["12345", '{"a":1}', '{"a":{"b":1}}'])
def test_a_slice_takes_as_many_entries_as_fit_into_a_reply_if_each_says_something(entry):
    search(reply(entry), starts(*["$.a[1:]"] * MAX_PATHS))


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("[" * 62 + "]" * 62, "$..a"),
        ("1", "$.a[1:]"),
        ("[]", "$..[::2]"),
        ('{"a":' * 61 + "1" + "}" * 61, "$..a"),
    ],
)
def test_what_would_hold_up_the_others_is_refused(entry, text):
    """Nothing but lists inside of lists, or of entries that are picked one by one."""
    with pytest.raises(Unexpected):
        search(reply(entry), starts(text))


def test_twenty_paths_pass_each_place_once():
    """And come to each container once, and look at twenty selectors, once for each state they are in."""
    document = reply('{"name":"x","id":[1]}')
    texts = [f"$..x{number}" for number in range(MAX_PATHS)]
    allowed = members(document) + 2 + 2 * len(document["a"]) + 20 * 2 * MAX_PATHS
    search(document, starts(*texts), cap=allowed)
    with pytest.raises(Unexpected):
        search(document, starts(*texts), cap=members(document) - 1)


@pytest.mark.parametrize(
    "text",
    [
        "$.a" + "[*,*]" * 90,
        "$.a[" + ",".join(["*"] * 200) + "]",
        "$..*" + "[*,*]" * 90,
        "$..*..*" + "[0,0]" * 90,
    ],
)
def test_what_is_selected_several_times_is_passed_once(text):
    document = {"a": [[[[[1, 2], 3], 4], 5], 6]}
    search(document, starts(text), cap=members(document) + 20 * 200)


def tree(depth):
    """Each of its objects is reached by other names, which is another state for a path that counts levels."""
    return {"a": tree(depth - 1), "b": tree(depth - 1)} if depth else 1


@pytest.mark.parametrize(
    ("texts", "document"),
    [
        (["$.a" + "[::-1,0:,:]" * 30] * MAX_PATHS, reply("[1,2,3]")),
        (["$.a[" + ",".join([":"] * 200) + "]"] * MAX_PATHS, reply("1")),
        (["$..[" + ",".join(["0", "-1"] * 80) + "]"] * MAX_PATHS, reply("[1]")),
        (["$..a" + "[*]" * 160] * MAX_PATHS, tree(12)),
        (["$.." + "[*]" * 160] * MAX_PATHS, reply("[" * 62 + "]" * 62)),
    ],
)
def test_paths_that_are_made_to_be_laborious_fail_the_call(texts, document):
    with pytest.raises(Unexpected, match="pass more than"):
        search(document, starts(*texts))
