"""What the callback of a test call is found to be: judged as a real one, charged to nobody."""

from base64 import b64encode
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

import orjson

from conformance.bench_shown import as_price
from conformance.models import BenchRun, ReceivedCallback
from conformance.suite.receiver import MAX_KEPT_BYTES
from publishers.compiled import definition_of
from publishers.contract.check import parsed
from publishers.contract.errors import ContractError, NoResults, Unexpected
from publishers.contract.limits import MAX_CALLBACK_BYTES
from publishers.models import ListingVersion
from rest.files import Spool
from results import judging
from results.callback_bodies import Body, Part, Unreadable

# Of each part, and so many of them: a page shows no more.
MOST_TEXT: Final = 16_384
MOST_PARTS: Final = 10
_TEXTS: Final = ("application/json", "text/")


class Heard:
    """The source of a body that keeps the beginning of what is read, and counts it all."""

    def __init__(self, body: Body) -> None:
        self.is_form = body.is_multipart
        self._source = body.source
        self._kept = bytearray()
        self.size = 0

    def read(self, size: int, /) -> bytes:
        data = self._source.read(size)
        self.size += len(data)
        self._kept += data[: MAX_KEPT_BYTES - len(self._kept)]
        return data

    @property
    def is_whole(self) -> bool:
        return self.size == len(self._kept)

    @property
    def bytes(self) -> bytes:
        return bytes(self._kept)


def as_heard(heard: Heard) -> dict[str, Any]:
    """The beginning of the body as it came, in Base64. Raises Unreadable for a body that shall be JSON and is
    not.
    """
    if not heard.is_form and heard.is_whole:
        try:
            is_object = isinstance(parsed(heard.bytes), dict)
        except Unexpected as error:
            raise Unreadable(f"Invalid body: {error.reason}") from error
        if not is_object:
            raise Unreadable("Invalid body: it is JSON, but not an object.")
    return {"body": b64encode(heard.bytes).decode()}


def as_read(parts: Sequence[Part]) -> dict[str, Any]:
    """The parts: label, type, size and the beginning of what is text."""
    return {"parts": [_shown(part) for part in parts[:MOST_PARTS]], "part_count": len(parts)}


def as_result(
    version: ListingVersion, parts: Sequence[Part], stack: ExitStack, *, duration_ms: int
) -> dict[str, Any]:
    """The parts, the verdict on the first JSON among them, and what would be delivered of it.

    Raises Unreadable for a part that says it is JSON and is not.
    """
    document = {**as_read(parts), "code": None, "message": "", "steps": [], "result": None}
    steps: list[dict[str, Any]] = document["steps"]
    try:
        found, rest = _judge(version, parts, stack, duration_ms=duration_ms)
    except ContractError as error:
        steps.append({"name": "Check", "ok": False, "lines": [error.reason]})
        return {**document, "code": error.code, "message": error.message}
    if found is None:
        steps.append({"name": "Check", "ok": True, "lines": ["There is no JSON in it to check."]})
        return document
    removed = f"{found.removed} removed." if found.removed else "Nothing to remove: delivered as it came."
    charge = as_price(found.charge.reason) if found.charge else ""
    for name, line in (("Check", found.checked), ("Charge", charge), ("Clean", removed)):
        steps.append({"name": name, "ok": True, "lines": [line]})
    return {**document, "result": _text(rest)}


def _judge(
    version: ListingVersion, parts: Sequence[Part], stack: ExitStack, *, duration_ms: int
) -> tuple[judging.Judged | None, Spool]:
    definition = definition_of(version)
    first = next((part for part in parts if part.is_json), None)
    if first is None:
        if definition.response_schema is not None:
            raise NoResults("The callback has no JSON part, and the response schema asks for one.")
        return None, parts[0].spool
    cleaned = stack.enter_context(Spool(limit=MAX_CALLBACK_BYTES))
    task = judging.Task(definition=version.definition, is_result=True, duration_ms=duration_ms)
    try:
        found = judging.judge(
            first.spool.file, first.spool.size, task, definition=definition, cleaned=cleaned.write
        )
    except judging.NotJson as error:
        raise Unreadable(f"Invalid body: {error}") from error
    return found, cleaned if found.removed else first.spool


def settle(callback: ReceivedCallback) -> None:
    """Tell the run of the bench, if it is one's, what it came to. One that has ended stays as it is."""
    document = callback.document
    if "steps" not in document:
        return
    run = BenchRun.objects.select_related("case").get(pk=f"TR{callback.request_sid[2:]}")
    code = document["code"]
    expected = run.case.expected_code if run.case else None
    open_runs = BenchRun.objects.filter(pk=run.pk, code=None, as_expected=None)
    open_runs.update(code=code, as_expected=code == expected)


def _shown(part: Part) -> dict[str, Any]:
    text = _text(part.spool) if part.content_type.startswith(_TEXTS) or part.is_json else ""
    return {"label": part.label, "type": part.content_type, "size": part.spool.size, "text": text}


def _text(spool: Spool) -> str:
    """The beginning, drawn with indents when it is whole and JSON."""
    data = spool.file.read(MOST_TEXT + 1)
    if len(data) <= MOST_TEXT:
        try:
            return orjson.dumps(orjson.loads(data), option=orjson.OPT_INDENT_2).decode()
        except orjson.JSONDecodeError:
            pass
    return data[:MOST_TEXT].decode(errors="replace")
