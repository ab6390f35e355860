"""A publisher with bad habits, which keeps a log of its own."""

import asyncio
import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from aiohttp import web

from tests.faults.outside import Handler, Outside, dropped

CALLBACK_SECONDS: Final = 15
# What is larger is judged by the product in a process of its own.
LARGE: Final = 300_000


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How often, of 1, something goes wrong on the publisher's side. What it accepted it calls back for
    until it is answered 2xx or 4xx, unless it forgets it.
    """

    drops: float = 0.1  # reads the request and closes the connection; half of those it takes all the same
    unavailable: float = 0.1  # answers 503
    twice: float = 0.3  # sends two callbacks at once, with different bodies
    forgets: float = 0.03  # accepts, and never calls back
    early: float = 0.15  # calls back before it answers the request
    parts: float = 0.2  # sends a form of two parts instead of JSON
    large: float = 0.02  # sends 300 KB


@dataclass
class Heard:
    """What the publisher knows of one request SID."""

    tries: int = 0
    urls: set[str] = field(default_factory=set)
    audio: set[str] = field(default_factory=set)
    recordings: set[str] = field(default_factory=set)
    is_taken: bool = False
    is_forgotten: bool = False
    # The hashes of each body that was sent, and what came back: a status, or None.
    sent: list[frozenset[str]] = field(default_factory=list)
    answers: list[int | None] = field(default_factory=list)


class Publisher(Outside):
    """Takes recordings, calls back."""

    def __init__(self, habits: Habits, seed: int) -> None:
        super().__init__()
        self.habits, self._random = habits, random.Random(seed)
        self.heard: dict[str, Heard] = defaultdict(Heard)
        self.authorization = ""
        self.did: Counter[str] = Counter()
        self.broken: list[str] = []
        self._calls: set[asyncio.Task[None]] = set()
        self._line = asyncio.Semaphore(16)

    def routes(self) -> dict[str, Handler]:
        return {"/transcripts": self._transcripts}

    @property
    def is_busy(self) -> bool:
        return bool(self._calls)

    async def stop(self) -> None:
        await super().stop()
        for call in list(self._calls):
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    def _happens(self, habit: str) -> bool:
        happened: bool = self._random.random() < getattr(self.habits, habit)
        self.did[habit] += happened
        return happened

    async def _transcripts(self, request: web.Request) -> web.StreamResponse:
        form = {}
        async for part in await request.multipart():
            form[part.name] = await part.read()  # type: ignore[union-attr]  # no part of ours is a form itself
        sid = form["sid"].decode()
        heard = self.heard[sid]
        heard.tries += 1
        heard.urls.add(form["callback"].decode())
        heard.audio.add(hashlib.sha256(form["audio"]).hexdigest())
        heard.recordings.add(form["recording"].decode())
        if self._happens("unavailable"):
            return web.Response(status=503)
        drops = self._happens("drops")
        if not drops or self._random.random() < 0.5:
            await self._take(sid, heard)
        return dropped(request) if drops else web.Response(status=202)

    async def _take(self, sid: str, heard: Heard) -> None:
        """Once: told again, it knows that it has it."""
        if heard.is_taken:
            self.did["told again"] += 1
            return
        heard.is_taken = True
        if self._happens("forgets"):
            heard.is_forgotten = True
            return
        copies = 2 if self._happens("twice") else 1
        calls = [asyncio.create_task(self._call_back(sid, heard, copy)) for copy in range(copies)]
        for call in calls:
            self._calls.add(call)
            call.add_done_callback(self._called_back)
        if self._happens("early"):
            await asyncio.wait(calls, timeout=2)

    def _called_back(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        if not call.cancelled() and (error := call.exception()):
            self.broken.append(f"the test's own publisher is broken: {error!r}")

    async def _call_back(self, sid: str, heard: Heard, copy: int) -> None:
        (url,) = heard.urls
        as_form, is_large = self._happens("parts"), self._happens("large")
        async with aiohttp.ClientSession(headers={"Authorization": self.authorization}) as session:
            while True:
                await asyncio.sleep(self._random.uniform(0, 0.5))
                said = {"sid": sid, "copy": copy, "call": len(heard.sent)}
                parts = self._bodies(said, as_form=as_form, is_large=is_large)
                heard.sent.append(frozenset(hashlib.sha256(each).hexdigest() for each in parts))
                async with self._line:
                    status = await self._posted(session, url, parts)
                heard.answers.append(status)
                self.did[f"answered {status or 'nothing'}"] += 1
                if status is not None and status < 500:
                    return

    def _bodies(self, said: dict[str, object], *, as_form: bool, is_large: bool) -> list[bytes]:
        size = LARGE if is_large else self._random.randrange(3_000)
        document = json.dumps({**said, "text": "so " * (size // 3)}).encode()
        return [document, json.dumps({**said, "kind": "words"}).encode()] if as_form else [document]

    async def _posted(self, session: aiohttp.ClientSession, url: str, parts: Sequence[bytes]) -> int | None:
        timeout = aiohttp.ClientTimeout(total=CALLBACK_SECONDS)
        headers, data = {"Content-Type": "application/json"}, parts[0] if len(parts) == 1 else _form(parts)
        if isinstance(data, aiohttp.FormData):
            headers = {}
        try:
            async with session.post(url, data=data, headers=headers, timeout=timeout) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None


def _form(parts: Sequence[bytes]) -> aiohttp.FormData:
    form = aiohttp.FormData(default_to_multipart=True)
    for number, part in enumerate(parts):
        form.add_field(f"part{number}", part, filename=f"{number}.json", content_type="application/json")
    return form
