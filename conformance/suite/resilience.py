"""R01-R03: many calls, calls at once, and events that are rare."""

from collections.abc import Sequence
from typing import Final

from conformance.suite.checks import Finding, Skip, bad, check, doubtful, good, listed
from conformance.suite.recordings import wav
from conformance.suite.samples import ODD, configuration_of
from conformance.suite.sync import is_object, odd_questions, percentile
from conformance.suite.tester import Asked, Tester
from publishers.contract.errors import BadRequest
from publishers.contract.fields import Sources

BURST: Final = 50
AT_ONCE: Final = 10
# Each of them is work that goes on when the test is over.
BURST_OF_RECORDINGS: Final = 5
RECORDINGS_AT_ONCE: Final = 3
_SHORT_MS: Final = 500
_MOMENT_MS: Final = 20


def _questions(tester: Tester, count: int) -> list[Sources]:
    if tester.is_sync:
        return [tester.sources() for _ in range(count)]
    sound = wav(channels=1, milliseconds=_SHORT_MS)
    return [tester.recording(sound) for _ in range(count)]


def _failures(answers: Sequence[Asked]) -> list[Asked]:
    """Without those that the service refused by its own words: see Y09."""
    return [asked for asked in answers if asked.reply is None]


def _judged(answers: Sequence[Asked], what: str) -> Finding:
    failed = _failures(answers)
    if failed:
        exchanges = [exchange for asked in failed for exchange in asked.exchanges]
        return bad(f"{len(failed)} of {what} failed. The first: {failed[0].told}", exchanges)
    slowest = percentile([asked.ms for asked in answers], 100)
    return good(f"{what} were answered, the slowest after {slowest:,} ms.")


@check(
    "R01",
    "resilience",
    "fail",
    title="Many calls in a row are answered",
    why="One busy customer makes as many in a second; 5xx and 429 count against your service level.",
    fix="Let no limit of your own stand below this, and give each call what it needs at the start.",
    seconds=60,
)
async def burst(tester: Tester) -> Finding:
    await tester.well_answered()
    count = BURST if tester.is_sync else BURST_OF_RECORDINGS
    answers = []
    for sources in _questions(tester, count):
        answers.append(await tester.ask(sources))
        if len(_failures(answers)) > BURST_OF_RECORDINGS:
            break
    return _judged(answers, f"{len(answers)} calls in a row")


@check(
    "R02",
    "resilience",
    "fail",
    title="Calls at the same time are answered",
    why="The calls of all customers come side by side; who answers one after the other is late for the last.",
    fix="Serve several requests at once, and do not wait for other services one by one.",
)
async def at_once(tester: Tester) -> Finding:
    await tester.well_answered()
    count = AT_ONCE if tester.is_sync else RECORDINGS_AT_ONCE
    return _judged(await tester.ask_all(_questions(tester, count)), f"{count} calls at once")


@check(
    "R03",
    "resilience",
    "fail",
    title="Rare events are answered",
    why="Emoji, long messages and numbers of no country come every day, and nobody can ask the sender again.",
    fix="Read text as Unicode of any length, take any E.164 number, and do without optional settings.",
)
async def odd(tester: Tester) -> Finding:
    await tester.well_answered()
    questions = list(_odd_questions(tester))
    answers = await tester.ask_all([sources for _, sources in questions])
    named = [(what, asked) for (what, _), asked in zip(questions, answers, strict=True) if asked.was_sent]
    if not named:
        raise Skip("The request schema lets nothing rare through.")
    failed = [(what, asked) for what, asked in named if _fell_over(asked, is_sync=tester.is_sync)]
    if failed:
        exchanges = [exchange for _, asked in failed for exchange in asked.exchanges]
        return bad(listed([f"{what}: {asked.told}" for what, asked in failed]), exchanges)
    refused = [f"{what}: {asked.told}" for what, asked in named if isinstance(asked.error, BadRequest)]
    if refused:
        return doubtful(listed(refused))
    return good(f"Answered: {', '.join(what for what, _ in named)}.")


def _fell_over(asked: Asked, *, is_sync: bool) -> bool:
    """Failed, or answered with something that is no object."""
    if asked.reply is None:
        return not isinstance(asked.error, BadRequest)
    return is_sync and not is_object(asked)


def _odd_questions(tester: Tester) -> list[tuple[str, Sources]]:
    """Rare events, every other point, and an install with the required settings only."""
    if not tester.is_sync:
        return [("a recording of a moment", tester.recording(wav(channels=1, milliseconds=_MOMENT_MS)))]
    questions = list(odd_questions(tester, ODD))
    fewest = configuration_of(tester.definition, tester.subject.samples, only_required=True)
    if fewest != tester.configuration:
        questions.append(("only the required settings", tester.sources(configuration=fewest)))
    return questions + [(point, tester.sources(point=point)) for point in tester.definition.extensions[1:]]
