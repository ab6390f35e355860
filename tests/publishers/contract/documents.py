"""Definitions for tests: the smallest ones, with what a test wants to say changed."""

import hashlib
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from publishers.contract.audio import Audio, Encoded
from publishers.contract.definition import Definition, parse
from publishers.contract.fields import Fields, Sources, collect
from publishers.contract.render import Identity, render
from publishers.contract.rendered import RenderedRequest
from publishers.contract.secret import Secret

URL = "https://api.acme.example/get"
NUMBER = "+18778894546"
AT = datetime(2026, 11, 21, 10, 46, 7, tzinfo=UTC)
CREDENTIALS = {name: Secret(f"{name}-s3cret") for name in ("api_key", "user", "password", "token")}
IDENTITY = Identity(
    vendor_account_sid="AC1",
    add_on_sid="XB1",
    version_sid="XC1",
    install_sid="XD1",
    configuration_sid="XE1",
)

TYPES_OF_POINTS = {
    "lookup-api": "phone-number",
    "voice-incoming": "phone-number",
    "sms-incoming": "message-analysis",
    "recording-verb": "recording-analysis",
}


def recorded(content: bytes = b"RIFF", content_type: str = "audio/x-wav") -> Audio:
    """A recording of these bytes."""
    sha256 = hashlib.sha256(content).hexdigest()
    return Audio(lambda: io.BytesIO(content), len(content), content_type, sha256)


async def sent_bytes(body: Encoded) -> bytes:
    """All of a body, streamed or not."""
    return body if isinstance(body, bytes) else b"".join([chunk async for chunk in body.chunks()])


def document(point: str = "lookup-api", **sections: Any) -> dict[str, Any]:
    """A definition that is right, for an add-on at this point."""
    return {
        "type": TYPES_OF_POINTS[point],
        "extensions": [point],
        "request": {"method": "GET", "url": URL},
        "pricing": {"model": "free"},
        **sections,
    }


def request(
    *,
    url: str = URL,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, Any] | None = None,
    **body: Any,
) -> dict[str, Any]:
    """A request section. Bodies: `form={...}`, `json={...}`, `multipart={...}`, `raw={}`."""
    section: dict[str, Any] = {"method": "POST" if body else "GET", "url": url}
    if query:
        section["query"] = parameters(query)
    if headers:
        section["headers"] = parameters(headers)
    for kind, fields in body.items():
        section["body"] = {"kind": kind, "fields": parameters(fields)}
    return section


def parameters(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A dict is an entry's own members, anything else its value."""
    return [
        {"name": name, **(value if isinstance(value, dict) else {"value": value})}
        for name, value in values.items()
    ]


def definition(point: str = "lookup-api", **sections: Any) -> Definition:
    """The same, compiled."""
    return parse(document(point, **sections))


def fields(compiled: Definition, *, runtime: Any = None, configuration: Any = None, **event: Any) -> Fields:
    """The fields of an event at the definition's first point."""
    return collect(
        compiled,
        Sources(
            point=compiled.extensions[0],
            event=event,
            runtime=runtime or {},
            configuration=configuration or {},
            request_sid="XR1",
            at=AT,
        ),
    )


def rendered(compiled: Definition, **values: Any) -> RenderedRequest:
    """The request for an event."""
    return render(compiled, fields=fields(compiled, **values), credentials=CREDENTIALS, identity=IDENTITY)
