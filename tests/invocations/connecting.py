"""A fake platform that brings messages and calls in, and a developer who hears of them, over a real wire."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

from accounts.models import Account
from marketplace import number_services
from marketplace.models import IncomingPhoneNumber, InstalledAddOn
from publishers.contract.signing import signature
from tests.factories import make_definition, make_install, make_listing
from tests.fake_publisher import Answer, FakePublisher, Received

Pairs = list[tuple[str, str]]

OURS, THEIRS = "+18089255327", "+14155552671"
TWIML = b'<?xml version="1.0"?>\n<Response>\n  <Message>caf\xc3\xa9 &amp; more</Message></Response>\n'
SAID = Answer(200, TWIML, headers={"Content-Type": "text/xml; charset=utf-8"})
SMS: Pairs = [
    ("ToCountry", "US"),
    ("SmsMessageSid", "SM" + "1" * 32),
    ("NumMedia", "0"),
    ("Body", "Hi & <b>bye</b> = 100% + ünï\r\ncode"),
    ("To", OURS),
    ("MessageSid", "SM" + "1" * 32),
    ("AccountSid", "AC" + "9" * 32),
    ("From", THEIRS),
    ("ApiVersion", "2010-04-01"),
    ("FromCity", ""),
]
CALL: Pairs = [
    ("CallSid", "CA" + "2" * 32),
    ("From", THEIRS),
    ("To", OURS),
    ("CallStatus", "ringing"),
]


@dataclass(frozen=True)
class Reply:
    """What the platform got back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Platform:
    """Brings events in as a platform does, signed with a token of the account."""

    base: str
    account: Account

    def url(self, number: IncomingPhoneNumber, kind: str = "message") -> str:
        return f"{self.base}/connect/{number.sid}/{kind}"

    def post(self, number: IncomingPhoneNumber, pairs: Pairs, kind: str = "message", **headers: str) -> Reply:
        url = self.url(number, kind)
        signed = {"X-Twilio-Signature": signature(url, pairs, self.account.auth_token)}
        return ask("POST", url, urlencode(pairs).encode(), {**signed, **headers})

    def get(self, number: IncomingPhoneNumber, pairs: Pairs, kind: str = "message") -> Reply:
        url = f"{self.url(number, kind)}?{urlencode(pairs)}"
        return ask("GET", url, None, {"X-Twilio-Signature": signature(url, (), self.account.auth_token)})


def ask(method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Reply:
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())


def make_number(account: Account, phone_number: str = OURS, **settings: str) -> IncomingPhoneNumber:
    return number_services.create_number(account=account, phone_number=phone_number, settings=settings)


def make_runner(account: Account, service: FakePublisher, **changes: Any) -> InstalledAddOn:
    """An add-on that analyses messages, on for messages; or one of another kind."""
    kind = changes.pop("type", "message-analysis")
    points = ["sms-incoming"] if kind == "message-analysis" else ["sms-incoming", "voice-incoming"]
    fields = ["primary_address", "secondary_address", *(["body"] if kind == "message-analysis" else [])]
    definition = make_definition(
        type=kind,
        extensions=points,
        request={
            "method": "POST",
            "url": service.url("/facts"),
            "body": {
                "kind": "form",
                "fields": [{"name": name, "value": f"{{{{{name}}}}}"} for name in fields],
            },
        },
        pricing={"model": "per_use", "price": "0.0001"},
        **changes,
    )
    return make_install(account, make_listing(definition=definition), enabled=points)


def add_ons_in(request: Received) -> Any:
    """The envelope that a developer received."""
    return json.loads(dict(request.form)["AddOns"])


def is_signed_by(request: Received, token: str) -> bool:
    """What the official library says of a webhook."""
    form = dict(request.form) if request.method == "POST" else {}
    return bool(RequestValidator(token).validate(request.url, form, request.headers["x-twilio-signature"]))


def without(pairs: Iterable[tuple[str, str]], *names: str) -> Pairs:
    return [pair for pair in pairs if pair[0] not in names]


def dead_url() -> str:
    """An address at which nothing listens any more."""
    with FakePublisher().in_thread() as gone:
        url = gone.url("/sms")
    assert urlsplit(url).port
    return url
