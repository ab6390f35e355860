"""An example of each nested part, valid as it stands. The editor shows them beside the empty boxes."""

import json
from typing import Any, Final

_DOCUMENTS: Final[dict[str, Any]] = {
    "request": {
        "method": "GET",
        "url": "https://service.example.com/facts",
        "query": [{"name": "number", "value": "{{primary_address}}", "required": True}],
    },
    "runtime_parameters": [{"name": "country", "description": "Two letters, such as DE."}],
    "auth": {"kind": "basic", "username": "service_user", "password": "service_password"},
    "configuration_schema": {
        "type": "object",
        "required": ["language"],
        "properties": {
            "language": {"type": "string", "name": "Language", "enum": ["en", "de"], "default": "en"},
            "detail": {"type": "boolean", "name": "With details", "_help": "Asks for a longer answer."},
        },
    },
    "request_schema": {
        "type": "object",
        "properties": {"primary_address": {"type": "string", "pattern": r"^\+(1|91)"}},
        "required": ["primary_address"],
    },
    "response_schema": {
        "type": "object",
        "properties": {"country": {"type": "string"}},
        "required": ["country"],
    },
    "remove": ["$.debug", "$..internal_id"],
    "limits": {"timeout_ms": 1500, "response_bytes": 20000},
    "pricing": {"model": "per_use", "price": "0.0045", "unbilled_if_present": ["$.error"]},
}
EXAMPLES: Final = {name: json.dumps(document, indent=2) for name, document in _DOCUMENTS.items()}
