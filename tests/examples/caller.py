"""The platform, as an example publisher meets it: signs a request and sends it to a running service."""

import base64
import hashlib
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession, web
from twilio.request_validator import RequestValidator
from yarl import URL

from examples.publishers.desk import Endpoint, Settings
from examples.publishers.service import application

TOKEN = "12345"
KEY = "hunter2-of-northwind"
ACCOUNT_SID = "AC" + "0" * 32
PUBLIC_URL = "https://publisher.example.com"


def new_sid() -> str:
    return f"XR{uuid.uuid4().hex}"


def basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"platform:{password}".encode()).decode()}


@dataclass
class Ask:
    """One request of the platform. A test changes what it is about."""

    path: str
    query: dict[str, str] = field(default_factory=dict)
    document: Any = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    sid: str = field(default_factory=new_sid)
    token: str = TOKEN

    def raw_body(self) -> bytes | None:
        return (
            json.dumps(self.document).encode()
            if self.body is None and self.document is not None
            else self.body
        )

    def target(self) -> str:
        body, query = self.raw_body(), dict(self.query)
        if body is not None:
            query["bodySHA256"] = hashlib.sha256(body).hexdigest()
        return f"{self.path}?{urlencode(query)}" if query else self.path

    def signature(self) -> str:
        return str(RequestValidator(self.token).compute_signature(PUBLIC_URL + self.target(), {}))


@dataclass
class Caller:
    """A client of one running service."""

    session: ClientSession
    base: str

    async def __call__(self, ask: Ask, **headers: str) -> tuple[int, Any]:
        sent = {
            "X-Twilio-RequestSid": ask.sid,
            "X-Twilio-Signature": ask.signature(),
            **ask.headers,
            **headers,
        }
        return await self.send(
            "GET" if ask.raw_body() is None else "POST", ask.target(), sent, ask.raw_body()
        )

    async def send(
        self, method: str, target: str, headers: dict[str, str], body: bytes | None = None
    ) -> tuple[int, Any]:
        url = URL(self.base + target, encoded=True)
        async with self.session.request(method, url, headers=headers, data=body) as response:
            return response.status, await response.json(content_type="application/json")

    async def page(self) -> str:
        async with self.session.get(self.base + "/") as response:
            assert response.headers["Content-Type"] == "text/html; charset=utf-8"
            return await response.text()


@asynccontextmanager
async def calling(service: Endpoint) -> AsyncIterator[Caller]:
    """The service on a loopback port, believing that it is reached at PUBLIC_URL."""
    settings = Settings(
        host="127.0.0.1",
        port=0,
        public_url=PUBLIC_URL,
        auth_token=TOKEN,
        service_key=KEY,
        account_sid=ACCOUNT_SID,
    )
    runner = web.AppRunner(application(service, settings), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        async with ClientSession() as session:
            yield Caller(session, f"http://{host}:{port}")
    finally:
        await runner.cleanup()


def about_number(number: str, **query: str) -> Ask:
    return Ask("/v1/facts", query={"number": number, **query}, headers={"Authorization": f"Bearer {KEY}"})


def about_words(document: Any, **changes: Any) -> Ask:
    return Ask("/v1/anagrams", **{"query": {"apikey": KEY}, "document": document, **changes})


def about_text(document: Any, **changes: Any) -> Ask:
    return Ask("/v1/mood", **{"headers": basic(KEY), "document": document, **changes})
