"""When a notice is sent again, and how much goes on at once. Every number of the outbox is here.

The table is the one of Standard Webhooks (safety 4, row 17): ten attempts in 75 hours.
"""

import random
from datetime import timedelta
from typing import Final

ATTEMPT_SECONDS: Final = 15.0  # contract 11.4: for the whole attempt, every redirect included
LEASE: Final = timedelta(seconds=30)  # longer than an attempt: whose holder died is sent again

PAUSES: Final = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""The pause before each attempt, the first one included; then the notice is given up."""

MOST_ATTEMPTS: Final = len(PAUSES)
MOST_ATTEMPTS_TO_PUBLISHERS: Final = 2  # contract 16: one retry
# Pauses grow by up to this part of them, so that what failed together does not come again together.
JITTER: Final = 0.1
# A receiver that names a later time (Retry-After) is left alone until then, but no longer than this.
LONGEST_RETRY_AFTER: Final = timedelta(hours=24)

FAILURES_BEFORE_AN_EVENT: Final = 3  # contract 11.4: the first attempt and two more
MOST_PER_HOST: Final = 4  # safety 4, row 17: attempts under way to one host
# The owners get one message about a host in this time, however many of its notices are given up.
QUIET_AFTER_A_MESSAGE: Final = timedelta(hours=24)


def pause_after(
    failures: int, *, retry_after: timedelta | None = None, most: int = MOST_ATTEMPTS
) -> timedelta | None:
    """How long to wait after so many failures of at most `most`; None: no more. `retry_after`: what the
    receiver asked for."""
    if failures >= most:
        return None
    pause = PAUSES[failures]
    if retry_after is not None:
        pause = max(pause, min(retry_after, LONGEST_RETRY_AFTER))
    return pause * random.uniform(1, 1 + JITTER)  # noqa: S311 - it spreads load and keeps no secret
