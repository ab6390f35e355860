"""How long a document may keep the validator busy, which nothing can interrupt from outside (safety 3.2).

There are two bounds. The work that a schema can make of one value is known beforehand; where it is much, the
values of the document are counted. What a pattern takes on a text cannot be known, so beside each `pattern`
stands a format that looks at the clock, and gives up.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from schema_forms import limits
from schema_forms.lengths import IN_PLACE
from schema_forms.walk import STORES, Node, children, everywhere, target_of

CLOCK = "patchbay-clock"

_SCALARS: Final = frozenset({str, int, float, bool, type(None)})
_CONTAINERS: Final = (dict, list, tuple)


class TakesTooLong(ValueError):
    """The validator gave up."""


class Clock:
    """Ends a validation that has taken its share of the processor, in the thread that started it."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def start(self) -> None:
        self._of_thread.end = time.thread_time() + limits.VALIDATION_MS_MAX / 1000

    def __call__(self, _text: str) -> bool:
        """A format that every text has. Raises TakesTooLong."""
        if time.thread_time() > self._of_thread.end:
            raise TakesTooLong("The patterns took too long.")
        return True


def with_clock(schema: Node) -> Node:
    """A schema, copied by the caller, with the format CLOCK before each of its patterns.

    The validator runs a pattern before all else that stands beside it, but a list of schemas in its order.
    """
    for part, others in _parts_with_pattern(schema):
        part["allOf"] = [{"format": CLOCK}, {"pattern": part.pop("pattern")}, *others]
    return schema


def with_clock_behind(schema: Node) -> Node:
    """The same for the collection of errors, which goes on behind a pattern, and needs each at its place."""
    for part, others in _parts_with_pattern(schema):
        part["allOf"] = [*others, {"format": CLOCK}]
    return schema


def _parts_with_pattern(schema: Node) -> list[tuple[Node, list[Any]]]:
    """These parts, and what is in their `allOf`. One that is no list is left for the compiler to refuse."""
    parts = [(part, part.get("allOf", [])) for _, part in everywhere(schema) if "pattern" in part]
    return [(part, others) for part, others in parts if isinstance(others, list)]


class _Work(NamedTuple):
    """The most work that a schema makes of the value it stands for, and of a value below that."""

    here: int
    below: int


def work_of(document: Node, *, is_linear: Callable[[str], bool]) -> int:
    """The most work that a schema can make of any one value, in steps of about 5 ns.

    Only for a document that passed the guards: they bound what every `$ref` adds.
    """
    return max(_work(document, dict(everywhere(document)), is_linear))


def _work(schema: Node, places: Mapping[str, Node], is_linear: Callable[[str], bool]) -> _Work:
    """Members with different names are different values, so that the worst of `properties` stands for all."""
    here, named, others, inherited = _own(schema, is_linear), 0, 0, 0
    inside = [(way[0], child) for way, child in children(schema) if way[0] not in STORES]
    if "$ref" in schema:
        inside.append(("allOf", places[target_of(schema["$ref"]) or ""]))
    for keyword, child in inside:
        work = _work(child, places, is_linear)
        if keyword in IN_PLACE:
            here += work.here
            inherited += work.below
        elif keyword == "properties":
            named = max(named, *work)
        else:
            others += max(work)
    return _Work(here, inherited + named + others)


def _own(schema: Node, is_linear: Callable[[str], bool]) -> int:
    """What its own keywords cost, each as measured."""
    options = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    compared = [option for option in options if isinstance(option, dict | list)]
    return (
        2
        + len(schema.get("required", ()))
        + 2 * len(schema.get("dependencies", ()))
        + 2 * len(schema.get("dependentRequired", ()))
        + 8 * bool(schema.get("uniqueItems"))
        + 40 * ("format" in schema)
        + (6_000 if isinstance(schema.get("multipleOf"), float) else 100 * ("multipleOf" in schema))
        + (2 * len(options) + sum(map(_size, compared)) * 32 if compared else 0)
        + sum(10 if is_linear(pattern) else 52_000 for pattern in schema.get("patternProperties", ()))
    )


def _size(document: Any) -> int:
    """How many values there are."""
    return count_values(document, most=limits.SCHEMA_BYTES_MAX)


def count_values(document: Any, *, most: int) -> int:
    """How many values there are, or a number over `most`."""
    containers: list[Any] = [[document]]
    count = 0
    while containers and count <= most:
        count += sum(map(len, containers))
        containers = [
            child
            for each in containers
            for child in (each.values() if isinstance(each, dict) else each)
            if type(child) not in _SCALARS and isinstance(child, _CONTAINERS)
        ]
    return count
