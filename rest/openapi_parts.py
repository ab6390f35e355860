"""Pieces of our OpenAPI documents that every API shares: parameters, envelopes, headers and errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from rest.errors import AUTHENTICATE, error_body
from rest.pagination import DEFAULT_PAGE_SIZE, MAX_PAGE, MAX_PAGE_SIZE
from rest.sids import PATTERN

JsonSchema = dict[str, Any]

FLAG: JsonSchema = {"type": "string", "enum": ["true", "false"], "description": "In any letter case."}
JSON_TEXT: JsonSchema = {
    "type": "string",
    "contentMediaType": "application/json",
    "contentSchema": {"type": "object"},
    "description": "A JSON object as text. Empty text counts as not given.",
    "examples": ["{}"],
}
ISO_DATE: JsonSchema = {
    "format": "date-time",
    "description": "ISO 8601, UTC, whole seconds.",
    "examples": ["2016-04-07T23:52:28Z"],
}
RFC_2822_DATE: JsonSchema = {
    "description": "RFC 2822, always +0000.",
    "examples": ["Thu, 07 Apr 2016 23:52:28 +0000"],
}
URL: JsonSchema = {"type": "string", "format": "uri"}
URI: JsonSchema = {
    "type": "string",
    "format": "uri-reference",
    "description": "Relative to the API's base URL.",
}
SID: JsonSchema = {"type": "string", "pattern": f"^{PATTERN}$"}

# Fields whose name says that they are an address.
ADDRESSES = {"url": URL, "uri": URI}
NULLABLE_URL: JsonSchema = {"type": ["string", "null"], "format": "uri"}
NULLABLE_URI: JsonSchema = {"type": ["string", "null"], "format": "uri-reference"}
COUNT: JsonSchema = {"type": "integer", "minimum": 0}


def sid_pattern(prefix: str) -> str:
    """The pattern of one kind of SID."""
    return f"^{prefix}[0-9a-fA-F]{{32}}$"


def whole(properties: JsonSchema) -> JsonSchema:
    """An object that has all of these keys."""
    return {"type": "object", "properties": properties, "required": list(properties)}


# --- Parameters ------------------------------------------------------------------------------


def query_parameter(name: str, schema: JsonSchema | None = None, description: str = "") -> JsonSchema:
    """An optional parameter of the query."""
    described = {"description": description} if description else {}
    return {"in": "query", "name": name, **described, "schema": schema or {"type": "string"}}


def page_parameters() -> list[JsonSchema]:
    """How a list is paged."""
    size = {"type": "integer", "minimum": 1, "default": DEFAULT_PAGE_SIZE}
    number = {"type": "integer", "minimum": 0, "maximum": MAX_PAGE, "default": 0}
    token = {"type": "string", "pattern": f"^(?:(?:PA|PB){PATTERN})?$"}
    return [
        query_parameter("PageSize", size, f"Rows of a page. More than {MAX_PAGE_SIZE} count as that."),
        query_parameter("Page", number, "The page's number. Follow the links of a page instead."),
        query_parameter("PageToken", token, "From a link of a page."),
    ]


IDEMPOTENCY: JsonSchema = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "Makes it safe to send a request again: the same key and parameters get the same answer, "
    "and nothing is done twice.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}
CONDITION: JsonSchema = {
    "in": "header",
    "name": "If-None-Match",
    "description": "The ETag of an answer you have. If it is still right, the answer is 304 without a body.",
    "schema": {"type": "string"},
}


# --- Answers ---------------------------------------------------------------------------------


LOCATION: JsonSchema = {"description": "The same address.", "schema": URL}


def answer_headers(method: str) -> JsonSchema:
    """What an answer that is no refusal says beside its body."""
    text = {"type": "string"}
    if method == "GET":
        return {"ETag": {"description": "Send it as If-None-Match next time.", "schema": text}}
    if method == "POST":
        repeated = {"type": "string", "enum": ["true"]}
        return {
            "Idempotent-Replayed": {"description": "This is the first request's answer.", "schema": repeated}
        }
    return {}


def in_formats(content: JsonSchema) -> JsonSchema:
    """JSON first, as it is described; XML and CSV say the same in their own way."""
    json = {name: each for name, each in content.items() if name == "application/json"}
    others = {name: {"schema": {"type": "string"}} for name in content if name not in json}
    return {**json, **others}


META = whole(
    {
        "page": COUNT,
        "page_size": COUNT,
        "first_page_url": URL,
        "previous_page_url": NULLABLE_URL,
        "url": URL,
        "next_page_url": NULLABLE_URL,
        "key": {"type": "string"},
    }
)


def meta_envelope(key: str, rows: JsonSchema) -> JsonSchema:
    """A page of a product API."""
    return whole({key: rows, "meta": {"$ref": "#/components/schemas/Meta"}})


def flat_envelope(key: str, rows: JsonSchema) -> JsonSchema:
    """A page of the 2010 API."""
    return whole(
        {
            "end": COUNT,
            "first_page_uri": URI,
            "next_page_uri": NULLABLE_URI,
            "page": COUNT,
            "page_size": COUNT,
            "previous_page_uri": NULLABLE_URI,
            key: rows,
            "start": COUNT,
            "uri": URI,
        }
    )


# --- Errors ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Refusal:
    """One way to refuse, with an example of each text that may come with it."""

    status: HTTPStatus
    meaning: str
    examples: Sequence[tuple[int, str]]
    headers: Sequence[tuple[str, str, str]] = ()


REFUSALS = [
    Refusal(
        HTTPStatus.BAD_REQUEST,
        "A parameter is missing or wrong, or what is asked cannot be done.",
        [
            (20001, "Missing required parameter AvailableAddOnSid in the post body"),
            (20001, "Invalid Configuration: must be a JSON object, such as {}"),
        ],
    ),
    Refusal(
        HTTPStatus.UNAUTHORIZED,
        "The credentials are missing or wrong.",
        [(20003, "Authenticate")],
        [("WWW-Authenticate", "Always HTTP Basic.", AUTHENTICATE)],
    ),
    Refusal(
        HTTPStatus.FORBIDDEN,
        "The credentials are right, but not for this.",
        [
            (20403, "Forbidden: this API key lacks the scope marketplace"),
            (20005, "Account not active"),
        ],
    ),
    Refusal(
        HTTPStatus.NOT_FOUND,
        "There is no such thing, or it is not yours.",
        [(20404, "The requested resource /InstalledAddOns/XE00000000000000000000000000000000 was not found")],
    ),
    Refusal(
        HTTPStatus.CONFLICT,
        "Somebody was first.",
        [(20409, "Conflict: the unique name northwind_anagram is already in use")],
    ),
    Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The body is too large.",
        [(20413, "Request Entity Too Large")],
    ),
    Refusal(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "The body is of another type than this operation reads.",
        [(20001, 'Unsupported media type "text/plain" in request. Send application/x-www-form-urlencoded.')],
    ),
    Refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        "The account's requests of this minute are used up.",
        [(20429, "Too Many Requests")],
        [("Retry-After", "Seconds until the next minute begins.", "42")],
    ),
]

ERROR = {
    **whole(
        {
            "code": {"type": "integer", "description": "What went wrong, for programs."},
            "message": {"type": "string", "description": "What went wrong and what to do, for people."},
            "more_info": URL,
            "status": {"type": "integer", "description": "The HTTP status once more."},
        }
    ),
}
ERROR["properties"] = {
    **ERROR["properties"],
    "params": {
        "type": ["object", "null"],
        "description": "The faults of a configuration, by their place in it.",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
    },
}


def refusal_name(status: int, *, in_formats: bool) -> str:
    """The component that describes a refusal; the 2010 API has others, in the format asked for."""
    return HTTPStatus(status).phrase.replace(" ", "") + ("InFormat" if in_formats else "")


def refusal_components() -> JsonSchema:
    """Every refusal, in JSON and in the formats of the 2010 API."""
    return {
        refusal_name(refusal.status, in_formats=in_formats): _refusal_answer(refusal, in_formats=in_formats)
        for in_formats in (False, True)
        for refusal in REFUSALS
    }


def _refusal_answer(refusal: Refusal, *, in_formats: bool) -> JsonSchema:
    examples = {
        f"{code}-{number}": {"value": error_body(refusal.status, code, message)}
        for number, (code, message) in enumerate(refusal.examples, 1)
    }
    content: JsonSchema = {
        "application/json": {"schema": {"$ref": "#/components/schemas/Error"}, "examples": examples}
    }
    if in_formats:
        text: JsonSchema = {"schema": {"type": "string"}}
        content |= {"application/xml": text, "text/csv": text}
    answer: JsonSchema = {"description": refusal.meaning, "content": content}
    if refusal.headers:
        answer["headers"] = {
            name: {"description": description, "schema": {"type": "string"}, "example": example}
            for name, description, example in refusal.headers
        }
    return answer
