"""X-Twilio-Signature (contract 8.7): base64(HMAC-SHA1(auth token, URL + sorted parameters)).

Webhooks to developers carry the same signature, made with the developer's token.
"""

import hashlib
import hmac
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from publishers.contract.bodies import BODY_HASH_PARAMETER, urlencoded
from publishers.contract.rendered import RenderedRequest, with_query
from publishers.contract.secret import Secret, revealed


@dataclass(frozen=True, kw_only=True)
class SignedRequest:
    """The bytes to send. Holds secrets in the clear, so only `redacted_url` is ever printed."""

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    redacted_url: str


def signature(url: str, parameters: Iterable[tuple[str, str]] | Mapping[str, str], token: str) -> str:
    """The signature over a URL as sent and the decoded form parameters; a name may occur more than once."""
    pairs = parameters.items() if isinstance(parameters, Mapping) else parameters
    values: defaultdict[str, set[str]] = defaultdict(set)
    for name, value in pairs:
        values[name].add(value)
    message = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return b64encode(hmac.digest(token.encode(), message.encode(), hashlib.sha1)).decode()


def sign(request: RenderedRequest, *, token: Secret) -> SignedRequest:
    """Encode a request and sign exactly what is sent, with the auth token of the publisher's account."""
    body, url = request.body.encode(), request.url
    if request.body.is_hashed:
        url = with_query(url, urlencoded([(BODY_HASH_PARAMETER, hashlib.sha256(body).hexdigest())]))
    signed = [(name, revealed(value)) for name, value in request.body.signed_parameters]
    headers = [(name, revealed(value)) for name, value in request.own_headers]
    return SignedRequest(
        method=request.method,
        url=url,
        headers=(*request.platform, *headers, ("X-Twilio-Signature", signature(url, signed, token.reveal()))),
        body=body,
        redacted_url=request.redacted_url,
    )
