"""What an API of ours looks like, told to drf-spectacular.

The OpenAPI document is made from the views. What cannot be seen in a view, the view says: `parameters`
names the In serializer of each action that takes a body, `query` the one of each action whose query is
read, `answers` an answer that is not `serializer_class`, `success` a status that is not the usual one.
"""

# Not every function of drf-spectacular says its types.
# mypy: untyped-calls-exclude=drf_spectacular

from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.pagination import BasePagination

from rest.openapi_parts import (
    ADDRESSES,
    CONDITION,
    FLAG,
    IDEMPOTENCY,
    ISO_DATE,
    JSON_TEXT,
    LOCATION,
    RFC_2822_DATE,
    SID,
    JsonSchema,
    answer_headers,
    flat_envelope,
    in_formats,
    meta_envelope,
    page_parameters,
    refusal_name,
    sid_pattern,
)
from rest.pagination import FlatPagination
from rest.representation import Out, Rfc2822Date
from rest.sids import HEX_DIGITS

ACTIONS = {"GET": "retrieve", "POST": "create", "DELETE": "destroy"}
API_2010 = "2010-04-01"


class FlagShape(OpenApiSerializerFieldExtension):
    """A boolean in a form."""

    target_class = "rest.parameters.Flag"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> JsonSchema:
        return dict(FLAG)


class JsonObjectShape(OpenApiSerializerFieldExtension):
    """A JSON object as text in a form."""

    target_class, match_subclasses = "rest.parameters.JsonObject", True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> JsonSchema:
        return {**JSON_TEXT, "maxLength": self.target.max_characters}


class WebAddressShape(OpenApiSerializerFieldExtension):
    """A URL in a form; empty text means none."""

    target_class = "rest.parameters.WebAddress"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> JsonSchema:
        return {"type": "string", "pattern": "^https?://.+$", "maxLength": self.target.max_length}


class E164Shape(OpenApiSerializerFieldExtension):
    """A telephone number in a form."""

    target_class = "rest.parameters.E164"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> JsonSchema:
        return {"type": "string", "pattern": r"^\+[0-9]{2,15}$", "examples": ["+14155552671"]}


class SidShape(OpenApiSerializerFieldExtension):
    """A SID of one kind."""

    target_class = "rest.parameters.Sid"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> JsonSchema:
        prefix = self.target.prefix
        return {"type": "string", "pattern": sid_pattern(prefix), "examples": [prefix + "0" * HEX_DIGITS]}


class DocumentShape(OpenApiSerializerFieldExtension):
    """A document: we answer with objects only."""

    target_class = "rest_framework.serializers.JSONField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> JsonSchema:
        return {"type": "object", "additionalProperties": {}}


class DateShape(OpenApiSerializerFieldExtension):
    """A date. What was made has two; others may still be missing."""

    target_class, match_subclasses = "rest.representation.IsoDate", True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> JsonSchema:
        shape = RFC_2822_DATE if isinstance(self.target, Rfc2822Date) else ISO_DATE
        is_certain = self.target.field_name in {"date_created", "date_updated"}
        return {**shape, "type": "string" if is_certain else ["string", "null"]}


class Pages:
    """A list's paging parameters and envelope, as drf-spectacular asks a paginator for them."""

    def __init__(self, paginator: BasePagination, key: str) -> None:
        self.envelope = flat_envelope if isinstance(paginator, FlatPagination) else meta_envelope
        self.key = key

    def get_schema_operation_parameters(self, view: object) -> list[JsonSchema]:
        return page_parameters()

    def get_paginated_response_schema(self, rows: JsonSchema) -> JsonSchema:
        return self.envelope(self.key, rows)


