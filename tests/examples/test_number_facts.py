"""Number Facts tells the truth, and says so when it knows none."""

import pytest

from tests.examples.caller import about_number


async def test_a_number_in_san_francisco(facts):
    status, answer = await facts(about_number("+14155552671", language="en"))
    assert status == 200
    assert set(answer.pop("debug")) == {"library", "took_ms"}
    assert answer == {
        "number": "+14155552671",
        "valid": True,
        "line_type": "fixed_line_or_mobile",
        "carrier": None,
        "region": "San Francisco, CA",
        "country_code": "US",
        "calling_code": 1,
        "national_format": "(415) 555-2671",
        "international_format": "+1 415-555-2671",
        "time_zones": ["America/Los_Angeles"],
    }


@pytest.mark.parametrize(
    ("number", "line_type", "carrier", "country"),
    [
        ("+491711234567", "mobile", "T-Mobile", "DE"),
        ("+4930123456", "fixed_line", None, "DE"),
        ("+18778894546", "toll_free", None, "US"),
        ("+445600123456", "voip", None, "GB"),
    ],
)
async def test_line_types(facts, number, line_type, carrier, country):
    _, answer = await facts(about_number(number))
    assert (answer["line_type"], answer["carrier"], answer["country_code"]) == (line_type, carrier, country)


@pytest.mark.parametrize(
    ("language", "region"),
    [("en", "Geneva"), ("de", "Genf"), ("fr", "Genève"), ("es", "Geneva"), ("it", "Ginevra")],
)
async def test_places_are_named_in_the_language_asked_for(facts, language, region):
    _, answer = await facts(about_number("+41223456789", language=language))
    assert answer["region"] == region


@pytest.mark.parametrize(
    ("query", "count"),
    [({}, 3), ({"max_time_zones": "8"}, 8), ({"time_zones": "false"}, 0), ({"time_zones": "True"}, 3)],
)
async def test_time_zones_as_configured(facts, query, count):
    _, answer = await facts(about_number("+18778894546", **query))
    assert len(answer["time_zones"]) == count


@pytest.mark.parametrize(
    "number", ["", "hello", "+999123", "+1415555", "+447700900123", "9" * 300, "+1" * 1000]
)
async def test_what_is_no_valid_number_has_no_facts(facts, number):
    assert await facts(about_number(number)) == (
        200,
        {"valid": False, "error": "this is not a valid phone number"},
    )


async def test_a_language_we_do_not_have_is_no_fault_of_the_request(facts):
    status, answer = await facts(about_number("+14155552671", language="tlh"))
    assert (status, answer) == (200, {"error": "language must be one of en, de, fr, es, it"})


@pytest.mark.parametrize(
    "query", [{"max_time_zones": "9"}, {"max_time_zones": "many"}, {"time_zones": "perhaps"}]
)
async def test_settings_that_make_no_sense_are_refused_by_name(facts, query):
    status, answer = await facts(about_number("+14155552671", **query))
    assert status == 400
    assert next(iter(query)) in answer["error"]
