"""JSON-Schema-Test-Suite: a schema is refused when it is read, or judges as its specification says."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schema_forms.schemas import Schema, UnusableSchema, compile_schema
from tests.corpora.reading import folder

pytestmark = pytest.mark.corpora

DIALECTS = {
    "draft4": "http://json-schema.org/draft-04/schema",
    "draft6": "http://json-schema.org/draft-06/schema",
    "draft7": "http://json-schema.org/draft-07/schema",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
}
ELSEWHERE = "We never load other documents."
NOWHERE = "There is no schema at this place."
LOOP = "Write this out:"
DYNAMIC = "Use $ref instead of"
UNKNOWN_DIALECT = "or name one of these dialects"
INNER_DIALECT = "only the top of a schema may have it"
REASONS = (ELSEWHERE, NOWHERE, LOOP, DYNAMIC, UNKNOWN_DIALECT, INNER_DIALECT)

# Of the required groups, by draft: how many we refuse, and why.
REFUSED = {
    "draft4": {ELSEWHERE: 17, LOOP: 1},
    "draft6": {ELSEWHERE: 24, NOWHERE: 4, LOOP: 1},
    "draft7": {ELSEWHERE: 28, NOWHERE: 4, LOOP: 1},
    "draft2019-09": {ELSEWHERE: 40, DYNAMIC: 9, LOOP: 2, NOWHERE: 2, UNKNOWN_DIALECT: 2, INNER_DIALECT: 1},
    "draft2020-12": {ELSEWHERE: 58, DYNAMIC: 3, LOOP: 2, NOWHERE: 2, UNKNOWN_DIALECT: 2},
}
DRAFT_7_REFUSED = {
    ELSEWHERE: [
        "definitions: validate definition against metaschema",
        "ref: escaped pointer ref",  # a percent sign in it
        "ref: $ref prevents a sibling $id from changing the base uri",
        "ref: remote ref, containing refs itself",
        "ref: Recursive references between schemas",
        "ref: refs with quote",  # a percent sign in it
        "ref: Location-independent identifier",
        "ref: Reference an anchor with a non-relative URI",
        "ref: Location-independent identifier with base URI change in subschema",
        "ref: $id must be resolved against nearest parent, not just immediate parent",
        "ref: simple URN base URI with $ref via the URN",
        "ref: URN base URI with URN and JSON pointer ref",
        "ref: URN base URI with URN and anchor ref",
        "ref: ref to if",
        "ref: ref to then",
        "ref: ref to else",
        "ref: ref with absolute-path-reference",
        "refRemote: remote ref",
        "refRemote: fragment within remote ref",
        "refRemote: ref within remote ref",
        "refRemote: base URI change",
        "refRemote: base URI change - change folder",
        "refRemote: base URI change - change folder in subschema",
        "refRemote: root ref in remote ref",
        "refRemote: remote ref with ref to definitions",
        "refRemote: Location-independent identifier in remote ref",
        "refRemote: retrieved nested refs resolve relative to their URI not $id",
        "refRemote: $ref to $ref finds location-independent $id",
    ],
    NOWHERE: [
        "ref: $ref to boolean schema true",  # we follow a reference to an object only
        "ref: $ref to boolean schema false",
        "ref: refs with relative uris and defs",  # an $id moves no reference of ours
        "ref: relative refs with absolute uris and defs",
    ],
    LOOP: ["ref: root pointer ref"],
}


class Group(NamedTuple):
    """One schema of the suite with the documents it judges."""

    name: str
    schema: dict[str, Any]
    tests: list[dict[str, Any]]


def groups(draft: str, part: str = "") -> Iterator[Group]:
    """The groups of a draft: the required ones, or those of a folder."""
    tests = folder("json-schema-test-suite/tests")
    for path in sorted((tests / draft / part).glob("*.json")):
        for group in json.loads(path.read_text()):
            yield _group(draft, path, group)


def _group(draft: str, path: Path, group: dict[str, Any]) -> Group:
    """We take objects only, so a schema that is `true` or `false` is put into one."""
    schema = group["schema"] if isinstance(group["schema"], dict) else {"allOf": [group["schema"]]}
    return Group(
        f"{path.stem}: {group['description']}", {"$schema": DIALECTS[draft], **schema}, group["tests"]
    )


def compiled(group: Group) -> Schema | str:
    """The schema, or the reason why it is refused. Anything but UnusableSchema fails the test."""
    try:
        return compile_schema(group.schema)
    except UnusableSchema as refusal:
        return next(reason for reason in REASONS if reason in refusal.faults[0].message)


def misjudged(found: Iterator[Group]) -> list[str]:
    """The documents that a schema we accept judges otherwise than the suite."""
    wrong = []
    for group in found:
        schema = compiled(group)
        if isinstance(schema, str):
            continue
        for test in group.tests:
            verdicts = {schema.accepts(test["data"]), not schema.faults(test["data"])}
            if verdicts != {test["valid"] and not is_annotation(test)}:
                wrong.append(f"{group.name}: {test['description']}")
    return wrong


def is_annotation(test: dict[str, Any]) -> bool:
    """From draft 2020-12 on, `format` judges nothing by default. Ours does in every dialect."""
    return "only an annotation by default" in test["description"]


@pytest.mark.parametrize("part", ["", "optional", "optional/format"])
@pytest.mark.parametrize("draft", DIALECTS)
def test_a_schema_we_accept_judges_as_specified(draft: str, part: str) -> None:
    assert misjudged(groups(draft, part)) == []


@pytest.mark.parametrize("draft", DIALECTS)
def test_refusals_are_few_and_have_their_reason(draft: str) -> None:
    outcomes = Counter(outcome for outcome in map(compiled, groups(draft)) if isinstance(outcome, str))
    assert outcomes == REFUSED[draft]


def test_what_draft_7_asks_and_we_refuse() -> None:
    refused = defaultdict(list)
    for group in groups("draft7"):
        outcome = compiled(group)
        if isinstance(outcome, str):
            refused[outcome].append(group.name)
    assert refused == DRAFT_7_REFUSED


def test_every_regular_expression_of_ecma_262_is_understood() -> None:
    found = [group for group in groups("draft7", "optional") if group.name.startswith("ecmascript-regex")]
    assert sum(len(group.tests) for group in found) == 74
    assert [group.name for group in found if not isinstance(compiled(group), Schema)] == []
