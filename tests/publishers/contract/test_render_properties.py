"""Whatever the values are, a publisher receives exactly them, and Twilio's own validator accepts it.

Each request goes over a real socket and is read with other people's parsers: urllib, json and email.
"""

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from email import message_from_bytes
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from publishers.contract.bodies import BODY_HASH_PARAMETER
from publishers.contract.definition import compiled, definition_faults
from publishers.contract.egress import Client, EgressPolicy, client
from publishers.contract.secret import Secret
from publishers.contract.send import Budget, send
from tests.fake_publisher import FakePublisher, Received
from tests.publishers.contract.documents import document, recorded, rendered, request

TOKEN = "12345"
EXAMPLES = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
MUTATIONS_OF_EACH = 200

ANYTHING = st.characters(exclude_categories=["Cs"])
NASTY = [
    "\r\nX-Evil: 1\r\n\r\n", "&key=evil", "a=b;c", "#", "?", "../../admin", "%2e%2e%2f", "%00", "\0", "+",
    " ", "{{body}}", "{{request_sid}}", '","key":"evil', "\u2028", "\ufeff", "--", "\r\n--\r\n", "caf\u00e9",
    "\U0001f600",
]  # fmt: skip
TEXT = st.one_of(st.text(ANYTHING, max_size=60), st.sampled_from(NASTY))
SEGMENT = TEXT.filter(lambda text: text not in {"", ".", ".."})
ONE_LINE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
# As a definition may name its parameters: printable, each once.
NAMES = st.text(ANYTHING.filter(str.isprintable), min_size=1, max_size=20).filter(
    lambda name: name != BODY_HASH_PARAMETER
)
# Readers disagree how a quoted name holds these two.
PART_NAMES = NAMES.filter(lambda name: not {'"', "\\"} & set(name))
POINTS = {"multipart": "recording-verb", "raw": "recording-verb"}


@dataclass(frozen=True)
class Wire:
    """A service on a socket, and a client that asks it, each in a loop of its own."""

    service: FakePublisher
    client: Client
    runner: asyncio.Runner

    def carry(self, sections: dict[str, Any], **values: Any) -> Received:
        """What arrives of the request that these values make."""
        kind = sections["request"].get("body", {}).get("kind", "none")
        definition = compiled(document(POINTS.get(kind, "sms-incoming"), **sections))
        asked = rendered(definition, **values)
        before = len(self.service.requests)
        self.runner.run(self._send(asked))
        (received,) = self.service.requests[before:]
        return received

    async def _send(self, asked: Any) -> None:
        await send(self.client, asked, token=Secret(TOKEN), budget=Budget.starting_now(10_000))


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with FakePublisher({}).in_thread() as service, asyncio.Runner() as runner:
        entering = client(EgressPolicy.from_hosts(["127.0.0.1"]))
        opened = runner.run(entering.__aenter__())
        try:
            yield Wire(service, opened, runner)
        finally:
            runner.run(entering.__aexit__(None, None, None))


def texts(values: dict[str, str]) -> dict[str, Any]:
    """Settings `v0`, `v1`, ... for these parameters, and templates that stand for them."""
    return {name: f"{{{{v{number}}}}}" for number, name in enumerate(values)}


def sections(values: dict[str, str], **parts: Any) -> dict[str, Any]:
    properties: dict[str, Any] = {f"v{number}": {} for number in range(len(values))}
    return {
        "configuration_schema": {"type": "object", "properties": properties},
        "request": request(**parts),
    }


def configured(values: dict[str, Any]) -> dict[str, Any]:
    return {f"v{number}": value for number, value in enumerate(values.values())}


# --- Reading ---------------------------------------------------------------------------------


def url_of(received: Received) -> str:
    """As a framework puts it together."""
    parts = urlsplit(received.url)
    return f"http://{received.headers['host']}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def parts_of(received: Received) -> list[tuple[str, bytes]]:
    """The parts of a multipart body, in their order."""
    head = f"Content-Type: {received.headers['content-type']}\r\n\r\n".encode()
    parts: Any = message_from_bytes(head + received.body).get_payload()
    return [(_name(dict(part.raw_items())), part.get_payload(decode=True)) for part in parts]


def _name(headers: dict[str, str]) -> str:
    """The name of a part. Mail knows no UTF-8 in headers, so its parser gives the bytes."""
    read = Message()
    read["Content-Disposition"] = headers["Content-Disposition"].encode("ascii", "surrogateescape").decode()
    return str(read.get_param("name", header="content-disposition"))


def signed_values(received: Received) -> dict[str, str] | str:
    """What a publisher gives the validator beside the URL."""
    kind = received.headers.get("content-type", "").split(";")[0]
    match kind:
        case "application/x-www-form-urlencoded":
            return dict(parse_qsl(received.body.decode(), keep_blank_values=True))
        case "multipart/form-data":
            return {name: content.decode() for name, content in parts_of(received) if name != "audio"}
        case "":
            return {}
    return received.body.decode()


