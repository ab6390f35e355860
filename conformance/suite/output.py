"""A report for people and for machines: text, JSON, JUnit and TAP."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from conformance.suite.report import AREAS, Outcome, Report, Result

_MARKS: Final[Mapping[Outcome, str]] = {"passed": "✓", "warned": "!", "failed": "✗", "skipped": "–"}
_WORDS: Final[Mapping[Outcome, str]] = {
    "passed": "passed",
    "warned": "warning",
    "failed": "FAILED",
    "skipped": "skipped",
}
_VERDICTS: Final = {
    "green": "Passed.",
    "amber": "Passed with warnings.",
    "red": "Failed.",
}
_ILLEGAL_IN_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(report: Report) -> str:
    """One line per check, and what to do about each that did not pass."""
    lines = [f"Contract test of {report.target or '(no URL)'}", ""]
    for title, results in report.by_area:
        lines.append(title)
        reasons = {each.message for each in results}
        if len(reasons) == 1 and all(each.outcome == "skipped" for each in results) and len(results) > 1:
            ids = f"{results[0].id}-{results[-1].id}"
            lines.append(f"  {_MARKS['skipped']} {ids} {_WORDS['skipped']} {reasons.pop()}")
        else:
            lines += [line for each in results for line in _lines(each)]
        lines.append("")
    counts = ", ".join(f"{count} {outcome}" for outcome, count in report.counts.items() if count)
    lines.append(f"{_VERDICTS[report.verdict]} {counts}. {report.total_ms / 1000:.1f} s.")
    return "\n".join(lines)


def _lines(result: Result) -> list[str]:
    lines = [f"  {_MARKS[result.outcome]} {result.id} {_WORDS[result.outcome]:8}{result.title}"]
    if result.message:
        lines.append(f"        {result.message}")
    if result.outcome in {"failed", "warned"}:
        lines += [f"        Why: {result.why}", f"        Fix: {result.fix}"]
    if result.outcome == "failed":
        lines += [f"        {line}" for line in exchanges_of(result)]
    return lines


def exchanges_of(result: Result) -> list[str]:
    """What went over the wire, marked by its direction."""
    lines = []
    for exchange in result.exchanges:
        lines += [f"> {line}" for line in exchange.request]
        lines += [f"< {line}" for line in exchange.response]
    return lines


def as_json(report: Report) -> str:
    """All of it."""
    return json.dumps(report.as_json(), ensure_ascii=False, indent=2)


def tap(report: Report) -> str:
    """The Test Anything Protocol, version 13. A warning is `ok` with a comment."""
    lines = ["TAP version 13", f"1..{len(report.checks)}"]
    for number, each in enumerate(report.checks, start=1):
        word = "not ok" if each.outcome == "failed" else "ok"
        skip = f" # SKIP {_one_line(each.message)}" if each.outcome == "skipped" else ""
        lines.append(f"{word} {number} - {each.id} {_escaped(each.title)}{skip}")
        if each.outcome in {"failed", "warned"}:
            lines += [f"# {each.outcome}: {_one_line(each.message)}", f"# fix: {_one_line(each.fix)}"]
    return "\n".join(lines)


def _one_line(message: str) -> str:
    return " ".join(message.split())


def _escaped(title: str) -> str:
    """A `#` would begin a directive."""
    return _one_line(title).replace("#", "\\#")


def junit(report: Report) -> str:
    """JUnit XML: a test suite for each area. A warning passed, with its text in `system-out`."""
    counts = report.counts
    root = Element("testsuites", {"name": "contract", **_totals(len(report.checks), counts)})
    for area, title in AREAS.items():
        results = [each for each in report.checks if each.area == area]
        if not results:
            continue
        of_area = {outcome: sum(each.outcome == outcome for each in results) for outcome in counts}
        suite = SubElement(root, "testsuite", {"name": title, **_totals(len(results), of_area)})
        for each in results:
            _case(suite, each)
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True)


def _totals(tests: int, counts: Mapping[Outcome, int]) -> dict[str, str]:
    return {
        "tests": str(tests),
        "failures": str(counts["failed"]),
        "errors": "0",
        "skipped": str(counts["skipped"]),
    }


def _case(suite: Element, result: Result) -> None:
    case = SubElement(
        suite, "testcase", classname=f"contract.{result.area}", name=f"{result.id} {result.title}"
    )
    message = _legal(result.message)
    match result.outcome:
        case "failed":
            failure = SubElement(case, "failure", message=message)
            failure.text = _legal("\n".join([result.why, result.fix, *exchanges_of(result)]))
        case "skipped":
            SubElement(case, "skipped", message=message)
        case "warned":
            SubElement(case, "system-out").text = _legal(f"Warning: {result.message} {result.fix}")


def _legal(message: str) -> str:
    """Without the characters that XML has no way to write."""
    return _ILLEGAL_IN_XML.sub("\N{REPLACEMENT CHARACTER}", message)


FORMATS: Final[Mapping[str, Callable[[Report], str]]] = {
    "text": text,
    "json": as_json,
    "junit": junit,
    "tap": tap,
}
