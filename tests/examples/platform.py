"""The platform, as an asynchronous example publisher meets it: sends a recording, and is called back."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import BodyPartReader, FormData, MultipartReader, web
from twilio.request_validator import RequestValidator

from tests.examples.caller import KEY, PUBLIC_URL, TOKEN, Caller, new_sid

RECORDINGS = Path(__file__).parents[2] / "examples" / "recordings"
PATH = "/v1/transcripts"
PATIENCE = 20


@dataclass(frozen=True)
class Part:
    """One payload of a callback."""

    label: str | None
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Callback:
    """What the publisher posted."""

    path: str
    authorization: str
    content_type: str
    parts: list[Part]


@dataclass
class Platform:
    """Takes callbacks on a loopback port. `statuses` are its next answers; after them all are 202."""

    base: str = ""
    statuses: list[int] = field(default_factory=list)
    seen: "asyncio.Queue[Callback]" = field(default_factory=asyncio.Queue)
    is_open: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        if request.content_type == "multipart/form-data":
            parts = [await part_of(part) async for part in await request.multipart()]
        else:
            parts = [Part(None, request.content_type, await request.read())]
        authorization = request.headers.get("Authorization", "")
        self.seen.put_nowait(Callback(request.path, authorization, request.content_type, parts))
        await self.is_open.wait()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 202)

    async def next(self) -> Callback:
        async with asyncio.timeout(PATIENCE):
            return await self.seen.get()


async def part_of(part: MultipartReader | BodyPartReader | None) -> Part:
    assert isinstance(part, BodyPartReader)
    return Part(part.name, part.headers["Content-Type"], bytes(await part.read()))


@asynccontextmanager
async def platform() -> AsyncIterator[Platform]:
    taking = Platform()
    taking.is_open.set()
    app = web.Application()
    app.router.add_post("/callbacks/{token}", taking.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    taking.base = f"http://{host}:{port}"
    try:
        yield taking
    finally:
        taking.is_open.set()
        await runner.cleanup()


@dataclass
class Send:
    """One recording to transcribe. A test changes what it is about."""

    texts: dict[str, str]
    audio: bytes | None = None
    sid: str = field(default_factory=new_sid)
    key: str = KEY
    token: str = TOKEN
    signed: dict[str, str] | None = None
    body: FormData | bytes | None = None

    def headers(self) -> dict[str, str]:
        signed = self.texts if self.signed is None else self.signed
        return {
            "Authorization": f"Bearer {self.key}",
            "X-Twilio-RequestSid": self.sid,
            "X-Twilio-Signature": str(
                RequestValidator(self.token).compute_signature(PUBLIC_URL + PATH, signed)
            ),
        }

    def form(self) -> FormData:
        form = FormData()
        for name, value in self.texts.items():
            form.add_field(name, value)
        if self.audio is not None:
            form.add_field("audio", self.audio, filename="audio", content_type="audio/x-wav")
        return form


async def sent(caller: Caller, send: Send, **headers: str) -> tuple[int, bytes]:
    """Send it, and return the status and body of the answer."""
    body = send.form() if send.body is None else send.body
    async with caller.session.post(
        caller.base + PATH, data=body, headers={**send.headers(), **headers}
    ) as answer:
        return answer.status, await answer.read()


def recording(name: str) -> bytes:
    return (RECORDINGS / name).read_bytes()


def wav(frames: bytes, *, rate: int = 8000, channels: int = 1, width: int = 2) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setparams((channels, width, rate, 0, "NONE", ""))
        made.writeframes(frames)
    return file.getvalue()


SILENCE = wav(bytes(16_000))
