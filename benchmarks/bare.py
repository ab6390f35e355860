"""Floor 1: a bare fan-out. uvicorn and one shared aiohttp session ask both publishers and join their answers.

It knows no database, no credentials, no checks and no signature. `/facts/50` is asked of both publishers,
whose addresses are in the environment variable PUBLISHERS.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import aiohttp
import orjson
from yarl import URL

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PUBLISHERS = os.environ.get("PUBLISHERS", "").split()


class Fan:
    """The ASGI application. Its session lives as long as the server."""

    session: aiohttp.ClientSession

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._answer(scope, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        # As many connections as there are callers: 100, the library's own limit, would hold them back.
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as self.session:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Message, send: Send) -> None:
        target = f"{scope['path']}?{scope['query_string'].decode()}"
        first, second = await asyncio.gather(*(self._ask(address + target) for address in PUBLISHERS))
        body = orjson.dumps(
            {
                "status": "successful",
                "message": None,
                "code": None,
                "results": {"first": _entry(first), "second": _entry(second)},
            }
        )
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _ask(self, url: str) -> Any:
        async with self.session.get(URL(url, encoded=True)) as response:
            return orjson.loads(await response.read())


def _entry(answer: Any) -> dict[str, Any]:
    return {"status": "successful", "request_sid": None, "message": None, "code": None, "result": answer}


application = Fan()
