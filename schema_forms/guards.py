"""What a publisher's schema must pass before we compile it: a hostile one is refused in milliseconds.

The checks go from cheap and general to costly and particular. Each stage may rely on the ones before it.
"""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import jsonschema_rs as rs

from schema_forms import limits
from schema_forms.dialects import Dialect, dialect_of, recognised
from schema_forms.faults import Fault, UnusableSchema, pointer
from schema_forms.walk import STORES, Node, children, everywhere, target_of

REGEX_OPTIONS = rs.FancyRegexOptions(
    backtrack_limit=limits.BACKTRACK_LIMIT,
    size_limit=limits.REGEX_SIZE_LIMIT,
    dfa_size_limit=limits.REGEX_SIZE_LIMIT,
)
LINEAR_OPTIONS = rs.RegexOptions(size_limit=limits.REGEX_SIZE_LIMIT, dfa_size_limit=limits.REGEX_SIZE_LIMIT)
# What the meta-schema asks of a keyword's value, in words.
MENDS = {
    "type": "Use one of string, number, integer, boolean, object, array and null.",
    "enum": "Give a list of values.",
    "required": "Give a list of property names, each once.",
    "pattern": "Give a regular expression as text.",
    "properties": "Give an object with one schema for each property.",
} | dict.fromkeys(["allOf", "anyOf", "oneOf"], "Give a list of at least one schema.")
DYNAMIC = ("$dynamicRef", "$recursiveRef")


def check(document: Node) -> tuple[Dialect, int]:
    """The dialect of a schema that is safe to compile, and its size in parts. Or raises UnusableSchema."""
    _refuse(_size_faults(document))
    dialect = dialect_of(document)
    if dialect is None:
        message = f"Remove $schema, or name one of these dialects: {recognised()}."
        raise UnusableSchema([Fault("/$schema", message, "$schema")])
    _refuse(_dialect_faults(document))
    _refuse(_reference_faults(document))
    parts = _expanded_parts(document)
    _refuse(_metaschema_faults(document, dialect))
    _refuse(_pattern_faults(document))
    return dialect, parts


def _refuse(faults: Iterator[Fault]) -> None:
    found = tuple(islice(faults, limits.FAULTS_MAX))
    if found:
        raise UnusableSchema(found)


def _size_faults(document: Node) -> Iterator[Fault]:
    try:
        size = len(json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())
    except RecursionError:
        yield Fault("", f"Nest the schema at most {limits.DEPTH_MAX} levels deep.")
    except (TypeError, ValueError):
        yield Fault("", "Give the schema as JSON: text in UTF-8, and no NaN or Infinity.")
    else:
        if size > limits.SCHEMA_BYTES_MAX:
            allowed = limits.SCHEMA_BYTES_MAX // 1024
            yield Fault("", f"Shorten the schema to {allowed} KiB; it has {size / 1024:,.1f} KiB.")


def _dialect_faults(document: Node) -> Iterator[Fault]:
    for path, schema in everywhere(document):
        if path and "$schema" in schema:
            yield Fault(
                f"{path}/$schema", "Remove $schema here: only the top of a schema may have it.", "$schema"
            )


def _reference_faults(document: Node) -> Iterator[Fault]:
    places = {path for path, _ in everywhere(document)}
    for path, schema in everywhere(document):
        for keyword in DYNAMIC:
            if keyword in schema:
                yield Fault(f"{path}/{keyword}", f"Use $ref instead of {keyword}.", keyword)
        if "$ref" in schema:
            message = _reference_trouble(schema["$ref"], places)
            if message:
                yield Fault(f"{path}/$ref", message, "$ref")


def _reference_trouble(reference: Any, places: set[str]) -> str:
    target = target_of(reference) if isinstance(reference, str) else None
    if target is None:
        return "Refer to a place in this schema, such as #/definitions/name. We never load other documents."
    return "" if target in places else "There is no schema at this place. Correct the reference."


def _expanded_parts(document: Node) -> int:
    """Count with every `$ref` followed: 2 KB of doubling references keep a validator busy for seconds."""
    places = dict(everywhere(document))
    waiting = [("", document, 1, frozenset([""]))]
    parts = 0
    while waiting:
        path, schema, depth, followed = waiting.pop()
        parts += 1 + len(required) if isinstance(required := schema.get("required"), list) else 1
        if parts > limits.EXPANDED_NODES_MAX:
            allowed = f"{limits.EXPANDED_NODES_MAX:,}"
            message = f"Simplify the schema: with every $ref followed, it has over {allowed} parts."
            raise UnusableSchema([Fault("", message)])
        if depth > limits.DEPTH_MAX:
            raise UnusableSchema([Fault(path, f"Nest the schema at most {limits.DEPTH_MAX} levels deep.")])
        for way, child in children(schema):
            if way[0] not in STORES:
                waiting.append((path + pointer(way), child, depth + 1, followed))
        target = target_of(schema["$ref"]) if "$ref" in schema else None
        if target in followed:
            message = "Write this out: a schema may not refer back to itself."
            raise UnusableSchema([Fault(f"{path}/$ref", message, "$ref")])
        if target is not None:
            waiting.append((target, places[target], depth + 1, followed | {target}))
    return parts


def _metaschema_faults(document: Node, dialect: Dialect) -> Iterator[Fault]:
    for error in dialect.metaschema.iter_errors(document):
        keyword = next((str(step) for step in reversed(error.instance_path) if isinstance(step, str)), "")
        mend = MENDS.get(keyword, f"This is not valid JSON Schema ({dialect.name}): {error.message}.")
        yield Fault(pointer(error.instance_path), mend, keyword)


def _patterns(document: Node) -> Iterator[tuple[str, str]]:
    for path, schema in everywhere(document):
        if isinstance(schema.get("pattern"), str):
            yield f"{path}/pattern", schema["pattern"]
        if isinstance(schema.get("patternProperties"), dict):
            for pattern in schema["patternProperties"]:
                yield path + pointer(["patternProperties", pattern]), pattern


def _pattern_faults(document: Node) -> Iterator[Fault]:
    patterns = list(_patterns(document))
    if len(patterns) > limits.PATTERNS_MAX:
        yield Fault(
            "", f"Use at most {limits.PATTERNS_MAX} patterns; there are {len(patterns):,}.", "pattern"
        )
        return
    for path, pattern in patterns:
        if len(pattern) > limits.PATTERN_LENGTH_MAX:
            allowed = limits.PATTERN_LENGTH_MAX
            yield Fault(
                path, f"Shorten the pattern to {allowed} characters; it has {len(pattern):,}.", "pattern"
            )
        elif not _compiles(pattern):
            message = (
                "This regular expression is invalid or too large. Use ECMA 262 syntax and smaller repeats."
            )
            yield Fault(path, message, "pattern")


def _compiles(pattern: str) -> bool:
    try:
        rs.Draft7Validator({"pattern": pattern}, offline=True, pattern_options=REGEX_OPTIONS)
    except rs.ValidationError:
        return False
    return True


def is_linear(pattern: str) -> bool:
    """Whether the time a pattern takes grows with the text only: it has no look-around, no references."""
    try:
        rs.Draft7Validator({"pattern": pattern}, offline=True, pattern_options=LINEAR_OPTIONS)
    except rs.ValidationError:
        return False
    return True
