"""What counts as a good reply: strict JSON, an object, within bounds, as the response schema expects."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from publishers.contract.definition import Definition
from publishers.contract.errors import NoResults, Unexpected
from publishers.contract.limits import MAX_JSON_DEPTH, MAX_JSON_NODES
from publishers.contract.templates import JSON


class Answered(Protocol):
    """A status and a body: a `send.Reply`, or what a publisher posted to a callback."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def body(self) -> bytes:
        """The body as received."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A reply that passed. Treat `document` as read-only: pricing and cleaning read the same one."""

    document: dict[str, JSON]
    body: bytes = field(repr=False)
    status: int


def check(reply: Answered, definition: Definition) -> Checked:
    """Raises Unexpected (61000) for no JSON object, NoResults (61004) when the response schema refuses."""
    document = parsed(reply.body)
    if not isinstance(document, dict):
        raise Unexpected("The body is JSON, but not an object.")
    schema = definition.response_schema
    if schema is not None and not schema.accepts(document):
        fault = schema.faults(document)[0]
        raise NoResults(f"The response schema refuses {fault.path or 'the answer'}: {fault.message}")
    return Checked(document=document, body=reply.body, status=reply.status)


def parsed(body: bytes) -> JSON:
    """JSON that every reader reads the same way: UTF-8, no NaN, no number out of range, no key twice.

    orjson judges the grammar; the standard library then keeps long integers exact and shows repeated keys.
    Raises Unexpected.
    """
    try:
        _refuse_unbounded(orjson.loads(body))
        return json.loads(body, object_pairs_hook=_without_repeats)
    except orjson.JSONDecodeError as error:
        raise Unexpected("The body is not JSON.") from error


def _refuse_unbounded(document: JSON) -> None:
    """Level by level, so that depth costs no stack."""
    containers, nodes, depth = [document], 1, 0
    while containers:
        children = [child for container in containers for child in _children(container)]
        containers = [child for child in children if isinstance(child, dict | list)]
        nodes, depth = nodes + len(children), depth + 1
        if depth > MAX_JSON_DEPTH or nodes > MAX_JSON_NODES:
            raise Unexpected(f"The JSON has more than {MAX_JSON_DEPTH} levels or {MAX_JSON_NODES} values.")


def _children(value: JSON) -> Iterable[JSON]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
    return ()


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unexpected("The JSON has an object with the same key twice.")
    return members
