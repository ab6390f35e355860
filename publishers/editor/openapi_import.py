"""One operation of an OpenAPI file as the first draft of an add-on.

What a field means is guessed by its name; what could not be taken over is told in `notes`, so that nothing is
lost in silence.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from publishers.contract.points import MESSAGE_ANALYSIS, PHONE_NUMBER, RECORDING_ANALYSIS, TYPES, points_of
from publishers.contract.urls import BadUrl, UrlTemplate
from publishers.documents import entries_in, mapping_in, text_in
from publishers.editor.openapi_document import Operation
from publishers.editor.openapi_fields import Field, body_kind, content_of, fields_of, json_of, meaning_of
from publishers.editor.openapi_schemas import Writer, is_taken, is_usable, setting_of

MAX_NOTES: Final = 30
MAX_PARAMETERS: Final = 50
MAX_TITLE: Final = 60
MAX_SHORT: Final = 255
_OF_EVENTS: Final = ("pattern", "minLength", "maxLength")
_SUCCESS: Final = ("200", "201", "202", "2XX", "default")


@dataclass
class Imported:
    """The draft: the first block of a listing, a definition that may be incomplete, and what to look at."""

    name: str
    short_description: str
    definition: dict[str, Any]
    notes: list[str] = field(default_factory=list)


def guessed_type(document: Mapping[str, Any], operation: Operation) -> str:
    """The type of add-on that the names of the operation's fields suggest."""
    meanings = {meaning_of(each.name) for each in fields_of(Writer(document), operation)}
    if "audio_data" in meanings or body_kind(content_of(Writer(document), operation)) in ("multipart", "raw"):
        return RECORDING_ANALYSIS
    return MESSAGE_ANALYSIS if "body" in meanings else PHONE_NUMBER


def imported(document: Mapping[str, Any], operation: Operation, type_name: str) -> Imported:
    """The draft of an add-on of this type that asks this operation. Raises RemoteReference."""
    return _Import(document, operation, type_name).draft()


