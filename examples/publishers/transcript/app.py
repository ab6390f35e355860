"""Transcript Plus: what was said in a recording. It answers 202 at once, and calls back when it is done.

One request goes through
check_credential -> read_parts -> check_form_signature -> 202, and a `Job` in the background.
The credential comes first here: the signature covers the text parts, and until they are read a stranger could
fill our disk.
"""

import asyncio
import logging
import os
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex

from aiohttp import ClientSession, ClientTimeout, encode_basic_auth, web
from multidict import MultiDict

from examples.publishers.desk import (
    REMEMBERED_ANSWERS,
    REQUEST_SID_HEADER,
    Desk,
    Endpoint,
    Settings,
    refused,
    request_sid,
)
from examples.publishers.question import BadRequest, Question, Refused
from examples.publishers.service import WEB_ADDRESS
from examples.publishers.transcript.document import Wishes
from examples.publishers.transcript.jobs import Job
from examples.publishers.transcript.parts import Busy, read_parts
from examples.publishers.verification import bearer_token, check_form_signature

MOST_WAITING = 50
AT_ONCE = max(1, (os.cpu_count() or 1) // 2)
SECONDS_FOR_A_CALLBACK = 60
MILLISECONDS = range(1, 24 * 60 * 60 * 1000)

logger = logging.getLogger("publisher")


class Intake(Desk):
    """Takes recordings, and works them off in the background."""

    def __init__(self, service: Endpoint, settings: Settings) -> None:
        super().__init__(service, settings)
        if not settings.account_sid:
            raise SystemExit("PUBLISHER_ACCOUNT_SID is not set. It is the user name of our callbacks.")
        self._places = asyncio.Semaphore(MOST_WAITING)
        self._recognisers = asyncio.Semaphore(AT_ONCE)
        self._accepted: OrderedDict[str, None] = OrderedDict()
        self._at_work: set[asyncio.Task[None]] = set()

    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """A folder for the audio and a session for callbacks. What waits when we stop is forgotten."""
        timeout = ClientTimeout(total=SECONDS_FOR_A_CALLBACK)
        us = encode_basic_auth(self._settings.account_sid, self._settings.auth_token)
        with tempfile.TemporaryDirectory(prefix="transcript-") as folder:
            self._folder = Path(folder)
            async with ClientSession(headers={"Authorization": us}, timeout=timeout) as self._session:
                yield
                for task in self._at_work:
                    task.cancel()
                await asyncio.gather(*self._at_work, return_exceptions=True)

    async def ask(self, request: web.Request) -> web.Response:
        """Accept one recording, or say what is wrong with the request."""
        texts = MultiDict[str]()
        try:
            self.check_credential(request)
            texts = await self._take_in(request)
            response = web.Response(status=HTTPStatus.ACCEPTED)
            outcome = f"{response.status}, accepted"
        except Refused as refusal:
            response = refused(refusal)
            outcome = f"{response.status}, {refusal}"
        self.show(request, texts, outcome)
        return response

    async def _take_in(self, request: web.Request) -> MultiDict[str]:
        """Read the request and begin its work, unless that was begun before. Returns the text parts."""
        sid = request_sid(request)
        if self._places.locked():
            raise Busy(f"{MOST_WAITING} recordings wait already")
        await self._places.acquire()
        audio, is_begun = self._folder / token_hex(16), False
        try:
            texts = await read_parts(request, audio)
            check_form_signature(request, texts, self._settings.public_url, self._settings.auth_token)
            job = job_of(sid, audio, Question(texts))
            is_begun = self._begin(job)
        finally:
            if not is_begun:
                audio.unlink(missing_ok=True)
                self._places.release()
        return texts

    def _begin(self, job: Job) -> bool:
        """False when this request was accepted before: the platform repeats a request sid when it retries."""
        if job.sid in self._accepted:
            return False
        self._accepted[job.sid] = None
        if len(self._accepted) > REMEMBERED_ANSWERS:
            self._accepted.popitem(last=False)
        task = asyncio.create_task(self._work(job))
        self._at_work.add(task)
        task.add_done_callback(self._end)
        return True

    async def _work(self, job: Job) -> None:
        async with self._recognisers:
            found = await job.transcript()
        said = await job.call_back(self._session, found)
        shown = {"text": f"{len(str(found.get('text', '')))} characters", "error": found.get("error")}
        self.show_line("POST callback_url", {REQUEST_SID_HEADER: job.sid}, shown, said)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._at_work.discard(task)
        self._places.release()
        if not task.cancelled() and (error := task.exception()):
            logger.error("a job failed", exc_info=error)


def job_of(sid: str, audio: Path, question: Question) -> Job:
    """What the text parts ask for."""
    callback_url = question.text("callback_url")
    if not WEB_ADDRESS.match(callback_url):
        raise BadRequest("parameter callback_url must be a web address")
    wishes = Wishes(
        keywords="" if question.is_absent("keywords") else question.text("keywords"),
        mask_digits=question.switch("mask_digits", default=True),
        word_times=question.switch("word_times", default=True),
    )
    milliseconds = question.integer("duration", MILLISECONDS, default=1)
    return Job(sid=sid, audio=audio, callback_url=callback_url, wishes=wishes, seconds=milliseconds / 1000)


class TranscriptService(Endpoint):
    """A service that calls back."""

    def desk(self, settings: Settings) -> Desk:
        return Intake(self, settings)


SERVICE = TranscriptService(
    name="Transcript Plus", method="POST", path="/v1/transcripts", credential=bearer_token
)
