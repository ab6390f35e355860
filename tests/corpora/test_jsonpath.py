"""JSONPath compliance tests (RFC 9535): what the allow-list lets through works as specified."""

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest

from publishers.contract.check import check
from publishers.contract.clean import clean
from publishers.contract.paths import BadPath, Location, Path
from tests.corpora.reading import read
from tests.publishers.contract.documents import definition

pytestmark = pytest.mark.corpora

NORMALIZED_STEP = re.compile(r"\[(?:'((?:[^'\\]|\\.)*)'|([0-9]+))\]")
FILTER = "filters are not allowed"


def cases() -> list[dict[str, Any]]:
    return list(read("jsonpath-cts/cts.json")["tests"])


def refusal(case: dict[str, Any]) -> str:
    """Why the selector is refused, or nothing. Anything but BadPath fails the test."""
    try:
        Path.parse(case["selector"])
    except BadPath as refused:
        return str(refused)
    return ""


def accepted() -> list[dict[str, Any]]:
    return [case for case in cases() if not refusal(case)]


def location(normalized: str) -> Location:
    """The names and indexes of a normalized path such as `$['a'][0]`."""
    assert re.fullmatch(rf"\$(?:{NORMALIZED_STEP.pattern})*", normalized)
    return tuple(
        int(index) if index else unescaped(name) for name, index in NORMALIZED_STEP.findall(normalized)
    )


def unescaped(name: str) -> str:
    quoted = name.replace("\\'", "'").replace('"', '\\"')
    return str(json.loads(f'"{quoted}"', strict=False))


def expected(case: dict[str, Any]) -> list[set[Location]]:
    """The places it may locate; a document's members come in any order, so there may be several lists."""
    lists = case.get("results_paths") or [case["result_paths"]]
    return [{location(path) for path in paths} for paths in lists]


def without(value: Any, places: set[Location], here: Location = ()) -> Any:
    match value:
        case dict():
            kept = {name: child for name, child in value.items() if (*here, name) not in places}
            return {name: without(child, places, (*here, name)) for name, child in kept.items()}
        case list():
            entries = [((*here, index), child) for index, child in enumerate(value)]
            return [without(child, places, place) for place, child in entries if place not in places]
    return value


def at(value: Any, place: Location) -> Any:
    for step in place:
        value = value[step]
    return value


def in_any_order(values: list[Any]) -> list[str]:
    return sorted(json.dumps(value, sort_keys=True) for value in values)


def test_every_invalid_selector_is_refused() -> None:
    invalid = [case for case in cases() if case.get("invalid_selector")]
    assert len(invalid) == 247
    assert [case["name"] for case in invalid if not refusal(case)] == []


def test_of_the_valid_selectors_only_filters_are_refused() -> None:
    valid = [case for case in cases() if not case.get("invalid_selector")]
    with_filter = [case["name"] for case in valid if "?" in case["selector"]]
    assert len(with_filter) == 289
    assert [case["name"] for case in valid if FILTER in refusal(case)] == with_filter
    assert len(accepted()) == len(valid) - len(with_filter) == 167


def test_an_accepted_selector_finds_the_specified_places() -> None:
    """Each place once, in no particular order: what is found is deleted."""
    wrong = []
    for case in accepted():
        found = Path.parse(case["selector"]).locations(case["document"])
        if set(found) not in expected(case) or len(found) != len(set(found)):
            wrong.append((case["name"], found))
    assert wrong == []


def test_an_accepted_selector_finds_the_specified_values() -> None:
    wrong = []
    for case in accepted():
        lists = case.get("results_paths") or [case["result_paths"]]
        if any(len(paths) != len(set(paths)) for paths in lists):
            continue  # the RFC lists a value as often as selectors name it; the places are compared above
        found = Path.parse(case["selector"]).locations(case["document"])
        results = [in_any_order(values) for values in case.get("results") or [case["result"]]]
        if in_any_order([at(case["document"], place) for place in found]) not in results:
            wrong.append(case["name"])
    assert wrong == []


def test_exactly_the_found_places_are_deleted_from_an_answer() -> None:
    wrong = []
    for case in accepted():
        document = {"answer": case["document"], "kept": 1}
        answer = check(SimpleNamespace(status=200, body=json.dumps(document).encode()), definition())
        cleaned = clean(answer, [Path.parse("$.answer" + case["selector"].removeprefix("$"))])
        places = {("answer", *place) for place in expected(case)[0]}
        if (json.loads(cleaned.body), cleaned.removed) != (without(document, places), len(places)):
            wrong.append(case["name"])
    assert wrong == []