@dataclass
class _Import:
    document: Mapping[str, Any]
    operation: Operation
    type_name: str
    writer: Writer = field(init=False)
    notes: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    needed: list[str] = field(default_factory=list)
    event_rules: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.writer = Writer(self.document)

    def draft(self) -> Imported:
        info = mapping_in(self.document.get("info"))
        request = self._request()
        definition: dict[str, Any] = {
            "type": self.type_name,
            "extensions": [points_of(self.type_name)[0].unique_name],
            "request": request,
        }
        self._authorize(definition)
        if self.settings:
            schema = {"type": "object", "properties": self.settings}
            definition["configuration_schema"] = schema | ({"required": self.needed} if self.needed else {})
        if self.event_rules:
            definition["request_schema"] = {
                "type": "object",
                "properties": self.event_rules,
                "required": list(self.event_rules),
            }
        if response := self._response_schema():
            definition["response_schema"] = response
        definition["pricing"] = {"model": "free"}
        self.notes.append("No price is in the file: the draft is free until you set one.")
        text = text_in(info.get("description")) or self.operation.summary
        return Imported(
            name=" ".join(text_in(info.get("title")).split())[:MAX_TITLE] or "Imported add-on",
            short_description=" ".join(text.split())[:MAX_SHORT],
            definition=definition,
            notes=self.notes[:MAX_NOTES],
        )

    # --- The request -------------------------------------------------------------------------

    def _request(self) -> dict[str, Any]:
        request: dict[str, Any] = {"method": self.operation.method}
        fields = list(fields_of(self.writer, self.operation))
        if len(fields) > MAX_PARAMETERS:
            self.notes.append(f"Only the first {MAX_PARAMETERS} of {len(fields)} fields were taken over.")
        fields = fields[:MAX_PARAMETERS]
        request["url"] = self._url({each.name: each for each in fields if each.place == "path"})
        for place in ("query", "headers"):
            if placed := [self._parameter(each) for each in fields if each.place == place]:
                request[place] = placed
        for name in [each.name for each in fields if each.place == "cookie"]:
            self.notes.append(f"The cookie {name} was left out: no cookies are sent.")
        body = self._body([each for each in fields if each.place == "body"])
        return request | ({"body": body} if body else {})

    def _url(self, placeholders: Mapping[str, Field]) -> str:
        path = re.sub(
            r"\{([^{}]*)\}", lambda found: self._segment(found[1], placeholders), self.operation.path
        )
        url = f"{self._base().rstrip('/')}/{path.lstrip('/')}"
        try:
            UrlTemplate.parse(url)
        except BadUrl as error:
            self.notes.append(f"The URL needs a hand. {error}")
        return url

    def _segment(self, name: str, placeholders: Mapping[str, Field]) -> str:
        known = placeholders.get(name)
        known = known or Field(name=name, place="path", required=True, rules={}, description="")
        return str(self._value(known))

    def _base(self) -> str:
        """Where the service is; a relative address is completed by the publisher."""
        for owner in (self.operation.item, self.operation.path_item, self.document):
            for server in entries_in(owner.get("servers")):
                url = _with_variables(text_in(server.get("url")), mapping_in(server.get("variables")))
                if is_base(url):
                    return url
        host = text_in(self.document.get("host"))
        if host and is_base(f"https://{host}"):
            return f"https://{host}{text_in(self.document.get('basePath'))}"
        self.notes.append("The file names no server: replace your-service.example by your own host.")
        return "https://your-service.example"

    def _parameter(self, each: Field) -> dict[str, Any]:
        parameter: dict[str, Any] = {"name": each.name, "value": self._value(each)}
        return parameter | ({"required": True} if each.required else {})

    def _value(self, each: Field) -> Any:
        """The constant that is the only choice, a field of the event, or a setting of the account."""
        choices = each.rules.get("enum")
        if isinstance(choices, list) and len(choices) == 1 and isinstance(choices[0], str | int | float):
            return choices[0]
        meaning = meaning_of(each.name)
        if meaning in TYPES[self.type_name].fields or meaning == "request_sid":
            rules = {key: each.rules[key] for key in _OF_EVENTS if key in each.rules}
            if rules and is_usable({"type": "string", **rules}):
                self.event_rules[meaning] = {"type": "string", **rules}
            return f"{{{{{meaning}}}}}"
        name = re.sub(r"[^A-Za-z0-9_.-]+", "_", each.name)[:64] or "field"
        name = f"{name[:56]}_setting" if is_taken(name) or name in TYPES[self.type_name].fields else name
        self.settings.setdefault(name, setting_of(each.name, each.rules, each.description))
        if each.required and name not in self.needed:
            self.needed.append(name)
        return f"{{{{{name}}}}}"

    def _body(self, fields: list[Field]) -> dict[str, Any] | None:
        kind = body_kind(content_of(self.writer, self.operation)) if self.operation.method != "GET" else ""
        if not kind:
            return None
        if kind == "raw":
            return {"kind": "raw"}
        if kind not in TYPES[self.type_name].body_kinds:
            self.notes.append(f"A {self.type_name} add-on has no {kind} body: a form is sent instead.")
            kind = "form"
        for each in fields:
            if each.rules.get("type") in ("object", "array"):
                self.notes.append(f"The field {each.name} is nested and was left out: a body has one level.")
        flat = [each for each in fields if each.rules.get("type") not in ("object", "array")]
        return {"kind": kind, "fields": [self._parameter(each) for each in flat]}

    # --- Credentials -------------------------------------------------------------------------

    def _authorize(self, definition: dict[str, Any]) -> None:
        components = mapping_in(self.document.get("components"))
        schemes = mapping_in(components.get("securitySchemes") or self.document.get("securityDefinitions"))
        wanted = self.operation.item.get("security", self.document.get("security"))
        for name in _names_in(wanted):
            if self._takes(definition, self.writer.resolved(schemes.get(name)), name):
                self.notes.append(f"Set the secrets of “{name[:60]}” in the section Credentials.")
                return
            self.notes.append(f"The way to sign in “{name[:60]}” is not known here and was left out.")

    def _takes(self, definition: dict[str, Any], scheme: Mapping[str, Any], name: str) -> bool:
        kind, way = text_in(scheme.get("type")).lower(), text_in(scheme.get("scheme")).lower()
        if kind == "basic" or (kind == "http" and way == "basic"):
            definition["auth"] = {"kind": "basic", "username": "user_name", "password": "password"}
        elif (kind == "http" and way == "bearer") or kind in ("oauth2", "openidconnect"):
            definition["auth"] = {"kind": "bearer", "token": "token"}
        elif kind == "apikey" and scheme.get("in") in ("query", "header"):
            place = "query" if scheme["in"] == "query" else "headers"
            parameters = definition["request"].get(place, [])
            key = {"name": text_in(scheme.get("name")) or "apikey", "credential": _credential(name)}
            others = [each for each in parameters if each["name"].lower() != key["name"].lower()]
            definition["request"][place] = [*others, key]
        else:
            return False
        return True

    # --- The answer --------------------------------------------------------------------------

    def _response_schema(self) -> dict[str, Any] | None:
        responses = mapping_in(self.operation.item.get("responses"))
        for status in _SUCCESS:
            response = self.writer.resolved(responses.get(status))
            given = response.get("schema") or json_of(mapping_in(response.get("content"))).get("schema")
            if given is None:
                continue
            schema = self.writer.written(given)
            if schema.get("type", "object") != "object":
                self.notes.append("The answer in the file is no object, but it has to be one: see Response.")
            elif not is_usable(schema):
                self.notes.append("The schema of the answer cannot be run here: it was left out.")
            elif schema:
                return schema
            return None
        return None


def is_base(url: str) -> bool:
    """Whether a URL says its host, and nothing that a definition may not have."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.netloc) and not set(url) & set("{}?#")


def _with_variables(url: str, variables: Mapping[str, Any]) -> str:
    return re.sub(
        r"\{([^{}]*)\}", lambda found: text_in(mapping_in(variables.get(found[1])).get("default")), url
    )


def _names_in(security: Any) -> list[str]:
    return list(dict.fromkeys(name for each in entries_in(security) for name in each))


def _credential(name: str) -> str:
    plain = re.sub(r"[^a-z0-9_]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()).strip("_")
    return plain[:64] if re.match("[a-z]", plain) else "api_key"
