"""A run: its progress, its choice of checks, its end whatever the service does, and what it never does."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.suite import run as running
from conformance.suite.checks import CHECKS, Check, Skip
from conformance.suite.report import AREAS
from conformance.suite.run import run, selected
from publishers.contract.secret import MASK, Secret
from publishers.sections import SECTIONS
from tests.conformance.suite.publishers import (
    KEY,
    LOOKUP,
    RECORDING,
    TOKEN,
    Listener,
    Service,
    changed,
    subject_of,
)
from tests.fake_publisher import Answer, FakePublisher, Received
from tests.publishers.contract import hostile

HUNG = Answer(delay=30)
QUICK = changed(LOOKUP, "limits", {"timeout_ms": 100})


def test_there_are_53_checks_in_the_order_of_their_ids() -> None:
    counts = {"M": 10, "S": 8, "T": 6, "A": 6, "Y": 9, "N": 8, "B": 3, "R": 3}
    assert [each.id for each in selected([])] == [
        f"{area}{n:02}" for area, most in counts.items() for n in range(1, most + 1)
    ]


@pytest.mark.parametrize("check_id", CHECKS)
def test_every_check_says_why_and_how_to_mend_it(check_id: str) -> None:
    check = CHECKS[check_id]
    assert check.why.endswith(".")
    assert check.fix.endswith(".")
    assert not check.title.endswith(".")
    assert check.area in AREAS
    assert check.section in SECTIONS


def test_checks_are_chosen_by_id_and_by_area() -> None:
    assert [each.id for each in selected(["y01", "B"])] == ["Y01", "B01", "B02", "B03"]
    assert len(selected([])) == len(CHECKS)


@pytest.mark.parametrize("wrong", ["Z", "Y99", "", " "])
def test_what_names_no_check_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="There is no check"):
        selected([wrong])


async def test_progress_is_told_after_every_check() -> None:
    told: list[tuple[int, int]] = []
    async with FakePublisher(Service()) as publisher:
        report = await run(
            subject_of(publisher), receiver=None, only=["M"], on_progress=lambda *at: told.append(at)
        )
    assert told == [(done, 10) for done in range(11)]
    assert not report.is_complete


async def test_a_service_that_hangs_is_asked_once_or_twice_and_the_run_ends() -> None:
    async with FakePublisher(HUNG) as publisher:
        report = await run(subject_of(publisher, definition=QUICK), receiver=None)
    assert report.verdict == "red"
    assert [each.id for each in report.checks if each.outcome == "failed"] == ["A01", "Y06"]
    assert len(publisher.requests) == 1
    assert report.total_ms < 10_000


@pytest.mark.parametrize("behaviour", hostile.BEHAVIOURS)
async def test_every_hostile_behaviour_ends_in_a_report_in_time(behaviour: str) -> None:
    async with FakePublisher(raw=hostile.BEHAVIOURS[behaviour]) as publisher:
        report = await run(subject_of(publisher, definition=QUICK), receiver=None)
    assert report.verdict != "green"
    assert report.total_ms < 60_000
    assert not [each.id for each in report.checks if "tester itself" in each.message]
    json.dumps(report.as_json()).encode()


async def test_nobody_there_is_told() -> None:
    async with FakePublisher() as publisher:
        pass
    report = await run(subject_of(publisher), receiver=None)
    assert [each.id for each in report.checks if each.outcome == "failed"] == ["A01"]


def added(monkeypatch: pytest.MonkeyPatch, look: Any, seconds: float = 1) -> None:
    """One check alone."""
    check: Check = replace(CHECKS["M01"], look=look, seconds=seconds)
    monkeypatch.setattr(running, "CHECKS", {"M01": check})


async def test_a_check_that_takes_too_long_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(tester: Any) -> Any:
        await asyncio.sleep(5)

    added(monkeypatch, look, seconds=0.05)
    report = await run(subject_of("https://api.acme.example"), receiver=None)
    assert (report.checks[0].outcome, report.checks[0].message) == ("failed", "It was ended after 0 s.")


async def test_a_run_that_takes_too_long_fails_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MAX_RUN_SECONDS", 0)
    report = await run(subject_of("https://api.acme.example"), receiver=None)
    assert {each.outcome for each in report.checks} == {"failed", "warned", "skipped"}
    assert {each.message for each in report.checks} == {running.NO_TIME_LEFT}
    assert report.verdict == "red"


async def test_a_bug_of_ours_fails_one_check_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    added(monkeypatch, lambda tester: 1 / 0)
    report = await run(subject_of("https://api.acme.example"), receiver=None)
    assert "The tester itself failed" in report.checks[0].message
    assert "M01 failed by a bug" in caplog.text


async def test_what_a_check_has_nothing_to_say_about_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(tester: Any) -> Any:
        raise Skip("No reason.")

    added(monkeypatch, look)
    report = await run(subject_of("https://api.acme.example"), receiver=None)
    assert (report.checks[0].outcome, report.checks[0].message) == ("skipped", "No reason.")
    assert report.verdict == "red"  # nothing passed


async def test_a_run_can_be_cancelled() -> None:
    asked = asyncio.Event()

    def hang(request: Received) -> Answer:
        asked.set()
        return HUNG

    async with FakePublisher(hang) as publisher:
        task = asyncio.create_task(run(subject_of(publisher), receiver=None))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_no_secret_is_in_the_report_even_when_the_service_repeats_it() -> None:
    echo = Service(work=lambda _: {"area": f"{KEY} {TOKEN}", "debug": 1})
    async with FakePublisher(echo) as publisher:
        text = json.dumps((await run(subject_of(publisher), receiver=None)).as_json(), ensure_ascii=False)
    assert KEY not in text
    assert TOKEN not in text
    assert f'\\"area\\": \\"{MASK} {MASK}\\"' in text


async def test_a_report_holds_what_every_database_takes() -> None:
    odd = Service(work=lambda _: Answer(200, b"\0\x1b[31m\xff" + b"x" * 60_000))
    async with FakePublisher(odd) as publisher:
        text = json.dumps((await run(subject_of(publisher), receiver=None)).as_json())
    assert "\\u0000" not in text
    assert len(text) < 200_000


async def test_offline_follows_no_redirect_to_another_place() -> None:
    async with FakePublisher({"area": "a"}) as other, FakePublisher() as publisher:
        publisher._answer = Answer(307, b"", {"Location": other.url()})
        subject = subject_of(publisher)
        assert (await run(subject, receiver=None, only=["T03"])).checks[0].outcome == "warned"
        assert other.requests
        seen = len(other.requests)
        offline = await run(subject, receiver=None, only=["T03"], offline=True)
    assert len(other.requests) == seen
    assert "Offline" in offline.checks[0].message


async def test_test_calls_carry_the_headers_of_real_ones() -> None:
    async with FakePublisher(Service()) as publisher:
        await run(subject_of(publisher), receiver=None, only=["A01"])
    headers = publisher.requests[0].headers
    names = {"vendoraccountsid", "addonsid", "addonversionsid", "addoninstallsid", "addonconfigurationsid"}
    assert names | {"requestsid", "requestdate", "requestttl", "signature"} == {
        name.removeprefix("x-twilio-") for name in headers if name.startswith("x-twilio-")
    }
    assert headers["user-agent"] == "TwilioProxy/1.1"


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"request": []},
        {"type": "x", "request": {"url": 5, "query": [1]}},
        {"configuration_schema": {"properties": 1}},
    ],
)
async def test_any_document_gets_a_report(definition: Any) -> None:
    subject = subject_of(
        "https://api.acme.example", definition=definition, blocks={"module_info": [], "support": 1}
    )
    report = await run(subject, receiver=None)
    assert report.verdict == "red"
    assert not [each.id for each in report.checks if "tester itself" in each.message]


async def test_a_recording_add_on_without_a_receiver_skips_its_callbacks() -> None:
    async with FakePublisher(Listener()) as publisher:
        report = await run(subject_of(publisher, definition=RECORDING), receiver=None, only=["N03"])
    assert report.checks[0].outcome == "skipped"


async def test_a_credential_that_is_not_set_is_told_before_anything_is_sent() -> None:
    async with FakePublisher(Service()) as publisher:
        report = await run(
            subject_of(publisher, credentials={"other": Secret("x")}), receiver=None, only=["A01"]
        )
    assert "The credential service_key is not set." in report.checks[0].message
    assert publisher.requests == []
