import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop
from hypothesis import HealthCheck, settings

# A busy machine, or hypothesis building its tables in a fresh clone, is no fault of the code.
settings.register_profile("contract", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("contract")

# The server's loop is uvloop, that of tasks and commands is asyncio's: the wire is proven on both.
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
ON_BOTH = {"test_egress", "test_send", "test_hostile", "test_kept_connections", "test_streaming"}

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, LoopFactory]:
    return LOOPS if item.path.stem in ON_BOTH else {"asyncio": asyncio.new_event_loop}
