"""Every behaviour of the corpus ends in time and with the code of its cause."""

import json
import resource
from pathlib import Path

import pytest

from publishers.contract.addresses import EgressPolicy
from publishers.contract.check import check
from publishers.contract.deadlines import now
from publishers.contract.egress import client
from publishers.contract.errors import ContractError
from publishers.contract.rendered import RenderedRequest
from publishers.contract.secret import Secret
from publishers.contract.send import Budget, send
from tests.fake_publisher import FakePublisher
from tests.publishers.contract import hostile
from tests.publishers.contract.documents import definition

LOCAL = EgressPolicy.from_hosts(["127.0.0.1"])
SHORT_MS, AMPLE_MS = 250, 5_000
CASES = {
    case["name"]
    for case in json.loads((Path(__file__).parent / "data/hostile_publisher_cases.json").read_text())
}
ELSEWHERE = {
    "redirect",
    "set-cookie",
    "slow-tls",
    "bad-cert",
    "slow-dns",
    "4xx",
    "5xx-then-ok",
    "5xx-always",
    "429-retry-after",
}

CODES = {
    200: ["ok", "json-nul", "50KB-1", "50KB+1"],
    61000: [
        "gzip-bomb", "gzip-nested", "bad-gzip", "unk-enc", "utf16", "html", "json-array", "json-nan",
        "json-dup", "json-deep", "json-bigint", "json-1e400", "json-surrogate",
    ],
    61001: ["hang", "drip-body", "drip-head", "1xx-flood", "chunk-drip"],
    61002: [
        "big-header", "many-headers", "cl-short", "cl-long", "cl-dup", "cl-te", "cl-huge", "cl-neg", "rst",
        "garbage", "status-000", "status-999", "http09", "upgrade", "204-body",
    ],
    61007: ["endless-chunked", "endless-noclose", "64KB+1"],
}  # fmt: skip


async def outcome(publisher, ms=AMPLE_MS):
    """The public code, or the status of a good answer."""
    request = RenderedRequest(method="GET", target=publisher.url())
    async with client(LOCAL) as opened:
        try:
            budget = Budget(deadline=now() + ms / 1000, pauses_ms=(1, 1))
            return check(await send(opened, request, token=Secret("x"), budget=budget), definition()).status
        except ContractError as error:
            return error.code


def test_every_case_of_the_corpus_is_tried():
    assert {*hostile.BEHAVIOURS, *ELSEWHERE} == CASES


@pytest.mark.parametrize(("name", "code"), [(name, code) for code, names in CODES.items() for name in names])
async def test_a_hostile_publisher_gets_the_code_of_its_cause_in_time(name, code):
    async with FakePublisher(raw=hostile.BEHAVIOURS[name]) as publisher:
        started = now()
        assert await outcome(publisher, SHORT_MS if code == 61001 else AMPLE_MS) == code
        assert now() - started < 3


@pytest.mark.parametrize("name", ["endless-chunked", "endless-noclose", "gzip-bomb", "big-header"])
async def test_a_hostile_publisher_takes_no_memory(name):
    async with FakePublisher(raw=hostile.BEHAVIOURS[name]) as publisher:
        await outcome(publisher)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        await outcome(publisher)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024
