"""Signed links: a payload's bytes for whoever holds the address, for a quarter of an hour (contract 4.5).

The signature binds the payload, the moment it ends and the content type, so none of them can be changed.
It is made with SECRET_KEY; one in SECRET_KEY_FALLBACKS still opens.
"""

import time
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from django.core.signing import BadSignature, Signer
from django.http import QueryDict
from django.urls import reverse

from rest.errors import Forbidden
from rest.representation import absolute_url
from results.result_models import Payload

LINK_LASTS: Final = timedelta(minutes=15)
_SIGNER: Final = "results.links"


class BadLink(Forbidden):
    """403: the link is not one of ours, was changed, or is too old."""

    def __init__(self) -> None:
        super().__init__("Forbidden: this link has ended, or is none of ours. Ask for the data again")


def link_of(payload: Payload) -> str:
    """The public address of a payload's bytes, from now on for LINK_LASTS."""
    expires = int(time.time() + LINK_LASTS.total_seconds())
    signature = _signer().signature(_signed(payload.sid, str(expires), payload.content_type))
    query = {"expires": expires, "type": payload.content_type, "signature": signature}
    return absolute_url("api", f"{reverse('payload-bytes', args=[payload.sid])}?{urlencode(query)}")


def type_in(sid: str, query: QueryDict) -> str:
    """The content type that a link to this payload was signed for. Raises BadLink."""
    expires, content_type, signature = (query.get(name, "") for name in ("expires", "type", "signature"))
    try:
        _signer().unsign(f"{_signed(sid, expires, content_type)}:{signature}")
    except BadSignature as error:
        raise BadLink from error
    if int(expires) < time.time():
        raise BadLink
    return content_type


def _signed(sid: str, expires: str, content_type: str) -> str:
    """What is signed. Neither a SID nor a number holds a colon, so it can be read in one way only."""
    return f"{sid}:{expires}:{content_type}"


def _signer() -> Signer:
    return Signer(salt=_SIGNER)
