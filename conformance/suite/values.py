"""Values that fit the rules of a property, and values that do not: made up from its JSON Schema."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from conformance.suite.patterns import text_matching
from publishers.contract.templates import JSON
from schema_forms.schemas import Schema, UnusableSchema, compile_schema

Rules = Mapping[str, Any]

_TEXTS: Final = (
    "sample",
    "en",
    "US",
    "12345",
    "+14155550100",
    "sample@example.com",
    "https://example.com/sample",
    "2026-01-31",
    "2026-01-31T12:00:00Z",
    "12:00:00",
    "",
)
_FORMATS: Final = {
    "uri": "https://example.com/sample",
    "email": "sample@example.com",
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "hostname": "example.com",
    "uuid": "6f0a3c58-2f3c-4a57-9c0e-8d2b7d1d3a10",
}
_LONGEST: Final = 1_000
# Of each kind of JSON value one that no other kind accepts.
_OF_ANOTHER_KIND: Final[tuple[JSON, ...]] = ("no such value ☂", 0.123456789, True, ["list"], {"an": "object"})


def fitting(rules: Rules) -> JSON:
    """A value that the rules accept. Raises LookupError when none was found.

    What the author names as an example or default comes first.
    """
    judge = judge_of(rules)
    for value in _candidates(rules):
        if judge is not None and judge.accepts({"value": value}):
            return value
    raise LookupError


def unfitting(rules: Rules) -> JSON:
    """A value that the rules refuse. Raises LookupError when they take everything."""
    judge = judge_of(rules)
    for value in (*_edges(rules), *_OF_ANOTHER_KIND):
        if judge is not None and not judge.accepts({"value": value}):
            return value
    raise LookupError


def judge_of(rules: Rules) -> Schema | None:
    """The rules of one property, compiled; None when they are no schema."""
    try:
        return compile_schema({"type": "object", "properties": {"value": dict(rules)}})
    except UnusableSchema:
        return None


def _candidates(rules: Rules) -> Iterator[JSON]:
    examples = rules.get("examples")
    named = [rules.get("_example"), *(examples if isinstance(examples, list) else ()), rules.get("default")]
    yield from (value for value in named if value is not None)
    choices = rules.get("enum")
    yield from choices if isinstance(choices, list) else ()
    for way in ("oneOf", "anyOf", "allOf"):
        branches = rules.get(way)
        for branch in branches if isinstance(branches, list) else ():
            if isinstance(branch, Mapping):
                yield from _candidates({**branch, "type": branch.get("type", rules.get("type"))})
    if "const" in rules:
        yield rules["const"]
    yield from _of_type(rules)


def _of_type(rules: Rules) -> Iterator[JSON]:
    match rules.get("type"):
        case "boolean":
            yield from (True, False)
        case "integer" | "number":
            yield from _numbers(rules)
        case _:
            yield from _texts(rules)
            yield from (1, True)


def _numbers(rules: Rules) -> Iterator[JSON]:
    bounds = [rules.get(name) for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")]
    step = rules.get("multipleOf", 1)
    for bound in bounds:
        if isinstance(bound, int | float) and not isinstance(bound, bool):
            yield from (bound, bound + 1, bound - 1, bound + 0.5, bound - 0.5)
            if isinstance(step, int | float) and step > 0:
                multiple = bound // step * step
                yield from (multiple, multiple + step)
    yield from (1, 0, step)


def _texts(rules: Rules) -> Iterator[str]:
    if isinstance(rules.get("format"), str):
        yield _FORMATS.get(rules["format"], "sample")
    if isinstance(rules.get("pattern"), str):
        yield text_matching(rules["pattern"]) or ""
    yield from _TEXTS
    least = rules.get("minLength")
    if isinstance(least, int) and 0 < least <= _LONGEST:
        yield "x" * least
    yield "x"


def _edges(rules: Rules) -> Iterator[JSON]:
    """Just outside of what is allowed: what a schema is written to keep out."""
    least, most = rules.get("minimum"), rules.get("maximum")
    if isinstance(least, int | float):
        yield least - 1
    if isinstance(most, int | float):
        yield most + 1
    longest = rules.get("maxLength")
    if isinstance(longest, int) and longest < _LONGEST:
        yield "x" * (longest + 1)
