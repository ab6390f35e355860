"""The shape of a definition: `publishers/definition.schema.json`, with its errors in plain words."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from publishers.contract.draft import did_you_mean
from publishers.contract.templates import JSON, text_of
from schema_forms.schemas import Fault

SCHEMA: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "definition.schema.json").read_text(encoding="utf-8")
)

_VALIDATOR: Final = Draft7Validator(SCHEMA)
_TYPES: Final = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "null",
}


def shape_faults(document: JSON) -> list[Fault]:
    """Where the document does not fit the schema; every place once per cause."""
    return described_faults(_VALIDATOR.iter_errors(document))


def described_faults(errors: Iterable[ValidationError]) -> list[Fault]:
    """The errors of one of our own schemas in plain words, every place once per cause.

    A `pattern` is explained by the `_error` beside it.
    """
    return list(dict.fromkeys(_faults(errors)))


def _faults(errors: Iterable[ValidationError]) -> Iterator[Fault]:
    for error in errors:
        keyword = str(error.validator)
        if keyword in _PLACED_BELOW:
            yield from _PLACED_BELOW[keyword](error)
        else:
            yield Fault(pointer_of(error), _MESSAGES[keyword](error), keyword)


def pointer_of(error: ValidationError, *below: str) -> str:
    """The JSON pointer of an error, or of a member below it."""
    return "".join(f"/{escaped(part)}" for part in (*error.absolute_path, *below))


def escaped(part: str | int) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return str(part).replace("~", "~0").replace("/", "~1")


def _missing(error: ValidationError) -> Iterator[Fault]:
    names, instance = _expected(error), _given(error)
    for name in names:
        if name not in instance:
            yield Fault(pointer_of(error, name), "Add this: it is required.", "required")


def _unknown(error: ValidationError) -> Iterator[Fault]:
    known = frozenset(_schema(error).get("properties", {}))
    for name in sorted(_given(error).keys() - known):
        message = f"Remove this: it is not known here.{did_you_mean(name, known)}"
        yield Fault(pointer_of(error, name), message, "additionalProperties")


def _no_alternative(error: ValidationError) -> Iterator[Fault]:
    """A parameter has a value or a credential; an auth section follows the alternative its `kind` names."""
    given = _given(error)
    kinds = [schema.get("properties", {}).get("kind", {}).get("const") for schema in _expected(error)]
    if None in kinds:
        yield Fault(pointer_of(error), "Give either a value or a credential.", "oneOf")
    elif not isinstance(given, dict) or "kind" not in given:
        return  # told by `type` or `required` already
    elif given["kind"] not in kinds:
        yield Fault(pointer_of(error, "kind"), f"Choose one of {', '.join(kinds)}.", "enum")
    else:
        chosen = kinds.index(given["kind"])
        yield from _faults(found for found in error.context or () if found.schema_path[0] == chosen)


def _schema(error: ValidationError) -> Any:
    """The part of the schema that was not met."""
    return error.schema


def _expected(error: ValidationError) -> Any:
    """What the schema says."""
    return error.validator_value


def _given(error: ValidationError) -> Any:
    """What the document says."""
    return error.instance


_PLACED_BELOW: Final[dict[str, Callable[[ValidationError], Iterator[Fault]]]] = {
    "required": _missing,
    "additionalProperties": _unknown,
    "oneOf": _no_alternative,
}


def _type_message(error: ValidationError) -> str:
    expected = _expected(error)
    names = [expected] if isinstance(expected, str) else expected
    return f"Give {' or '.join(_TYPES[name] for name in names)}."


def _enum_message(error: ValidationError) -> str:
    choices, given = _expected(error), _given(error)
    near = did_you_mean(given, frozenset(choices)) if isinstance(given, str) else ""
    return f"Choose one of {', '.join(choices)}.{near}"


_MESSAGES: Final[dict[str, Callable[[ValidationError], str]]] = {
    "type": _type_message,
    "enum": _enum_message,
    "const": lambda error: f"Give {text_of(_expected(error))}.",
    "pattern": lambda error: _schema(error)["_error"],
    "minLength": lambda _: "Fill this in.",
    "maxLength": lambda error: f"Use at most {_expected(error)} characters.",
    "minItems": lambda _: "Fill this in.",
    "maxProperties": lambda error: f"Use at most {_expected(error)} members.",
    "maxItems": lambda error: f"Use at most {_expected(error)} entries.",
    "uniqueItems": lambda _: "Remove the entry that stands here twice.",
    "minimum": lambda error: f"Give a number of at least {_expected(error)}.",
    "maximum": lambda error: f"Give a number of at most {_expected(error)}.",
}
