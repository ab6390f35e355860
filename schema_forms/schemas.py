"""A publisher's schema, made safe to run and able to say what is wrong in words.

schema = compile_schema({"type": "object", "required": ["language"]})
schema.accepts({})  # False
schema.faults({})   # [Fault("/language", "Enter Language.", "required")]
"""

import sys
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

import jsonschema_rs as rs

from schema_forms import limits
from schema_forms.authoring import configuration_schema_faults
from schema_forms.dialects import Dialect
from schema_forms.faults import Fault, UnusableSchema, pointer
from schema_forms.guards import REGEX_OPTIONS, check, is_linear
from schema_forms.lengths import lengths_of
from schema_forms.messages import (
    NOT_JSON,
    NUL,
    TOO_HARD_TO_CHECK,
    TOO_LARGE_TO_CHECK,
    TOO_LARGE_TO_EXPLAIN,
    faults_of,
)
from schema_forms.walk import everywhere, without_identity
from schema_forms.work import CLOCK, Clock, TakesTooLong, count_values, with_clock, with_clock_behind, work_of

__all__ = ["Fault", "Schema", "UnusableSchema", "compile_schema", "configuration_schema_faults", "nul_faults"]


class Schema:
    """A compiled schema. Never opens a connection, never runs long, never raises."""

    def __init__(self, document: dict[str, Any], *, dialect: Dialect, parts: int) -> None:
        """For `compile_schema`, which has checked the document."""
        self.document = document
        self._clock = Clock()
        # Two of them where there are patterns: one finds the verdict, the other the places and their words.
        self._explainer = self._compiled(with_clock_behind(without_identity(document)), dialect)
        has_patterns = any("pattern" in part for _, part in everywhere(document))
        self._judge = (
            self._compiled(with_clock(without_identity(document)), dialect)
            if has_patterns
            else self._explainer
        )
        lengths = lengths_of(document)
        self._lengths = rs.Draft7Validator(lengths, offline=True) if lengths else None
        self._parts = parts
        self._values_max = limits.VALIDATION_WORK_MAX // work_of(document, is_linear=is_linear)
        self._has_branches = any({"anyOf", "oneOf"} & set(part) for _, part in everywhere(document))

    def _compiled(self, document: dict[str, Any], dialect: Dialect) -> rs.Validator:
        return dialect.validator(
            document,
            offline=True,
            validate_formats=True,
            formats={CLOCK: self._clock},
            pattern_options=REGEX_OPTIONS,
        )

    def accepts(self, instance: Any) -> bool:
        """Whether the instance is valid, and can be judged in the time there is."""
        try:
            return self._is_small_enough(instance) and self._is_valid(instance)
        except ValueError:
            return False

    def faults(self, instance: Any) -> list[Fault]:
        """What is wrong, in sentences for people and in the order of the form. [] when valid."""
        return self._explained(instance, self._errors)

    def first_fault(self, instance: Any) -> Fault | None:
        """One thing that is wrong, None when valid: for an event loop, which may be held for 20 ms only."""
        return next(iter(self._explained(instance, self._first_errors)), None)

    def _is_small_enough(self, instance: Any) -> bool:
        most = self._values_max
        return most > limits.VALUES_UNCOUNTED or count_values(instance, most=most) <= most

    def _is_valid(self, instance: Any) -> bool:
        self._clock.start()
        short_enough = self._lengths is None or self._lengths.is_valid(instance)
        return short_enough and self._judge.is_valid(instance)

    def _explained(self, instance: Any, errors_of: Callable[[Any], list[rs.ValidationError]]) -> list[Fault]:
        try:
            if not self._is_small_enough(instance):
                return [Fault("", TOO_LARGE_TO_CHECK)]
            if self._is_valid(instance):
                return []
            errors = errors_of(instance)
        except TakesTooLong:
            return [Fault("", TOO_HARD_TO_CHECK)]
        except ValueError:  # a lone surrogate, a value JSON does not have, nested too deep
            return [Fault("", NOT_JSON)]
        return faults_of(errors, self.document) or [Fault("", TOO_LARGE_TO_EXPLAIN)]

    def _errors(self, instance: Any) -> list[rs.ValidationError]:
        """Of a document too large for all of them, the first error; [] when even one may be large."""
        validator = self._explainer_of(instance)
        if self._parts * parts_of(instance, most=limits.ERROR_WORK_MAX) <= limits.ERROR_WORK_MAX:
            self._clock.start()
            return list(islice(validator.iter_errors(instance), limits.FAULTS_MAX))
        return [] if self._has_branches else self._first_error(validator, instance)

    def _first_errors(self, instance: Any) -> list[rs.ValidationError]:
        """The first error; [] when the branches of that one may be many."""
        most = limits.FIRST_ERROR_WORK_MAX
        if self._has_branches and self._parts * parts_of(instance, most=most) > most:
            return []
        return self._first_error(self._explainer_of(instance), instance)

    def _explainer_of(self, instance: Any) -> rs.Validator:
        """The validator whose errors are to be told."""
        if self._lengths is not None and not self._lengths.is_valid(instance):
            return self._lengths
        return self._explainer

    def _first_error(self, validator: rs.Validator, instance: Any) -> list[rs.ValidationError]:
        self._clock.start()
        try:
            validator.validate(instance)
        except rs.ValidationError as error:
            return [error]
        return []


def parts_of(instance: Any, *, most: int = sys.maxsize) -> int:
    """How large a document is for the collection of errors: its values, and long texts by their length.

    Over `most`, the count may stop anywhere.
    """
    waiting, parts = [instance], 0
    while waiting and parts <= most:
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
