"""ReDoS: real and hostile regular expressions, each against twelve texts made to keep an engine busy.

All of them, no sample: 14,613 patterns take ten seconds of a processor.
"""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

from schema_forms.limits import MATCHED_LENGTH_MAX
from schema_forms.schemas import Schema, UnusableSchema, compile_schema
from tests.corpora.reading import folder, read

pytestmark = pytest.mark.corpora

Result = TypeVar("Result")

HANG_SECONDS = 0.5
# One unit over and over, up to the longest text a pattern is run against, and an end that few match.
UNITS = ["a", "1", " ", "0.", "-", "aA", "/", "\t ", "ab1 ", "http://a.", "a@a.", "<a "]
TEXTS = [(unit * MATCHED_LENGTH_MAX)[: MATCHED_LENGTH_MAX - 1] + "!" for unit in UNITS]


def patterns() -> list[str]:
    lists = [folder(f"redos/yetingli/{name}.txt").read_text() for name in ("regex101", "regexlib")]
    found = {pattern for text in lists for pattern in text.split("\n")} - {""}
    return sorted(found | set(read("redos/regexploit_patterns.json")))


def compiled(pattern: str) -> Schema | None:
    """The pattern as a schema; None when it is refused. Anything but UnusableSchema fails the test."""
    try:
        return compile_schema({"pattern": pattern})
    except UnusableSchema:
        return None


def timed(work: Callable[[str], Result], text: str) -> tuple[float, Result]:
    """In seconds of this process, so that a busy machine makes no difference."""
    started = time.process_time()
    result = work(text)
    return time.process_time() - started, result


def test_no_pattern_keeps_us_busy() -> None:
    accepted, slowest = 0, (0.0, "", "")
    for pattern in patterns():
        seconds, schema = timed(compiled, pattern)
        slowest = max(slowest, (seconds, pattern, "compiling"))
        if schema is not None:
            accepted += 1
            slowest = max(slowest, *((timed(schema.accepts, text)[0], pattern, text[:20]) for text in TEXTS))
    assert slowest[0] < HANG_SECONDS, slowest
    assert accepted == 12_508, f"of {len(patterns())}; the slowest took {slowest}"
