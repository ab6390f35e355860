"""The values that an operation of an OpenAPI file takes, wherever the file says so, and what they mean."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from publishers.documents import mapping_in, text_in, texts_in
from publishers.editor.openapi_document import Operation
from publishers.editor.openapi_schemas import Writer

# OpenAPI says that these are not described as parameters; who does it all the same means what we send anyway.
_OWN_HEADERS: Final = frozenset({"accept", "content-type", "authorization"})
_PLACES: Final = {
    "query": "query",
    "header": "headers",
    "path": "path",
    "cookie": "cookie",
    "formData": "body",
}
MAX_NAME: Final = 128
# What a field is called when it is one of the platform's own, without its blanks and signs.
_WORDS: Final = {
    "primary_address": "phone phonenumber number msisdn e164 from caller callerid sender tel mobile",
    "secondary_address": "to called recipient destination",
    "body": "text message body content sms input messagetext",
    "audio_data": "audio file recording media upload audiofile audiodata",
    "callback_url": "callback callbackurl webhook webhookurl notifyurl",
    "channels": "channels",
    "duration": "duration",
    "request_sid": "requestid requestsid xrequestid idempotencykey correlationid xcorrelationid",
}
MEANINGS: Final = {word: name for name, words in _WORDS.items() for word in words.split()}
_KINDS: Final = {
    "application/json": "json",
    "application/x-www-form-urlencoded": "form",
    "multipart/form-data": "multipart",
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One value that the service takes: where, whether it must be there, and its schema."""

    name: str
    place: str
    required: bool
    rules: Mapping[str, Any]
    description: str


def meaning_of(name: str) -> str:
    """The template field that a name stands for; empty when it says nothing to us."""
    return MEANINGS.get(re.sub(r"[^a-z0-9]", "", name.lower()), "")


def fields_of(writer: Writer, operation: Operation) -> Iterator[Field]:
    """Every value the operation takes; one of the operation stands for the path's of the same name."""
    nodes = [*list_in(operation.path_item.get("parameters")), *list_in(operation.item.get("parameters"))]
    named: dict[tuple[str, str], Mapping[str, Any]] = {}
    for node in nodes:
        parameter = writer.resolved(node)
        named[text_in(parameter.get("name")), text_in(parameter.get("in"))] = parameter
    for (name, place), parameter in named.items():
        if name and place in _PLACES and not (place == "header" and name.lower() in _OWN_HEADERS):
            rules = writer.written(parameter.get("schema") or {**parameter, "required": None})
            yield Field(
                name=name[:MAX_NAME],
                place=_PLACES[place],
                required=parameter.get("required") is True,
                rules=rules,
                description=text_in(parameter.get("description")),
            )
    yield from _body_fields(writer, operation)


def _body_fields(writer: Writer, operation: Operation) -> Iterator[Field]:
    content = content_of(writer, operation)
    media = next((content[kind] for kind in content if _kind_of(kind) in _KINDS.values()), None)
    schema = writer.written(mapping_in(media).get("schema"))
    parts = [schema, *(each for each in schema.get("allOf", []) if isinstance(each, dict))]
    for part in parts:
        for name, rules in part.get("properties", {}).items():
            yield Field(
                name=name[:MAX_NAME],
                place="body",
                required=name in texts_in(part.get("required")),
                rules=rules,
                description=text_in(rules.get("description")),
            )


def content_of(writer: Writer, operation: Operation) -> Mapping[str, Any]:
    """The media types of the body. OpenAPI 2 says them beside a parameter in the body, or in the form."""
    if "requestBody" in operation.item:
        return mapping_in(writer.resolved(operation.item["requestBody"]).get("content"))
    parameters = [writer.resolved(each) for each in list_in(operation.item.get("parameters"))]
    for parameter in parameters:
        if parameter.get("in") == "body":
            return {"application/json": {"schema": parameter.get("schema")}}
    if any(parameter.get("in") == "formData" for parameter in parameters):
        kinds = texts_in(operation.item.get("consumes"))
        return {kinds[0] if kinds else "application/x-www-form-urlencoded": {}}
    return {}


def body_kind(content: Mapping[str, Any]) -> str:
    """The first kind that we send; empty when there is no body, or none that we could send."""
    return next((kind for name in content if (kind := _kind_of(name))), "")


def _kind_of(media_type: str) -> str:
    name = media_type.split(";")[0].strip().lower()
    if name.startswith("audio/") or name == "application/octet-stream":
        return "raw"
    return "json" if name.endswith("+json") else _KINDS.get(name, "")


def json_of(content: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((mapping_in(content[name]) for name in content if _kind_of(name) == "json"), {})


def list_in(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
