"""The OpenAPI document of everything we serve, and what it says beyond the code.

drf-spectacular reads the views (`rest/openapi.py`). What each operation does, in words, what a parameter
means and where each API lives are added here.
"""

# Not every function of drf-spectacular says its types.
# mypy: untyped-calls-exclude=drf_spectacular

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from accounts.scopes import Scope, covers
from config import api_shapes as api_shapes  # drf-spectacular finds what is imported
from config.api_words import (
    FIELDS,
    KINDS,
    LINKS,
    NEVER_REPEATED,
    PARAMETERS,
    REQUIRED,
    SUMMARIES,
    TAGS,
    WORDS_OF_PATHS,
)
from rest.openapi_parts import (
    ADDRESSES,
    ERROR,
    IDEMPOTENCY,
    META,
    JsonSchema,
    refusal_components,
    sid_pattern,
    whole,
)

PREVIEW, API_2010 = "/marketplace/", "/2010-04-01/"
# The APIs under /v1 that are not the marketplace.
API_OF_PATHS = [("/v1/PhoneNumbers", "lookups"), ("/v1/Workspaces", "taskrouter")]
METHODS = ["get", "post", "delete"]
FORMATS = ["json", "xml", "csv"]
DESCRIPTION = """\
The add-on marketplace, wire-compatible with Twilio Marketplace Add-ons: the official Twilio client
libraries work when their base URL is this server.

Programs sign in with HTTP Basic: the SID of an API key and its secret, or the account's own SID and auth
token. Parameters travel as form fields. Whatever is not offered is answered with 405 and an `Allow` header.
"""


class BasicAuthentication(OpenApiAuthenticationExtension):
    """How programs sign in."""

    target_class = "accounts.authentication.AccountAuthentication"
    name = "basic"

    def get_security_definition(self, auto_schema: AutoSchema) -> JsonSchema:
        return {
            "type": "http",
            "scheme": "basic",
            "description": "User name: the SID of an API key, or the account SID. "
            "Password: the key's secret, or the account's auth token.",
        }


@dataclass(frozen=True)
class Operation:
    """One line of the endpoint table."""

    method: str
    path: str
    summary: str


def document() -> dict[str, Any]:
    """The OpenAPI document. Read it, do not change it: it is made once for each set of addresses."""
    return _document(settings.PUBLIC_URL, tuple(sorted(settings.API_URLS.items())))


