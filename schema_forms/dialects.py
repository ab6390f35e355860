"""The JSON Schema dialects we know: how a schema names one, what runs it, what a valid schema is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs as rs
from jsonschema import validators

# A schema that names no dialect (contract.md 8.5).
DEFAULT = "http://json-schema.org/draft-07/schema"


@dataclass(frozen=True)
class Dialect:
    """One draft: its name for people, its validator, and the validator of its schemas."""

    name: str
    validator: type[rs.Validator]
    metaschema: rs.Validator


def _dialect(name: str, uri: str, validator: type[rs.Validator]) -> Dialect:
    metaschema = validators.validator_for({"$schema": uri}).META_SCHEMA
    return Dialect(name, validator, validator(metaschema, offline=True, validate_formats=False))


_DIALECTS = {
    uri: _dialect(name, uri, validator)
    for name, uri, validator in [
        ("draft 4", "http://json-schema.org/draft-04/schema", rs.Draft4Validator),
        ("draft 6", "http://json-schema.org/draft-06/schema", rs.Draft6Validator),
        ("draft 7", DEFAULT, rs.Draft7Validator),
        ("draft 2019-09", "https://json-schema.org/draft/2019-09/schema", rs.Draft201909Validator),
        ("draft 2020-12", "https://json-schema.org/draft/2020-12/schema", rs.Draft202012Validator),
    ]
}


def dialect_of(document: Mapping[str, Any]) -> Dialect | None:
    """The dialect a schema names, draft 7 when it names none. None when we do not know it."""
    uri = document.get("$schema", DEFAULT)
    if not isinstance(uri, str):
        return None
    return _DIALECTS.get(uri.removesuffix("#"))


def recognised() -> str:
    """The names of all dialects, for messages."""
    return ", ".join(dialect.name for dialect in _DIALECTS.values())
