"""How many requests an account may make to the APIs (contract 2.7: 429/20429)."""

import logging
import time
from http import HTTPStatus

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from rest.errors import Refused

MINUTE = 60
log = logging.getLogger(__name__)


class TooManyRequests(Refused):
    """429: the account's requests of this minute are used up."""

    http_status = HTTPStatus.TOO_MANY_REQUESTS
    code = 20429

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too Many Requests")
        self.headers = {"Retry-After": str(retry_after)}


def count_request(account_sid: str) -> None:
    """Count a request by the clock's minute, whatever becomes of it. Raises TooManyRequests.

    One number for each account, which web processes share when `CACHE_URL` is set.
    """
    limit: int = settings.REQUESTS_PER_MINUTE
    now = int(time.time())
    if limit and _number_of(f"requests:{account_sid}:{now // MINUTE}") > limit:
        raise TooManyRequests(MINUTE - now % MINUTE)


def _number_of(key: str) -> int:
    """This request's number in its minute. A cache that is down must not take the APIs with it."""
    try:
        cache.add(key, 0, timeout=2 * MINUTE)
        return int(cache.incr(key))
    except (RedisError, ValueError) as error:  # ValueError: the key left the cache in between
        log.warning("requests are not counted: %s", error)
        return 0
