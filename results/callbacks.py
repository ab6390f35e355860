"""The one-time callback URL of a result (contract 11.3).

Its token is made of the result's SID, so that every dispatch of the result names the same one; the database
knows its digest alone. It is used up by the status of the result.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from typing import Final

from django.conf import settings

from rest.representation import absolute_url

PATH: Final = "/addons/callbacks/"
# Another use of the same key must never come to the same digest.
_PURPOSE: Final = b"callback:"


def token_of(sid: str) -> str:
    """The token of a result: 256 bits that nobody guesses who does not hold the key."""
    key = settings.CREDENTIAL_PEPPER.encode()
    digest = hmac.new(key, _PURPOSE + sid.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def digest_of(token: str) -> str:
    """What is stored of a token, and found by."""
    return hashlib.sha256(token.encode()).hexdigest()


def callback_url_of(sid: str) -> str:
    """Where the publisher posts what it found."""
    return absolute_url("callbacks", f"{PATH}{token_of(sid)}")
