"""Everything that can come of asking a publisher: one row for each cause (contract 8.4, 8.8, 9.2 to 9.4, 14).

A row says what the service does and what must come of it. `test_causes` runs every row through the lookup
endpoint and adds what follows from the code alone: the message, the event, the ledger, the service level.
"""

import gzip
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from publishers.contract.limits import MAX_JSON_DEPTH, MAX_REDIRECTS, MAX_RESPONSE_BYTES
from tests.fake_publisher import Answer, RawHandler, Said
from tests.publishers.contract import hostile

BILLED: Final = "Billed: one successful use."
FAILED: Final = "Not billed: failed uses are free."

NOT_JSON: Final = "The body is not JSON."
NOT_AN_OBJECT: Final = "The body is JSON, but not an object."
TOO_DEEP: Final = "The JSON has more than 64 levels or 100000 values."
TWICE: Final = "The JSON has an object with the same key twice."
COMPRESSED: Final = "The body is compressed, although the request says Accept-Encoding: identity."
NO_HTTP: Final = "The answer is not valid HTTP."
TOO_MUCH = "More came than any answer needs."
BROKE_OFF: Final = "The body broke off."
CLOSED: Final = "The connection was closed before the answer was complete."
LATE: Final = "There was no complete answer in time."
NO_TLS: Final = "No secure connection: the certificate or the TLS version was refused."
INSIDE: Final = "The address is not allowed."

