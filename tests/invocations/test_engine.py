"""The pipeline's own promises; what travels on the wire is tested with the lookup API."""

import logging
import re
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from billing.models import LedgerEntry
from invocations import engine
from invocations.breaker import breakers
from invocations.points import lookup
from publishers.contract.limits import BREAKER_FAILURES
from results.models import Invocation
from tests.fake_publisher import Answer, FakePublisher
from tests.invocations.test_lookup_api import entry_of, install_for


def trace_of(step: str) -> list[str]:
    """The lines of a step of the only invocation."""
    return next(list(each["lines"]) for each in Invocation.objects.get().trace if each["name"] == step)


def test_a_bug_of_ours_fails_its_call_alone_and_is_logged(
    api: APIClient, account: Account, monkeypatch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(engine, "clean", broken)
    with FakePublisher({"secret": "hidden"}).in_thread() as service, caplog.at_level(logging.ERROR):
        entry = entry_of(api, install_for(account, service))
    assert (entry["status"], entry["code"]) == ("fail", 61000)
    assert "a bug" in caplog.text
    assert "hidden" not in caplog.text
    assert Invocation.objects.get().charge_micros == 0


@pytest.mark.parametrize(
    ("answer", "level", "ended"),
    [({"secret": "hidden"}, "DEBUG", "ok"), (Answer(404, "hidden"), "INFO", "61005")],
)
def test_each_call_is_one_line_in_the_log_without_numbers_or_bodies(
    api: APIClient, account: Account, caplog: pytest.LogCaptureFixture, answer: Any, level: str, ended: str
) -> None:
    with FakePublisher(answer).in_thread() as service:
        installed = install_for(account, service)
        with caplog.at_level(logging.DEBUG, logger="invocations"):
            sid = entry_of(api, installed)["request_sid"]
    lines = [record for record in caplog.records if record.name.startswith("invocations")]
    assert [record.levelname for record in lines] == [level]
    line = lines[0].getMessage()
    assert re.fullmatch(rf"{sid} {installed.version.sid} lookup-api {ended} \d+ ms", line)
    assert "4155552671" not in line
    assert "hidden" not in line


def test_the_trace_tells_every_try(api: APIClient, account: Account) -> None:
    with FakePublisher([503, 503, {"ok": 1}]).in_thread() as service:
        entry_of(api, install_for(account, service))
    lines = trace_of("Send")
    assert len(lines) == 3
    assert "HTTP 503" in lines[0]
    assert "HTTP 200" in lines[2]
    kept = Invocation.objects.get()
    assert (kept.attempts, kept.http_status) == (3, 200)


def test_the_trace_of_a_failure_says_why_and_stops_there(api: APIClient, account: Account) -> None:
    with FakePublisher(Answer(200, {}, delay=5)).in_thread() as service:
        entry_of(api, install_for(account, service, limits={"timeout_ms": 100}))
    kept = Invocation.objects.get()
    assert [(step["name"], step["ok"]) for step in kept.trace] == [("Render", True), ("Send", False)]
    assert kept.charge_reason == "Not billed: failed uses are free."
    assert "in time" in trace_of("Send")[0]


def test_steps_stand_one_after_the_other_in_the_trace(api: APIClient, account: Account) -> None:
    with FakePublisher({"ok": 1}).in_thread() as service:
        entry_of(api, install_for(account, service))
    trace = Invocation.objects.get().trace
    starts = [step["started_ms"] for step in trace]
    assert starts == sorted(starts)
    assert sum(step["duration_ms"] for step in trace) <= Invocation.objects.get().duration_ms + len(trace)


def test_a_service_that_hangs_again_and_again_is_not_asked_for_a_while(
    api: APIClient, account: Account
) -> None:
    with FakePublisher(Answer(200, {}, delay=5)).in_thread() as service:
        installed = install_for(account, service, limits={"timeout_ms": 300})
        entries = [entry_of(api, installed) for _ in range(BREAKER_FAILURES + 1)]
        assert len(service.requests) == BREAKER_FAILURES
    assert [entry["code"] for entry in entries] == [*[61001] * BREAKER_FAILURES, 61002]
    refused = Invocation.objects.get(sid=entries[-1]["request_sid"])
    assert (refused.attempts, refused.http_status, refused.charge_micros) == (0, None, 0)
    assert "is not asked, because it failed 5 times in a row" in refused.trace[-1]["lines"][0]
    assert not LedgerEntry.objects.exists()


def test_tests_of_an_add_on_never_move_its_breaker(account: Account) -> None:
    with FakePublisher(503).in_thread() as service:
        installed = install_for(account, service)
        number = lookup.parse_number("+14155552671")
        assert number is not None
        asked = lookup.AddOnsAsked((installed.unique_name,))
        for _ in range(BREAKER_FAILURES):
            lookup.run(account=account, number=number, asked=asked, purpose="test")
    assert breakers.state_of(installed.version.sid) is None
