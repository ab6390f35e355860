"""What counts as a good reply: strict JSON, an object, within bounds, as the response schema expects."""

import json
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import orjson

from publishers.contract.definition import Definition
from publishers.contract.errors import NoResults, Unexpected
from publishers.contract.limits import MAX_JSON_DEPTH, MAX_JSON_NODES
from publishers.contract.templates import JSON

REPEATED: Final = "The JSON has an object with the same key twice."
TOO_LARGE: Final = f"The JSON has more than {MAX_JSON_DEPTH} levels or {MAX_JSON_NODES} values."

_CONTAINERS: Final = frozenset({dict, list})
_LEVELS_OF_ORJSON: Final = 254
_ESCAPED_COLONS: Final = (rb"\u003a", rb"\u003A")
_LONG: Final = b"0" * 19
_DIGITS_AS_ZEROS: Final = bytes.maketrans(b"123456789", b"0" * 9)


class TooManyValues(Unexpected):
    """61000: JSON, as far as it was looked at, but more of it than is judged."""


class Answered(Protocol):
    """A status and a body: a `send.Reply`, or what a publisher posted to a callback."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def body(self) -> bytes:
        """The body as received."""


@dataclass(slots=True, kw_only=True)
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
    if schema is not None and (fault := schema.first_fault(document)):
        raise NoResults(f"The response schema refuses {fault.path or 'the answer'}: {fault.message}")
    return Checked(document=document, body=reply.body, status=reply.status)


def parsed(body: bytes, *, most_values: int = MAX_JSON_NODES) -> JSON:
    """JSON that every reader reads the same way: UTF-8, no NaN, no number out of range, no key twice.

    orjson judges the grammar. Its document is the right one unless keys were repeated or an integer is long;
    both are ruled out by looking at the bytes, and the standard library reads the few that may have any.
    Raises Unexpected.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unexpected("The body is not JSON.") from error
    if len(body) >= 2 * most_values:  # every value but the first takes two bytes or more
        _refuse_many(document, most_values)
    written = _written(document, is_flat=body.count(b"[") + body.count(b"{") <= MAX_JSON_DEPTH)
    if b"\\" in body and any(colon in body for colon in _ESCAPED_COLONS):
        return json.loads(body, object_pairs_hook=_without_repeats)
    if written.count(b":") != body.count(b":"):
        raise Unexpected(REPEATED)
    return json.loads(body) if _has_long_number(body) else document


def read(body: bytes) -> JSON:
    """The document of a body that `parsed` took, once more: for who wants to change it."""
    return json.loads(body) if _has_long_number(body) else orjson.loads(body)


def _has_long_number(body: bytes) -> bool:
    """Whether there may be an integer that orjson rounds: those of 18 digits fit into 64 bits."""
    return _LONG in body.translate(_DIGITS_AS_ZEROS)


def _refuse_many(document: JSON, most_values: int) -> None:
    """Level by level, so that depth costs no stack."""
    containers: list[JSON] = [[document]]
    nodes = 0
    while containers:
        nodes += sum(map(len, containers))
        if nodes > most_values:
            raise TooManyValues(f"The JSON has more than {MAX_JSON_DEPTH} levels or {most_values} values.")
        containers = [
            child
            for each in containers
            for child in (each.values() if type(each) is dict else each)
            if type(child) in _CONTAINERS
        ]


def _written(document: JSON, *, is_flat: bool) -> bytes:
    """The document as bytes, in which its colons can be counted. Raises Unexpected when it is too deep.

    A key that was read over took its colon away, and those in its value: fewer are left than the body has,
    where a colon in a text counts as well, unless it is escaped. orjson itself stops at 254 levels: that many
    less those we allow are put around the document, because counting them in Python takes ten times as long.
    """
    for _ in range(0 if is_flat else _LEVELS_OF_ORJSON - MAX_JSON_DEPTH):
        document = [document]
    try:
        return orjson.dumps(document)
    except orjson.JSONEncodeError as error:
        raise Unexpected(TOO_LARGE) from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unexpected(REPEATED)
    return members
