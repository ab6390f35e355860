"""What the validator found, as a sentence for people: what is wrong and how to mend it.

The form and the REST API say the same words because both come from here. A new kind of error is one line in
`SENTENCES`. Raw patterns and lists of values never appear: they are the publisher's, not the reader's.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jsonschema_rs import ValidationError
from jsonschema_rs import ValidationErrorKind as Kind

from schema_forms import combinations
from schema_forms.faults import Fault, pointer
from schema_forms.places import Place, label_at, place_of, rules_at
from schema_forms.properties import (
    Choice,
    Property,
    Rules,
    choices_of,
    example_of,
    in_words,
    number,
    properties_of,
    shown,
    text_of,
)

NUL = "Remove the invisible NUL character."
NOT_JSON = "Give text and numbers that JSON can hold."
TOO_LARGE_TO_EXPLAIN = "This does not satisfy the schema. It is too large for the places to be listed."
TOO_LARGE_TO_CHECK = "This is too large to be checked against so extensive a schema. Shorten it."
TOO_HARD_TO_CHECK = "Checking this against the expected formats takes too long. Shorten it."
WHOLE_NUMBER = "Enter a whole number, such as 5."
DECIMAL_NUMBER = "Enter a number, such as 2.5."
TOO_HARD = "This is too complicated to be checked against the expected format. Shorten it."
OTHER_VALUE = "Enter a different value."

TYPES = {
    "string": "text",
    "number": "a number, such as 2.5",
    "integer": "a whole number, such as 5",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
FORMATS = {
    "uri": "Enter a full web address, such as https://example.com/results.",
    "email": "Enter an e-mail address, such as ana@example.com.",
    "date": "Enter a date, such as 2026-03-31.",
    "time": "Enter a time with its zone, such as 14:30:00Z.",
    "date-time": "Enter a date and time with its zone, such as 2026-03-31T14:30:00Z.",
    "hostname": "Enter a host name, such as example.com.",
    "ipv4": "Enter an IPv4 address, such as 192.0.2.1.",
    "ipv6": "Enter an IPv6 address, such as 2001:db8::1.",
    "uuid": "Enter a UUID, such as 123e4567-e89b-12d3-a456-426614174000.",
}
# Of several faults at one place, the one to mend first.
RANKS = {"required": 0, "enum": 0, "const": 0, "type": 1, "pattern": 3, "format": 3}
RANKS |= dict.fromkeys(["anyOf", "oneOf", "not"], 4)
USUAL_RANK = 2


def required_message(name: str, rules: Rules) -> str:
    """The sentence for a value that is missing."""
    label = Property(name, rules).label
    if choices_of(rules):
        return f"Choose {label}."
    return f"Choose true or false for {label}." if rules.get("type") == "boolean" else f"Enter {label}."


def choice_message(choices: list[Choice]) -> str:
    """The sentence for a value outside the choices."""
    return (
        f"Choose one of the {len(choices)} choices." if len(choices) != 1 else f"Choose {choices[0].label}."
    )


def pattern_message(rules: Rules) -> str:
    """The publisher's own words if there are any, with an example if there is one."""
    text = text_of(rules, "_error", "_help") or "Does not match the expected format."
    example = "" if rules.get("_secret") is True else example_of(rules)
    if example and example not in text:
        text = f"{text.rstrip('.')}, for example {example}."
    return text


def unknown_message(name: str) -> str:
    """The sentence for a property nobody asked for."""
    return f"Remove “{name}”: there is no such property."


def faults_of(errors: Iterable[ValidationError], document: Rules) -> list[Fault]:
    """All errors as faults in the order of the form: one for a field, any number for a whole document."""
    found = sorted(
        {fault: None for error in errors for fault in read(error, document)},
        key=lambda fault: RANKS.get(fault.keyword, USUAL_RANK),
    )
    first: dict[str, Fault] = {}
    for fault in found:
        first.setdefault(fault.path or fault.message, fault)
    order = {pointer([each.name]): index for index, each in enumerate(properties_of(document))}
    return sorted(
        first.values(), key=lambda fault: order.get(_top(fault.path), len(order) if fault.path else -1)
    )


def _top(path: str) -> str:
    return "/".join(path.split("/")[:2])


def read(error: ValidationError, document: Rules) -> Iterator[Fault]:
    """The faults one error stands for, each at its own place."""
    where, kind = error.instance_path, error.kind
    if isinstance(kind, Kind.Required):
        way = [*where, kind.property]
        yield Fault(pointer(way), required_message(kind.property, rules_at(document, way)), "required")
    elif isinstance(kind, Kind.AdditionalProperties | Kind.UnevaluatedProperties):
        for name in kind.unexpected:
            yield Fault(pointer([*where, name]), unknown_message(name), kind.name)
    else:
        yield Fault(pointer(where), _sentence(error, document), kind.name)


def _sentence(error: ValidationError, document: Rules) -> str:
    say = SENTENCES.get(type(error.kind))
    return say(error.kind, place_of(error, document)) if say else OTHER_VALUE


