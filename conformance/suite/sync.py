"""Y01-Y09: what a service answers at once, and how quickly."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from conformance.suite.callbacks import JSON_TYPE, base_type
from conformance.suite.checks import Finding, Skip, bad, check, doubtful, good, listed
from conformance.suite.samples import UNANSWERABLE, fits
from conformance.suite.tester import Asked, Tester
from publishers.contract.check import Checked, parsed
from publishers.contract.check import check as judged
from publishers.contract.errors import BodyTooLarge, ContractError, NoResults, TimedOut, Unexpected
from publishers.contract.fields import Sources
from publishers.contract.paths import Path
from publishers.contract.points import event_fields
from publishers.contract.templates import JSON

CALLS: Final = 20
"""From which the times are taken."""
MEDIAN_MS: Final = 200  # contract 9.2: what publishers should reach
P99_MS: Final = 1_500  # contract 9.2

_OK: Final = 200


async def _answer(tester: Tester) -> Asked:
    tester.sync_only()
    return await tester.well_answered()


@check(
    "Y01",
    "sync",
    "fail",
    title="A good answer has the status 200",
    why="4xx fails at once with 61005, 5xx is tried again and then fails with 61002; both count against you.",
    fix="Answer 200, also when you know nothing: with an object that says so.",
    section="response",
)
async def status(tester: Tester) -> Finding:
    tester.sync_only()
    asked = await tester.answered()
    if asked.status == _OK:
        return good("HTTP 200.", asked.exchanges)
    if asked.reply is not None:
        return doubtful(
            f"HTTP {asked.status} is taken like 200, but never billed unless listed.", asked.exchanges
        )
    return bad(f"HTTP {asked.status}.", asked.exchanges)


@check(
    "Y02",
    "sync",
    "warn",
    title="The content type is application/json",
    why="The platform reads any body that is JSON; other clients, and caches between, go by the header.",
    fix="Send Content-Type: application/json.",
    section="response",
)
async def content_type(tester: Tester) -> Finding:
    asked = await _answer(tester)
    given = asked.headers.get("content-type", "")
    if base_type(given) == JSON_TYPE or base_type(given).endswith("+json"):
        return good(given)
    return bad(f"The content type is {given or 'not given'}.", asked.exchanges)


@check(
    "Y03",
    "sync",
    "fail",
    title="The body is JSON in UTF-8, the same for every reader",
    why="Anything else fails with 61000: HTML, NaN, a key twice, a byte order mark, text behind the end.",
    fix="Write the answer with a JSON library, and let no error page of a proxy stand in for it.",
    section="response",
)
async def is_json(tester: Tester) -> Finding:
    asked = await _answer(tester)
    try:
        parsed(asked.body)
    except Unexpected as error:
        return bad(error.reason, asked.exchanges)
    return good(f"JSON of {len(asked.body):,} bytes.")


@check(
    "Y04",
    "sync",
    "fail",
    title="The JSON is an object",
    why="Developers read members by their names; a list or a single value fails with 61000.",
    fix='Put it into an object, such as {"items": []}.',
    section="response",
)
async def object_at_the_top(tester: Tester) -> Finding:
    asked = await _answer(tester)
    document = _document(asked)
    if not isinstance(document, dict):
        return bad(f"It is {'a list' if isinstance(document, list) else 'a single value'}.", asked.exchanges)
    return good(f"An object with {len(document)} members.")


def _document(asked: Asked) -> JSON:
    """Raises Skip when it is no JSON."""
    try:
        return parsed(asked.body)
    except Unexpected as error:
        raise Skip("The body is no JSON: see Y03.") from error


@check(
    "Y05",
    "sync",
    "fail",
    title="The answer is not larger than the limit",
    why="What is larger is dropped, and fails with 61007.",
    fix="Answer with what the developer needs, and let them ask for more by a setting.",
    section="response",
)
async def size(tester: Tester) -> Finding:
    tester.sync_only()
    most = tester.definition.response_bytes
    asked = await tester.good()
    if isinstance(asked.error, BodyTooLarge):
        return bad(f"More than {most:,} bytes.", asked.exchanges)
    body = (await tester.well_answered()).body
    if len(body) > most // 2:
        return doubtful(f"{len(body):,} of at most {most:,} bytes: others may be larger.")
    return good(f"{len(body):,} of at most {most:,} bytes.")


@check(
    "Y06",
    "sync",
    "fail",
    title="Answers come in time, and most of them quickly",
    why="At 2,000 ms the platform gives up, with 61001: a caller is waiting on the line meanwhile.",
    fix=f"Reach a median of {MEDIAN_MS} ms and {P99_MS:,} ms for 99%: answer with what is there by then.",
    seconds=60,
)
async def times(tester: Tester) -> Finding:
    tester.sync_only()
    asked = await tester.good()
    most = tester.definition.timeout_ms
    if isinstance(asked.error, TimedOut):
        return bad(f"The first call had no answer within {most:,} ms.", asked.exchanges)
    await tester.well_answered()
    took: list[int] = []
    for _ in range(CALLS):
        asked = await tester.ask(tester.sources())
        if isinstance(asked.error, TimedOut):
            return bad(f"Call {len(took) + 1} of {CALLS} had no answer within {most:,} ms.", asked.exchanges)
        if asked.reply is not None:
            took.append(asked.ms)
    if not took:
        raise Skip("No other call was answered: see R01.")
    return _judged_times(took)


def _judged_times(took: Sequence[int]) -> Finding:
    median, high, highest = percentile(took, 50), percentile(took, 95), percentile(took, 99)
    text = f"Of {len(took)} calls: median {median} ms, 95% {high} ms, slowest {highest} ms."
    if median > MEDIAN_MS or highest > P99_MS:
        return doubtful(f"{text} Aim at {MEDIAN_MS} ms and {P99_MS:,} ms.")
    return good(text)


def percentile(values: Sequence[int], percent: int) -> int:
    """The smallest value that so many percent of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@check(
    "Y07",
    "sync",
    "fail",
    title="The response schema accepts the answer",
    why="An answer it refuses is not delivered: the developer gets 61004, and nothing is billed.",
    fix="Loosen the response schema, or answer as it says. An object with an error should pass as well.",
    section="response",
)
async def fits_schema(tester: Tester) -> Finding:
    asked = await _answer(tester)
    if tester.definition.response_schema is None:
        return doubtful("There is no response schema: every object is delivered, and billed.")
    try:
        _checked(asked, tester)
    except NoResults as error:
        return bad(error.reason, asked.exchanges)
    except Unexpected as error:
        raise Skip("There is no object to judge: see Y03 and Y04.") from error
    return good("It fits.")


