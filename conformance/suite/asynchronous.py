"""N01-N08: a recording is handed over, and its result called back."""

from http import HTTPStatus
from typing import Final

from conformance.suite.callbacks import JSON_TYPE, Unreadable, base_type, is_multipart, parts_of
from conformance.suite.checks import MAX_CHECK_SECONDS, Finding, Skip, bad, check, doubtful, good
from conformance.suite.receiver import Received
from conformance.suite.report import Exchange, bounded
from conformance.suite.tester import Asked, Tester
from publishers.contract.check import parsed
from publishers.contract.errors import Unexpected
from publishers.contract.limits import (
    ASYNC_DEADLINE_FACTOR,
    ASYNC_DEADLINE_FLOOR_MS,
    MAX_CALLBACK_BYTES,
    MAX_CALLBACK_JSON_NODES,
)
from publishers.contract.templates import JSON

ACCEPTED: Final = frozenset({202, 204})
ACCEPTED_WITHIN_MS: Final = 2_000
USUAL_FACTOR: Final = 5  # contract 11.3: 99 of 100 results should be there after 5 times the length
_QUICK_MS: Final = 15_000  # of a recording of three seconds nobody expects five times its length
_AGAIN_SECONDS: Final = 2
_MOST_AGAIN: Final = 3
_ONE, _TWO = 1, 2

# The deadline of a short recording is its floor; a little more, for the way.
MAX_CALLBACK_SECONDS: Final = ASYNC_DEADLINE_FLOOR_MS / 1_000
CHECK_SECONDS: Final = MAX_CALLBACK_SECONDS + MAX_CHECK_SECONDS


def deadline_ms(duration_ms: int) -> int:
    """How long the platform waits for the result of a recording."""
    return max(ASYNC_DEADLINE_FACTOR * duration_ms, ASYNC_DEADLINE_FLOOR_MS)


async def _accepted(tester: Tester, channels: int = _ONE) -> Asked:
    """A recording that was taken. Raises Skip."""
    tester.async_only()
    asked = await tester.dispatched(channels)
    if asked.reply is None:
        raise Skip("The recording was not taken: see N01.")
    return asked


async def callbacks_to(tester: Tester, asked: Asked) -> list[Received]:
    """What was called back, as soon as anything was. Raises Skip when nobody listens."""
    if tester.receiver is None:
        raise Skip("Nobody listens for callbacks in this run.")
    url = tester.callback_url(asked.sources.request_sid)
    received = await tester.receiver.wait(url, seconds=0 if url in tester.silent else MAX_CALLBACK_SECONDS)
    if not received:
        tester.silent.add(url)
    return received


async def taken_callback(tester: Tester) -> Received:
    """The callback that brought the result of the first recording. Raises Skip."""
    for each in await callbacks_to(tester, await _accepted(tester)):
        if each.is_taken:
            return each
    raise Skip("No result was called back: see N03 and N04.")


def exchange_of(received: Received) -> Exchange:
    """A callback, as the report shows it."""
    lines = [f"{received.method} (callback)", f"Content-Type: {received.content_type}"]
    lines += [f"Authorization: {'right' if received.is_authenticated else 'missing or wrong'}", ""]
    text = received.body[:4_000].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    lines += [*text.splitlines(), f"({received.size:,} bytes)"]
    return Exchange(request=bounded(lines), response=(f"HTTP {received.status}",), ms=0)


@check(
    "N01",
    "async",
    "fail",
    title="A recording is accepted with 202 or 204 and an empty body, at once",
    why="The platform then waits for the callback. 4xx fails the result, a 200 with JSON declines it.",
    fix="Store the recording, answer 202, and do the work afterwards.",
    section="response",
)
async def accepted(tester: Tester) -> Finding:
    tester.async_only()
    asked = await tester.dispatched(_ONE)
    if asked.reply is None:
        return bad(asked.told, asked.exchanges)
    if asked.status == HTTPStatus.OK and asked.body:
        return bad("HTTP 200 with a body declines the recording (61004).", asked.exchanges)
    if asked.status not in ACCEPTED or asked.body:
        return doubtful(
            f"HTTP {asked.status} with {len(asked.body)} bytes is taken like 202.", asked.exchanges
        )
    if asked.ms > ACCEPTED_WITHIN_MS:
        return doubtful(f"It took {asked.ms:,} ms; the work should begin behind the answer.", asked.exchanges)
    return good(f"HTTP {asked.status} after {asked.ms} ms.", asked.exchanges)


