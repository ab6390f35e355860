"""Every check passes for a publisher that keeps the contract, and is seen red for one that breaks it."""

from contextlib import AsyncExitStack
from pathlib import Path
from socket import AF_INET
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver

from conformance.suite import asynchronous
from conformance.suite.checks import CHECKS
from conformance.suite.receiver import LoopbackReceiver
from conformance.suite.recordings import wav
from conformance.suite.report import Report, Result
from conformance.suite.run import run
from conformance.suite.subject import Samples
from publishers.contract import egress
from publishers.contract.secret import Secret
from tests.conformance.suite.publishers import (
    BLOCKS,
    HTML,
    LOOKUP,
    RECORDING,
    TOKEN,
    VENDOR,
    Listener,
    Rules,
    Service,
    area_of,
    changed,
    posted,
    silent,
    subject_of,
)
from tests.fake_publisher import Answer, FakePublisher
from tests.publishers.contract.test_egress import certificate, server_tls, trusting


async def report_of(service: Any, only: list[str], **changes: Any) -> Report:
    """A run against a service; with a receiver when it is a listener's."""
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(FakePublisher(service))
        receiver = LoopbackReceiver(user=VENDOR, password=Secret(TOKEN))
        await stack.enter_async_context(receiver.listening("127.0.0.1", 0))
        return await run(subject_of(publisher, **changes), receiver=receiver, only=only)


async def result_of(check_id: str, service: Any, **changes: Any) -> Result:
    return (await report_of(service, [check_id], **changes)).checks[0]


async def test_a_good_lookup_add_on_is_green() -> None:
    report = await report_of(Service(), [])
    assert [
        (each.id, each.message) for each in report.checks if each.outcome not in {"passed", "skipped"}
    ] == []
    assert report.verdict == "green"
    skipped = {each.id for each in report.checks if each.outcome == "skipped"}
    assert skipped == {"T02", "B03", *(f"N0{number}" for number in range(1, 9))}


async def test_a_good_recording_add_on_is_green() -> None:
    report = await report_of(Listener(), [], definition=RECORDING)
    assert [
        (each.id, each.message) for each in report.checks if each.outcome not in {"passed", "skipped"}
    ] == []
    assert report.verdict == "green"
    skipped = {each.id for each in report.checks if each.outcome == "skipped"}
    assert skipped == {"S07", "T02", "A06", "B02", *(f"Y0{number}" for number in range(1, 10))}


# --- M and S: what is written ----------------------------------------------------------------

BROKEN_LISTINGS = [
    ("M01", "failed", {"blocks": changed(BLOCKS, "module_info.name", "x" * 61)}),
    ("M01", "warned", {"blocks": changed(BLOCKS, "module_info.tagline", " ")}),
    ("M02", "warned", {"blocks": changed(BLOCKS, "module_info.logo_url", "http://acme.example/a.png")}),
    ("M02", "warned", {"blocks": changed(BLOCKS, "module_info.logo_url", "https://acme.example/a.exe")}),
    ("M09", "failed", {"blocks": changed(BLOCKS, "policies.privacy", "")}),
    ("M09", "warned", {"blocks": changed(BLOCKS, "support", {})}),
    ("M10", "warned", {"blocks": changed(BLOCKS, "pricing.body", "")}),
]
BROKEN_DEFINITIONS = [
    ("M03", "failed", "extensions", ["recording-verb"]),
    ("M03", "failed", "request.method", "DELETE"),
    ("M03", "failed", "type", None),
    ("M04", "failed", "request.query.0.value", "{{body}}"),
    ("M04", "warned", "request.query.0.value", "{{secondary_address}}"),
    ("M05", "warned", "request.query.1.value", "long"),
    ("M06", "failed", "request.query.1.value", "service-key-of-acme"),
    ("M06", "warned", "request.query.1", {"name": "apikey", "value": "0123abcd"}),
    ("M07", "failed", "request.url", "http://api.acme.example/v1/area"),
    ("M08", "failed", "request.url", "https://10.0.0.1/v1/area"),
    ("M08", "failed", "request.url", "https://api.acme.example:8443/v1/area"),
    ("M10", "failed", "pricing.model", "per_minute"),
    ("S01", "failed", "response_schema.type", "text"),
    ("S02", "failed", "configuration_schema.properties.style", {"type": "array"}),
    ("S03", "failed", "response_schema.description", "x" * 70_000),
    ("S04", "failed", "configuration_schema.properties.code.pattern", "("),
    ("S04", "warned", "configuration_schema.properties.code.pattern", "^(?!b)a"),
    ("S05", "failed", "configuration_schema.required", ["absent"]),
    ("S06", "failed", "configuration_schema.not", {}),
    ("S06", "failed", "request_schema", {"required": ["no_such_field"]}),
    ("S07", "warned", "configuration_schema.properties.style", {"type": "string"}),
    ("S08", "failed", "response_schema.properties.area", {"$ref": "https://acme.example/area.json"}),
]


