"""A text that a regular expression accepts, made from the expression itself.

For sample values only: whoever uses one asks the schema whether it really fits. What cannot be followed (look
behind, references to groups, the syntax of another dialect) gives no text.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

_FILL: Final = "a1A- .,:/@_+x0"
_MOST_REPEATS: Final = 64
_CATEGORIES: Final = {
    "CATEGORY_DIGIT": "5",
    "CATEGORY_WORD": "a",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": "a",
    "CATEGORY_NOT_WORD": "-",
    "CATEGORY_NOT_SPACE": "a",
}
_CLASSES: Final = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_NOT_WORD": r"\W",
    "CATEGORY_NOT_SPACE": r"\S",
}


class _CannotFollow(ValueError):
    """Not one of the parts that are known here."""


def text_matching(pattern: str) -> str | None:
    """A text in which the pattern is found, or None."""
    try:
        text = _sequence(_parts_of(pattern))
        return text if re.search(pattern, text) else None
    except (re.error, _CannotFollow, RecursionError, OverflowError):
        return None


def _parts_of(pattern: str) -> Iterable[tuple[Any, Any]]:
    """What Python's own compiler reads a pattern as. There is no public way to it."""
    parsed: Iterable[tuple[Any, Any]] = re._parser.parse(pattern)  # type: ignore[attr-defined]  # noqa: SLF001
    return parsed


def _sequence(parts: Iterable[tuple[Any, Any]]) -> str:
    return "".join(_part(str(operator), argument) for operator, argument in parts)


def _part(operator: str, argument: Any) -> str:
    if operator not in _MAKERS:
        raise _CannotFollow(operator)
    return str(_MAKERS[operator](argument))


def _repeated(argument: Any) -> str:
    least, parts = int(argument[0]), argument[2]
    if least > _MOST_REPEATS:
        raise _CannotFollow("too long")
    return _sequence(parts) * least


def _member(items: Iterable[tuple[Any, Any]]) -> str:
    """A character of a class."""
    known = [(str(operator), argument) for operator, argument in items]
    if known and known[0][0] == "NEGATE":
        banned = known[1:]
        for character in _FILL:
            if not any(_contains(operator, argument, character) for operator, argument in banned):
                return character
        raise _CannotFollow("nothing left")
    operator, argument = known[0]
    match operator:
        case "LITERAL":
            return chr(argument)
        case "RANGE":
            return chr(argument[0])
    return _CATEGORIES[str(argument)]


def _contains(operator: str, argument: Any, character: str) -> bool:
    match operator:
        case "LITERAL":
            return bool(ord(character) == argument)
        case "RANGE":
            return bool(argument[0] <= ord(character) <= argument[1])
    return re.search(_CLASSES[str(argument)], character) is not None


def _other_than(code: int) -> str:
    return next(character for character in _FILL if ord(character) != code)


_MAKERS: Final[Mapping[str, Callable[[Any], str]]] = {
    "LITERAL": chr,
    "NOT_LITERAL": _other_than,
    "ANY": lambda _: "a",
    "IN": _member,
    "BRANCH": lambda argument: _sequence(argument[1][0]),
    "SUBPATTERN": lambda argument: _sequence(argument[3]),
    "MAX_REPEAT": _repeated,
    "MIN_REPEAT": _repeated,
    "AT": lambda _: "",
    "ASSERT": lambda _: "",
    "ASSERT_NOT": lambda _: "",
}
