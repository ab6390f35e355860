"""What django-jsonform draws for the nested parts of a definition.

Its dialect of JSON Schema (`title`, `helpText`, `widget`) only shapes the editor; what counts is
`definition.schema.json`, against which the assembled document is judged.
"""

from typing import Any

Editor = dict[str, Any]


def _text(title: str, help_text: str = "", **more: Any) -> Editor:
    return {"type": "string", "title": title, "helpText": help_text, **more}


PARAMETERS: Editor = {
    "type": "array",
    "items": {
        "type": "object",
        "title": "Parameter",
        "properties": {
            "name": _text("Name", required=True),
            "value": _text("Value", "A constant, or text with {{template_fields}}."),
            "credential": _text(
                "Credential", "Instead of a value: the name of one of the listing’s secrets."
            ),
            "required": {"type": "boolean", "title": "Required", "default": False},
        },
    },
}

REQUEST: Editor = {
    "type": "object",
    "title": "Request",
    "properties": {
        "method": _text("Method", choices=["GET", "POST", "PUT"], default="GET"),
        "url": _text("URL", "https; templates only as whole path segments.", required=True),
        "query": {**PARAMETERS, "title": "Query parameters"},
        "headers": {**PARAMETERS, "title": "Headers"},
        "body": {
            "type": "object",
            "title": "Body",
            "properties": {
                "kind": _text("Kind", choices=["none", "form", "json", "multipart", "raw"], default="none"),
                "fields": {**PARAMETERS, "title": "Fields"},
            },
        },
    },
}

AUTH: Editor = {
    "type": "object",
    "title": "Authorization",
    "properties": {
        "kind": _text("Kind", choices=["none", "basic", "bearer"], default="none"),
        "username": _text("User name (basic)", "Name of a credential."),
        "password": _text("Password (basic)", "Name of a credential."),
        "token": _text("Token (bearer)", "Name of a credential."),
    },
}

RUNTIME_PARAMETERS: Editor = {
    "type": "array",
    "title": "Run-time parameters",
    "items": {
        "type": "object",
        "title": "Parameter",
        "properties": {
            "name": _text("Name", required=True),
            "required": {"type": "boolean", "title": "Required", "default": False},
            "description": _text("Description"),
        },
    },
}

REMOVE: Editor = {
    "type": "array",
    "title": "Removed before delivery",
    "items": _text("JSONPath", "Such as $.debug"),
}

PRICING: Editor = {
    "type": "object",
    "title": "Pricing",
    "properties": {
        "model": _text("Model", choices=["free", "per_use", "per_minute"], default="free"),
        "price": _text("Price", "USD, as a decimal such as 0.0045; empty when free."),
        "unbilled_if_present": {
            "type": "array",
            "title": "Not billed when present",
            "items": _text("JSONPath", "Such as $.error"),
        },
        "billable_status": {
            "type": "array",
            "title": "Billed HTTP statuses",
            "items": {"type": "integer", "title": "Status"},
        },
    },
}

LIMITS: Editor = {
    "type": "object",
    "title": "Limits",
    "properties": {
        "timeout_ms": {"type": "integer", "title": "Time, in milliseconds"},
        "response_bytes": {"type": "integer", "title": "Answer, in bytes"},
    },
}

SECTIONS: dict[str, Editor] = {
    "request": REQUEST,
    "auth": AUTH,
    "runtime_parameters": RUNTIME_PARAMETERS,
    "remove": REMOVE,
    "pricing": PRICING,
    "limits": LIMITS,
}
