"""The JSONPaths a definition may hold, and the places they match (RFC 9535 without filters).

python-jsonpath reads the text; `matching` finds the places.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from jsonpath import JSONPathEnvironment
from jsonpath.exceptions import JSONPathError
from jsonpath.path import JSONPath
from jsonpath.segments import JSONPathRecursiveDescentSegment, JSONPathSegment
from jsonpath.selectors import IndexSelector, NameSelector, SliceSelector, WildcardSelector

from publishers.contract.limits import MAX_PATH_CHARS, MAX_PATH_DESCENTS, MAX_PATH_NODES
from publishers.contract.matching import Location, Step, locations, search
from publishers.contract.templates import JSON

__all__ = ["BadPath", "Location", "Path", "first_present"]

_ENVIRONMENT: Final = JSONPathEnvironment(strict=True)


class BadPath(ValueError):
    """Not a path we run; the message says what to write instead."""


@dataclass(frozen=True)
class Path:
    """A path that passed the allow-list: its steps from `first` to `end`, where it matches."""

    text: str
    first: Step = field(repr=False, compare=False)
    end: Step = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> "Path":
        """Raises BadPath."""
        if len(text) > MAX_PATH_CHARS:
            raise BadPath(f"A path has at most {MAX_PATH_CHARS} characters.")
        segments = _segments(text)
        if (
            sum(isinstance(segment, JSONPathRecursiveDescentSegment) for segment in segments)
            > MAX_PATH_DESCENTS
        ):
            raise BadPath(f"'..' may stand at most {MAX_PATH_DESCENTS} times in a path.")
        step = end = Step()
        for segment in reversed(segments):
            step = _step(segment, after=step)
        return cls(text, step, end)

    def locations(self, document: JSON, *, cap: int = MAX_PATH_NODES) -> list[Location]:
        """Every place it matches, each once. Raises Unexpected when it passes more places than `cap`."""
        if self.first is self.end:
            return [()]
        return locations(document, search(document, [self.first], cap=cap))


def first_present(document: JSON, paths: Sequence[Path], *, cap: int = MAX_PATH_NODES) -> Path | None:
    """The first of the paths that matches anything. Raises Unexpected when they are too much work."""
    if not paths:
        return None
    met = set[Step]().union(*search(document, [path.first for path in paths], cap=cap).ends)
    return next((path for path in paths if path.end in met or path.first is path.end), None)


def _segments(text: str) -> tuple[JSONPathSegment, ...]:
    try:
        return cast(JSONPath, _ENVIRONMENT.compile(text)).segments  # strict knows no compound paths
    except JSONPathError as error:
        raise BadPath("Not a JSONPath: write for example $.data.secret or $..secret.") from error


def _step(segment: JSONPathSegment, *, after: Step) -> Step:
    names: set[str] = set()
    picks: list[int | slice] = []
    every = False
    for selector in segment.selectors:
        match selector:
            case NameSelector():
                names.add(selector.name)
            case IndexSelector():
                picks.append(selector.index)
            case SliceSelector():
                picks.append(selector.slice)
            case WildcardSelector():
                every = True
            case _:
                raise BadPath("Use names, indexes, slices, * and .. only; filters are not allowed.")
    deep = isinstance(segment, JSONPathRecursiveDescentSegment)
    return Step(frozenset(names), tuple(picks), every, deep, after)
