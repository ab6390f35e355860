"""API credentials: random, long, and stored as an HMAC.

A password hash would cost 400 ms a request and buys nothing for 128 random bits; HMAC-SHA256 under a
key outside the database is enough (safety 1.17).
"""

import hashlib
import hmac
import secrets

from django.conf import settings

TOKEN_BYTES = 16


def new_secret() -> str:
    """A new auth token or API key secret: 32 hex digits, as the platform's clients expect."""
    return secrets.token_hex(TOKEN_BYTES)


def digest(secret: str) -> str:
    """What is stored of a secret, and compared with."""
    return hmac.new(settings.CREDENTIAL_PEPPER.encode(), secret.encode(), hashlib.sha256).hexdigest()


def matches(secret_digest: str, stored: str) -> bool:
    """Compare two digests in constant time. An empty stored digest matches nothing."""
    return hmac.compare_digest(secret_digest, stored or "-")
