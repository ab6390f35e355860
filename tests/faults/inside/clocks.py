"""Every length of time that is shorter under fault than in the product, so that a trial lasts a minute.

What holds a row (a lease), when it is told of again, how long a publisher has, and the pauses between tries.
No number of tries, no limit of size, no rule differs.
"""

import select
import sys
from collections.abc import Mapping
from datetime import timedelta
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


Clocks = Mapping[str, Mapping[str, Any]]

# In modules that know nothing of Django: changed before anybody reads them.
NUMBERS: Final[Clocks] = MappingProxyType(
    {
        "publishers.contract.limits": {
            "ASYNC_ATTEMPT_MS": 4_000,
            "ASYNC_RETRY_PAUSES_MS": (300, 700, 1_500),
            "ASYNC_DEADLINE_FLOOR_MS": 15_000,
            "BREAKER_PAUSES_MS": (300, 500, 1_000, 1_000),
        },
        "deliveries.pauses": {
            "ATTEMPT_SECONDS": 3.0,
            "LEASE": seconds(5),
            "PAUSES": tuple(map(seconds, (0, 0.3, 0.7, 1.5, 3, 3, 5, 5, 8, 8))),
        },
    }
)

# In modules that need Django to be ready.
LEASES: Final[Clocks] = MappingProxyType(
    {
        "rest.leases": {"HINT_LASTS": seconds(4)},
        "invocations.dispatch": {"LEASE": seconds(6)},
        "recordings.intake": {
            "LEASE": seconds(6),
            "_BEAT_SECONDS": 1.5,
            "_PAUSES_SECONDS": (0.5, 1, 2, 3, 3, 3),
        },
        "results.settling": {"PROCESSING_LEASE": seconds(8)},
        "results.sweeping": {"GIVEN_BACK_FOR": seconds(15)},
        "results.receiving": {"WAIT_SECONDS": 5},
    }
)


def shorten_numbers() -> None:
    for module, changes in NUMBERS.items():
        for name, value in changes.items():
            _change(module, name, value)


def shorten_leases() -> None:
    for module, changes in LEASES.items():
        for name, value in changes.items():
            _change(module, name, value)


def _change(module: str, name: str, value: Any) -> None:
    """There, and wherever it was imported to by this name. A name that is gone is an error, not a no-op."""
    old = getattr(import_module(module), name)
    for each in list(sys.modules.values()):
        if vars(each).get(name) is old:
            setattr(each, name, value)


def mend_sleep() -> None:
    """Under libfaketime a sleep until a moment is refused (EINVAL); one that waits for nothing is not."""
    _change("time", "sleep", lambda seconds: select.select([], [], [], seconds))
