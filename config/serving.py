"""What stands in front of Django in a web process, and what lives as long as the process does."""

import gc
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings
from django.db import connection
from django.urls import reverse

from config.supervisor import AlreadyRunning, only_one
from conformance import callback_api, receiving
from invocations import recording_connect, recording_pages
from invocations.lookup_app import Lookups
from operations.pulse import beating
from publishers.contract.egress import EgressPolicy, shared_client
from rest.body_limit import Application, BodyLimit, Receive, Scope, Send
from results.callback_api import allowance
from results.callbacks import PATH

# Two writers of one SQLite file wait for each other: 700 ms at the 99th percentile.
ONE_PROCESS: Final = (
    "With SQLite one web process serves, and process {} does already. End it, or set DATABASE_URL to a "
    "PostgreSQL to run several."
)

# A lookup leaves next to no cycles, and what dozens of them hold would be looked through every 700 objects:
# 3 % of the processor time, and pauses.
GARBAGE: Final = (20_000, 20, 20)


# Who may send more than others, and where to.
LARGER: Final = [
    (re.compile(f"{PATH}[^/]+"), allowance),
    (re.compile(f"{receiving.PATH}[^/]+/[^/]+/[^/]+"), callback_api.allowance),
    (re.compile(recording_connect.PATH), recording_connect.allowance),
    (re.compile(recording_pages.PATH), recording_pages.allowance),
]


class Server:
    """The ASGI application: lookups by the short way, the rest through Django."""

    def __init__(self, django: Application) -> None:
        self._lookups = Lookups(BodyLimit(django, larger=LARGER))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._lookups(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Between the server's start and end: one HTTP client for every lookup, so connections are kept."""
        await receive()
        reverse("home")  # loads every view now; the first request would wait a second for it
        gc.freeze()  # what is loaded stays: to look through it again would hold the loop for 50 ms
        gc.set_threshold(*GARBAGE)
        try:
            with _only_web_process(), beating("web"):
                async with shared_client(EgressPolicy.from_hosts(settings.OUTBOUND_ALLOWED_HOSTS)):
                    await send({"type": "lifespan.startup.complete"})
                    await receive()
                    await self._lookups.close()
        except AlreadyRunning as error:
            await send({"type": "lifespan.startup.failed", "message": ONE_PROCESS.format(error)})
        else:
            await send({"type": "lifespan.shutdown.complete"})


@contextmanager
def _only_web_process() -> Iterator[None]:
    """Raises AlreadyRunning for a second process on SQLite."""
    if connection.vendor != "sqlite":
        yield
        return
    with only_one(settings.VAR_DIR / "web.lock", note=str(os.getpid())):
        yield