SOON: Final = {"timeout_ms": 150}  # for what never comes
AMPLE: Final = {"timeout_ms": 1000}  # for a try that comes and one that does not


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What a service says (HTTP) or does (bytes on a socket), and what comes of it.

    `tries`: the requests that reach the service; `unsent`: what is recorded as a try but goes where we never
    go. `told`: how the last step of the trace begins. `request` and `definition` change the add-on, `given`
    are run-time values.
    """

    code: int | None = None
    told: str = ""
    charge: str = BILLED
    says: Said | Sequence[Said] | None = None
    does: RawHandler | None = None
    scheme: str = "http"
    tries: int = 1
    unsent: int = 0
    result: Any = None
    path: str = "/facts"
    request: Mapping[str, Any] = field(default_factory=dict)
    definition: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)


def succeeds(says: Any = None, **more: Any) -> Cause:
    """A use that is billed, unless `charge` says why not."""
    return Cause(says=says, **more)


def fails(code: int, told: str, says: Any = None, **more: Any) -> Cause:
    """A use that is free."""
    return Cause(code=code, told=told, charge=FAILED, says=says, **more)


def declined(status: int, *, headers: Mapping[str, str] | None = None) -> Cause:
    """A 4xx: at once, whatever else the answer says."""
    says = Answer(status, {"why": "no"}, headers=dict(headers or {}))
    return fails(61005, f"The service answered {status}.", says)


def breaks(told: str, does: RawHandler, **more: Any) -> Cause:
    """An answer that is no HTTP answer: tried three times."""
    return fails(61002, told, does=does, **{"tries": 3, **more})


def moved(location: str, status: int = 302) -> Answer:
    return Answer(status, {"not": "read"}, headers={"Location": location})


def sized(length: int) -> bytes:
    """A JSON object of so many bytes."""
    return b'{"a":"' + b"x" * (length - 8) + b'"}'


def deep(levels: int) -> bytes:
    """A JSON object with so many levels."""
    return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


def chunked(*chunks: bytes) -> RawHandler:
    """A 200 with these chunks as they are, the last one not added."""
    return hostile.raw(hostile.CHUNKED + b"".join(chunks))


async def speaks_first(_reader: StreamReader, writer: StreamWriter) -> None:
    """Plain HTTP to whoever comes."""
    writer.write(hostile.OK + b"\r\n{}")
    await writer.drain()


OK: Final = {"ok": 1}
TEXT: Final = {"runtime_parameters": [{"name": "text"}]}
MOVED: Final = "/elsewhere"
GERMAN: Final = {"properties": {"primary_address": {"type": "string", "pattern": "^\\+49"}}}
NEEDS_OK: Final = {"type": "object", "required": ["ok"]}
LONG_INTEGER: Final = b'{"a":' + b"7" * 300 + b"}"


def priced(**conditions: Any) -> dict[str, Any]:
    """A price, and when it is due."""
    return {"pricing": {"model": "per_use", "price": "0.0001", **conditions}}


def header(value: str) -> dict[str, Any]:
    return {"headers": [{"name": "X-Text", "value": value}]}


SUCCESSES: Final = {
    "a JSON object": succeeds(OK, result=OK),
    "an object that describes an error": succeeds({"error": "unknown number"}),
    "a wrong content type that parses": succeeds(Answer(200, OK, {"Content-Type": "text/html"}), result=OK),
    "no content type": succeeds(does=hostile.ok(b'{"ok":1}'), result=OK),
    "an encoding that is none": succeeds(Answer(200, OK, {"Content-Encoding": "identity"})),
    "blanks around the object": succeeds(b' \n{"ok":1}\r\n', result=OK),
    "65,536 bytes": succeeds(sized(MAX_RESPONSE_BYTES)),
    "64 levels": succeeds(deep(MAX_JSON_DEPTH)),
    "an integer of 300 digits": succeeds(LONG_INTEGER, result={"a": int("7" * 300)}),
    "an escaped NUL": succeeds(b'{"a":"\\u0000"}', result={"a": "\0"}),
    "chunks": succeeds(does=chunked(b"1\r\n{\r\n", b"1;a=b\r\n}\r\n", b"0\r\nX-End: 1\r\n\r\n"), result={}),
    "no length, then the end": succeeds(does=hostile.raw(hostile.OK + b"\r\n{}"), result={}),
    "interim answers before it": succeeds(
        does=hostile.raw(
            b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            + hostile.OK
            + b"Content-Length: 2\r\n\r\n{}"
        ),
        result={},
    ),
    "5xx, then an answer": succeeds([500, 503, OK], tries=3, result=OK),
    "a dropped connection, then an answer": succeeds(
        does=hostile.in_turn([hostile.reset, hostile.reset, hostile.ok(b"{}")]), tries=3
    ),
    "a redirect": succeeds([moved(MOVED, 308), OK], tries=2, result=OK),
    "five redirects": succeeds([moved(MOVED)] * MAX_REDIRECTS + [OK], tries=6, result=OK),
    "a redirect to a 5xx, then from the start": succeeds([moved(MOVED), 500, moved(MOVED), OK], tries=4),
    "an answer that fits the response schema": succeeds(OK, definition={"response_schema": NEEDS_OK}),
    "no value for an optional parameter": succeeds(
        OK, request={"query": [{"name": "t", "value": "{{text}}"}]}, definition=TEXT
    ),
}

UNBILLED: Final = {
    "a free add-on": succeeds(
        OK, charge="Not billed: this add-on is free.", definition={"pricing": {"model": "free"}}
    ),
    "201": succeeds(Answer(201, OK), charge="Not billed: the service answered HTTP 201.", result=OK),
    "201 that is billable": succeeds(Answer(201, OK), definition=priced(billable_status=[200, 201])),
    "200 that is not billable": succeeds(
        OK,
        charge="Not billed: the service answered HTTP 200.",
        definition=priced(billable_status=[201]),
    ),
    "what makes it free is there": succeeds(
        {"error": None},
        charge="Not billed: $..error was present in the answer.",
        definition=priced(unbilled_if_present=["$.none", "$..error"]),
        result={"error": None},
    ),
    "what makes it free is not there": succeeds(OK, definition=priced(unbilled_if_present=["$.error"])),
    "what makes it free is removed": succeeds(
        {"error": 1, "ok": 1},
        charge="Not billed: $.error was present in the answer.",
        definition={**priced(unbilled_if_present=["$.error"]), "remove": ["$.error"]},
        result=OK,
    ),
}

UNEXPECTED: Final = {
    "HTML": fails(61000, NOT_JSON, b"<html></html>"),
    "an empty body": fails(61000, NOT_JSON, b""),
    "204": fails(61000, NOT_JSON, Answer(204, b"")),
    "201 without JSON": fails(61000, NOT_JSON, Answer(201, b"made")),
    "an array": fails(61000, NOT_AN_OBJECT, b"[1]"),
    "a text": fails(61000, NOT_AN_OBJECT, b'"ok"'),
    "null": fails(61000, NOT_AN_OBJECT, b"null"),
    "half an object": fails(61000, NOT_JSON, b'{"a":'),
    "two objects": fails(61000, NOT_JSON, b"{}{}"),
    "NaN": fails(61000, NOT_JSON, b'{"a":NaN}'),
    "Infinity": fails(61000, NOT_JSON, b'{"a":-Infinity}'),
    "a number that no double holds": fails(61000, NOT_JSON, b'{"a":1e400}'),
    "an integer of 5,000 digits": fails(61000, NOT_JSON, does=hostile.BEHAVIOURS["json-bigint"]),
    "a key twice": fails(61000, TWICE, b'{"a":{"b":1,"b":1}}'),
    "half a character": fails(61000, NOT_JSON, b'{"a":"\\ud800"}'),
    "bytes that are no UTF-8": fails(61000, NOT_JSON, b'{"a":"\xff"}'),
    "a byte order mark": fails(61000, NOT_JSON, b"\xef\xbb\xbf{}"),
    "UTF-16": fails(61000, NOT_JSON, "{}".encode("utf-16")),
    "65 levels": fails(61000, TOO_DEEP, deep(MAX_JSON_DEPTH + 1)),
    "gzip": fails(61000, COMPRESSED, Answer(200, gzip.compress(b"{}"), {"Content-Encoding": "gzip"})),
    "an encoding nobody knows": fails(61000, COMPRESSED, does=hostile.BEHAVIOURS["unk-enc"]),
    "300": fails(61000, "The service answered 300 without a place to go to.", 300),
    "302 without a place": fails(61000, "The service answered 302 without a place to go to.", 302),
    "304": fails(61000, "The service answered 304 without a place to go to.", 304),
}

LATE_ANSWERS: Final = {
    "no answer": fails(61001, LATE, does=hostile.hang, definition={"limits": SOON}),
    "an answer too late": fails(61001, LATE, Answer(delay=5), definition={"limits": SOON}),
    "a dripping head": fails(61001, LATE, does=hostile.BEHAVIOURS["drip-head"], definition={"limits": SOON}),
    "a dripping body": fails(61001, LATE, does=hostile.BEHAVIOURS["drip-body"], definition={"limits": SOON}),
    "dripping chunks": fails(61001, LATE, does=hostile.BEHAVIOURS["chunk-drip"], definition={"limits": SOON}),
    "interim answers for ever": fails(
        61001, LATE, does=hostile.BEHAVIOURS["1xx-flood"], definition={"limits": SOON}
    ),
    "no TLS handshake": fails(61001, LATE, does=hostile.hang, scheme="https", definition={"limits": SOON}),
    "5xx, then nothing": fails(61001, LATE, [500, Answer(delay=5)], tries=2, definition={"limits": AMPLE}),
    "a dropped connection, then nothing": fails(
        61001,
        LATE,
        does=hostile.in_turn([hostile.reset, hostile.hang]),
        tries=2,
        definition={"limits": AMPLE},
    ),
}

BROKEN: Final = {
    "500": fails(61002, "The service answered 500.", 500, tries=3),
    "503": fails(61002, "The service answered 503.", 503, tries=3),
    "599": fails(61002, "The service answered 599.", 599, tries=3),
    "999": breaks("999 is not the status of an answer.", hostile.BEHAVIOURS["status-999"]),
    "600": breaks("600 is not the status of an answer.", hostile.http("HTTP/1.1 600 More")),
    "101": breaks("101 is not the status of an answer.", hostile.BEHAVIOURS["upgrade"]),
    "a reset": breaks(CLOSED, hostile.reset),
    "bytes that are no HTTP": breaks(NO_HTTP, hostile.BEHAVIOURS["http09"]),
    "a cut-off head": breaks(CLOSED, hostile.raw(hostile.OK)),
    "a cut-off body": breaks(BROKE_OFF, hostile.BEHAVIOURS["cl-short"]),
    "a cut-off chunk": breaks(BROKE_OFF, chunked(b"a\r\n{}")),
    "no last chunk": breaks(BROKE_OFF, chunked(b"2\r\n{}\r\n")),
    "a chunk longer than it says": breaks(NO_HTTP, chunked(b"1\r\n{}\r\n0\r\n\r\n")),
    "a chunk with no number": breaks(NO_HTTP, chunked(b"zz\r\n{}\r\n0\r\n\r\n")),
    "a chunk of negative size": breaks(NO_HTTP, chunked(b"-2\r\n{}\r\n0\r\n\r\n")),
    "two lengths": breaks(NO_HTTP, hostile.BEHAVIOURS["cl-dup"]),
    "a length and chunks": breaks(NO_HTTP, hostile.BEHAVIOURS["cl-te"]),
    "a negative length": breaks(NO_HTTP, hostile.BEHAVIOURS["cl-neg"]),
    "more bytes than it says": breaks(NO_HTTP, hostile.BEHAVIOURS["cl-long"]),
    "a header of a megabyte": breaks(TOO_MUCH, hostile.BEHAVIOURS["big-header"]),
    "plain HTTP where TLS is asked": breaks(NO_TLS, speaks_first, scheme="https"),
    "a redirect to a private address": fails(61002, INSIDE, moved("https://10.0.0.1/"), unsent=1),
    "a redirect to the metadata": fails(
        61002, "The URL must start with https://.", moved("http://169.254.169.254/"), unsent=1
    ),
    "a redirect to no URL": fails(61002, "The redirect leads to no valid URL.", moved("http://[")),
    "a redirect with a user name": fails(
        61002, "The URL must have a host, and neither a user name", moved("https://a@acme.example/"), unsent=1
    ),
}

NOT_ASKED: Final = {
    "a required run-time parameter is missing": fails(
        61003,
        "There is no value for date.",
        tries=0,
        definition={"runtime_parameters": [{"name": "date", "required": True}]},
    ),
    "a required query parameter has no value": fails(
        61003,
        "There is no value for text.",
        tries=0,
        request={"query": [{"name": "t", "value": "{{text}}", "required": True}]},
        definition=TEXT,
    ),
    "a path segment has no value": fails(
        61003, "There is no value for text.", tries=0, path="/{{text}}", definition=TEXT
    ),
    "the request schema refuses": fails(
        61003,
        "The request schema refuses /primary_address: ",
        tries=0,
        definition={"request_schema": {"type": "object", **GERMAN}},
    ),
    "the request schema misses a value": fails(
        61003,
        "The request schema refuses ",
        tries=0,
        definition={"request_schema": {"type": "object", "required": ["text"]}, **TEXT},
    ),
    "a line break in a header": fails(
        61009,
        "The value of the header X-Text is not one line of ASCII text.",
        tries=0,
        request=header("{{text}}"),
        definition=TEXT,
        given={"text": "a\r\nX-Evil: 1"},
    ),
    "a header that is not ASCII": fails(
        61009,
        "The value of the header X-Text is not one line of ASCII text.",
        tries=0,
        request=header("{{text}}"),
        definition=TEXT,
        given={"text": "ü"},
    ),
    "a header that is too long": fails(
        61009,
        "The value of the header X-Text has more than 4096 bytes.",
        tries=0,
        request=header("{{text}}"),
        definition=TEXT,
        given={"text": "x" * 4_097},
    ),
    "a step up in the path": fails(
        61009,
        "text cannot stand in the path: it is empty, '.' or '..'.",
        tries=0,
        path="/{{text}}/x",
        definition=TEXT,
        given={"text": ".."},
    ),
    "nothing in the path": fails(
        61009,
        "text cannot stand in the path: it is empty, '.' or '..'.",
        tries=0,
        path="/{{text}}",
        definition=TEXT,
        given={"text": ""},
    ),
    "a URL that is too long": fails(
        61009,
        "The URL has more than 8000 characters.",
        tries=0,
        request={"query": [{"name": "t", "value": "{{text}}"}]},
        definition=TEXT,
        given={"text": "x" * 8_000},
    ),
}

REFUSED: Final = {
    "the response schema refuses": fails(
        61004, "The response schema refuses ", {"other": 1}, definition={"response_schema": NEEDS_OK}
    ),
    "400": declined(400),
    "401": declined(401, headers={"WWW-Authenticate": "Basic"}),
    "404": declined(404),
    "429 with a time to wait": declined(429, headers={"Retry-After": "0"}),
    "499": declined(499),
    "65,537 bytes": fails(
        61007, "The body has 65537 bytes; 65536 are allowed.", sized(MAX_RESPONSE_BYTES + 1)
    ),
    "a byte more than the definition allows": fails(
        61007,
        "The body has 101 bytes; 100 are allowed.",
        sized(101),
        definition={"limits": {"response_bytes": 100}},
    ),
    "a length that is a lie": fails(
        61007,
        "The body has 99999999 bytes; 65536 are allowed.",
        does=hostile.http("HTTP/1.1 200 OK\nContent-Length: 99999999", b"{}"),
    ),
    "chunks without end": fails(
        61007, "The body has more than 65536 bytes.", does=hostile.BEHAVIOURS["endless-chunked"]
    ),
    "bytes without end": fails(
        61007, "The body has more than 65536 bytes.", does=hostile.BEHAVIOURS["endless-noclose"]
    ),
    "six redirects": fails(61008, "There were more than 5 redirects.", moved(MOVED), tries=6),
    "a redirect to itself": fails(61008, "There were more than 5 redirects.", moved("", 307), tries=6),
}

CAUSES: Final[Mapping[str, Cause]] = {
    **SUCCESSES,
    **UNBILLED,
    **UNEXPECTED,
    **LATE_ANSWERS,
    **BROKEN,
    **NOT_ASKED,
    **REFUSED,
}