@check(
    "N02",
    "async",
    "fail",
    title="Recordings in audio/x-wav with one and with two channels are accepted",
    why="Calls are recorded with one channel for both, or with one for each side.",
    fix="Read the number of channels from the file or from {{channels}}, and mix or separate them.",
    section="request",
)
async def channels(tester: Tester) -> Finding:
    await _accepted(tester)
    asked = await tester.dispatched(_TWO)
    if asked.reply is None or (asked.status == HTTPStatus.OK and asked.body):
        return bad(f"Two channels were refused: {asked.told}", asked.exchanges)
    return good("Both were accepted.", asked.exchanges)


@check(
    "N03",
    "async",
    "fail",
    title="The result is posted to the callback URL of the request, once",
    why="The URL belongs to one recording of one customer; whatever comes elsewhere or later is lost.",
    fix="POST to exactly the URL of {{callback_url}}, and stop when it answers 2xx or 4xx.",
    section="request",
    seconds=CHECK_SECONDS,
)
async def called_back(tester: Tester) -> Finding:
    asked = await _accepted(tester)
    received = await callbacks_to(tester, asked)
    if not received:
        return bad(f"Nothing came within {MAX_CALLBACK_SECONDS:.0f} s.", asked.exchanges)
    received = await _with_latecomers(tester, asked, received)
    exchanges = [exchange_of(each) for each in received]
    if all(each.method != "POST" for each in received):
        return bad(f"It came by {received[0].method}, not by POST.", exchanges)
    if sum(each.is_authenticated for each in received) > 1:
        return doubtful(f"It was posted {len(received)} times.", exchanges)
    return good("One POST to its URL.", exchanges)


async def _with_latecomers(tester: Tester, asked: Asked, received: list[Received]) -> list[Received]:
    """What came, and what follows at once upon it."""
    assert tester.receiver is not None  # noqa: S101 - else nothing was received
    url, another = tester.callback_url(asked.sources.request_sid), len(received) + 1
    return await tester.receiver.wait(url, seconds=_AGAIN_SECONDS / 2, at_least=another)


@check(
    "N04",
    "async",
    "fail",
    title="The callback signs in as the publisher's account",
    why="Whoever else learns the URL must not write a result: the answer is 401 or 403.",
    fix="Use Basic with AccountSid:AuthToken of your account, or an API key of it.",
    section="credentials",
    seconds=CHECK_SECONDS,
)
async def signed_in(tester: Tester) -> Finding:
    received = await callbacks_to(tester, await _accepted(tester))
    if not received:
        raise Skip("Nothing was called back: see N03.")
    exchanges = [exchange_of(each) for each in received]
    if not any(each.is_authenticated for each in received):
        return bad(f"It was refused with HTTP {received[0].status}.", exchanges)
    if not received[0].is_authenticated:
        return doubtful("The first try was without credentials; each sends the result twice.", exchanges)
    return good("Signed in.")


@check(
    "N05",
    "async",
    "fail",
    title="The result is a JSON object, or a form with a part for each payload, and fits the schema",
    why="What cannot be read is answered 400, and what the schema refuses fails with 61004.",
    fix="Post application/json, or multipart/form-data with a name and a type for each part.",
    section="response",
    seconds=CHECK_SECONDS,
)
async def readable(tester: Tester) -> Finding:
    received = await callbacks_to(tester, await _accepted(tester))
    known = [each for each in received if each.is_authenticated]
    if not known:
        raise Skip("No callback signed in: see N03 and N04.")
    last = next((each for each in known if each.is_taken), known[-1])
    try:
        documents = documents_of(last)
    except Unexpected as error:
        return bad(error.reason, [exchange_of(last)])
    if documents is None:
        return doubtful(f"{last.size:,} bytes: too much to be judged here.")
    return _judged(tester, last, documents)


