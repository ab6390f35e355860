"""The multipart request: a few text parts, and the audio, which goes straight onto the disk."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import MultiDict

from examples.publishers.desk import LARGEST_BODY
from examples.publishers.question import BadRequest, BodyTooLarge, Refused

AUDIO = "audio"
LARGEST_AUDIO = 100 * 1024 * 1024
SECONDS_TO_UPLOAD = 300
MOST_PARTS = 30
# Whatever aiohttp says of a body that is not what its Content-Type claims.
NOT_MULTIPART = (ValueError, AssertionError, RuntimeError, HttpProcessingError, web.RequestPayloadError)


class TooSlow(Refused):
    """408: the body did not arrive in time."""

    status = HTTPStatus.REQUEST_TIMEOUT


class Busy(Refused):
    """503: as many recordings wait as we can keep. The platform asks again."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


async def read_parts(request: web.Request, audio: Path) -> MultiDict[str]:
    """Write the audio into the file, and return the text parts: they are what is signed."""
    try:
        async with asyncio.timeout(SECONDS_TO_UPLOAD):
            return await _read_parts(request, audio)
    except TimeoutError as error:
        raise TooSlow(f"the body took longer than {SECONDS_TO_UPLOAD} seconds") from error
    except ConnectionError as error:
        raise BadRequest("the body broke off") from error
    except OSError as error:
        raise Busy("there is no room for the recording") from error
    except NOT_MULTIPART as error:
        raise BadRequest("the body is not multipart/form-data") from error


async def _read_parts(request: web.Request, audio: Path) -> MultiDict[str]:
    texts, count, room, is_complete = MultiDict[str](), 0, LARGEST_BODY, False
    async for part in await request.multipart():
        count += 1
        if count > MOST_PARTS or not isinstance(part, BodyPartReader) or not part.name:
            raise BadRequest(f"the body has a part that is none of ours, or more than {MOST_PARTS}")
        if part.filename is None:
            content = b"".join([chunk async for chunk in _chunks(part, room)])
            room -= len(content)
            texts.add(part.name, content.decode())
        elif part.name == AUDIO and not is_complete:
            with audio.open("wb") as file:
                async for chunk in _chunks(part, LARGEST_AUDIO):
                    file.write(chunk)
            is_complete = True
        else:
            raise BadRequest(f"the only file is called {AUDIO}")
    if not is_complete:
        raise BadRequest(f"the file {AUDIO} is missing")
    return texts


async def _chunks(part: BodyPartReader, most: int) -> AsyncIterator[bytes]:
    """The part as it comes, and not more than that."""
    while not part.at_eof():
        chunk = await part.read_chunk()
        most -= len(chunk)
        if most < 0:
            raise BodyTooLarge("a part of the body is too large")
        yield chunk
