"""B01-B03: what an answer would cost, by the definition's own price."""

from typing import Final

from billing.pricing import MICROS, Charge, charge_for_recording, charge_for_use
from conformance.suite.asynchronous import documents_of, taken_callback
from conformance.suite.checks import Finding, Skip, bad, check, doubtful, good, listed
from conformance.suite.samples import UNANSWERABLE
from conformance.suite.sync import odd_questions
from conformance.suite.tester import Asked, Tester
from publishers.contract.check import parsed
from publishers.contract.definition import Pricing
from publishers.contract.errors import Unexpected
from publishers.contract.templates import JSON

_OK: Final = 200
_MINUTE_MS: Final = 60_000
# Lengths in milliseconds, and the minutes that were started.
_STARTED: Final = {1: 1, _MINUTE_MS - 1: 1, _MINUTE_MS: 1, _MINUTE_MS + 1: 2, 10 * _MINUTE_MS: 10}


def _priced(tester: Tester) -> Pricing:
    """Raises Skip for what is free."""
    pricing = tester.definition.pricing
    if pricing.model == "free":
        raise Skip("It is free.")
    return pricing


def _amount(charge: Charge) -> str:
    return f"{charge.amount_micros / MICROS:g} {charge.currency}"


async def _document(tester: Tester) -> JSON:
    """The good answer, or the first JSON that was called back. Raises Skip."""
    try:
        if tester.is_sync:
            return parsed((await tester.well_answered()).body)
        documents = documents_of(await taken_callback(tester))
    except Unexpected as error:
        raise Skip("The answer is no JSON.") from error
    if not documents:
        raise Skip("No JSON was called back.")
    return documents[0]


@check(
    "B01",
    "billing",
    "warn",
    title="A good answer is billed",
    why="A condition that is always met, or a status that is not billable, earns nothing.",
    fix="See which condition was met. Look at unbilled_if_present and billable_status.",
    section="pricing",
    seconds=90,
)
async def good_is_billed(tester: Tester) -> Finding:
    pricing = _priced(tester)
    document = await _document(tester)
    asked = await tester.well_answered()
    if tester.is_sync:
        charge = charge_for_use(pricing, http_status=asked.status or 0, document=document)
    else:
        charge = charge_for_recording(
            pricing, http_status=_OK, document=document, duration_ms=tester.duration_ms()
        )
    if charge.quantity:
        return good(f"{charge.reason} {_amount(charge)}.")
    if not tester.is_sync and tester.subject.samples.audio is None:
        raise Skip(f"Nobody speaks in the made-up recording: give one of your own. {charge.reason}")
    return bad(charge.reason, asked.exchanges)


@check(
    "B02",
    "billing",
    "warn",
    title="An answer that declines is not billed",
    why="The developer pays for answers, not for attempts: so your own condition says.",
    fix="Name in unbilled_if_present what only such answers hold, for example $.error.",
    section="pricing",
)
async def declined_is_free(tester: Tester) -> Finding:
    pricing = _priced(tester)
    tester.sync_only()
    if not pricing.unbilled_if_present:
        raise Skip("There is no condition: every answer is billed, whatever it says.")
    await tester.well_answered()
    questions = list(odd_questions(tester, UNANSWERABLE))
    answers = await tester.ask_all([sources for _, sources in questions])
    billed = []
    for (what, _), asked in zip(questions, answers, strict=True):
        if _is_declined(asked) and (charge := _charge(pricing, asked)) and charge.quantity:
            billed.append(f"{what}: {_amount(charge)}.")
    if billed:
        return bad(listed(billed), answers[0].exchanges)
    if not any(map(_is_declined, answers)):
        raise Skip("No answer declined.")
    return good("Answers with an error were free.")


def _is_declined(asked: Asked) -> bool:
    """Whether the answer says that it is none."""
    try:
        document = parsed(asked.body) if asked.reply else None
    except Unexpected:
        return False
    return isinstance(document, dict) and any(name in document for name in ("error", "errors"))


def _charge(pricing: Pricing, asked: Asked) -> Charge:
    return charge_for_use(pricing, http_status=asked.status or 0, document=parsed(asked.body))


@check(
    "B03",
    "billing",
    "fail",
    title="Minutes are counted from the length of the recording, started ones whole",
    why="It is what the price says, and what the statement shows.",
    fix="Send {{duration}}, in milliseconds, if your service counts as well, and round up.",
    section="pricing",
    seconds=90,
)
async def minutes(tester: Tester) -> Finding:
    pricing = _priced(tester)
    if pricing.model != "per_minute":
        raise Skip("It is not priced by the minute.")
    free = [
        text
        for milliseconds, started in _STARTED.items()
        if (text := _wrong_minutes(pricing, milliseconds, started))
    ]
    if free:
        return bad(listed(free))
    names = {name for each in tester.definition.request.parameters for name in _names(each)}
    if "duration" not in names:
        return doubtful("The service is not told the {{duration}}: it cannot count the same minutes.")
    return good("1 ms to 60,000 ms are one minute, 60,001 ms are two.")


def _wrong_minutes(pricing: Pricing, milliseconds: int, started: int) -> str:
    charge = charge_for_recording(
        pricing, http_status=min(pricing.billable_status), document={}, duration_ms=milliseconds
    )
    if charge.quantity == started:
        return ""
    return f"{milliseconds:,} ms would be {charge.quantity} minutes, not {started}."


def _names(parameter: object) -> frozenset[str]:
    source = getattr(parameter, "source", None)
    return getattr(source, "names", frozenset())
