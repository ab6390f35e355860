"""The JSON of a callback is judged within bounds, large one by a process that may die of it."""

import io
import resource
import subprocess
import tempfile
import time
from typing import Any

import orjson
import pytest

from publishers.contract.definition import compiled
from publishers.contract.errors import BodyTooLarge, NoResults, Unexpected
from results import judging
from tests.factories import make_recording_definition

PER_MINUTE = {"model": "per_minute", "price": "0.02", "currency": "USD"}


def judge(body: bytes, *, is_result: bool = True, **definition: Any) -> tuple[judging.Judged, bytes]:
    """What a body of a recording of 61 seconds comes to, and what is left of it."""
    document = make_recording_definition(**definition)
    task = judging.Task(definition=document, is_result=is_result, duration_ms=61_000)
    left = io.BytesIO()
    with tempfile.TemporaryFile() as file:
        file.write(body)
        file.seek(0)
        found = judging.judge(file, len(body), task, definition=compiled(document), cleaned=left.write)
    return found, left.getvalue()


@pytest.fixture
def in_a_child(monkeypatch: Any) -> None:
    """Whatever is judged is judged by a child."""
    monkeypatch.setattr(judging, "MAX_JSON_JUDGED_HERE", -1)


@pytest.fixture(params=["here", "in a child"])
def place(request: Any) -> None:
    if request.param == "in a child":
        request.getfixturevalue("in_a_child")


both = pytest.mark.usefixtures("place")


@both
def test_started_minutes_are_charged() -> None:
    found, left = judge(b'{"text": "hello"}', pricing=PER_MINUTE)
    assert found.charge is not None
    assert (found.charge.quantity, found.charge.amount_micros) == (2, 40_000)
    assert (found.removed, left, found.checked) == (0, b"", "A JSON object of 17 bytes.")


@both
def test_what_the_price_depends_on_is_looked_for_before_it_is_removed() -> None:
    pricing = {**PER_MINUTE, "unbilled_if_present": ["$.error"]}
    found, left = judge(b'{"error": 1, "text": "hello"}', pricing=pricing, remove=["$.error"])
    assert found.charge is not None
    assert found.charge.reason == "Not billed: $.error was present in the answer."
    assert (found.removed, left) == (1, b'{"text":"hello"}')


@both
def test_only_the_result_is_checked_and_charged() -> None:
    schema = {"type": "object", "required": ["text"]}
    with pytest.raises(NoResults, match="The response schema refuses"):
        judge(b"{}", response_schema=schema)
    found, _ = judge(b"{}", response_schema=schema, is_result=False)
    assert found.charge is None
    found, _ = judge(b'{"text": 1}', response_schema=schema)
    assert found.checked.endswith(" that fits the response schema.")


@both
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"a":1,"a":2}', b"[" * 5000, b'{"a":' * 70 + b"1" + b"}" * 70]
)
def test_what_is_no_json_object_is_told_in_words(body: bytes) -> None:
    with pytest.raises(judging.NotJson, match=r"^The (body|JSON) "):
        judge(body)


def test_paths_that_are_too_much_work_fail_the_result(monkeypatch: Any) -> None:
    monkeypatch.setattr(judging, "MAX_CALLBACK_PATH_NODES", 10)
    with pytest.raises(Unexpected, match="pass more than 10 places"):
        judge(orjson.dumps({"a": list(range(100))}), remove=["$..secret"])


def test_more_values_than_are_counted_fail_the_result(monkeypatch: Any) -> None:
    monkeypatch.setattr(judging, "MAX_CALLBACK_JSON_NODES", 10)
    with pytest.raises(BodyTooLarge, match="10 values"):
        judge(b'{"a":[1,2,3,4,5,6,7,8,9,10]}')


@both
def test_a_long_transcript_is_judged() -> None:
    words = [{"word": "hello", "start": number, "end": number + 1} for number in range(50_000)]
    found, left = judge(orjson.dumps({"words": words, "secret": 1}), remove=["$.secret"])
    assert (found.removed, len(orjson.loads(left)["words"])) == (1, 50_000)


def test_what_takes_too_much_memory_fails_the_result_and_nothing_else() -> None:
    body = b'{"a":[' + b"[]," * 33_000_000 + b"[]]}"
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BodyTooLarge, match="more memory or time"):
        judge(body)
    assert time.monotonic() - began < 20
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 20_000  # of kilobytes: the body is in a file, and the child is another process


@pytest.mark.usefixtures("in_a_child")
def test_a_child_that_is_killed_fails_the_result(monkeypatch: Any) -> None:
    monkeypatch.setattr(judging, "_COMMAND", ["/bin/sh", "-c", "kill -9 $$"])
    with pytest.raises(BodyTooLarge, match="more memory or time"):
        judge(b"{}")


@pytest.mark.usefixtures("in_a_child")
def test_a_child_that_cannot_start_is_our_fault(monkeypatch: Any) -> None:
    monkeypatch.setattr(judging, "_COMMAND", ["/bin/sh", "-c", "exit 1"])
    with pytest.raises(subprocess.CalledProcessError):
        judge(b"{}")


@pytest.mark.usefixtures("in_a_child")
def test_no_more_than_some_are_judged_by_children_at_once(monkeypatch: Any) -> None:
    monkeypatch.setattr(judging, "JUDGING_SECONDS", 0.01)
    for _ in range(2):
        assert judging._RUNNING.acquire(timeout=1)
    try:
        with pytest.raises(judging.Busy):
            judge(b"{}")
    finally:
        judging._RUNNING.release(2)
