"""X-Twilio-Signature (contract 8.7): base64(HMAC-SHA1(auth token, URL + sorted parameters)).

Webhooks to developers carry the same signature, made with the developer's token.
"""

import hashlib
from base64 import b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from publishers.contract.audio import Encoded, Stream
from publishers.contract.bodies import BODY_HASH_PARAMETER, urlencoded
from publishers.contract.rendered import RenderedRequest, with_query
from publishers.contract.secret import Secret, revealed


@dataclass(slots=True, kw_only=True)
class SignedRequest:
    """The bytes to send. Holds secrets in the clear, so only `redacted_url` is ever printed.

    `platform`: the header lines that are sent before the `headers`.
    """

    method: str
    url: str = field(repr=False)
    platform: tuple[str, ...] = field(default=(), repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: Encoded = field(repr=False)
    redacted_url: str


def signature(url: str, parameters: Collection[tuple[str, str]] | Mapping[str, str], token: str) -> str:
    """The signature over a URL as sent and the decoded form parameters; a name may occur more than once."""
    pairs = parameters.items() if isinstance(parameters, Mapping) else parameters
    return _signature(url, pairs, Secret(token))


def _signature(url: str, pairs: Collection[tuple[str, str]], token: Secret) -> str:
    if pairs:
        url += "".join([name + value for name, value in sorted(set(pairs))])
    return b64encode(token.hmac_sha1(url)).decode()


def sign(request: RenderedRequest, *, token: Secret) -> SignedRequest:
    """Encode a request and sign exactly what is sent, with the auth token of the publisher's account."""
    body, url = request.body.encode(), request.url
    if request.body.is_hashed:
        digest = body.sha256 if isinstance(body, Stream) else hashlib.sha256(body).hexdigest()
        url = with_query(url, urlencoded([(BODY_HASH_PARAMETER, digest)]))
    signed = [(name, revealed(value)) for name, value in request.body.signed_parameters]
    headers = [(name, revealed(value)) for name, value in request.own_headers]
    headers.append(("X-Twilio-Signature", _signature(url, signed, token)))
    return SignedRequest(
        method=request.method,
        url=url,
        platform=request.platform,
        headers=tuple(headers),
        body=body,
        redacted_url=request.redacted_url,
    )