def _checked(asked: Asked, tester: Tester) -> Checked:
    """Raises ContractError."""
    if asked.reply is None:
        raise asked.error or Unexpected("There is no answer.")
    return judged(asked.reply, tester.definition)


@check(
    "Y08",
    "sync",
    "warn",
    title="Every path to remove finds something",
    why="A path with a slip removes nothing, and what was to stay secret is delivered.",
    fix="Correct the path, or take it away. Show an answer that holds the member with a sample of your own.",
    section="response",
)
async def cleaning(tester: Tester) -> Finding:
    asked = await _answer(tester)
    paths = tester.definition.remove
    if not paths:
        raise Skip("Nothing is removed.")
    document = _document(asked)
    idle = [path.text for path in paths if not _found(path, document)]
    if idle:
        return bad(f"Found nothing: {', '.join(idle)}.", asked.exchanges)
    return good(f"{len(paths)} path{'s' if len(paths) > 1 else ''}, each with a match.")


def _found(path: Path, document: JSON) -> bool:
    try:
        return bool(path.locations(document))
    except Unexpected:
        return True  # so many places that nobody counts them


@check(
    "Y09",
    "sync",
    "fail",
    title="What cannot be answered is a 200 with an object that says so",
    why="4xx and 5xx count against your service level, though the caller alone was at fault.",
    fix='Answer 200 and {"error": "…"}, or refuse such events by your request schema.',
    section="response",
)
async def declined(tester: Tester) -> Finding:
    tester.sync_only()
    await tester.well_answered()
    questions = list(odd_questions(tester, UNANSWERABLE))
    if not questions:
        return good("The request schema lets nothing through that could not be answered.")
    answers = await tester.ask_all([sources for _, sources in questions])
    wrong = [
        (f"{what}: {asked.told}", asked)
        for (what, _), asked in zip(questions, answers, strict=True)
        if asked.was_sent and not is_object(asked)
    ]
    if wrong:
        exchanges = [exchange for _, asked in wrong for exchange in asked.exchanges]
        return bad(listed([text for text, _ in wrong]), exchanges)
    exchanges = [exchange for asked in answers[:2] for exchange in asked.exchanges]
    return good(f"Answered with an object: {', '.join(what for what, _ in questions)}.", exchanges)


def is_object(asked: Asked) -> bool:
    """Whether the answer is what a developer can be given."""
    try:
        return asked.reply is not None and isinstance(parsed(asked.body), dict)
    except ContractError:
        return False


def odd_questions(tester: Tester, oddities: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Sources]]:
    """The usual event with something odd about it, as far as the request schema lets it through."""
    definition, usual = tester.definition, tester.sources()
    offered = event_fields(definition.type, tester.point)
    for what, fields in oddities.items():
        if fields.keys() <= offered:
            sources = tester.sources(event={**usual.event, **fields})
            if fits(definition, sources):
                yield what, sources
