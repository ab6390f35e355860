"""Brings recordings in, several at once, each until it is acknowledged; its log is a file of its own.

Most are uploaded. The others are told of as platforms do, and fetched from the platform here, which fails
now and then.
"""

import asyncio
import hashlib
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web

from tests.conftest import basic
from tests.factories import make_audio
from tests.faults.outside import Handler, Outside, dropped

AT_ONCE: Final = 6
ANNOUNCED: Final = 0.3
PLATFORM_FAILS: Final = 0.1
LAST_STATUS_OF_A_YES: Final = 299


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """A recording that the system said yes to. It says `sid`, as the driver named it."""

    sid: str
    sha256: str
    developer: int
    announced: bool


class Driver(Outside):
    """Also the platform: whoever is told of a recording fetches it here."""

    def __init__(self, seed: int, log: Path) -> None:
        super().__init__()
        self._random, self._log = random.Random(seed), log
        self._audio: dict[str, bytes] = {}
        self.did: Counter[str] = Counter()
        self.acknowledged: list[Acknowledged] = []

    def routes(self) -> dict[str, Handler]:
        return {"/audio/{sid}": self._serve}

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        chance = self._random.random()
        if chance < PLATFORM_FAILS:
            return dropped(request)
        if chance < 2 * PLATFORM_FAILS:
            return web.Response(status=503)
        return web.Response(body=self._audio[request.match_info["sid"]], content_type="audio/x-wav")

    async def bring(
        self, count: int, *, base_url: str, developers: Sequence[dict[str, str]], pause: float = 0.0
    ) -> None:
        """All of them. `pause`: between two, in each of the lines that bring some at once."""
        numbers = iter(range(count))
        async with aiohttp.ClientSession() as session:

            async def line() -> None:
                for number in numbers:
                    await self._bring(session, base_url, developers, number % len(developers))
                    await asyncio.sleep(pause)

            await asyncio.gather(*(line() for _ in range(AT_ONCE)))

    async def _bring(
        self, session: aiohttp.ClientSession, base_url: str, developers: Sequence[dict[str, str]], number: int
    ) -> None:
        sid = f"RE{self._random.randbytes(16).hex()}"
        audio = make_audio(self._random.uniform(0.2, 1.5)) + self._random.randbytes(2)
        self._audio[sid] = audio
        announced = self._random.random() < ANNOUNCED
        developer = developers[number]
        url = f"{base_url}/connect/{developer['sid']}/recordings"
        headers = {"Authorization": basic(developer["sid"], developer["token"])}
        while True:
            form = self._announcement(sid) if announced else _upload(sid, audio)
            status = await self._posted(session, url, form, headers)
            if status is not None and status <= LAST_STATUS_OF_A_YES:
                break
            self.did[f"refused with {status or 'nothing'}"] += 1
            await asyncio.sleep(self._random.uniform(0.1, 0.4))
        self._note(
            Acknowledged(
                sid=sid, sha256=hashlib.sha256(audio).hexdigest(), developer=number, announced=announced
            )
        )

    def _note(self, acknowledged: Acknowledged) -> None:
        self.did["announced" if acknowledged.announced else "uploaded"] += 1
        self.acknowledged.append(acknowledged)
        with self._log.open("a") as log:
            log.write(json.dumps(asdict(acknowledged)) + "\n")

    def _announcement(self, sid: str) -> dict[str, str]:
        url = f"{self.url}/audio/{sid}"
        return {"RecordingSid": sid, "RecordingUrl": url, "RecordingSource": "RecordVerb"}

    @staticmethod
    async def _posted(
        session: aiohttp.ClientSession, url: str, data: Any, headers: dict[str, str]
    ) -> int | None:
        try:
            timeout = aiohttp.ClientTimeout(total=20)
            async with session.post(url, data=data, headers=headers, timeout=timeout) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None


def _upload(sid: str, audio: bytes) -> aiohttp.FormData:
    form = aiohttp.FormData({"RecordingSource": "RecordVerb", "RecordingSid": sid})
    form.add_field("Recording", audio, filename="recording.wav", content_type="audio/x-wav")
    return form
