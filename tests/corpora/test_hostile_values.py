"""Naughty strings and payloads as run-time values: a publisher decodes what was sent, or is not asked."""

from typing import Any
from urllib.parse import unquote

import pytest

from invocations.calls import Call
from invocations.engine import ask
from publishers.contract.addresses import EgressPolicy
from publishers.contract.bodies import BODY_HASH_PARAMETER
from publishers.contract.definition import parse
from publishers.contract.egress import client
from publishers.contract.errors import CannotRender, RequirementsNotMet
from publishers.contract.send import Budget
from publishers.contract.signing import signature
from tests.corpora.reading import LONE_SURROGATE, hostile_texts
from tests.fake_publisher import FakePublisher, Received
from tests.invocations.direct_calls import plan_for
from tests.publishers.contract.documents import NUMBER, document, request

pytestmark = pytest.mark.corpora

LOCAL = EgressPolicy.from_hosts(["127.0.0.1"])
TOKEN = "12345"
VALUE = "{{text}}"
NOT_ASKED = {CannotRender.code, RequirementsNotMet.code}


def section(publisher: FakePublisher, place: str) -> dict[str, Any]:
    """A request with the value at this place."""
    match place:
        case "query":
            return request(url=publisher.url("/"), query={"before": "1", "text": VALUE, "after": "{{text}}!"})
        case "JSON":
            return request(url=publisher.url("/"), json={"text": VALUE, "twice": "{{text}}{{text}}"})
        case "form":
            return request(url=publisher.url("/"), form={"text": VALUE, "after": "1"})
        case "header":
            return request(url=publisher.url("/"), headers={"X-Text": VALUE, "X-After": "1"})
    return request(url=publisher.url(f"/before/{VALUE}/after"))


def decoded(received: Received, place: str) -> object:
    """What the publisher reads there, with what stands beside it."""
    match place:
        case "query":
            return [pair for pair in received.query if pair[0] != BODY_HASH_PARAMETER]
        case "JSON":
            return received.json()
        case "form":
            return received.form
        case "header":
            return received.headers["x-text"], received.headers["x-after"]
    return [unquote(segment) for segment in received.path.split("/")]


def intended(text: str, place: str) -> object:
    """The same, as the definition and the caller say it. Blanks around a header value are no part of it."""
    match place:
        case "query":
            return [("before", "1"), ("text", text), ("after", f"{text}!")]
        case "JSON":
            return {"text": text, "twice": text * 2}
        case "form":
            return [("text", text), ("after", "1")]
        case "header":
            return text.strip(" \t"), "1"
    return ["", "before", text, "after"]


def call(publisher: FakePublisher, place: str, text: str) -> Call:
    """One lookup with this run-time value."""
    asked = document(request=section(publisher, place), runtime_parameters=[{"name": "text"}])
    plan = plan_for(parse(asked, allow_http_hosts=["127.0.0.1"]), token=TOKEN)
    return Call(plan=plan, point="lookup-api", event={"primary_address": NUMBER}, runtime={"text": text})


def is_signed(received: Received) -> bool:
    is_form = received.headers.get("content-type") == "application/x-www-form-urlencoded"
    parameters = received.form if is_form else []
    return received.headers["x-twilio-signature"] == signature(received.url, parameters, TOKEN)


@pytest.mark.parametrize(
    ("place", "refused"), [("query", 1), ("JSON", 1), ("form", 1), ("header", 110), ("path", 4)]
)
async def test_a_value_arrives_as_it_was_given_or_nobody_is_asked(place: str, refused: int) -> None:
    wrong, unasked, headers = [], 0, set[tuple[str, ...]]()
    async with FakePublisher() as publisher, client(LOCAL) as session:
        for text in [*hostile_texts(), LONE_SURROGATE]:
            publisher.requests.clear()
            outcome = await ask(session, call(publisher, place, text), Budget.starting_now(10_000))
            if outcome.code in NOT_ASKED and not publisher.requests:
                unasked += 1
                continue
            arrived = [decoded(received, place) for received in publisher.requests]
            headers |= {tuple(sorted(received.headers)) for received in publisher.requests}
            if arrived != [intended(text, place)] or not all(map(is_signed, publisher.requests)):
                wrong.append((text, outcome.code, arrived))
    assert wrong == []
    assert len(headers) == 1, "a value added or removed a header"
    assert unasked == refused
