"""What a pasted answer says about all answers: a JSON Schema, and a path to each of its values.

Guesses are kept weak on purpose. A schema that is too strict turns good answers away (61004), so only what is
ticked is required, a number is never taken for a whole one, and what was null may be anything.
"""

import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from publishers.contract.check import parsed
from publishers.contract.errors import Unexpected
from publishers.contract.limits import MAX_PATH_CHARS, MAX_RESPONSE_BYTES
from publishers.contract.paths import BadPath, Path
from rest.errors import Refused

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
MAX_ROWS: Final = 200
# What lies deeper is not described: the schema leaves it open.
MAX_LEVELS: Final = 12
MAX_SAMPLE_CHARACTERS: Final = 60

_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAMES_OF_TYPES: Final[Mapping[type, str]] = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    dict: "object",
    list: "array",
}
_IN_WORDS: Final = {
    "boolean": "true or false",
    "number": "number",
    "string": "text",
    "object": "object",
    "array": "list",
    "null": "null",
}


class BadAnswer(Refused):
    """400: no answer that a publisher may give."""


@dataclass
class Shape:
    """What stands at one place, in every entry of the lists around it."""

    types: set[str] = field(default_factory=set)
    members: "dict[str, Shape]" = field(default_factory=dict)
    entries: "Shape | None" = None
    sample: Any = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One place of the answer."""

    path: str
    kind: str
    sample: str


def read_answer(text: str) -> dict[str, Any]:
    """The object that was pasted, judged as the answer of a publisher is. Raises BadAnswer."""
    try:
        body = text.encode()
    except UnicodeEncodeError as error:
        raise BadAnswer("Paste Unicode text: half of a character stands in it.") from error
    if len(body) > MAX_RESPONSE_BYTES:
        raise BadAnswer(f"An answer has at most {MAX_RESPONSE_BYTES:,} bytes; this has {len(body):,}.")
    try:
        document = parsed(body)
    except Unexpected as error:
        raise BadAnswer(str(error)) from error
    if not isinstance(document, dict):
        raise BadAnswer("An answer is a JSON object, in braces: put the list or value into one.")
    return document


def shape_of(document: Mapping[str, Any]) -> Shape:
    """The answer's shape, the entries of each list taken together."""
    shape = Shape()
    waiting: deque[tuple[Shape, Any, int]] = deque([(shape, document, 0)])
    while waiting:
        at, value, level = waiting.popleft()
        at.types.add(_NAMES_OF_TYPES.get(type(value), "null"))
        at.sample = value if at.sample is None else at.sample
        if level >= MAX_LEVELS:
            continue
        if isinstance(value, dict):
            waiting += [
                (at.members.setdefault(name, Shape()), each, level + 1) for name, each in value.items()
            ]
        elif isinstance(value, list) and value:
            at.entries = at.entries or Shape()
            waiting += [(at.entries, each, level + 1) for each in value]
    return shape


def rows_of(shape: Shape) -> list[Row]:
    """A row for every place that a path can name, in the order of the answer; at most MAX_ROWS."""
    return list(islice(_rows(shape, "$"), MAX_ROWS))


def _rows(shape: Shape, path: str) -> Iterator[Row]:
    for name, member in shape.members.items():
        below = path + _step(name)
        if not _is_path(below):
            continue
        kind = " or ".join(_IN_WORDS[kind] for kind in sorted(member.types))
        yield Row(path=below, kind=kind, sample=_shown(member))
        yield from _rows(member, below)
    if shape.entries is not None:
        yield from _rows(shape.entries, f"{path}[*]")


def _step(name: str) -> str:
    """A member in a JSONPath, quoted where it is no plain name."""
    if _PLAIN_NAME.fullmatch(name):
        return f".{name}"
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


def _is_path(text: str) -> bool:
    if len(text) > MAX_PATH_CHARS:
        return False
    try:
        Path.parse(text)
    except BadPath:  # a member with a control character
        return False
    return True


def _shown(shape: Shape) -> str:
    if shape.types & {"object", "array"}:
        return ""
    text = "null" if shape.sample is None else str(shape.sample)
    return text if len(text) <= MAX_SAMPLE_CHARACTERS else f"{text[:MAX_SAMPLE_CHARACTERS]}…"


def schema_of(
    shape: Shape, *, required: Collection[str] = (), removed: Collection[str] = ()
) -> dict[str, Any]:
    """The response schema: the types seen, and what is ticked. What is never delivered is left out."""
    return {"$schema": DRAFT, **_schema(shape, "$", frozenset(required), frozenset(removed))}


def _schema(shape: Shape, path: str, required: frozenset[str], removed: frozenset[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    if shape.types and "null" not in shape.types:
        types = sorted(shape.types)
        schema["type"] = types[0] if len(types) == 1 else types
    paths = {name: path + _step(name) for name in shape.members}
    described = {
        name: _schema(shape.members[name], below, required, removed)
        for name, below in paths.items()
        if below not in removed or _is_needed(below, required)
    }
    if described:
        schema["properties"] = described
    if needed := [name for name, below in paths.items() if _is_needed(below, required)]:
        schema["required"] = needed
    if shape.entries is not None and (entries := _schema(shape.entries, f"{path}[*]", required, removed)):
        schema["items"] = entries
    return schema


def _is_needed(path: str, required: frozenset[str]) -> bool:
    """What lies in a required place has to be there for it; one inside a list does not need the list."""
    return path in required or any(
        each.startswith((f"{path}.", f"{path}[")) and "[*]" not in each.removeprefix(path)
        for each in required
    )


def required_paths(schema: Any) -> frozenset[str]:
    """The paths that a schema requires, for the ticks of one that was made before."""
    found: set[str] = set()
    waiting: list[tuple[Any, str, int]] = [(schema, "$", 0)]
    while waiting:
        part, path, level = waiting.pop()
        if not isinstance(part, Mapping) or level > MAX_LEVELS:
            continue
        names = part.get("required")
        found |= (
            {path + _step(name) for name in names if isinstance(name, str)}
            if isinstance(names, list)
            else set()
        )
        members = part.get("properties")
        if isinstance(members, Mapping):
            waiting += [(each, path + _step(name), level + 1) for name, each in members.items()]
        waiting.append((part.get("items"), f"{path}[*]", level + 1))
    return frozenset(found)
