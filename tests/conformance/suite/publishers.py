"""A publisher that keeps the contract, as a script for `FakePublisher`; each test breaks one thing."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from twilio.request_validator import RequestValidator

from conformance.suite.callbacks import parts_of
from conformance.suite.subject import Samples, Subject, identity_of
from publishers.contract.secret import Secret
from tests.fake_publisher import Answer, FakePublisher, Received

TOKEN = "auth-token-of-acme"
KEY = "service-key-of-acme"
VENDOR = "AC" + "0" * 32
HTML = {"Content-Type": "text/html"}

BLOCKS: dict[str, Any] = {
    "module_info": {
        "name": "Area",
        "short_description": "Where a number is at home.",
        "tagline": "Know where.",
    },
    "pricing": {"body": "$0.01 for each answer."},
    "policies": {"privacy": "Nothing is kept.", "legal": "As it comes."},
    "support": {"customer_support_email": "help@acme.example"},
}
LOOKUP: dict[str, Any] = {
    "type": "phone-number",
    "extensions": ["lookup-api", "voice-incoming"],
    "request": {
        "method": "GET",
        "url": "https://api.acme.example/v1/area",
        "query": [
            {"name": "number", "value": "{{primary_address}}", "required": True},
            {"name": "style", "value": "{{style}}"},
            {"name": "at", "value": "{{request_date}}"},
        ],
    },
    "auth": {"kind": "bearer", "token": "service_key"},
    "configuration_schema": {
        "type": "object",
        "properties": {
            "style": {"type": "string", "name": "Style", "enum": ["long", "short"]},
            "code": {"type": "string", "name": "Code", "pattern": "^[A-Z]{3}-[0-9]{2}$", "_unused": True},
        },
        "required": ["style"],
    },
    "response_schema": {
        "type": "object",
        "anyOf": [{"required": ["area"]}, {"required": ["error"]}],
        "properties": {"area": {"type": "string"}},
    },
    "remove": ["$.debug"],
    "pricing": {"model": "per_use", "price": "0.01", "unbilled_if_present": ["$.error"]},
}
RECORDING: dict[str, Any] = {
    "type": "recording-analysis",
    "extensions": ["recording-verb"],
    "request": {
        "method": "POST",
        "url": "https://api.acme.example/v1/listen",
        "body": {
            "kind": "multipart",
            "fields": [
                {"name": "callback", "value": "{{callback_url}}", "required": True},
                {"name": "duration", "value": "{{duration}}"},
                {"name": "at", "value": "{{request_date}}"},
                {"name": "audio", "value": "{{audio_data}}", "required": True},
            ],
        },
    },
    "auth": {"kind": "bearer", "token": "service_key"},
    "response_schema": {"type": "object", "required": ["text"]},
    "pricing": {"model": "per_minute", "price": "0.02"},
}


def subject_of(publisher: FakePublisher | str, **changes: Any) -> Subject:
    """The listing of the publisher that is served there."""
    given: dict[str, Any] = {
        "blocks": BLOCKS,
        "definition": LOOKUP,
        "credentials": {"service_key": Secret(KEY)},
        "auth_token": Secret(TOKEN),
        "identity": identity_of(VENDOR),
        "allowed_hosts": ("127.0.0.1",),
        "target": publisher if isinstance(publisher, str) else publisher.origin,
        "samples": Samples(),
    }
    return Subject(**{**given, **changes})


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of a document with another value at a path such as `request.url`; None removes it."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    *way, last = path.split(".")
    place: Any = copy
    for step in way:
        place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
    if value is None:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return copy


def area_of(number: str) -> dict[str, Any]:
    """What an honest service knows."""
    if number in {"+1000", "+19995550123", "+10000000000"}:
        return {"error": "there is no such number"}
    return {"area": "California", "debug": {"took": 1}}


@dataclass
class Rules:
    """What the publisher keeps to. A test switches one off."""

    credentials: bool = True
    signature: bool = True
    right_signature: bool = True
    date: bool = True
    memory: bool = True


@dataclass
class Service:
    """Answers lookups. `work` is given the number, `refusal` the status of what is refused."""

    rules: Rules = field(default_factory=Rules)
    work: Callable[[str], Any] = area_of
    answers: dict[str, Any] = field(default_factory=dict)

    def __call__(self, request: Received) -> Any:
        refusal = refused(request, self.rules, {})
        if refusal:
            return refusal
        sid = request.headers["x-twilio-requestsid"]
        if sid not in self.answers or not self.rules.memory:
            self.answers[sid] = self.work(dict(request.query)["number"])
        return self.answers[sid]


def refused(request: Received, rules: Rules, signed: dict[str, str]) -> Answer | None:
    """Who may not ask."""
    if rules.credentials and request.headers.get("authorization") != f"Bearer {KEY}":
        return Answer(401, {"error": "credentials"})
    given = request.headers.get("x-twilio-signature")
    if rules.signature and given is None:
        return Answer(403, {"error": "no signature"})
    validator = RequestValidator(TOKEN)
    if given is not None and rules.right_signature and not validator.validate(request.url, signed, given):
        return Answer(403, {"error": "signature"})
    date = datetime.fromisoformat(request.headers["x-twilio-requestdate"])
    if rules.date and datetime.now(UTC) - date > timedelta(minutes=5):
        return Answer(403, {"error": "too old"})
    return None


@dataclass
class Listener:
    """Takes recordings. `call_back` is given the URL of each one it accepts for the first time, `most` of
    them."""

    call_back: Callable[[str], Any] | None = None
    answer: Any = 202
    again: Any = 202
    most: int = 1_000
    stereo: Any = 202
    seen: set[str] = field(default_factory=set)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def __call__(self, request: Received) -> Any:
        parts = {each.name: each.content for each in parts_of(request.headers["content-type"], request.body)}
        signed = {name: content.decode() for name, content in parts.items() if name != "audio"}
        refusal = refused(request, Rules(), signed)
        if refusal:
            return refusal
        sid = request.headers["x-twilio-requestsid"]
        if sid in self.seen:
            return _empty(self.again)
        self.seen.add(sid)
        if len(self.seen) > self.most:
            return Answer(503, {"error": "busy"})
        task = asyncio.ensure_future((self.call_back or posted())(signed["callback"]))
        self.tasks.add(task)
        task.add_done_callback(self._end)
        return _empty(self.stereo if parts["audio"][22] == 2 else self.answer)

    def _end(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled():
            task.exception()  # the run was over before the callback came


def _empty(said: Any) -> Any:
    return Answer(said, b"") if isinstance(said, int) else said


def posted(**changes: Any) -> Callable[[str], Any]:
    """A callback as the contract asks, or changed: `password`, `times`, `method`, and what aiohttp takes."""

    async def call_back(url: str) -> None:
        given = {"password": TOKEN, "times": 1, "method": "POST", "json": {"text": "hello"}, **changes}
        pair = b64encode(f"{VENDOR}:{given.pop('password')}".encode()).decode()
        times, method = given.pop("times"), given.pop("method")
        if "data" in given:
            del given["json"]
        async with aiohttp.ClientSession() as session:
            for _ in range(times):
                headers = {"Authorization": f"Basic {pair}", **given.get("headers", {})}
                async with session.request(method, url, **{**given, "headers": headers}):
                    pass

    return call_back


async def silent(url: str) -> None:
    """No callback at all."""
