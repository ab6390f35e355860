"""Echo Mirror says back what it was asked with."""

from tests.examples.caller import KEY, Ask


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