def is_accepted(url: str, values: dict[str, str] | str, signature: str, token: str = TOKEN) -> bool:
    """What the validator says; whoever cannot even read the request refuses it too."""
    try:
        return bool(RequestValidator(token).validate(url, values, signature))
    except (ValueError, TypeError):  # it falls over a JSON body when `bodySHA256` is not in the URL
        return False


def accepts(received: Received) -> bool:
    return is_accepted(url_of(received), signed_values(received), received.headers["x-twilio-signature"])


# --- What arrives ----------------------------------------------------------------------------


@EXAMPLES
@given(values=st.dictionaries(NAMES, TEXT, min_size=1, max_size=5))
def test_a_query_arrives(wire: Wire, values: dict[str, str]) -> None:
    section = sections(values, url=wire.service.url("/a"), query=texts(values))
    received = wire.carry(section, configuration=configured(values))
    assert parse_qsl(urlsplit(received.url).query, keep_blank_values=True) == [*values.items()]
    assert (received.method, received.path, received.body) == ("GET", "/a", b"")
    assert accepts(received)


@EXAMPLES
@given(values=st.dictionaries(NAMES, TEXT, min_size=1, max_size=5))
def test_a_form_arrives(wire: Wire, values: dict[str, str]) -> None:
    section = sections(values, url=wire.service.url("/a"), form=texts(values))
    received = wire.carry(section, configuration=configured(values))
    assert parse_qsl(received.body.decode(), keep_blank_values=True) == [*values.items()]
    assert received.url == wire.service.url("/a")
    assert accepts(received)


@EXAMPLES
@given(
    values=st.dictionaries(
        NAMES,
        TEXT | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False),
        min_size=1,
        max_size=5,
    )
)
def test_json_arrives_with_its_types(wire: Wire, values: dict[str, Any]) -> None:
    section = sections(values, url=wire.service.url("/a"), json=texts(values))
    received = wire.carry(section, configuration=configured(values))
    arrived = json.loads(received.body, object_pairs_hook=list)
    assert arrived == [*values.items()]
    assert [type(value) for _, value in arrived] == [type(value) for value in values.values()]
    assert [name for name, _ in received.query] == [BODY_HASH_PARAMETER]
    assert accepts(received)


@EXAMPLES
@given(
    values=st.dictionaries(PART_NAMES.filter(lambda name: name != "audio"), TEXT, min_size=1, max_size=5),
    audio=st.binary(max_size=60),
)
def test_a_multipart_body_arrives(wire: Wire, values: dict[str, str], audio: bytes) -> None:
    fields = {**texts(values), "audio": "{{audio_data}}"}
    section = sections(values, url=wire.service.url("/a"), multipart=fields)
    received = wire.carry(section, configuration=configured(values), audio_data=recorded(audio))
    sent = [*((name, value.encode()) for name, value in values.items()), ("audio", audio)]
    assert parts_of(received) == sent
    assert accepts(received)


@pytest.mark.parametrize("name", ['a"b', "a\\\\b"], ids=["a quotation mark", "backslashes"])
def test_no_definition_names_a_part_so_that_its_signature_cannot_be_checked(wire: Wire, name: str) -> None:
    section = {
        "request": request(url=wire.service.url("/a"), multipart={name: "1", "audio": "{{audio_data}}"})
    }
    is_refused = bool(
        definition_faults(document("recording-verb", **section), allow_http_hosts=["127.0.0.1"])
    )
    assert is_refused or accepts(wire.carry(section, audio_data=recorded(b"RIFF")))


@EXAMPLES
@given(audio=st.text(ANYTHING, max_size=100), value=TEXT)
def test_a_raw_body_arrives(wire: Wire, audio: str, value: str) -> None:
    """As text, because the validator takes no other body."""
    section = sections({"v": value}, url=wire.service.url("/a"), query={"v": "{{v0}}"}, raw={})
    del section["request"]["body"]["fields"]
    received = wire.carry(section, configuration={"v0": value}, audio_data=recorded(audio.encode()))
    assert (received.body, received.headers["content-type"]) == (audio.encode(), "audio/x-wav")
    assert received.query[0] == ("v", value)
    assert [name for name, _ in received.query] == ["v", BODY_HASH_PARAMETER]
    assert accepts(received)


@EXAMPLES
@given(first=SEGMENT, second=SEGMENT)
def test_a_path_segment_arrives_and_stays_one(wire: Wire, first: str, second: str) -> None:
    url = wire.service.url("/a/{{v0}}/b/{{v1}}")
    section = sections({"1": first, "2": second}, url=url, query={"fixed": "1"})
    received = wire.carry(section, configuration={"v0": first, "v1": second})
    assert [unquote(segment) for segment in received.path.split("/")] == ["", "a", first, "b", second]
    assert received.query == [("fixed", "1")]
    assert accepts(received)


