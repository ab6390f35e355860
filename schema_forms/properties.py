"""What a property's rules say to people: its label, its choices, its limits, its examples."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

Rules = Mapping[str, Any]


# Up to here a float holds every whole number.
EXACT_MAX = 2**53


class _Absent(Enum):
    TOKEN = 0


# "No value": None is a value, JSON's null.
ABSENT: Final = _Absent.TOKEN


@dataclass(frozen=True)
class Choice:
    """One value that may be chosen, and what it is called."""

    value: Any
    label: str


@dataclass(frozen=True)
class Property:
    """One property of a schema, and the value it has at present (ABSENT when it has none)."""

    name: str
    rules: Rules
    required: bool = False
    present: Any = ABSENT

    @property
    def label(self) -> str:
        return label_of(self.name, self.rules)

    @property
    def kind(self) -> str:
        """The word under which `fields.FIELDS` has the function for this property."""
        type_ = self.rules.get("type")
        if type_ == "boolean" and "enum" not in self.rules:
            return "boolean"
        if choices_of(self.rules):
            return "enum"
        if type_ == "string" and self.rules.get("_secret") is True:
            return "secret"
        return type_ if type_ in ("string", "number", "integer") else "json"


def text_of(rules: Rules, *keywords: str) -> str:
    """The first of these keywords that holds a text, or ""."""
    texts = (rules.get(keyword) for keyword in keywords)
    return next((text.strip() for text in texts if isinstance(text, str) and text.strip()), "")


def label_of(name: str, rules: Rules) -> str:
    """What people call a property: `name`, else `title`, else its key in words."""
    return text_of(rules, "name", "title") or humanised(name)


def humanised(key: str) -> str:
    """A key in words: "callback_url" and "callbackUrl" become "Callback url"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", key)
    words = [word if word.isupper() else word.lower() for word in re.split(r"[\s_.-]+", spaced) if word]
    text = " ".join(words)
    return text[:1].upper() + text[1:] or key


def choices_of(rules: Rules) -> list[Choice]:
    """The values of a drop-down: `enum`, `const`, or `oneOf`/`anyOf` of `const` with `title`. Else []."""
    names = rules.get("_enum_labels")
    labels = names if isinstance(names, dict) else {}
    if isinstance(rules.get("enum"), list):
        return [_choice(value, labels) for value in rules["enum"]]
    if "const" in rules:
        return [_choice(rules["const"], labels)]
    for keyword in ("oneOf", "anyOf"):
        branches = rules.get(keyword)
        if isinstance(branches, list) and all(
            isinstance(each, dict) and "const" in each for each in branches
        ):
            return [
                Choice(each["const"], text_of(each, "title") or shown(each["const"])) for each in branches
            ]
    return []


def _choice(value: Any, labels: Mapping[str, Any]) -> Choice:
    label = labels.get(shown(value))
    return Choice(value, label if isinstance(label, str) and label else shown(value))


def shown(value: Any) -> str:
    """A JSON value as people read it: a text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def number(value: float) -> str:
    """A number as people write it: 1.0 is 1."""
    return str(int(value)) if value == value // 1 and abs(value) < EXACT_MAX else str(value)


def example_of(rules: Rules) -> str:
    """One value that would do: `_example`, else the first of `examples`."""
    examples = rules.get("examples")
    first = examples[0] if isinstance(examples, list) and examples else ""
    example = rules.get("_example", first)
    return shown(example) if isinstance(example, str | int | float) else ""


def hint_of(rules: Rules) -> str:
    """The limits of a value, said before anyone breaks them: "From 1 to 8."."""
    limits = _range(rules, unit="") or _lengths(rules)
    return " ".join(part for part in (text_of(rules, "description"), limits) if part)


def _lengths(rules: Rules) -> str:
    named = {"minimum": rules.get("minLength") or None, "maximum": rules.get("maxLength")}
    return _range(named, unit=" characters")


def _range(rules: Rules, *, unit: str) -> str:
    low, high = _bound(rules.get("minimum")), _bound(rules.get("maximum"))
    above, below = _bound(rules.get("exclusiveMinimum")), _bound(rules.get("exclusiveMaximum"))
    if low and high:
        return f"From {low} to {high}{unit}."
    words = [("at least", low), ("more than", above), ("at most", high), ("less than", below)]
    text = ", ".join(f"{word} {bound}{unit}" for word, bound in words if bound)
    return text[:1].upper() + text[1:] + "." if text else ""


def _bound(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return number(value) if is_number else ""


def properties_of(document: Rules) -> list[Property]:
    """The properties of a schema in the order of the form: `_order` first, then as written."""
    rules_of = document.get("properties")
    required = document.get("required")
    required = required if isinstance(required, list) else []
    found = [
        Property(name, rules if isinstance(rules, dict) else {}, required=name in required)
        for name, rules in (rules_of if isinstance(rules_of, dict) else {}).items()
    ]
    return sorted(found, key=lambda each: _order(each.rules))


def _order(rules: Rules) -> float:
    order = rules.get("_order")
    return order if isinstance(order, int | float) else float("inf")


def in_words(items: Iterable[str], last: str) -> str:
    """A list as a sentence has it: "a, b and c"."""
    *rest, end = items
    return f"{', '.join(rest)} {last} {end}" if rest else end
