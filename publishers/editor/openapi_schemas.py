"""The schemas of an OpenAPI file in JSON Schema draft 7, with every `$ref` written out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from publishers.contract.points import CONFIGURATION_FIELDS_OF_THE_PLATFORM, PLATFORM_FIELDS
from publishers.documents import mapping_in
from publishers.editor.openapi_document import resolved, target_of
from schema_forms.authoring import SCALARS
from schema_forms.schemas import UnusableSchema, compile_schema, configuration_schema_faults

# Written out, one schema may name others that name others; deeper, and after so many, anything goes.
MAX_LEVELS: Final = 10
MAX_PARTS: Final = 1_500

_KEPT: Final = frozenset(
    {
        *("type", "enum", "const", "pattern", "minLength", "maxLength", "minimum", "maximum", "multipleOf"),
        *("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "required"),
        *("exclusiveMinimum", "exclusiveMaximum", "title", "description", "default"),
    }
)
_ONE: Final = ("items", "not", "additionalProperties")
_MANY: Final = ("allOf", "anyOf", "oneOf")
_OF_SETTINGS: Final = ("enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "default")
MAX_HELP: Final = 500


@dataclass
class Writer:
    """Writes the schemas of one document. `document`: the whole file, to which `$ref`s lead."""

    document: Mapping[str, Any]
    parts: int = field(default=0)

    def written(self, schema: Any, *, within: frozenset[str] = frozenset(), level: int = 0) -> dict[str, Any]:
        """The schema in draft 7. A cycle, and what is too deep or too much, accepts anything.

        Raises RemoteReference.
        """
        self.parts += 1
        node = mapping_in(schema)
        if isinstance(reference := node.get("$ref"), str):
            target = target_of(self.document, reference)
            if reference in within:
                return {}
            return self.written(target, within=within | {reference}, level=level)
        if level > MAX_LEVELS or self.parts > MAX_PARTS:
            return {}
        kept = {name: value for name, value in node.items() if name in _KEPT}
        for name in _ONE:
            if isinstance(node.get(name), Mapping):
                kept[name] = self.written(node[name], within=within, level=level + 1)
            elif isinstance(node.get(name), bool):
                kept[name] = node[name]
        for name in _MANY:
            if isinstance(node.get(name), list):
                kept[name] = [self.written(each, within=within, level=level + 1) for each in node[name]]
        if isinstance(node.get("properties"), Mapping):
            kept["properties"] = {
                str(name): self.written(each, within=within, level=level + 1)
                for name, each in node["properties"].items()
            }
        return _of_draft_7(kept, is_nullable=node.get("nullable") is True)

    def resolved(self, node: Any) -> Mapping[str, Any]:
        return resolved(self.document, node)


def _of_draft_7(schema: dict[str, Any], *, is_nullable: bool) -> dict[str, Any]:
    """OpenAPI 3.0 has null as `nullable`, and an exclusive bound as true beside the bound."""
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(exclusive), bool):
            is_exclusive = schema.pop(exclusive)
            if is_exclusive and bound in schema:
                schema[exclusive] = schema.pop(bound)
    if not isinstance(schema.get("required", []), list):  # a parameter of OpenAPI 2 says true
        del schema["required"]
    if is_nullable and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
    return schema


def is_usable(schema: Mapping[str, Any]) -> bool:
    """Whether the platform runs it."""
    try:
        compile_schema(schema)
    except UnusableSchema:
        return False
    return True


def setting_of(name: str, rules: Mapping[str, Any], description: str) -> dict[str, Any]:
    """A parameter as a setting that an installer fills in: as strict as a form can be, and no stricter."""
    kind = rules.get("type")
    setting: dict[str, Any] = {"type": kind if kind in SCALARS else "string", "name": label_of(name)}
    if description.strip():
        setting["_help"] = description.strip()[:MAX_HELP]
    if setting["type"] == kind:
        setting |= {key: rules[key] for key in _OF_SETTINGS if key in rules}
    one = {"type": "object", "properties": {"x": setting}}
    if configuration_schema_faults(one) or not is_usable(one):
        return {"type": setting["type"], "name": setting["name"]}
    return setting


def label_of(name: str) -> str:
    """`phone_number` as a person reads it: Phone number."""
    words = " ".join(name.replace("_", " ").replace("-", " ").replace(".", " ").split())
    return (words[:1].upper() + words[1:])[:100] or name[:100]


def is_taken(name: str) -> bool:
    """Whether a setting cannot have this name, since the platform has its own value for it."""
    return name in PLATFORM_FIELDS or name in CONFIGURATION_FIELDS_OF_THE_PLATFORM
