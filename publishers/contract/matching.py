"""Where paths lead in a document: all paths at once, each object and list visited once.

A container is visited with its state, the steps that select from it: those of every path, and of every way to
reach it. Containers with the same state wait together, so that one comprehension passes all of their members.
Twenty `$..name` cost hardly more than one, and a path such as `$[*,*][*,*]...` explodes no more (safety 5.6).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from publishers.contract.errors import Unexpected
from publishers.contract.limits import MAX_PATH_NODES
from publishers.contract.templates import JSON

Key = str | int
Location = tuple[Key, ...]
"""The names and indexes that lead from the root to a value."""

_CONTAINERS: Final = frozenset({dict, list})
# As many members of a container are passed in the time it takes to come to it; to look at a selector, once
# for each state; to pick from a list by position; and to try one pick, or pick one member.
_VISIT_WORK: Final = 1
_SELECTOR_WORK: Final = 10
_LIST_WORK: Final = 20
_PICK_WORK: Final = 4
# The same few paths judge thousands of replies. A state of 64 selectors takes 25 kB, if it is made to.
_REMEMBERED_STATES: Final = 1_000
_REMEMBERED_SELECTORS: Final = 64


@dataclass(frozen=True, eq=False)
class Step:
    """What a segment selects from a container, or from everything below it when `deep`; then comes `after`.

    The step behind the last one has no `after`: who gets there is matched. Each step is itself only.
    """

    names: frozenset[str] = frozenset()
    picks: tuple[int | slice, ...] = ()
    every: bool = False
    deep: bool = False
    after: "Step | None" = None

    @cached_property
    def size(self) -> int:
        """How much there is to look at: its selectors, and itself."""
        return len(self.names) + len(self.picks) + 1


@dataclass(frozen=True)
class Found:
    """The places that match, by the containers that hold them; each place is in one of the three only."""

    whole: list[JSON] = field(default_factory=list)
    """Containers all of whose members match."""
    named: list[tuple[dict[str, JSON], str]] = field(default_factory=list)
    """Members of objects."""
    picked: list[tuple[list[JSON], set[int]]] = field(default_factory=list)
    """Lists and the positions that match."""
    ends: set[frozenset[Step]] = field(default_factory=set)
    """The last steps of the paths that match, in sets as they were come by."""

    def __len__(self) -> int:
        return sum(map(len, self.whole)) + len(self.named) + sum(len(indexes) for _, indexes in self.picked)

    def places(self) -> Iterator[tuple[JSON, Key]]:
        """Each container with the key of one member that matches."""
        for container in self.whole:
            keys = container if type(container) is dict else range(len(container))
            yield from ((container, key) for key in keys)
        yield from self.named
        for entries, indexes in self.picked:
            yield from ((entries, index) for index in indexes)


class _Target(NamedTuple):
    """What is known of a member: the steps that go on from it, and those that end there."""

    steps: frozenset[Step]
    ends: frozenset[Step]


_Pick = tuple[int | slice, set[Step]]
"""Positions in a list, and the steps that come after."""


class _Moves(NamedTuple):
    """From one state: the target of every member, of those with a name, and what lists pick by position."""

    others: _Target
    named: dict[str, _Target]
    picks: list[_Pick]


def search(document: JSON, starts: Iterable[Step], *, cap: int = MAX_PATH_NODES) -> Found:
    """Every place below the root that the paths match. Raises Unexpected when it is too much work.

    `cap` counts the members of the containers visited and, several times over because they cost as much, the
    containers themselves and the selectors looked at.
    """
    return _Search(cap).run(document, frozenset(starts))


def locations(document: JSON, found: Found) -> list[Location]:
    """The way from the root to each place."""
    ways: dict[int, Location] = {id(document): ()}
    waiting = [document] if type(document) in _CONTAINERS else []
    while waiting:
        container = waiting.pop()
        for key, child in container.items() if type(container) is dict else enumerate(container):
            if type(child) in _CONTAINERS:
                ways[id(child)] = (*ways[id(container)], key)
                waiting.append(child)
    return [(*ways[id(container)], key) for container, key in found.places()]


class _Search:
    def __init__(self, cap: int) -> None:
        self._left = self._cap = cap
        self._found = Found()
        self._waiting: defaultdict[frozenset[Step], list[JSON]] = defaultdict(list)
        self._known: dict[frozenset[Step], _Moves] = {}
        self._targets: dict[tuple[int, int], _Target] = {}

    def run(self, document: JSON, state: frozenset[Step]) -> Found:
        self._queue(state, [document] if type(document) in _CONTAINERS else [])
        while self._waiting:
            state, containers = self._waiting.popitem()
            self._spend(_VISIT_WORK * len(containers) + sum(map(len, containers)))
            moves = self._moves(state)
            if moves.others.ends and any(containers):
                self._found.whole.extend(containers)
                self._found.ends.add(moves.others.ends)
            if objects := [each for each in containers if type(each) is dict]:
                self._visit_objects(objects, moves)
            if len(objects) < len(containers):
                self._visit_lists([each for each in containers if type(each) is list], moves)
        return self._found

    def _spend(self, work: int) -> None:
        self._left -= work
        if self._left < 0:
            raise Unexpected(f"The paths of the definition pass more than {self._cap} places.")

    def _moves(self, state: frozenset[Step]) -> _Moves:
        moves = self._known.get(state)
        if moves is None:
            size = sum([step.size for step in state])
            self._spend(_SELECTOR_WORK * size)
            moves = _remembered_moves(state) if size <= _REMEMBERED_SELECTORS else _moves(state)
            self._known[state] = moves
        return moves

    def _queue(self, state: frozenset[Step], containers: list[JSON]) -> None:
        if containers:
            self._waiting[state] += containers

    def _visit_objects(self, objects: list[JSON], moves: _Moves) -> None:
        named, steps = moves.named, moves.others.steps
        if steps:
            self._queue(
                steps,
                [
                    child
                    for each in objects
                    for key, child in each.items()
                    if type(child) in _CONTAINERS and key not in named
                ],
            )
        if named:
            self._visit_named(objects, moves)

    def _visit_named(self, objects: list[JSON], moves: _Moves) -> None:
        named, is_whole, hits = moves.named, bool(moves.others.ends), 0
        for each in objects:
            for key in each:
                if key in named:
                    hits += 1
                    steps, ends = named[key]
                    if ends:
                        self._found.ends.add(ends)
                        if not is_whole:
                            self._found.named.append((each, key))
                    if steps and type(each[key]) in _CONTAINERS:
                        self._waiting[steps].append(each[key])
        self._spend(_PICK_WORK * hits)

    def _visit_lists(self, lists: list[JSON], moves: _Moves) -> None:
        steps = moves.others.steps
        if moves.picks:
            for each in filter(None, lists):
                self._pick(each, moves)
        elif steps:
            self._queue(steps, [child for each in lists for child in each if type(child) in _CONTAINERS])

    def _pick(self, entries: list[JSON], moves: _Moves) -> None:
        """A list some of whose entries are selected by their position."""
        chosen = self._chosen(moves.picks, len(entries))
        matched = set()
        for index, picks in chosen.items():
            steps, ends = self._target_of(picks, moves)
            if ends:
                self._found.ends.add(ends)
                matched.add(index)
            if steps and type(entries[index]) in _CONTAINERS:
                self._waiting[steps].append(entries[index])
        if matched and not moves.others.ends:
            self._found.picked.append((entries, matched))
        if steps := moves.others.steps:
            self._queue(
                steps,
                [
                    child
                    for index, child in enumerate(entries)
                    if type(child) in _CONTAINERS and index not in chosen
                ],
            )

    def _chosen(self, picks: list[_Pick], length: int) -> dict[int, int]:
        """The positions that are picked, each with a bit for each of the picks."""
        chosen: defaultdict[int, int] = defaultdict(int)
        self._spend(_LIST_WORK)
        for number, (pick, _) in enumerate(picks):
            indexes = _indexes(pick, length)
            self._spend(_PICK_WORK * (1 + len(indexes)))
            for index in indexes:
                chosen[index] |= 1 << number
        return chosen

    def _target_of(self, picks: int, moves: _Moves) -> _Target:
        target = self._targets.get((id(moves), picks))
        if target is None:
            afters = [after for number, (_, after) in enumerate(moves.picks) if picks >> number & 1]
            steps = moves.others.steps.union(moves.others.ends, *afters)
            self._spend(_SELECTOR_WORK * (len(moves.picks) + len(steps)))
            target = self._targets[id(moves), picks] = _target(steps)
        return target


def _moves(state: frozenset[Step]) -> _Moves:
    """Names that lead to the same steps share one target: a union may have a hundred names."""
    common = {step for step in state if step.deep}
    common |= {step.after for step in state if step.every and step.after}
    afters: defaultdict[str, set[Step]] = defaultdict(set)
    picks: dict[str, _Pick] = {}
    for step in state:
        if step.after:
            for name in step.names:
                afters[name].add(step.after)
            for pick in step.picks:
                picks.setdefault(str(pick), (pick, set()))[1].add(step.after)
    sets = {name: frozenset(after) for name, after in afters.items()}
    targets = {after: _target(common | after) for after in set(sets.values())}
    named = {name: targets[after] for name, after in sets.items()}
    return _Moves(_target(common), named, [*picks.values()])


_remembered_moves = lru_cache(maxsize=_REMEMBERED_STATES)(_moves)


def _target(steps: AbstractSet[Step]) -> _Target:
    ends = frozenset([step for step in steps if step.after is None])
    return _Target(frozenset(steps) - ends, ends)


def _indexes(pick: int | slice, length: int) -> range:
    """The positions an index or a slice means in a list of this length."""
    if isinstance(pick, slice):
        return range(0) if pick.step == 0 else range(*pick.indices(length))
    index = pick + length if pick < 0 else pick
    return range(index, index + 1) if 0 <= index < length else range(0)
