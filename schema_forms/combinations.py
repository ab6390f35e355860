"""Sentences for rules that involve several fields or several ways to be right: anyOf, oneOf, not."""

from collections.abc import Sequence
from typing import Any

from schema_forms.faults import Fault, pointer, steps
from schema_forms.places import Place, label_at
from schema_forms.properties import choices_of, in_words, text_of
from schema_forms.walk import everywhere

# More ways than this are not read by anyone.
WAYS_SHOWN = 3
PAIR = 2


def no_branch(branches: Sequence[Sequence[Fault]], place: Place) -> str:
    """anyOf or oneOf, and the value fits none of the branches."""
    own = text_of(place.rules, "_error")
    if own:
        return own
    if all(fault.keyword == "required" for branch in branches for fault in branch):
        groups = [
            in_words([_label(fault, place) for fault in branch], "and") for branch in branches if branch
        ]
        return _give(list(dict.fromkeys(groups)))
    ways = dict.fromkeys(" ".join(_said(fault, place) for fault in branch) for branch in branches)
    return " Or: ".join(list(ways)[:WAYS_SHOWN])


def too_many_branches(place: Place) -> str:
    """oneOf, and the value fits several of the branches."""
    own = text_of(place.rules, "_error")
    if own:
        return own
    branches = [branch for branch in place.keyword_value or [] if isinstance(branch, dict)]
    groups = [
        in_words([_name(name, place) for name in each["required"]], "and")
        for each in branches
        if each.get("required")
    ]
    if len(groups) == len(branches) > 1:
        return f"Give only one of {in_words(groups, 'and')}."
    names = _mentioned({"allOf": branches}, place)
    if names:
        return f"Change {in_words(names, 'or')}: only one of several rules may hold."
    return "Enter a different value: this one fits more than one of the allowed forms."


def excluded(schema: Any, place: Place) -> str:
    """not, and the value is what it must not be."""
    own = text_of(place.rules, "_error")
    names = _mentioned(schema, place)
    if own or not names:
        return own or f"{'Choose' if choices_of(place.rules) else 'Enter'} a different value."
    if set(schema) == {"required"}:
        together = f"Do not give {in_words(names, 'and')} together."
        return f"Leave {names[0]} empty." if len(names) == 1 else together
    if len(names) == 1:
        return f"Change {names[0]}: this value is not allowed."
    return f"Change {in_words(names, 'or')}: these values do not go together."


def _give(groups: list[str]) -> str:
    if len(groups) == 1:
        return f"Enter {groups[0]}."
    either = "either " if len(groups) == PAIR else ""
    return f"Give {either}{in_words(groups, 'or')}."


def _said(fault: Fault, place: Place) -> str:
    if fault.path == pointer(place.way) or fault.keyword == "required":
        return fault.message
    return f"{_label(fault, place)}: {fault.message}"


def _label(fault: Fault, place: Place) -> str:
    return label_at(place.document, steps(fault.path))


def _name(name: str, place: Place) -> str:
    return label_at(place.document, [*place.way, name])


def _mentioned(schema: Any, place: Place) -> list[str]:
    """What people call the fields a schema speaks about."""
    if not isinstance(schema, dict):
        return []
    names: dict[str, None] = {}
    for _, part in everywhere(schema):
        names |= dict.fromkeys([*part.get("properties", ()), *part.get("required", ())])
    return [_name(name, place) for name in names]
