"""The house rules for configuration schemas: what a publisher may write so that every reader gets a form.

They are asked while a schema is written. `schemas.compile_schema` guards any schema; this is about forms.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from schema_forms import limits
from schema_forms.faults import Fault, pointer
from schema_forms.messages import FORMATS
from schema_forms.properties import Rules, choices_of
from schema_forms.walk import children

PROPERTY_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
MULTI_LINE = "multi-line"
SCALARS = ("string", "number", "integer", "boolean")
COMBINATIONS = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else"})
KEYWORDS = COMBINATIONS | {
    "$schema", "$id", "$comment", "type", "properties", "required", "additionalProperties", "name", "title",
    "description", "default", "examples", "enum", "const", "pattern", "format", "minLength", "maxLength",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
}  # fmt: skip
TEXTS = {
    "name": limits.LABEL_LENGTH_MAX,
    "title": limits.LABEL_LENGTH_MAX,
    "_group": limits.LABEL_LENGTH_MAX,
    "description": limits.DESCRIPTION_LENGTH_MAX,
    "_help": limits.HELP_LENGTH_MAX,
    "_error": limits.HELP_LENGTH_MAX,
}
PYTHON_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: PYTHON_TYPES["number"](value) and value == value // 1,
}


def configuration_schema_faults(schema: Mapping[str, Any]) -> list[Fault]:
    """What keeps a schema from becoming a form. `compile_schema` asks whether it is safe to run."""
    faults = [*_top_faults(schema), *_keyword_faults(schema)]
    properties = schema.get("properties")
    for name, rules in properties.items() if isinstance(properties, dict) else ():
        path = pointer(["properties", name])
        if not PROPERTY_NAME.fullmatch(name):
            faults.append(Fault(path, "Name it with 1 to 64 of the characters A-Z, a-z, 0-9, _, . and -."))
        if isinstance(rules, dict):
            faults += _property_faults(path, rules)
        else:
            faults.append(Fault(path, "Describe the property with an object that has a type."))
    return faults


def _top_faults(schema: Rules) -> Iterator[Fault]:
    if schema.get("type") != "object":
        yield Fault(
            "/type", 'Use "type": "object" at the top: a configuration is a set of named settings.', "type"
        )
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        yield Fault("/properties", "Give an object with one schema for each setting.", "properties")
    elif len(properties) > limits.PROPERTIES_MAX:
        yield Fault(
            "/properties", f"Use at most {limits.PROPERTIES_MAX} settings; there are {len(properties)}."
        )
    if not isinstance(schema.get("additionalProperties", True), bool):
        message = "Use true or false: unknown settings have no field."
        yield Fault("/additionalProperties", message, "additionalProperties")


def _keyword_faults(schema: Rules) -> Iterator[Fault]:
    """Keywords, texts and `required` of the schema and of everything inside it."""
    properties = schema.get("properties")
    known = frozenset(properties) if isinstance(properties, dict) else frozenset()
    waiting: list[tuple[str, Rules, int]] = [("", schema, 0)]
    while waiting:
        path, rules, depth = waiting.pop(0)
        if depth > limits.COMBINATION_DEPTH_MAX:
            message = f"Nest allOf, anyOf, oneOf, not and if at most {limits.COMBINATION_DEPTH_MAX} deep."
            yield Fault(path, message)
            continue
        yield from (_keyword_fault(path, keyword) for keyword in rules if not _is_allowed(keyword))
        yield from _text_faults(path, rules)
        yield from _required_faults(path, rules, known)
        if rules.get("_secret") and not re.fullmatch("/properties/[^/]*", path):
            message = "Mark the setting under properties instead: only there it is kept secret."
            yield Fault(f"{path}/_secret", message, "_secret")
        for way, child in children(rules):
            waiting.append((path + pointer(way), child, depth + (way[0] in COMBINATIONS)))


def _is_allowed(keyword: str) -> bool:
    return keyword in KEYWORDS or keyword.startswith("_")


def _keyword_fault(path: str, keyword: str) -> Fault:
    message = f"Remove {keyword[:40]}: forms do not support it. Own keywords start with an underscore."
    if keyword == "$ref":
        message = "Write the rules out here: a configuration schema has no $ref."
    return Fault(path + pointer([keyword]), message, keyword)


def _text_faults(path: str, rules: Rules) -> Iterator[Fault]:
    for keyword, length in TEXTS.items():
        text = rules.get(keyword, "")
        if not isinstance(text, str):
            yield Fault(f"{path}/{keyword}", "Give a text.", keyword)
        elif len(text) > length:
            yield Fault(
                f"{path}/{keyword}", f"Use at most {length:,} characters; this has {len(text):,}.", keyword
            )
    example = rules.get("_example", "")
    if isinstance(example, dict | list | None) or len(str(example)) > limits.EXAMPLE_LENGTH_MAX:
        message = f"Give one value of at most {limits.EXAMPLE_LENGTH_MAX} characters."
        yield Fault(f"{path}/_example", message, "_example")


def _required_faults(path: str, rules: Rules, known: frozenset[str]) -> Iterator[Fault]:
    required = rules.get("required", [])
    for index, name in enumerate(required if isinstance(required, list) else []):
        if not isinstance(name, str) or name not in known:
            message = f"Describe “{str(name)[:64]}” under properties, or remove it here."
            yield Fault(f"{path}/required/{index}", message, "required")


def _property_faults(path: str, rules: Rules) -> Iterator[Fault]:
    type_ = rules.get("type")
    choices = choices_of(rules)
    if type_ in ("object", "array"):
        message = f'Split this into settings of their own: a form has no field for the type "{type_}".'
        yield Fault(f"{path}/type", message, "type")
    elif type_ not in SCALARS and ("type" in rules or not choices):
        yield Fault(f"{path}/type", "Use one type: string, number, integer or boolean.", "type")
    if rules.get("_secret") is True and (type_ != "string" or choices):
        yield Fault(f"{path}/_secret", "Use this only for a string that is typed in.", "_secret")
    if rules.get("_secret") is True and "default" in rules:
        yield Fault(f"{path}/default", "Remove the default: everyone would know this secret.", "default")
    if "format" in rules and rules["format"] not in (*FORMATS, MULTI_LINE):
        names = ", ".join([*FORMATS, MULTI_LINE])
        yield Fault(f"{path}/format", f"Use one of these formats: {names}.", "format")
    yield from _enum_faults(path, rules)
    yield from _value_faults(path, rules)


def _enum_faults(path: str, rules: Rules) -> Iterator[Fault]:
    values = [choice.value for choice in choices_of(rules)]
    if "enum" in rules and not values:
        yield Fault(f"{path}/enum", "Give a list of at least one value.", "enum")
    if len(values) > limits.ENUM_VALUES_MAX:
        message = f"Offer at most {limits.ENUM_VALUES_MAX} choices; there are {len(values):,}."
        yield Fault(f"{path}/enum", message, "enum")
        return
    if any(isinstance(value, dict | list) for value in values):
        yield Fault(f"{path}/enum", "Use only texts, numbers, true, false and null.", "enum")
    elif len({(isinstance(value, bool), value) for value in values}) < len(values):
        yield Fault(f"{path}/enum", "Give every value only once.", "enum")
    if any(isinstance(value, str) and len(value) > limits.CHOICE_LENGTH_MAX for value in values):
        yield Fault(f"{path}/enum", f"Shorten each value to {limits.CHOICE_LENGTH_MAX} characters.", "enum")
    labels = rules.get("_enum_labels", {})
    if not isinstance(labels, dict) or not all(isinstance(label, str) for label in labels.values()):
        yield Fault(f"{path}/_enum_labels", "Give an object: each value and its label.", "_enum_labels")


def _value_faults(path: str, rules: Rules) -> Iterator[Fault]:
    """Values that the property's own type would refuse."""
    fits = PYTHON_TYPES.get(str(rules.get("type")))
    if fits is None:
        return
    for choice in choices_of(rules):
        if not fits(choice.value):
            yield Fault(
                f"{path}/enum",
                f"A choice is not of the type {rules['type']}: it could not be chosen.",
                "enum",
            )
            break
    if "default" in rules and not _is_default(rules, fits):
        message = "Use a default that the property itself allows."
        yield Fault(f"{path}/default", message, "default")


def _is_default(rules: Rules, fits: Callable[[Any], bool]) -> bool:
    values = [choice.value for choice in choices_of(rules)]
    return fits(rules["default"]) and (not values or rules["default"] in values)
