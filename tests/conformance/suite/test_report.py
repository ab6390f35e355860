"""A report: its verdict, and the forms in which it is printed and stored."""

import json
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from conformance.suite.output import FORMATS, junit, tap, text
from conformance.suite.report import (
    MAX_LINE_CHARACTERS,
    MAX_LINES,
    Exchange,
    Outcome,
    Report,
    Result,
    bounded,
)


def result(outcome: Outcome, **changes: Any) -> Result:
    given: dict[str, Any] = {
        "id": "Y01",
        "area": "sync",
        "severity": "fail",
        "title": "It answers #1",
        "outcome": outcome,
        "message": "HTTP 404.",
        "why": "Because.",
        "fix": "Mend it.",
        "section": "response",
        "exchanges": (Exchange(request=("GET /",), response=("HTTP 404", "\x1b]]>"), ms=3),),
    }
    return Result(**{**given, **changes})


def report(*outcomes: Outcome) -> Report:
    checks = tuple(result(outcome) for outcome in outcomes)
    return Report(checks=checks, target="https://a.example", total_ms=1_500)


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        (("passed", "skipped"), "green"),
        (("passed", "warned"), "amber"),
        (("warned",), "amber"),
        (("passed", "warned", "failed"), "red"),
        (("skipped",), "red"),
        ((), "red"),
    ],
)
def test_the_verdict_is_that_of_the_worst_check(outcomes: Any, verdict: str) -> None:
    assert report(*outcomes).verdict == verdict


def test_a_report_goes_through_json_unchanged() -> None:
    first = report("passed", "failed")
    stored = json.loads(json.dumps(first.as_json()))
    assert Report.from_json(stored) == first
    assert (stored["verdict"], stored["counts"]["failed"]) == ("red", 1)


def test_results_are_grouped_by_area_in_the_order_of_the_contract() -> None:
    checks = (result("passed", area="billing"), result("passed", area="manifest"))
    grouped = Report(checks=checks, target="", total_ms=0).by_area
    assert [title for title, _ in grouped] == ["Manifest", "Billing"]


def test_what_is_shown_of_an_exchange_is_bounded() -> None:
    lines = bounded(["x" * (MAX_LINE_CHARACTERS + 1_000), *["y"] * MAX_LINES])
    assert len(lines) == MAX_LINES + 1
    assert lines[0].endswith("… and 1,000 characters more")
    assert lines[-1] == "… and 1 lines more"


def test_text_tells_why_and_how_to_mend_and_the_exchange() -> None:
    told = text(report("failed", "warned", "passed", "skipped"))
    assert told.count("Fix: Mend it.") == 2
    assert told.count("> GET /") == told.count("< HTTP 404") == 1
    assert told.endswith("Failed. 1 passed, 1 warned, 1 failed, 1 skipped. 1.5 s.")


def test_text_folds_an_area_that_was_skipped_for_one_reason() -> None:
    told = text(report("skipped", "skipped"))
    assert told.count("HTTP 404.") == 1


def test_tap_numbers_every_check() -> None:
    lines = tap(report("failed", "warned", "skipped")).splitlines()
    assert lines[:3] == ["TAP version 13", "1..3", "not ok 1 - Y01 It answers \\#1"]
    assert "ok 2 - Y01 It answers \\#1" in lines
    assert "ok 3 - Y01 It answers \\#1 # SKIP HTTP 404." in lines


def test_junit_is_xml_that_counts() -> None:
    root = fromstring(junit(report("failed", "warned", "skipped", "passed")))
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("4", "1", "1")
    cases = root.findall("testsuite/testcase")
    assert [[each.tag for each in case] for case in cases] == [["failure"], ["system-out"], ["skipped"], []]


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_report_can_be_printed(form: str) -> None:
    assert FORMATS[form](report())