@pytest.mark.parametrize(("check_id", "outcome", "changes"), BROKEN_LISTINGS)
async def test_a_listing_with_a_fault_is_told(check_id: str, outcome: str, changes: Any) -> None:
    found = await result_of(check_id, Service(), **changes)
    assert (found.outcome, bool(found.message)) == (outcome, True)


@pytest.mark.parametrize(("check_id", "outcome", "path", "value"), BROKEN_DEFINITIONS)
async def test_a_definition_with_a_fault_is_told(check_id: str, outcome: str, path: str, value: Any) -> None:
    found = await result_of(check_id, Service(), definition=changed(LOOKUP, path, value))
    assert (found.outcome, bool(found.message)) == (outcome, True), found.message


# --- T, A, Y, B, R: what is answered at once -------------------------------------------------


def working(work: Any) -> Service:
    return Service(work=lambda number: work)


def only_usual(odd: Any) -> Service:
    """Answers the usual number, and others in its own way."""
    return Service(work=lambda number: area_of(number) if number == "+14155550100" else odd)


def failing_after(calls: int, then: Any) -> Service:
    """Answers some calls, and then no longer."""
    service = Service()
    service.work = lambda number: area_of(number) if len(service.answers) < calls else then
    return service


SLOW = changed(LOOKUP, "limits", {"timeout_ms": 150})
BIG = {"area": "x" * 70_000, "debug": 1}
REDIRECT = Answer(307, b"", {"Location": "/elsewhere?number=1"})

BROKEN_SERVICES = [
    ("T03", "failed", working(REDIRECT), LOOKUP),
    ("T03", "warned", [REDIRECT, {"area": "here", "debug": 1}], LOOKUP),
    ("T04", "warned", working(Answer(200, area_of(""), {"Connection": "close"})), LOOKUP),
    ("T05", "failed", working(Answer(200, b"x", {"Content-Encoding": "gzip"})), LOOKUP),
    ("A01", "failed", 401, LOOKUP),
    ("A01", "failed", 503, LOOKUP),
    ("A01", "failed", Answer(delay=0.4), SLOW),
    ("A02", "warned", Service(rules=Rules(credentials=False)), LOOKUP),
    ("A03", "warned", Service(rules=Rules(signature=False)), LOOKUP),
    ("A04", "warned", Service(rules=Rules(right_signature=False)), LOOKUP),
    ("A05", "warned", Service(rules=Rules(date=False)), LOOKUP),
    ("A06", "warned", Service(rules=Rules(memory=False), work=lambda _: {"area": str(object())}), LOOKUP),
    ("Y01", "failed", 404, LOOKUP),
    ("Y01", "warned", Answer(201, area_of("")), LOOKUP),
    ("Y02", "warned", working(Answer(200, {"area": "a"}, HTML)), LOOKUP),
    ("Y03", "failed", working(Answer(200, b"<html>", HTML)), LOOKUP),
    ("Y03", "failed", working(b'{"area": "a", "area": "b"}'), LOOKUP),
    ("Y04", "failed", working(b"[1]"), LOOKUP),
    ("Y05", "failed", working(BIG), LOOKUP),
    ("Y05", "warned", working({"area": "x" * 40_000}), LOOKUP),
    ("Y06", "failed", Answer(delay=0.4), SLOW),
    ("Y06", "failed", failing_after(3, Answer(delay=0.4)), SLOW),
    ("Y07", "failed", working({"region": "a"}), LOOKUP),
    ("Y07", "warned", Service(), changed(LOOKUP, "response_schema", None)),
    ("Y08", "warned", working({"area": "a"}), LOOKUP),
    ("Y09", "failed", only_usual(422), LOOKUP),
    ("Y09", "failed", only_usual(b"null"), LOOKUP),
    ("B01", "warned", working({"area": "a", "error": "always there"}), LOOKUP),
    ("B01", "warned", Service(), changed(LOOKUP, "pricing.billable_status", [201])),
    ("B02", "warned", only_usual({"error": "none"}), changed(LOOKUP, "pricing.unbilled_if_present", ["$.x"])),
    ("R01", "failed", failing_after(9, 429), LOOKUP),
    ("R02", "failed", failing_after(3, 500), LOOKUP),
    ("R03", "failed", only_usual(500), LOOKUP),
    ("R03", "warned", only_usual(400), LOOKUP),
]


@pytest.mark.parametrize(
    ("check_id", "outcome", "service", "definition"),
    BROKEN_SERVICES,
    ids=[f"{check_id}-{number}" for number, (check_id, *_) in enumerate(BROKEN_SERVICES)],
)
async def test_a_service_that_breaks_the_contract_is_told(
    check_id: str, outcome: str, service: Any, definition: Any
) -> None:
    found = await result_of(check_id, service, definition=definition)
    assert found.outcome == outcome, found.message


