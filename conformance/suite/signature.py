"""A01-A06: who may ask. The right question is answered, and every other one refused."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Final

from conformance.suite.checks import Finding, Skip, bad, check, doubtful, good
from conformance.suite.report import Exchange
from conformance.suite.tester import Asked, Manner, Tester
from publishers.contract.egress import SUCCESSES
from publishers.contract.secret import Secret
from publishers.contract.signing import SignedRequest

_SIGNATURE: Final = "X-Twilio-Signature"
_REFUSALS: Final = range(400, 500)
_FAILURES: Final = range(500, 600)
_STALE: Final = timedelta(hours=1)


@check(
    "A01",
    "signature",
    "fail",
    title="The right credentials and signature are let in",
    why="Nothing else can be tested, or used, before the service answers a request of the platform.",
    fix="See what the service says below. 401 or 403: its credentials or its auth token are others.",
    section="credentials",
)
async def let_in(tester: Tester) -> Finding:
    asked = await tester.good()
    if asked.was_sent and asked.status is not None and asked.status in SUCCESSES:
        return good(asked.told, asked.exchanges)
    if asked.error is not None and not asked.was_sent:
        return bad(f"The service was not asked. {asked.error.reason}")
    return bad(asked.told, asked.exchanges)


@check(
    "A02",
    "signature",
    "warn",
    title="Wrong credentials are refused",
    why="Whoever finds your URL could use the service at your cost.",
    fix="Compare the credential in constant time, and answer 401 or 403.",
    section="credentials",
)
async def wrong_credentials(tester: Tester) -> Finding:
    await _let_in_already(tester)
    if not tester.definition.credentials_used:
        raise Skip("The definition sends no credentials.")
    wrong = {name: Secret(f"wrong-{token_hex(8)}") for name in tester.definition.credentials_used}
    return _refused(await tester.ask(tester.sources(), Manner(credentials=wrong)))


@check(
    "A03",
    "signature",
    "warn",
    title="A request without signature is refused",
    why="The signature is the only proof that the platform asks, for this publisher, with these values.",
    fix="Check X-Twilio-Signature with the official validator, and answer 403 when it is absent.",
)
async def unsigned(tester: Tester) -> Finding:
    await _let_in_already(tester)

    def without(request: SignedRequest) -> SignedRequest:
        return replace(request, headers=tuple(each for each in request.headers if each[0] != _SIGNATURE))

    return _refused(await tester.ask(tester.sources(), Manner(change=without)))


@check(
    "A04",
    "signature",
    "warn",
    title="A request with a wrong signature is refused",
    why="A service that only looks whether there is a signature lets everybody in.",
    fix="Compute the signature from the URL, the parameters and your auth token, and compare.",
)
async def wrongly_signed(tester: Tester) -> Finding:
    await _let_in_already(tester)
    return _refused(await tester.ask(tester.sources(), Manner(token=Secret(token_hex(16)))))


@check(
    "A05",
    "signature",
    "warn",
    title="A request from an hour ago is refused",
    why="Whoever recorded a signed request could send it again and again.",
    fix="Refuse a X-Twilio-RequestDate older than five minutes; {{request_date}} as a parameter is signed.",
)
async def stale(tester: Tester) -> Finding:
    await _let_in_already(tester)
    return _refused(await tester.ask(tester.sources(), Manner(at=datetime.now(UTC) - _STALE)))


@check(
    "A06",
    "signature",
    "warn",
    title="The same request SID gets the same answer",
    why="The platform repeats it when it tries again after a failure, and charges once.",
    fix="Remember the answers of the last minutes by X-Twilio-RequestSid.",
)
async def repeated(tester: Tester) -> Finding:
    tester.sync_only()
    first = await tester.well_answered()
    again = await tester.ask(first.sources)
    exchanges = [*first.exchanges, *again.exchanges]
    if again.reply is None:
        return bad(f"The first time it answered, the second time not: {again.told}", exchanges)
    if again.body != first.body:
        return bad("The second answer differs from the first.", exchanges)
    return good("Twice the same, byte by byte.", exchanges)


async def _let_in_already(tester: Tester) -> None:
    """A refusal says nothing of a service that refuses everybody. Raises Skip."""
    await tester.well_answered()


def _refused(asked: Asked) -> Finding:
    exchanges: Sequence[Exchange] = asked.exchanges
    if asked.status is None:
        return doubtful(f"Neither answered nor refused. {asked.told}", exchanges)
    if asked.status in {401, 403}:
        return good(f"Refused with HTTP {asked.status}.", exchanges)
    if asked.status in _REFUSALS:
        return good(f"Refused with HTTP {asked.status}; 401 or 403 would say why.", exchanges)
    if asked.status in _FAILURES:
        return bad(f"It was not refused: the service failed with HTTP {asked.status}.", exchanges)
    return bad(f"It was answered: HTTP {asked.status}.", exchanges)
