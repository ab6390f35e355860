"""What a page shows of a call of the test bench: request, base string, replies, envelope; secrets masked."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from invocations.calls import Call
from publishers.contract.audio import Stream
from publishers.contract.bodies import BODY_HASH_PARAMETER, Body, percent_encoded, urlencoded
from publishers.contract.egress import Answer
from publishers.contract.rendered import RenderedRequest, with_query
from publishers.contract.secret import MASK, masked
from results.envelope import envelope
from results.outcomes import Outcome, Step

# Of a reply that a page shows.
MOST_TEXT: Final = 65_536
# Shorter ones would mask half of a page.
SHORTEST_SECRET: Final = 4


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One answer as it came, the body as text."""

    status: int
    headers: tuple[str, ...]
    text: str
    size: int


def base_string(request: RenderedRequest) -> str:
    """What is signed: the URL with its query, then the form's parameters by name. Secrets are masks."""
    url = request.redacted_url
    if request.body.is_hashed:
        url = with_query(url, urlencoded([(BODY_HASH_PARAMETER, _digest_of(request.body))]))
    pairs = sorted({(name, masked(value)) for name, value in request.body.signed_parameters})
    return url + "".join(f"{name}{value}" for name, value in pairs)


def _digest_of(body: Body) -> str:
    encoded = body.encode()
    return encoded.sha256 if isinstance(encoded, Stream) else hashlib.sha256(encoded).hexdigest()


def document_of(
    call: Call, *, request: RenderedRequest | None, steps: Sequence[Step], heard: Sequence[Heard]
) -> dict[str, Any]:
    """Everything a page shows of a call, as JSON, without its secrets. `request`: None if there is none."""
    hidden = _secrets_of(call)
    return {
        "steps": [_without_bill(step) for step in steps],
        "request": list(request.shown) if request else [],
        "base": base_string(request) if request else "",
        "replies": [
            {
                "status": each.status,
                "headers": [_hidden(line, hidden) for line in each.headers],
                "text": _hidden(each.text, hidden),
                "size": each.size,
            }
            for each in heard
        ],
    }


def _without_bill(step: Step) -> dict[str, Any]:
    """A step as JSON; what it says of a charge is what a customer would pay."""
    return {**step.as_json(), "lines": [as_price(line) for line in step.lines]}


def as_price(line: str) -> str:
    """What a line says of a charge, of a call for which nobody pays."""
    start = "Billed: "
    return f"A customer would pay for {line.removeprefix(start)}" if line.startswith(start) else line


def envelope_of(call: Call, outcome: Outcome) -> dict[str, Any]:
    """As the developer receives it (contract 9.6), secrets of the publisher masked should it repeat them."""
    document = json.loads(orjson.dumps(envelope([outcome])))
    shown: dict[str, Any] = _hidden_in(document, _secrets_of(call))
    return shown


def heard_in(answer: Answer) -> Heard:
    """An answer, as far as a page shows it."""
    headers = tuple(f"{name}: {value}" for name, value in answer.headers.items())
    text = answer.body[:MOST_TEXT].decode(errors="replace")
    return Heard(status=answer.status, headers=headers, text=text, size=len(answer.body))


def _secrets_of(call: Call) -> list[str]:
    """In every way in which a service may repeat them; the longest first: one may begin another."""
    plan, auth = call.plan, call.plan.definition.auth
    secrets = {name: secret.reveal() for name, secret in plan.credentials.items()}
    plain = {
        *secrets.values(),
        *(str(plan.configuration.get(name, "")) for name in plan.definition.secret_fields),
    }
    plain = {each for each in plain if len(each) >= SHORTEST_SECRET}
    if auth.kind == "basic":
        pair = f"{secrets.get(auth.username, '')}:{secrets.get(auth.password, '')}"
        plain.add(b64encode(pair.encode()).decode())
    written = {*plain, *map(percent_encoded, plain), *(json.dumps(each)[1:-1] for each in plain)}
    return sorted(written, key=len, reverse=True)


def _hidden(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def _hidden_in(value: Any, secrets: list[str]) -> Any:
    """The same for JSON, value by value: a secret may look like a part of JSON, such as `null`.

    A reply is nested no deeper than `MAX_JSON_DEPTH`. Our own names stay.
    """
    if isinstance(value, dict):
        return {_hidden(name, secrets): _hidden_in(each, secrets) for name, each in value.items()}
    if isinstance(value, list):
        return [_hidden_in(each, secrets) for each in value]
    if isinstance(value, bool) or value is None:
        return value
    text = str(value)
    hidden = _hidden(text, secrets)
    return value if hidden == text else hidden
