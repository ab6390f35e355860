"""What happens after the 202: the recording is transcribed, and the platform is called back."""

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain, repeat
from pathlib import Path

from aiohttp import ClientError, ClientResponse, ClientSession, FormData

from examples.publishers.question import JSON
from examples.publishers.transcript.document import Wishes

RECOGNISER = "examples.publishers.transcript.recogniser"
FAILED: JSON = {"error": "the recogniser could not read this recording"}
TOO_SLOW: JSON = {"error": "the recording took too long to transcribe"}
# The platform waits for ten times the duration, and never less than a minute.
TIMES_THE_DURATION, SHORTEST_LIMIT = 10, 60.0
# Between tries of a callback, in seconds: about an hour in all.
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, *repeat(60.0, 60))
TRY_AGAIN = frozenset({408, 429, *range(500, 600)})

PLAIN_TEXT = "text/plain; charset=utf-8"

logger = logging.getLogger("publisher")


@dataclass(frozen=True)
class Job:
    """A recording that was accepted."""

    sid: str
    audio: Path
    callback_url: str
    wishes: Wishes
    seconds: float

    async def transcript(self) -> JSON:
        """The transcript, or a dictionary with `error`. The audio is removed in the end."""
        try:
            async with asyncio.timeout(max(TIMES_THE_DURATION * self.seconds, SHORTEST_LIMIT)):
                return await _recognised(self.audio, self.wishes)
        except TimeoutError:
            return TOO_SLOW
        finally:
            self.audio.unlink(missing_ok=True)

    async def call_back(self, session: ClientSession, found: JSON) -> str:
        """Deliver the transcript until the platform takes or refuses it. Returns in words what it said."""
        said = ""
        for tries, pause in enumerate(chain(PAUSES, [None]), start=1):
            try:
                async with self._posted(session, found) as answer:
                    said = f"{answer.status} at try {tries}"
                    if answer.status not in TRY_AGAIN:
                        break
            except (ClientError, OSError) as error:  # a TimeoutError is an OSError
                said = f"{type(error).__name__} at try {tries}"
            if pause is not None:
                await asyncio.sleep(pause)
        logger.info("callback of %s: %s", self.sid, said)
        return said

    def _posted(self, session: ClientSession, found: JSON) -> AbstractAsyncContextManager[ClientResponse]:
        """An error is a JSON object alone. No redirect is followed: our credentials are for the platform."""
        post = partial(session.post, self.callback_url, allow_redirects=False)
        return post(json=found) if "error" in found else post(data=payloads(found))


def payloads(found: JSON) -> FormData:
    """Two payloads, each with a label: the whole as JSON, and the text alone."""
    form = FormData()
    form.add_field(
        "transcript", json.dumps(found), filename="transcript.json", content_type="application/json"
    )
    form.add_field("text", str(found["text"]), filename="transcript.txt", content_type=PLAIN_TEXT)
    return form


async def _recognised(audio: Path, wishes: Wishes) -> JSON:
    """Ask a process of its own, which knows none of our secrets, and end it with us."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        RECOGNISER,
        str(audio),
        stdin=PIPE,
        stdout=PIPE,
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path)},
        start_new_session=True,  # a Ctrl-C in the terminal is ours to handle
    )
    try:
        output, _ = await process.communicate(json.dumps(asdict(wishes)).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    found: JSON = json.loads(output) if process.returncode == 0 else FAILED
    return found
