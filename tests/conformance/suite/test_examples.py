"""The example publishers keep the contract: nothing fails, and each warning is known."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from conformance.suite.files import subject_of
from conformance.suite.receiver import LoopbackReceiver
from conformance.suite.report import Report
from conformance.suite.run import run
from conformance.suite.subject import Samples
from examples.publishers.desk import Endpoint, Settings
from examples.publishers.number_facts.app import SERVICE as NUMBER_FACTS
from examples.publishers.service import application
from examples.publishers.text_mood.app import SERVICE as TEXT_MOOD
from examples.publishers.transcript.app import SERVICE as TRANSCRIPT
from examples.publishers.vanity_words.app import SERVICE as VANITY_WORDS
from publishers.contract.secret import Secret
from tests.conformance.suite.publishers import KEY, TOKEN, VENDOR
from tests.ports import free_ports

EXAMPLES = Path("examples")
ENVIRONMENT = {"PUBLISHER_AUTH_TOKEN": TOKEN, "PUBLISHER_ACCOUNT_SID": VENDOR}


@asynccontextmanager
async def serving(service: Endpoint) -> AsyncIterator[str]:
    """The service, which knows under which address it is asked."""
    port = free_ports(1)
    origin = f"http://127.0.0.1:{port}"
    settings = Settings("127.0.0.1", port, origin, TOKEN, KEY, VENDOR)
    runner = web.AppRunner(application(service, settings), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield origin
    finally:
        await runner.cleanup()


async def report_of(service: Endpoint, folder: str, audio: bytes | None = None) -> Report:
    document = json.loads((EXAMPLES / "publishers" / folder / "listing.json").read_text())
    receiver = LoopbackReceiver(user=VENDOR, password=Secret(TOKEN))
    async with serving(service) as target, receiver.listening("127.0.0.1", 0):
        subject = subject_of(
            document,
            environment=ENVIRONMENT,
            credentials={"service_key": KEY},
            samples=Samples(audio=audio),
            target=target,
            allowed_hosts=("127.0.0.1",),
        )
        return await run(subject, receiver=receiver)


@pytest.mark.parametrize(
    ("service", "folder"),
    [(NUMBER_FACTS, "number_facts"), (VANITY_WORDS, "vanity_words"), (TEXT_MOOD, "text_mood")],
    ids=["number facts", "vanity words", "text mood"],
)
async def test_an_example_that_answers_at_once_keeps_the_contract(service: Endpoint, folder: str) -> None:
    report = await report_of(service, folder)
    assert {each.id for each in report.checks if each.outcome in {"failed", "warned"}} == set()


async def test_the_example_that_calls_back_keeps_the_contract() -> None:
    audio = (EXAMPLES / "recordings" / "cancel.wav").read_bytes()
    report = await report_of(TRANSCRIPT, "transcript", audio)
    assert {each.id for each in report.checks if each.outcome in {"failed", "warned"}} == set()
    assert report.counts["skipped"] == 12
