"""The JSONPaths a definition may hold, and the places they match (RFC 9535 without filters).

python-jsonpath reads the text; we walk the document ourselves, because a path such as `$[*,*][*,*]...` makes
the library visit the same place again and again (safety 5.6). Here each step goes on from a place once, and
the places are counted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, cast

from jsonpath import JSONPathEnvironment
from jsonpath.exceptions import JSONPathError
from jsonpath.path import JSONPath
from jsonpath.segments import JSONPathRecursiveDescentSegment, JSONPathSegment
from jsonpath.selectors import IndexSelector, NameSelector, SliceSelector, WildcardSelector

from publishers.contract.errors import Unexpected
from publishers.contract.limits import MAX_PATH_CHARS, MAX_PATH_DESCENTS, MAX_PATH_NODES
from publishers.contract.templates import JSON

_ENVIRONMENT: Final = JSONPathEnvironment(strict=True)

Selector = str | int | slice | None
"""A member name, an index, a slice, or None for the wildcard."""

Location = tuple[str | int, ...]
"""The names and indexes that lead from the root to a value."""


class BadPath(ValueError):
    """Not a path we run; the message says what to write instead."""


@dataclass(frozen=True)
class Step:
    """One segment: what to select from each place, or from everything below it when `deep`."""

    selectors: tuple[Selector, ...]
    deep: bool


@dataclass(frozen=True)
class Path:
    """A path that passed the allow-list."""

    text: str
    steps: tuple[Step, ...]

    @classmethod
    def parse(cls, text: str) -> "Path":
        """Raises BadPath."""
        if len(text) > MAX_PATH_CHARS:
            raise BadPath(f"A path has at most {MAX_PATH_CHARS} characters.")
        steps = tuple(_step(segment) for segment in _segments(text))
        if sum(step.deep for step in steps) > MAX_PATH_DESCENTS:
            raise BadPath(f"'..' may stand at most {MAX_PATH_DESCENTS} times in a path.")
        return cls(text, steps)

    def locations(self, document: JSON, *, cap: int = MAX_PATH_NODES) -> list[Location]:
        """Every place it matches, each once. Raises Unexpected when it passes more places than `cap`."""
        meter = _Meter(cap)
        places = [_Place(None, "", document)]
        for step in self.steps:
            if step.deep:
                places = meter.distinct(_containers_below(places))
            places = meter.distinct(_selected(places, step.selectors))
        return [place.location() for place in places]


class _Place(NamedTuple):
    """A value and the way up from it; most places are only passed, and few are asked for their location."""

    parent: "_Place | None"
    key: str | int
    value: JSON

    def location(self) -> Location:
        keys: list[str | int] = []
        place = self
        while place.parent is not None:
            keys.append(place.key)
            place = place.parent
        return tuple(reversed(keys))


def _segments(text: str) -> tuple[JSONPathSegment, ...]:
    try:
        return cast(JSONPath, _ENVIRONMENT.compile(text)).segments  # strict knows no compound paths
    except JSONPathError as error:
        raise BadPath("Not a JSONPath: write for example $.data.secret or $..secret.") from error


def _step(segment: JSONPathSegment) -> Step:
    selectors: list[Selector] = []
    for selector in segment.selectors:
        match selector:
            case NameSelector():
                selectors.append(selector.name)
            case IndexSelector():
                selectors.append(selector.index)
            case SliceSelector():
                selectors.append(selector.slice)
            case WildcardSelector():
                selectors.append(None)
            case _:
                raise BadPath("Use names, indexes, slices, * and .. only; filters are not allowed.")
    return Step(tuple(selectors), deep=isinstance(segment, JSONPathRecursiveDescentSegment))


class _Meter:
    """Counts the places a path passes, also those it comes by twice."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._passed = 0

    def distinct(self, places: Iterable[_Place]) -> list[_Place]:
        """The places, each once. A parsed document holds no container twice, so ids tell them apart."""
        found: dict[tuple[int, str | int], _Place] = {}
        for place in places:
            self._passed += 1
            if self._passed > self._cap:
                raise Unexpected(f"A path of the definition passes more than {self._cap} places.")
            found.setdefault((id(place.parent and place.parent.value), place.key), place)
        return list(found.values())


def _selected(places: list[_Place], selectors: tuple[Selector, ...]) -> Iterator[_Place]:
    """What the selectors take from each place."""
    for place in places:
        for selector in selectors:
            for key, child in _members(place.value, selector):
                yield _Place(place, key, child)


def _containers_below(places: list[_Place]) -> Iterator[_Place]:
    """The objects and lists among the places and below them: only these have anything to select from."""
    waiting = [place for place in places if isinstance(place.value, dict | list)]
    seen: set[int] = set()
    while waiting:
        place = waiting.pop()
        if id(place.value) not in seen:
            seen.add(id(place.value))
            yield place
            children = (_Place(place, key, child) for key, child in _members(place.value, None))
            waiting += [child for child in children if isinstance(child.value, dict | list)]


def _members(value: JSON, selector: Selector) -> Iterable[tuple[str | int, JSON]]:
    """What one selector takes from one value; nothing when it does not fit."""
    match value, selector:
        case dict(), None:
            return value.items()
        case dict(), str() if selector in value:
            return ((selector, value[selector]),)
        case list(), None:
            return enumerate(value)
        case list(), int() if -len(value) <= selector < len(value):
            return ((selector % len(value), value[selector]),)
        case list(), slice() if selector.step != 0:
            return ((index, value[index]) for index in range(*selector.indices(len(value))))
    return ()
