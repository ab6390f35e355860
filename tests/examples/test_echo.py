"""Echo Mirror says back what it was asked with."""

from datetime import UTC, datetime

import pytest

from tests.examples.caller import KEY, Ask
from tests.examples.test_listings import example_in, listing_of


def asked(**query: str) -> Ask:
    return Ask("/v1/echo", {"apikey": KEY, **query})


async def test_the_query_comes_back(echo):
    status, answer = await echo(asked(e164="+14155552671", language="es"))
    assert status == 200
    assert answer == {"args": {"apikey": KEY, "e164": "+14155552671", "language": "es"}}


async def test_without_a_number_there_is_nothing_to_say(echo):
    assert await echo(asked()) == (400, {"error": "parameter e164 is missing"})


async def test_another_key_is_refused(echo):
    status, _ = await echo(Ask("/v1/echo", {"apikey": "another", "e164": "+14155552671"}))
    assert status == 401


@pytest.mark.parametrize("written", ["", "tomorrow", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00"])
async def test_an_old_request_is_refused(echo, written):
    status, _ = await echo(asked(e164="+14155552671"), **{"X-Twilio-RequestDate": written})
    assert status == (403 if written else 200)


async def test_a_request_of_now_is_answered(echo):
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    status, _ = await echo(asked(e164="+14155552671"), **{"X-Twilio-RequestDate": now})
    assert status == 200


async def test_the_documented_answer_is_the_answer(echo):
    _, answer = await echo(asked(e164="+14155552671", language="en_US"))
    del answer["args"]["apikey"]
    assert example_in(listing_of("echo")["documentation"]["body"]) == answer
