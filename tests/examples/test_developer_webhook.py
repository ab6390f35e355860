"""The developer's webhook of the demo: takes what is signed, once."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from twilio.request_validator import RequestValidator

from examples.developer_webhook import PATH, Webhook, application
from tests.examples.caller import PUBLIC_URL, TOKEN
from tests.examples.test_process import TOP, environment, free_port

DATA = "https://api.example.com/Recordings/RE1/AddOnResults/XR1/Payloads/XH1/Data"
RESULT = {
    "request_sid": "XR1",
    "status": "successful",
    "message": None,
    "payload": [{"content_type": "text/plain", "url": DATA}],
}


class Notifier:
    """The platform, on a loopback port."""

    def __init__(self, session: ClientSession, base: str) -> None:
        self._session, self._base = session, base

    async def __call__(self, parameters: dict[str, str], *, token: str = TOKEN, sid: str = "DE1") -> int:
        signature = str(RequestValidator(token).compute_signature(PUBLIC_URL + PATH, parameters))
        headers = {"X-Twilio-Signature": signature, "webhook-id": sid}
        async with self._session.post(self._base + PATH, data=parameters, headers=headers) as answer:
            return answer.status

    async def page(self) -> str:
        async with self._session.get(self._base + "/") as answer:
            return await answer.text()


def about(result: Any) -> dict[str, str]:
    return {"AddOns": json.dumps({"status": "successful", "results": {"transcripts": result}})}


@pytest.fixture
async def notify() -> AsyncIterator[Notifier]:
    app = application(Webhook(auth_token=TOKEN, public_url=PUBLIC_URL))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with ClientSession() as session:
        yield Notifier(session, f"http://{host}:{port}")
    await runner.cleanup()


async def test_a_signed_notice_is_taken_and_shown_once(notify: Notifier) -> None:
    assert [await notify(about(RESULT)), await notify(about(RESULT))] == [204, 204]
    page = await notify.page()
    assert page.count("<article>") == 1
    assert "successful" in page
    assert "text/plain …" in page
    assert "/XR1/Payloads/XH1/Data" in page


async def test_what_is_not_signed_with_our_token_is_refused_and_not_shown(notify: Notifier) -> None:
    assert await notify(about(RESULT), token="54321") == 403
    page = await notify.page()
    assert "403, not signed" in page
    assert "XR1" not in page


@pytest.mark.parametrize(
    "parameters",
    [{}, {"AddOns": "{"}, {"AddOns": "[]"}, {"AddOns": '{"results": []}'}, about(5), about({"status": 1})],
)
async def test_a_signed_notice_without_results_is_taken(notify: Notifier, parameters: dict[str, str]) -> None:
    assert await notify(parameters) == 204
    assert "no results" in await notify.page()


def test_it_refuses_to_start_without_a_token() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "examples.developer_webhook"],
        cwd=TOP,
        env=environment(PORT=free_port()),
        capture_output=True,
        check=False,
        text=True,
        timeout=20,
    )
    assert ended.returncode == 1
    assert "AUTH_TOKEN is not set" in ended.stderr
