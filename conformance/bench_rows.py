"""Cases and runs of the bench as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from conformance.bench import LONGEST_WAIT, deadline_ms
from conformance.models import BenchCase, BenchRun, ReceivedCallback
from conformance.receiving import callbacks_of
from publishers.models import Listing, ListingVersion
from results.event_codes import CODES
from results.tree import MAX_DEPTH, MAX_NODES, Node, depth, size, tree_of


@dataclass(frozen=True, kw_only=True)
class RunState:
    """A state of the product, its word, and a code's title. `is_open`: its callback may still come."""

    status: str
    word: str
    title: str = ""
    is_open: bool = False


def state_of(run: BenchRun) -> RunState:
    """What a run came to, as a page says it."""
    if run.as_expected is None:
        if timezone.now() - run.date_created < LONGEST_WAIT:
            return RunState(status="in-progress", word="Waiting for the callback", is_open=True)
        return RunState(status="late", word="No callback came")
    if run.code is None:
        return RunState(status="successful", word="Good answer")
    title = CODES[run.code].title if run.code in CODES else "Failed"
    return RunState(status="failed", word=str(run.code), title=title)


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """A case with its last run against one version; `last` is None when it was never sent to that one."""

    case: BenchCase
    last: BenchRun | None
    state: RunState | None
    is_stale: bool

    @property
    def expected(self) -> str:
        code = self.case.expected_code
        return "A good answer" if code is None else str(code)

    @property
    def expected_title(self) -> str:
        code = self.case.expected_code
        return "" if code is None else CODES[code].title


def case_rows(listing: Listing, version: ListingVersion | None) -> list[CaseRow]:
    """The cases of a listing by name, each with its last run against a version: three queries."""
    newest = BenchRun.objects.filter(case=OuterRef("pk"), version=version).order_by("-sid").values("sid")[:1]
    cases = list(listing.test_cases.defer("sealed_configuration"))
    last_sids = dict(listing.test_cases.annotate(last_sid=Subquery(newest)).values_list("pk", "last_sid"))
    sids = [sid for sid in last_sids.values() if sid]
    runs = BenchRun.objects.defer("sealed_document").in_bulk(sids)
    digest = version.definition_sha256 if version else ""
    rows = []
    for case in cases:
        last = runs.get(last_sids.get(case.pk, ""))
        rows.append(
            CaseRow(
                case=case,
                last=last,
                state=state_of(last) if last else None,
                is_stale=last is not None and last.definition_sha256 != digest,
            )
        )
    return rows


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """A run in a list."""

    run: BenchRun
    state: RunState


def run_rows(runs: Sequence[BenchRun]) -> list[RunRow]:
    """Runs with their states."""
    return [RunRow(run=run, state=state_of(run)) for run in runs]


def page_of(run: BenchRun) -> dict[str, Any]:
    """Everything the page of a run shows."""
    document, state = run.document, state_of(run)
    callbacks = callbacks_of(run.request_sid) if "audio_ms" in document else []
    taken = next((each for each in callbacks if each.was_taken), None)
    steps = document.get("steps", [])
    return {
        "state": state,
        "document": document,
        "given": _pretty(document.get("input", {})),
        "steps": steps,
        "scale_ms": max(
            [run.duration_ms, 100, *(each["started_ms"] + each["duration_ms"] for each in steps)]
        ),
        "request_text": "\n".join(document.get("request", [])),
        "replies": [_reply(number, each) for number, each in enumerate(document.get("replies", []), start=1)],
        "envelope": _pretty(document["envelope"]) if "envelope" in document else "",
        "envelope_tree": drawn(document["envelope"]) if "envelope" in document else None,
        "is_recording": "audio_ms" in document,
        "callbacks": [_callback(each) for each in callbacks],
        "taken": _callback(taken) if taken else None,
        "deadline": run.date_created + timedelta(milliseconds=deadline_ms(int(document.get("audio_ms", 0)))),
    }


def drawn(document: Any) -> Node | None:
    """The document as a tree; None when it is too large to draw."""
    tree = tree_of(document)
    return tree if size(tree) <= MAX_NODES and depth(tree) <= MAX_DEPTH else None


def _reply(number: int, reply: dict[str, Any]) -> dict[str, Any]:
    lines = [f"HTTP {reply['status']}", *reply["headers"], "", reply["text"]]
    return {**reply, "raw": "\n".join(lines), "label": f"Answer {number}"}


def _callback(row: ReceivedCallback) -> dict[str, Any]:
    document = row.document
    return {"row": row, **document, "tree": _tree_of_text(document.get("result"))}


def _tree_of_text(text: str | None) -> Node | None:
    try:
        return drawn(orjson.loads(text)) if text else None
    except orjson.JSONDecodeError:  # only its beginning is kept
        return None


def _pretty(document: Any) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
