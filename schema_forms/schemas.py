"""A publisher's schema, made safe to run and able to say what is wrong in words.

schema = compile_schema({"type": "object", "required": ["language"]})
schema.accepts({})  # False
schema.faults({})   # [Fault("/language", "Enter Language.", "required")]
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import jsonschema_rs as rs

from schema_forms import limits
from schema_forms.authoring import configuration_schema_faults
from schema_forms.dialects import Dialect
from schema_forms.faults import Fault, UnusableSchema, pointer
from schema_forms.guards import REGEX_OPTIONS, check
from schema_forms.lengths import lengths_of
from schema_forms.messages import NOT_JSON, NUL, TOO_LARGE_TO_EXPLAIN, faults_of
from schema_forms.walk import everywhere, without_identity

__all__ = ["Fault", "Schema", "UnusableSchema", "compile_schema", "configuration_schema_faults", "nul_faults"]


class Schema:
    """A compiled schema. Never opens a connection, never runs long, never raises."""

    def __init__(self, document: dict[str, Any], *, dialect: Dialect, parts: int) -> None:
        """For `compile_schema`, which has checked the document."""
        self.document = document
        self._validator = dialect.validator(
            without_identity(document), offline=True, validate_formats=True, pattern_options=REGEX_OPTIONS
        )
        lengths = lengths_of(document)
        self._lengths = rs.Draft7Validator(lengths, offline=True) if lengths else None
        self._parts = parts
        self._has_branches = any({"anyOf", "oneOf"} & set(part) for _, part in everywhere(document))

    def accepts(self, instance: Any) -> bool:
        """Whether the instance is valid. Quicker than asking for the faults."""
        try:
            short_enough = self._lengths is None or self._lengths.is_valid(instance)
            return short_enough and self._validator.is_valid(instance)
        except ValueError:
            return False

    def faults(self, instance: Any) -> list[Fault]:
        """What is wrong, in sentences for people and in the order of the form. [] when valid."""
        if self.accepts(instance):
            return []
        try:
            errors = self._errors(instance)
        except ValueError:  # a lone surrogate, a value JSON does not have, nested too deep
            return [Fault("", NOT_JSON)]
        return faults_of(errors, self.document) or [Fault("", TOO_LARGE_TO_EXPLAIN)]

    def _errors(self, instance: Any) -> list[rs.ValidationError]:
        """Of a document too large for all of them, the first error; [] when even one may be large."""
        validator = self._validator
        if self._lengths and not self._lengths.is_valid(instance):
            validator = self._lengths
        if self._parts * parts_of(instance) <= limits.ERROR_WORK_MAX:
            return list(islice(validator.iter_errors(instance), limits.FAULTS_MAX))
        return [] if self._has_branches else _first_error(validator, instance)


def _first_error(validator: rs.Validator, instance: Any) -> list[rs.ValidationError]:
    try:
        validator.validate(instance)
    except rs.ValidationError as error:
        return [error]
    return []


def parts_of(instance: Any) -> int:
    """How large a document is for the collection of errors: its values, and long texts by their length."""
    waiting, parts = [instance], 0
    while waiting:
        value = waiting.pop()
        parts += 1
        if isinstance(value, Mapping):
            waiting += [*value, *value.values()]
        elif isinstance(value, list | tuple):
            waiting += value
        elif isinstance(value, str):
            parts += len(value) // limits.PART_CHARACTERS
    return parts


def compile_schema(schema: Mapping[str, Any]) -> Schema:
    """Check and compile a JSON Schema, draft 7 unless it names another. Raises UnusableSchema."""
    document = dict(schema)
    dialect, parts = check(document)
    try:
        return Schema(document, dialect=dialect, parts=parts)
    except ValueError as error:
        raise UnusableSchema([_compile_fault(error)]) from error


def _compile_fault(error: ValueError) -> Fault:
    """What only the compiler reads: a part that is a schema because a `$ref` leads there."""
    path = pointer(error.instance_path) if isinstance(error, rs.ValidationError) else ""
    return Fault(path, f"This schema cannot be used: {str(error).splitlines()[0]}.")


def nul_faults(instance: Any) -> list[Fault]:
    """The texts with a NUL character, which no database keeps. For documents that are stored as JSON."""
    waiting: list[tuple[str, Any]] = [("", instance)]
    found = []
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str) and "\0" in value:
            found.append(Fault(path, NUL, "nul"))
        elif isinstance(value, Mapping):
            found += [Fault(path, NUL, "nul") for name in value if "\0" in name]
            waiting += [(path + pointer([name]), each) for name, each in value.items()]
        elif isinstance(value, list | tuple):
            waiting += [(path + pointer([index]), each) for index, each in enumerate(value)]
    return found
