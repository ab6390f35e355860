"""What the logs of the others say against what the system says of itself, in sentences."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.faults.developer import Developer
from tests.faults.driver import Acknowledged
from tests.faults.inside.prepare import PRICE_MICROS
from tests.faults.publisher import Publisher

ENDS: Final = {"completed": "successful", "failed": "fail"}
TAKEN: Final = 202


@dataclass
class Rows:
    """The facts, by what they belong to."""

    facts: Mapping[str, Any]
    recordings: dict[str, Any] = field(init=False)
    results: dict[str, Any] = field(init=False)
    payloads: dict[str, list[Any]] = field(init=False)
    invocations: dict[str, list[Any]] = field(init=False)
    charges: dict[str, list[Any]] = field(init=False)
    notices: dict[str, list[Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.recordings = {row["sid"]: row for row in self.facts["recordings"]}
        self.results = {row["sid"]: row for row in self.facts["results"]}
        self.payloads = _by("result_id", self.facts["payloads"])
        self.invocations = _by("sid", self.facts["invocations"])
        self.charges = _by("request_sid", self.facts["charges"])
        self.notices = _by("reference_sid", self.facts["notices"])


def judge(
    facts: Mapping[str, Any],
    *,
    acknowledged: Sequence[Acknowledged],
    publisher: Publisher,
    developers: Sequence[Developer],
) -> list[str]:
    rows = Rows(facts)
    return [
        *_nothing_lost(rows, acknowledged),
        *(sentence for sid in rows.results for sentence in _one_result(rows, sid, publisher, developers)),
        *_nobody_told_of_nothing(rows, developers),
        *_nothing_left(facts),
        *facts["violations"],
        *publisher.broken,
    ]


def _nothing_lost(rows: Rows, acknowledged: Sequence[Acknowledged]) -> Iterator[str]:
    results = Counter(row["recording__sid"] for row in rows.results.values())
    for each in acknowledged:
        row = rows.recordings.get(each.sid)
        if row is None:
            yield f"{each.sid} was acknowledged, and is gone"
        elif row["status"] != "completed":
            yield f"{each.sid} was acknowledged, and is {row['status']}: {row['reason']}"
        elif row["sha256"] != each.sha256:
            yield f"{each.sid} has other audio"
        if results[each.sid] != 1:
            yield f"{each.sid} has {results[each.sid]} results"
    known = {each.sid for each in acknowledged}
    yield from (f"{sid} was never brought" for sid in rows.recordings if sid not in known)


def _one_result(rows: Rows, sid: str, publisher: Publisher, developers: Sequence[Developer]) -> Iterator[str]:
    result, payloads = rows.results[sid], rows.payloads[sid]
    status = result["status"]
    if status not in ENDS:
        yield f"{sid} is {status}"
        return
    yield from _recorded_once(rows, sid, status)
    yield from _as_published(sid, status, payloads, publisher)
    yield from _told(sid, status, rows.notices[sid], developers)


def _recorded_once(rows: Rows, sid: str, status: str) -> Iterator[str]:
    completed = status == "completed"
    expected = ["successful"] if completed else ["failed"]
    if [row["status"] for row in rows.invocations[sid]] != expected:
        yield f"{sid} is {status}, and its invocations are {rows.invocations[sid]}"
    charges = [row["amount_micros"] for row in rows.charges[sid]]
    if charges != ([PRICE_MICROS] if completed else []):
        yield f"{sid} is {status}, and its charges are {charges}"


def _as_published(sid: str, status: str, payloads: Sequence[Any], publisher: Publisher) -> Iterator[str]:
    heard = publisher.heard[sid]
    hashes = [row["sha256"] for row in payloads]
    if status == "completed" and (len(hashes) != len(set(hashes)) or frozenset(hashes) not in heard.sent):
        yield f"{sid} keeps {len(hashes)} payloads, which are none of the {len(heard.sent)} bodies sent"
    if status == "failed" and payloads:
        yield f"{sid} failed, and keeps {len(payloads)} payloads"
    yield from (f"{row['sid']} has no file" for row in payloads if not row["is_there"])
    taken = heard.answers.count(TAKEN)
    if taken > 1:
        yield f"{sid} was taken {taken} times"
    if taken and status != "completed":
        yield f"{sid} was taken, and is {status}"
    for name, seen in (("callback URLs", heard.urls), ("audios", heard.audio), ("SIDs", heard.recordings)):
        if len(seen) > 1:
            yield f"{sid} was sent to the publisher with {len(seen)} {name}"


def _told(sid: str, status: str, notices: Sequence[Any], developers: Sequence[Developer]) -> Iterator[str]:
    told = [each.told[sid] for each in developers if sid in each.told]
    if len(notices) != 1 or len(told) != 1:
        yield f"{sid} has {len(notices)} notices, and {len(told)} developers were told"
        return
    (notice,), (heard,) = notices, told
    if heard.ids != {notice["sid"]}:
        yield f"{sid} was told of as {sorted(heard.ids)}, not as {notice['sid']}"
    if heard.statuses != {ENDS[status]}:
        yield f"{sid} is {status}, and was told of as {sorted(heard.statuses)}"
    if not heard.taken or notice["status"] != "delivered":
        yield f"{sid}: its notice is {notice['status']}, and was taken {heard.taken} times"


def _nobody_told_of_nothing(rows: Rows, developers: Sequence[Developer]) -> Iterator[str]:
    told = {sid for each in developers for sid in each.told}
    yield from (f"{sid} was told of, and is no result" for sid in told - set(rows.results))


def _nothing_left(facts: Mapping[str, Any]) -> Iterator[str]:
    for name, count in facts["left_after_the_sweep"].items():
        if count:
            yield f"{count} {name} are left"
    for name, count in facts["leases"].items():
        if count:
            yield f"{count} rows of {name} are leased or due"


def _by(key: str, rows: Iterable[Any]) -> dict[str, list[Any]]:
    found = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found
