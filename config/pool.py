"""The pool of database connections of a web process: back a second after the database is.

psycopg's own waits twice as long after each failure, so it is back as late as the database was away; and once
it has given a connection up, it tries anew only for requests that come later, not for those that wait.
"""

from typing import Any, Final

from psycopg_pool.base import AttemptWithBackoff

WAIT_SECONDS: Final = 5
NEVER_SECONDS: Final = 365 * 24 * 3600.0

AttemptWithBackoff.DELAY_BACKOFF = 1.0  # there is no option for it


def pool_of(size: int) -> dict[str, Any]:
    """The options of a pool. Who waits longer for a connection is answered 503."""
    return {"min_size": 1, "max_size": size, "timeout": WAIT_SECONDS, "reconnect_timeout": NEVER_SECONDS}