def _enum(kind: Kind.Enum, place: Place) -> str:
    return choice_message(choices_of(place.rules) or [Choice(value, shown(value)) for value in kind.options])


def _const(kind: Kind.Constant, _: Place) -> str:
    return choice_message([Choice(kind.expected_value, shown(kind.expected_value))])


def type_message(types: list[str]) -> str:
    """The sentence for a value of another type."""
    if types == ["boolean"]:
        return "Choose true or false."
    verb = "Give" if set(types) & {"object", "array"} else "Enter"
    nouns = [TYPES.get(each, each) for each in sorted(types, key="null".__eq__)]
    return f"{verb} {in_words(nouns, 'or')}."


def _format(kind: Kind.Format, place: Place) -> str:
    return text_of(place.rules, "_error") or FORMATS.get(kind.format, f"Enter a valid {kind.format}.")


def _multiple(kind: Kind.MultipleOf, _: Place) -> str:
    return (
        WHOLE_NUMBER if kind.multiple_of == 1 else f"Enter a multiple of {number(float(kind.multiple_of))}."
    )


def _length(word: str) -> Callable[[Any, Place], str]:
    def say(kind: Any, place: Place) -> str:
        return (
            f"Use at {word} {_count(kind.limit, 'character', 'characters')}; this has {len(place.value):,}."
        )

    return say


def _entries(verb: str, one: str, many: str) -> Callable[[Any, Place], str]:
    return lambda kind, _: f"{verb} {_count(kind.limit, one, many)}."


def _bound(words: str) -> Callable[[Any, Place], str]:
    return lambda kind, _: f"Enter a number {words} {number(kind.limit)}."


def _fixed(text: str) -> Callable[[Any, Place], str]:
    return lambda _kind, _place: text


def _count(limit: int, one: str, many: str) -> str:
    return f"{limit:,} {one if limit == 1 else many}"


def _leave_empty(_: Kind.FalseSchema, place: Place) -> str:
    return f"Leave {label_at(place.document, place.way)} empty." if place.way else OTHER_VALUE


def _no_branch(kind: Kind.AnyOf | Kind.OneOfNotValid, place: Place) -> str:
    choices = choices_of(place.rules)
    if choices:
        return choice_message(choices)
    return combinations.no_branch([_branch(errors, place.document) for errors in kind.context], place)


def _branch(errors: list[ValidationError], document: Rules) -> list[Fault]:
    """The faults of one branch. Branches inside branches are not read out: there may be thousands."""
    return [fault for error in errors for fault in _shallow(error, document)]


def _shallow(error: ValidationError, document: Rules) -> Iterator[Fault]:
    if isinstance(error.kind, Kind.AnyOf | Kind.OneOfNotValid):
        return iter([Fault(pointer(error.instance_path), OTHER_VALUE, error.kind.name)])
    return read(error, document)


SENTENCES: dict[type[Kind], Callable[[Any, Place], str]] = {
    Kind.Enum: _enum,
    Kind.Constant: _const,
    Kind.Type: lambda kind, _: type_message(kind.types),
    Kind.Pattern: lambda _, place: pattern_message(place.rules),
    Kind.Format: _format,
    Kind.BacktrackLimitExceeded: _fixed(TOO_HARD),
    Kind.RegexEngineFailure: _fixed(TOO_HARD),
    Kind.Minimum: _bound("of at least"),
    Kind.Maximum: _bound("of at most"),
    Kind.ExclusiveMinimum: _bound("greater than"),
    Kind.ExclusiveMaximum: _bound("less than"),
    Kind.MultipleOf: _multiple,
    Kind.MinLength: _length("least"),
    Kind.MaxLength: _length("most"),
    Kind.AnyOf: _no_branch,
    Kind.OneOfNotValid: _no_branch,
    Kind.OneOfMultipleValid: lambda _, place: combinations.too_many_branches(place),
    Kind.Not: lambda kind, place: combinations.excluded(kind.schema, place),
    Kind.FalseSchema: _leave_empty,
    Kind.PropertyNames: lambda kind, _: (
        f"Rename “{str(kind.error.instance)[:40]}”: this name is not allowed."
    ),
    Kind.MinProperties: _entries("Give at least", "property", "properties"),
    Kind.MaxProperties: _entries("Give at most", "property", "properties"),
    Kind.MinItems: _entries("Give at least", "entry", "entries"),
    Kind.MaxItems: _entries("Give at most", "entry", "entries"),
    Kind.AdditionalItems: _entries("Give at most", "entry", "entries"),
    Kind.UnevaluatedItems: _fixed("Remove the entries nobody asked for."),
    Kind.UniqueItems: _fixed("Give every entry only once."),
    Kind.Contains: _fixed("Add an entry of the required kind."),
    Kind.ContentEncoding: lambda kind, _: f"Encode this as {kind.content_encoding}.",
    Kind.ContentMediaType: lambda kind, _: f"Give content of the type {kind.content_media_type}.",
    Kind.FromUtf8: _fixed("Give text encoded as UTF-8."),
}
