"""Judge the JSON that a publisher posted: read it, check it, charge for it, clean it.

100 MB of `[[],[],…]` are 3 GB of Python and twenty seconds (safety 1, finding 14). What is longer than an
answer of a lookup may be is therefore judged by a process of its own, which has so much memory and so much
time and takes nobody with it. That process runs this file: no Django, no database, no setting.
"""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import IO, Any, BinaryIO, Final

import orjson

from billing.pricing import Charge, charge_for_recording
from publishers.contract.check import TOO_LARGE, Checked, TooManyValues, parsed
from publishers.contract.clean import clean
from publishers.contract.definition import Definition, compiled
from publishers.contract.errors import BodyTooLarge, ContractError, NoResults, Unexpected
from publishers.contract.limits import (
    JUDGING_BYTES,
    JUDGING_SECONDS,
    MAX_CALLBACK_JSON_NODES,
    MAX_CALLBACK_PATH_NODES,
    MAX_JSON_DEPTH,
    MAX_JSON_JUDGED_HERE,
)

CALLBACK_STATUS: Final = 200
"""What a callback counts as where a price depends on the status of the answer (contract 14)."""

_COMMAND: Final = [sys.executable, "-m", "results.judging"]
_ROOT: Final = Path(__file__).resolve().parent.parent
_PIECE: Final = 262_144
_RUNNING: Final = BoundedSemaphore(2)
# Beyond its processor time: to be started, and to wait for a disk.
_WAIT_SECONDS: Final = 2 * JUDGING_SECONDS
_TOO_DEEP: Final = f"The JSON has more than {MAX_JSON_DEPTH} levels."
_TOO_MUCH: Final = "The JSON takes more memory or time than there is for judging it."
_ERRORS: Final[Mapping[str, type[ContractError]]] = {
    kind.__name__: kind for kind in (BodyTooLarge, NoResults, Unexpected)
}

Sink = Callable[[bytes], object]


class NotJson(Exception):
    """It is not JSON, or not such that every reader reads the same; the text says why."""


class Busy(Exception):
    """Too much is being judged already."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What to do. `is_result`: this JSON is what the schema and the price are about, if there are several."""

    definition: Mapping[str, Any]
    is_result: bool
    duration_ms: int


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What came of it. `removed`: places that were deleted; with none, the bytes stay as they came."""

    charge: Charge | None
    removed: int
    checked: str


def judge(file: BinaryIO, size: int, task: Task, *, definition: Definition, cleaned: Sink) -> Judged:
    """Judge a file from where it stands; what is left of it goes to `cleaned`, if something was removed.

    `definition` is that of the task, compiled. Raises NotJson, Busy, or a ContractError that the result
    fails with.
    """
    if size > MAX_JSON_JUDGED_HERE:
        return _judged_by_a_child(file, task, cleaned)
    return _judged(file.read(), task, definition, cleaned)


def _judged(body: bytes, task: Task, definition: Definition, cleaned: Sink) -> Judged:
    try:
        document = parsed(body, most_values=MAX_CALLBACK_JSON_NODES)
    except TooManyValues as error:
        raise BodyTooLarge(error.reason) from error
    except Unexpected as error:
        raise NotJson(_TOO_DEEP if error.reason == TOO_LARGE else error.reason) from error
    if not isinstance(document, dict):
        raise NotJson("The body is JSON, but not an object.")
    charge, fits = None, ""
    if task.is_result:
        schema = definition.response_schema
        if schema is not None:
            if fault := schema.first_fault(document):
                raise NoResults(f"The response schema refuses {fault.path or 'the answer'}: {fault.message}")
            fits = " that fits the response schema"
        charge = charge_for_recording(
            definition.pricing,
            http_status=CALLBACK_STATUS,
            document=document,
            duration_ms=task.duration_ms,
        )
    checked = Checked(document=document, body=body, status=CALLBACK_STATUS)
    result = clean(checked, definition.remove, cap=MAX_CALLBACK_PATH_NODES)
    if result.removed:
        cleaned(result.body)
    return Judged(charge=charge, removed=result.removed, checked=f"A JSON object of {len(body)} bytes{fits}.")


def _judged_by_a_child(file: BinaryIO, task: Task, cleaned: Sink) -> Judged:
    if not _RUNNING.acquire(timeout=JUDGING_SECONDS):
        raise Busy
    try:
        with ExitStack() as stack:
            told = stack.enter_context(tempfile.TemporaryFile())
            left = stack.enter_context(tempfile.TemporaryFile())
            told.write(orjson.dumps(asdict(task)))
            told.flush()
            told.seek(0)
            verdict = _verdict_of_child(file, told, left)
            left.seek(0)
            while piece := left.read(_PIECE):
                cleaned(piece)
        return verdict
    finally:
        _RUNNING.release()


def _verdict_of_child(file: BinaryIO, told: IO[bytes], left: IO[bytes]) -> Judged:
    handles = told.fileno(), left.fileno()
    try:
        child = subprocess.run(  # noqa: S603 - this file, by this interpreter
            [*_COMMAND, *map(str, handles)],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=handles,
            cwd=_ROOT,
            timeout=_WAIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BodyTooLarge(_TOO_MUCH) from error
    if child.returncode < 0:  # killed for what it took
        raise BodyTooLarge(_TOO_MUCH)
    child.check_returncode()
    verdict = orjson.loads(child.stdout)
    if "not_json" in verdict:
        raise NotJson(verdict["not_json"])
    if "error" in verdict:
        raise _ERRORS[verdict["error"]](verdict["reason"])
    charge = verdict["charge"]
    return Judged(**{**verdict, "charge": charge and Charge(**charge)})


def _verdict(task: Task, left: Sink) -> dict[str, Any]:
    try:
        return asdict(_judged(sys.stdin.buffer.read(), task, compiled(task.definition), left))
    except NotJson as error:
        return {"not_json": str(error)}
    except (MemoryError, RecursionError):
        return {"error": BodyTooLarge.__name__, "reason": _TOO_MUCH}
    except ContractError as error:
        kind = next(each for each in _ERRORS.values() if isinstance(error, each))
        return {"error": kind.__name__, "reason": error.reason}


def _main(told: int, left: int) -> None:
    """The child: its task and where the rest goes are files it was born with, the JSON is its input."""
    resource.setrlimit(resource.RLIMIT_AS, (JUDGING_BYTES, JUDGING_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (JUDGING_SECONDS, JUDGING_SECONDS))
    with open(told, "rb") as task, open(left, "wb") as rest:
        verdict = _verdict(Task(**orjson.loads(task.read())), rest.write)
    sys.stdout.buffer.write(orjson.dumps(verdict))


if __name__ == "__main__":
    _main(*map(int, sys.argv[1:]))