class Schema(AutoSchema):
    """Reads our views the way they are written: In and Out serializers, paginators, refusals."""

    view: Any

    @property
    def action(self) -> str:
        return getattr(self.view, "action", None) or ACTIONS[self.method]

    def declared(self, name: str) -> Any:
        """What the view declares for this action."""
        return getattr(self.view, name, {}).get(self.action)

    def get_operation_id(self) -> str:
        """The path's words and the action; the format at the end of a 2010 path is none of them."""
        words = [word.strip(".") for word in self._tokenize_path()]
        if words[0] == API_2010:
            words[:2] = ["api"]
        return "_".join([*filter(None, words), self.action])

    def _is_list_view(self, serializer: Any = None) -> bool:
        return self.action == "list" and not self.declared("answers")

    @property
    def only_reads(self) -> bool:
        """Whether it reads and costs nothing."""
        return self.method == "GET" and not getattr(self.view, "reading_spends", False)

    @property
    def leads_elsewhere(self) -> bool:
        """Whether it answers with an address, which ends soon."""
        return bool(self.declared("success") == HTTPStatus.TEMPORARY_REDIRECT)

    @property
    def is_conditional(self) -> bool:
        """Whether an answer may be kept and asked about."""
        return self.only_reads and not self.leads_elsewhere

    def get_extensions(self) -> JsonSchema:
        """What decides which API keys may: the hook that describes the operation reads it."""
        return {
            "x-scope": {
                "needed": getattr(self.view, "scope", None),
                "only_reads": self.only_reads,
                "is_review": getattr(self.view, "is_review", False),
            }
        }

    # --- What comes in ---

    def get_request_serializer(self) -> Any:
        return self.declared("parameters")

    def get_override_parameters(self) -> list[Any]:
        query = self.declared("query")
        return [query] if query else []

    def _get_parameters(self) -> list[JsonSchema]:
        parameters: list[JsonSchema] = super()._get_parameters()
        if self.method == "POST":
            parameters.append(IDEMPOTENCY)
        return [*parameters, CONDITION] if self.is_conditional else parameters

    def _get_filter_parameters(self) -> list[JsonSchema]:
        """None: a list that filters names its query."""
        return []

    def _get_format_parameters(self) -> list[JsonSchema]:
        """None: the path names the format, not the query."""
        return []

    # --- What goes out ---

    def get_response_serializers(self) -> Any:
        return self.declared("answers") or super().get_response_serializers()

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        return super().get_serializer_name(serializer, direction).removesuffix("Out")

    def get_paginated_name(self, serializer_name: str) -> str:
        return f"{serializer_name}List"

    def _get_paginator(self) -> Any:
        paginator = super()._get_paginator() if self._is_list_view() else None  # type: ignore[no-untyped-call]  # upstream says no types
        return Pages(paginator, self.view.collection_key) if paginator else None

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:  # noqa: FBT001, FBT002 - spectacular's signature
        """Fields whose name says more than their type: addresses and SIDs."""
        schema = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]  # upstream says no types
        if schema:
            schema.pop("x-spec-enum-id", None)
        name = str(getattr(field, "field_name", ""))
        if name in ADDRESSES:
            return dict(ADDRESSES[name])
        return dict(SID) if name.endswith("sid") and schema == {"type": "string"} else schema

    def _postprocess_serializer_schema(self, schema: Any, serializer: Any, direction: Any) -> Any:
        """We answer with every key, in the order of the contract, and with no other."""
        if isinstance(serializer, Out) and schema.get("properties"):
            for inner in schema["properties"].values():
                inner.pop("readOnly", None)
            schema.update(required=list(schema["properties"]), additionalProperties=False)
        return super()._postprocess_serializer_schema(schema, serializer, direction)  # type: ignore[no-untyped-call]  # upstream says no types

    def _get_response_bodies(self, direction: Any = "response") -> JsonSchema:
        answers: JsonSchema = super()._get_response_bodies(direction)
        if status := self.declared("success"):
            answers = {str(status): next(iter(answers.values()))}
        headers = answer_headers(self.method) if self.method != "GET" or self.is_conditional else {}
        headers |= {"Location": LOCATION} if self.leads_elsewhere else {}
        for code, answer in answers.items():
            answer |= {"description": HTTPStatus(int(code)).phrase, "headers": headers}
            if "content" in answer:
                answer["content"] = in_formats(answer["content"])
        if self.is_conditional:
            answers["304"] = {"description": "You have this answer already: its ETag is the one you sent."}
        for refused in self._refusals():
            name = refusal_name(refused, in_formats=len(self.map_renderers("media_type")) > 1)
            answers[str(refused)] = {"$ref": f"#/components/responses/{name}"}
        return answers

    def _refusals(self) -> list[int]:
        """The statuses this operation may refuse with. 405 is none of them: that is another method."""
        statuses = {401, 403, 429}
        if "{" in self.path or self.method == "POST" or self.action == "retrieve":
            statuses.add(404)
        if self.method != "GET" or self._is_list_view() or self.declared("query"):
            statuses.add(400)
        if self.method == "POST":
            statuses |= {409, 413, 415}
        return sorted(statuses)