class Names(AbstractResolver):
    """A name server that knows these addresses for every name."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: Any = AF_INET) -> list[Any]:
        if not self._addresses:
            raise OSError
        return [{"hostname": host, "host": each, "port": port} for each in self._addresses]

    async def close(self) -> None:
        pass


NAMES = [
    ("T01", "failed", ()),
    ("T01", "failed", ("93.184.215.14", "10.0.0.1")),
    ("T01", "passed", ("93.184.215.14",)),
    ("T06", "warned", ("2606:2800:21f::1",)),
    ("T06", "passed", ("93.184.215.14", "2606:2800:21f::1")),
    ("T06", "skipped", ()),
]


@pytest.mark.parametrize(("check_id", "outcome", "addresses"), NAMES)
async def test_what_a_name_stands_for_is_judged(
    check_id: str, outcome: str, addresses: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publishers.contract.egress.aiohttp.AsyncResolver", lambda: Names(*addresses))
    report = await run(subject_of("https://api.acme.example"), receiver=None, only=[check_id])
    assert report.checks[0].outcome == outcome, report.checks[0].message


@pytest.mark.parametrize(("is_trusted", "outcome"), [(True, "passed"), (False, "failed")])
async def test_t02_a_certificate_that_nobody_trusts_is_told(
    is_trusted: bool, outcome: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path)
    if is_trusted:
        monkeypatch.setattr(egress, "system_roots", lambda: trusting(path))
    async with FakePublisher(Service(), tls=server_tls(path)) as publisher:
        report = await run(subject_of(publisher), receiver=None, only=["T02"])
    assert report.checks[0].outcome == outcome, report.checks[0].message


# --- N: recordings ---------------------------------------------------------------------------

BROKEN_LISTENERS = [
    ("N01", "failed", Listener(answer=500)),
    ("N01", "failed", Listener(answer=Answer(200, {"error": "no"}))),
    ("N01", "warned", Listener(answer=201)),
    ("N02", "failed", Listener(stereo=415)),
    ("N03", "failed", Listener(silent)),
    ("N03", "failed", Listener(posted(method="PUT"))),
    ("N04", "failed", Listener(posted(password="wrong"))),
    ("N05", "failed", Listener(posted(data=b"<html>"))),
    ("N05", "failed", Listener(posted(json=[1]))),
    ("N05", "failed", Listener(posted(json={"words": 1}))),
    ("N05", "warned", Listener(posted(data=b'{"text": ""}', headers={"Content-Type": "text/plain"}))),
    ("N07", "failed", Listener(silent)),
    ("N08", "failed", Listener(again=409)),
    ("N08", "failed", Listener(posted(times=9))),
    ("N03", "warned", Listener(posted(times=2))),
    ("R01", "failed", Listener(most=1)),
    ("R02", "failed", Listener(most=1)),
    ("R03", "failed", Listener(most=1)),
]


@pytest.mark.parametrize(
    ("check_id", "outcome", "service"),
    BROKEN_LISTENERS,
    ids=[f"{check_id}-{number}" for number, (check_id, *_) in enumerate(BROKEN_LISTENERS)],
)
async def test_a_recording_add_on_that_breaks_the_contract_is_told(
    check_id: str, outcome: str, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if service.call_back is silent:
        monkeypatch.setattr(asynchronous, "MAX_CALLBACK_SECONDS", 0.3)
    found = await result_of(check_id, service, definition=RECORDING)
    assert found.outcome == outcome, found.message


async def test_n06_a_result_that_is_too_large_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asynchronous, "MAX_CALLBACK_BYTES", 10)
    found = await result_of("N06", Listener(), definition=RECORDING)
    assert (found.outcome, found.message) == ("failed", "More than 10 bytes.")


@pytest.mark.parametrize(("deadline", "quick", "outcome"), [(-1, 0, "failed"), (60_000, -1, "warned")])
async def test_n07_a_late_result_is_told(
    deadline: int, quick: int, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asynchronous, "deadline_ms", lambda _: deadline)
    monkeypatch.setattr(asynchronous, "_QUICK_MS", quick)
    monkeypatch.setattr(asynchronous, "USUAL_FACTOR", 0)
    found = await result_of("N07", Listener(), definition=RECORDING)
    assert found.outcome == outcome, found.message


MINUTES = [
    ("failed", changed(RECORDING, "pricing.unbilled_if_present", ["$"])),
    ("warned", changed(RECORDING, "request.body.fields.1.value", "{{size}}")),
]


@pytest.mark.parametrize(("outcome", "definition"), MINUTES)
async def test_b03_minutes_that_are_counted_otherwise_are_told(outcome: str, definition: Any) -> None:
    assert (await result_of("B03", Listener(), definition=definition)).outcome == outcome


@pytest.mark.parametrize(("audio", "outcome"), [(None, "skipped"), (wav(channels=1), "warned")])
async def test_b01_silence_is_no_reason_to_warn(audio: Any, outcome: str) -> None:
    definition = changed(RECORDING, "pricing.unbilled_if_present", ["$.text"])
    found = await result_of("B01", Listener(), definition=definition, samples=Samples(audio=audio))
    assert found.outcome == outcome, found.message


def test_every_check_is_seen_red_here() -> None:
    rows = [*BROKEN_LISTINGS, *BROKEN_DEFINITIONS, *BROKEN_SERVICES, *BROKEN_LISTENERS, *NAMES]
    named = {name.split("_")[1].upper() for name in globals() if name.startswith("test_")}
    assert {row[0] for row in rows if row[1] != "passed"} | named >= set(CHECKS)