@EXAMPLES
@given(value=ONE_LINE)
def test_a_header_arrives_and_adds_no_other(wire: Wire, value: str) -> None:
    """HTTP itself takes the blanks round a value for nothing."""
    section = sections({"1": value}, url=wire.service.url("/a"), headers={"X-Text": "{{v0}}", "X-Last": "1"})
    received = wire.carry(section, configuration={"v0": value})
    assert (received.headers["x-text"], received.headers["x-last"]) == (value.strip(), "1")
    assert len(received.headers) == 16
    assert accepts(received)


@EXAMPLES
@given(value=TEXT)
def test_a_value_inside_other_text_arrives_everywhere_at_once(wire: Wire, value: str) -> None:
    places = {"whole": "{{v0}}", "inside": "<{{v0}}|{{v0}}>", "key": {"credential": "api_key"}}
    section = sections({"1": value}, url=wire.service.url("/a"), query=places, form=places)
    received = wire.carry(section, configuration={"v0": value})
    expected = [("whole", value), ("inside", f"<{value}|{value}>"), ("key", "api_key-s3cret")]
    assert parse_qsl(urlsplit(received.url).query, keep_blank_values=True) == expected
    assert parse_qsl(received.body.decode(), keep_blank_values=True) == expected
    assert accepts(received)


@EXAMPLES
@given(value=st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_arrives_as_text_without_an_exponent(wire: Wire, value: float) -> None:
    section = sections({"1": ""}, url=wire.service.url("/a"), query={"n": "{{v0}}"})
    ((_, text),) = wire.carry(section, configuration={"v0": value}).query
    assert Decimal(text) == Decimal(repr(value))
    assert set(text) <= set("-.0123456789")


# --- What is refused -------------------------------------------------------------------------

VALUES = {"phone": "+18778894546", "note": "caf\u00e9 & more"}


def kinds(wire: Wire) -> dict[str, Received]:
    """A request of each kind."""
    places = {"url": wire.service.url("/score/{{v0}}"), "query": {"plan": "gold"}}
    bodies: dict[str, dict[str, Any]] = {
        "GET": {},
        "form": {"form": texts(VALUES)},
        "json": {"json": texts(VALUES)},
        "multipart": {"multipart": {**texts(VALUES), "audio": "{{audio_data}}"}},
        "raw": {"raw": {}},
    }
    found = {}
    for kind, body in bodies.items():
        section = sections(VALUES, **places, **body)
        if kind == "raw":
            del section["request"]["body"]["fields"]
        audio = {"audio_data": recorded(b"RIFF")} if kind in POINTS else {}
        found[kind] = wire.carry(section, configuration=configured(VALUES), **audio)
    return found


def flipped(text: str, chance: random.Random) -> str:
    """The same with one bit changed in one of its bytes."""
    content = bytearray(text.encode())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(7)
    return content.decode(errors="surrogateescape")


def mutated_url(url: str, chance: random.Random) -> str:
    """Behind the host: the validator itself looks past the case of the scheme, and a port."""
    path = urlsplit(url)._replace(scheme="", netloc="").geturl()
    return url.removesuffix(path) + flipped(path, chance)


def mutated_values(values: dict[str, str] | str, chance: random.Random) -> dict[str, str] | str:
    if isinstance(values, str):
        return flipped(values, chance)
    name = chance.choice(sorted(values))
    rest = {other: value for other, value in values.items() if other != name}
    if chance.random() < 0.5:
        return {**rest, flipped(name, chance): values[name]}
    return {**rest, name: flipped(values[name], chance)}


Mutation = Callable[[Received, random.Random], bool]


def with_another_url(received: Received, chance: random.Random) -> bool:
    signature = received.headers["x-twilio-signature"]
    return is_accepted(mutated_url(url_of(received), chance), signed_values(received), signature)


def with_other_values(received: Received, chance: random.Random) -> bool:
    signature = received.headers["x-twilio-signature"]
    values = signed_values(received)
    return bool(values) and is_accepted(url_of(received), mutated_values(values, chance), signature)


def with_another_token(received: Received, chance: random.Random) -> bool:
    signature = received.headers["x-twilio-signature"]
    return is_accepted(url_of(received), signed_values(received), signature, flipped(TOKEN, chance))


def with_another_signature(received: Received, chance: random.Random) -> bool:
    signature = flipped(received.headers["x-twilio-signature"], chance)
    return is_accepted(url_of(received), signed_values(received), signature)


def test_a_thousand_changed_requests_are_refused(wire: Wire) -> None:
    chance = random.Random(20261121)
    ways: list[Mutation] = [with_another_url, with_other_values, with_another_token, with_another_signature]
    received = kinds(wire)
    assert [kind for kind, each in received.items() if not accepts(each)] == []
    tried = [
        (kind, way.__name__, way(each, chance))
        for kind, each in received.items()
        for number in range(MUTATIONS_OF_EACH)
        for way in [ways[number % len(ways)]]
    ]
    assert len(tried) == 1_000
    assert [each for each in tried if each[2]] == []