@lru_cache(maxsize=8)
def _document(public_url: str, api_urls: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    return made


@lru_cache(maxsize=8)
def _as_json(public_url: str, api_urls: tuple[tuple[str, str], ...]) -> bytes:
    return orjson.dumps(_document(public_url, api_urls))


def as_json() -> bytes:
    """The document as it travels."""
    return _as_json(settings.PUBLIC_URL, tuple(sorted(settings.API_URLS.items())))


def operations() -> dict[str, list[Operation]]:
    """Every operation, grouped by the part of the product it belongs to."""
    groups: dict[str, list[Operation]] = {name: [] for name, _ in TAGS}
    for path, method, operation in _each(document()["paths"]):
        groups[operation["tags"][0]].append(Operation(method.upper(), path, operation["summary"]))
    return {name: found for name, found in groups.items() if found}


# --- Hooks of drf-spectacular ----------------------------------------------------------------


def without_variants(endpoints: list[Any]) -> list[Any]:
    """Leave out the second spelling of a path with a slash at its end, and write 2010 paths with a format.

    drf-spectacular drops those itself, and describes the ones without it, which are XML.
    """
    kept = [each for each in endpoints if not each[0].endswith("/")]
    return [_with_format(*each) if each[0].startswith(API_2010) else each for each in kept]


def _with_format(path: str, path_regex: str, method: str, callback: Any) -> tuple[str, str, str, Any]:
    return f"{path}.{{format}}", f"{path_regex}.<format:format>", method, callback


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add words, addresses and the parts that every operation shares."""
    result["info"]["description"] = DESCRIPTION
    result["servers"] = [{"url": settings.PUBLIC_URL}]
    result["tags"] = [{"name": name, "description": meaning} for name, meaning in TAGS]
    components = result["components"]
    components["schemas"] = dict(
        sorted({**components.get("schemas", {}), "Error": ERROR, "Meta": META}.items())
    )
    components["responses"] = refusal_components()
    for name, schema in components["schemas"].items():
        _describe_properties(name, schema)
    for path, _method, operation in _each(result["paths"]):
        _describe(path, operation)
    result["paths"] = {path: _in_order(item) for path, item in result["paths"].items()}
    return result


def _in_order(item: dict[str, Any]) -> dict[str, Any]:
    """Reading before changing."""
    return {method: item[method] for method in METHODS if method in item}


def _each(paths: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation with its path and method."""
    for path, item in paths.items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def _describe(path: str, operation: dict[str, Any]) -> None:
    name = operation["operationId"].partition("_")[2]
    operation["summary"] = SUMMARIES[name]
    operation["tags"] = [_tag_of(path)]
    if (address := _address_of(path)) != settings.PUBLIC_URL:
        operation["servers"] = [{"url": address}]
    operation["description"] = _who_may(**operation.pop("x-scope"))
    if path.startswith(PREVIEW):
        operation["deprecated"] = True
        operation["description"] += " Use the same path under /v1 instead."
        _announce_deprecation(operation)
    if name in NEVER_REPEATED:
        _take_no_key(operation)
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parameter["schema"] = _path_schema(path, parameter)
        _describe_parameter(parameter["name"], parameter, parameter["schema"])


def _who_may(*, needed: Scope | None, only_reads: bool, is_review: bool) -> str:
    area = needed or Scope.MARKETPLACE
    able = [scope.label for scope in Scope if covers(scope, area, only_reads=only_reads, is_review=is_review)]
    return f"Scopes of API keys that may: {', '.join(able)}."


def _announce_deprecation(operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            text = {"schema": {"type": "string"}}
            answer["headers"] = {**answer.get("headers", {}), "Deprecation": text, "Link": text}


def _take_no_key(operation: dict[str, Any]) -> None:
    """Idempotency-Key does nothing here: no answer is repeated, and no key can be in use."""
    operation["description"] += (
        " A request that is sent again is done again: add-ons are asked and paid anew."
    )
    operation["parameters"] = [each for each in operation["parameters"] if each != IDEMPOTENCY]
    del operation["responses"][str(HTTPStatus.CONFLICT.value)]
    for answer in operation["responses"].values():
        answer.pop("headers", None)


def _path_schema(path: str, parameter: JsonSchema) -> JsonSchema:
    """A SID's pattern comes from the word before it in the path."""
    before = path.partition("{" + parameter["name"] + "}")[0]
    word = before.rstrip("/").rpartition("/")[2]
    if parameter["name"] == "format":
        return {"type": "string", "enum": FORMATS}
    if parameter["name"].endswith("sid"):
        return {"type": "string", "pattern": sid_pattern(KINDS[word])}
    schema: JsonSchema = parameter["schema"]
    return schema


def _describe_properties(component: str, schema: JsonSchema) -> None:
    """PascalCase properties are parameters; the others are what we answer."""
    for name, inner in schema.get("properties", {}).items():
        if name[:1].isupper():
            _describe_parameter(name, inner, inner)
        inner.update(FIELDS.get(f"{component}.{name}", {}))
        if component in LINKS and name in {"links", "subresource_uris"}:
            address = ADDRESSES["url" if name == "links" else "uri"]
            inner.update(whole(dict.fromkeys(LINKS[component], address)), additionalProperties=False)
    if component in REQUIRED:
        schema["required"] = REQUIRED[component]


def _describe_parameter(name: str, holder: JsonSchema, schema: JsonSchema) -> None:
    for key, value in PARAMETERS.get(name, {}).items():
        target = holder if key == "description" else schema
        target[key] = value


def _tag_of(path: str) -> str:
    return next(tag for word, tag in WORDS_OF_PATHS if word in path)


def _address_of(path: str) -> str:
    """Where the API of a path lives."""
    if path.startswith(PREVIEW):
        return settings.API_URLS["preview"]
    if path.startswith(API_2010):
        return str(settings.API_URLS.get("api", settings.PUBLIC_URL))
    own = next((api for start, api in API_OF_PATHS if path.startswith(start)), "marketplace")
    return settings.API_URLS[own]
