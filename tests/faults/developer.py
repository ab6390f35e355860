"""A developer whose callback fails now and then, and who notes each notice."""

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import web

from tests.faults.outside import Handler, Outside


@dataclass
class Told:
    """What one developer was told of one request SID."""

    ids: set[str] = field(default_factory=set)
    statuses: set[str] = field(default_factory=set)
    attempts: int = 0
    taken: int = 0
    taken_at: float = 0.0  # in Unix seconds


class Developer(Outside):
    """Notes `webhook-id`, answers 500 in so many of 1 cases; and not at all while it hangs."""

    def __init__(self, seed: int, *, fails: float = 0.3, host: str = "127.0.0.1") -> None:
        super().__init__(host)
        self._fails, self._random = fails, random.Random(seed)
        self.told: dict[str, Told] = defaultdict(Told)
        self.did: Counter[str] = Counter()
        self._goes_on = asyncio.Event()
        self._goes_on.set()

    def routes(self) -> dict[str, Handler]:
        return {"/results": self._results}

    async def stop(self) -> None:
        self.go_on()
        await super().stop()

    def hang(self) -> None:
        """Take what comes, and answer nothing."""
        self._goes_on.clear()

    def go_on(self) -> None:
        self._goes_on.set()

    @property
    def callback_url(self) -> str:
        return f"{self.url}/results"

    async def _results(self, request: web.Request) -> web.StreamResponse:
        form = dict(parse_qsl((await request.read()).decode()))
        if not self._goes_on.is_set():
            self.did["hung"] += 1
            await self._goes_on.wait()
            return web.Response(status=500)
        (entry,) = json.loads(form["AddOns"])["results"].values()
        told = self.told[entry["request_sid"]]
        told.ids.add(request.headers["webhook-id"])
        told.statuses.add(entry["status"])
        told.attempts += 1
        if self._random.random() < self._fails:
            self.did["answered 500"] += 1
            return web.Response(status=500)
        self.did["took again" if told.taken else "took"] += 1
        told.taken += 1
        told.taken_at = told.taken_at or time.time()
        return web.Response(status=204)
