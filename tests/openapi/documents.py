"""Twilio's public OpenAPI files, made fit for a test of the add-on system.

They come from the npm package `@twilio/cli-core`. What is changed, and why:

- only the paths of the add-on system stay;
- their servers go: the running Patchbay takes the place of `*.twilio.com`;
- they declare almost nothing but success, so each operation gets the refusals of contract 2.7, with the
  schema of the error body and the challenge of a 401;
- they have no links, so creating a thing leads to reading, changing and deleting it;
- a JSON object in a form field is "anything" there; on the wire it is text;
- a number is made from a phone number, a listing from its module info, and an install by accepting the terms,
  all of which they leave open;
- the 2010 file calls relative URIs and unset (empty) URLs and SIDs malformed, against its own examples and
  the answers known: there, references and empty text are right.
"""

import copy
import json
import re
from typing import Any, Final

from tests.clients.conftest import NODE

Document = dict[str, Any]

FOLDER: Final = NODE / "node_modules" / "@twilio" / "cli-core" / "src" / "services" / "twilio-api"
METHODS: Final = ("get", "post", "put", "patch", "delete")
NUMBERS: Final = (
    r"/2010-04-01/Accounts/\{AccountSid\}/IncomingPhoneNumbers(/\{[^}]*\})?(/AssignedAddOns.*)?\.json"
)
# The file that describes an API, and the paths of it that this system serves.
PUBLIC: Final = {
    "marketplace": ("twilio_marketplace_v1.json", r"/v1/.*"),
    "preview": ("twilio_preview.json", r"/marketplace/.*"),
    "numbers": ("twilio_api_v2010.json", NUMBERS),
    "lookups": ("twilio_lookups_v1.json", r"/v1/PhoneNumbers/.*"),
}
ERROR: Final = {
    "type": "object",
    "required": ["code", "message", "more_info", "status"],
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string", "minLength": 1},
        "more_info": {"type": "string", "format": "uri"},
        "status": {"type": "integer", "minimum": 400},
    },
}
NEEDED: Final = {"CreateIncomingPhoneNumber": "PhoneNumber", "CreateModuleData": "ModuleInfo"}
# What any call may meet: bad parameters, no credentials, another's or no such thing, a body we do not take.
REFUSALS: Final = ("400", "401", "403", "404", "413", "415")


def public(name: str) -> Document:
    """One of Twilio's files, fit for the test."""
    file, paths = PUBLIC[name]
    document: Document = json.loads((FOLDER / file).read_text())
    document["paths"] = {
        path: _without_servers(item) for path, item in document["paths"].items() if re.fullmatch(paths, path)
    }
    document["servers"] = [{"url": "/"}]
    for _, _, operation in operations(document):
        _tighten_form(operation)
    if name == "numbers":
        _allow_references_and_empty_text(document)
    return with_links(_with_refusals(document))


def operations(document: Document) -> list[tuple[str, str, Document]]:
    """Every operation: its method, its path, and what the document says of it."""
    return [
        (method, path, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def with_links(document: Document) -> Document:
    """The same, with a link from each "create" to every operation on the thing it makes."""
    linked = copy.deepcopy(document)
    for method, path, operation in operations(linked):
        made = operation["responses"].get("201") or operation["responses"].get("200")
        instance = _instance_of(linked, path)
        if method == "post" and made is not None and instance:
            made["links"] = _links(linked, path, instance)
    return linked


def _without_servers(item: Document) -> Document:
    return {name: value for name, value in item.items() if name != "servers"}


def _tighten_form(operation: Document) -> None:
    form = operation.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded", {})
    schema = form.get("schema", {})
    for name, prop in schema.get("properties", {}).items():
        if "type" not in prop and "$ref" not in prop:
            schema["properties"][name] = {"type": "string"}
        if name == "AcceptTermsOfService":
            prop["enum"] = [True]
    needed = NEEDED.get(operation["operationId"])
    if needed:
        schema["required"] = [needed]
        operation["requestBody"]["required"] = True


def _allow_references_and_empty_text(document: Document) -> None:
    """In answers only: what a request gives must still be a whole URL."""
    schemas = list(document["components"]["schemas"].values())
    for _, _, operation in operations(document):
        for answer in operation["responses"].values():
            schemas += [content["schema"] for content in answer.get("content", {}).values()]
    for schema in schemas:
        for prop in schema.get("properties", {}).values():
            if prop.get("format") == "uri":
                prop["format"] = "uri-reference"
            if prop.get("nullable") and "pattern" in prop:
                prop["pattern"], prop["minLength"] = f"^$|{prop['pattern']}", 0


def _with_refusals(document: Document) -> Document:
    for method, _, operation in operations(document):
        for status in (*REFUSALS, "409") if method == "post" else REFUSALS:
            operation["responses"].setdefault(status, _refusal(status))
    return document


def _refusal(status: str) -> Document:
    answer: Document = {"description": "", "content": {"application/json": {"schema": ERROR}}}
    if status == "401":
        answer["headers"] = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
    return answer


def _instance_of(document: Document, path: str) -> str:
    """The path of the things that a collection's path makes; empty when it makes none."""
    stem, ending = re.fullmatch(r"(.*?)(\.json|\.\{format\})?", path).groups(default="")  # type: ignore[union-attr]
    wanted = re.compile(re.escape(stem) + r"/\{[^}]*\}" + re.escape(ending))
    return next((each for each in document["paths"] if wanted.fullmatch(each)), "")


def _links(document: Document, path: str, instance: str) -> Document:
    """Links by operation id: the new thing's SID, and what the path that led to it held."""
    above = _names(path)
    (own,) = [name for name in _names(instance) if name not in above]
    given = {name: f"$request.path.{name}" for name in above}
    parameters = {**given, own: "$response.body#/sid"}
    return {
        operation["operationId"]: {"operationId": operation["operationId"], "parameters": parameters}
        for _, each, operation in operations(document)
        if each == instance
    }


def _names(path: str) -> list[str]:
    return re.findall(r"\{([^}]*)\}", path)