def _judged(tester: Tester, received: Received, documents: list[JSON]) -> Finding:
    """The first JSON is what the schema judges, as for a real result."""
    schema = tester.definition.response_schema
    if documents and schema is not None and (fault := schema.first_fault(documents[0])):
        message = f"The response schema refuses {fault.path or 'the answer'}: {fault.message}"
        return bad(message, [exchange_of(received)])
    kind = "a form" if is_multipart(received.content_type) else "JSON"
    if not documents:
        return doubtful("There is no JSON in the form: nothing is judged.", [exchange_of(received)])
    if kind == "JSON" and base_type(received.content_type) != JSON_TYPE:
        return doubtful(
            f"JSON, but its type is {received.content_type or 'not given'}.", [exchange_of(received)]
        )
    return good(f"It is {kind} of {received.size:,} bytes.", [exchange_of(received)])


def documents_of(received: Received) -> list[JSON] | None:
    """The JSON objects of a callback; None when it was too large to be kept. Raises Unexpected."""
    if received.size > len(received.body):
        return None
    if not is_multipart(received.content_type):
        texts = [received.body]
    else:
        try:
            texts = [each.content for each in parts_of(received.content_type, received.body) if each.is_json]
        except Unreadable as error:
            raise Unexpected(str(error)) from error
    documents = [parsed(text, most_values=MAX_CALLBACK_JSON_NODES) for text in texts]
    if not all(isinstance(document, dict) for document in documents):
        raise Unexpected("The JSON is not an object.")
    return documents


@check(
    "N06",
    "async",
    "fail",
    title="The result is not larger than 100 MB",
    why="A larger one is answered 413, and the result fails with 61007.",
    fix="Leave the audio out, or post it compressed in a part of its own.",
    section="response",
    seconds=CHECK_SECONDS,
)
async def small(tester: Tester) -> Finding:
    received = await callbacks_to(tester, await _accepted(tester))
    if not received:
        raise Skip("Nothing was called back: see N03.")
    largest = max(received, key=lambda each: each.size)
    too_large = largest.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or largest.size > MAX_CALLBACK_BYTES
    if too_large:
        return bad(f"More than {MAX_CALLBACK_BYTES:,} bytes.")
    return good(f"{largest.size:,} bytes.")


@check(
    "N07",
    "async",
    "fail",
    title="The result comes within ten times the length of the recording",
    why="Then the platform gives up (61001) and the URL is dead; it never gives up before a minute.",
    fix="Work on several recordings at once, and post an error when it takes too long.",
    section="response",
    seconds=CHECK_SECONDS,
)
async def in_time(tester: Tester) -> Finding:
    asked = await _accepted(tester)
    received = await callbacks_to(tester, asked)
    most = deadline_ms(tester.duration_ms())
    if not received:
        return bad(f"No result within {min(most / 1_000, MAX_CALLBACK_SECONDS):.0f} s.", asked.exchanges)
    took = round((received[0].at - asked.sources.at).total_seconds() * 1_000)
    text = f"After {took / 1_000:.1f} s, for a recording of {tester.duration_ms() / 1_000:.1f} s."
    if took > most:
        return bad(text)
    if took > max(USUAL_FACTOR * tester.duration_ms(), _QUICK_MS):
        return doubtful(f"{text} Aim at {USUAL_FACTOR} times its length.")
    return good(text)


@check(
    "N08",
    "async",
    "fail",
    title="A recording that is handed over twice, and a URL that is used up, do no harm",
    why="The platform repeats a request SID when it did not see the answer; its URL then answers 404.",
    fix="Remember the request SIDs you accepted, answer 202 again, and give up on 404.",
    seconds=CHECK_SECONDS,
)
async def twice(tester: Tester) -> Finding:
    taken = await taken_callback(tester)
    first = await _accepted(tester)
    again = await tester.ask(first.sources)
    if again.reply is None:
        return bad(f"The second time it was refused: {again.told}", again.exchanges)
    assert tester.receiver is not None  # noqa: S101 - else `taken_callback` had skipped
    used = 1 + (await callbacks_to(tester, first)).index(taken)
    url, too_many = tester.callback_url(first.sources.request_sid), used + _MOST_AGAIN + 1
    received = await tester.receiver.wait(url, seconds=_AGAIN_SECONDS, at_least=too_many)
    extra = received[used:]
    if len(extra) > _MOST_AGAIN:
        exchanges = [exchange_of(each) for each in extra]
        return bad(f"The used URL was asked {len(extra)} times within seconds.", exchanges)
    return good(
        f"Accepted again, and {len(extra)} calls to the used URL, which were refused.", again.exchanges
    )
