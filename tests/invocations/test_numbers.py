"""Numbers as programs write them are read in a short way: exactly as phonenumbers reads them."""

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from invocations.points.lookup import _read_e164, parse_number

DEFAULTS = ("US", "DE", "IT", "AR")
CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


def is_as_the_library_says(text: str) -> bool:
    """Whether the short way says what the library says, or leaves it to the library."""
    found = _read_e164(text)
    if found is None:
        return True
    expected = [phonenumbers.parse(text, country) for country in DEFAULTS]
    return all(vars(found) == vars(each) for each in expected)


@pytest.mark.parametrize("kind", phonenumbers.PhoneNumberType.values())
def test_an_example_of_each_country_is_read_as_the_library_reads_it(kind: int) -> None:
    examples = [
        phonenumbers.example_number_for_type(region, kind) for region in phonenumbers.SUPPORTED_REGIONS
    ]
    texts = [
        phonenumbers.format_number(each, phonenumbers.PhoneNumberFormat.E164) for each in examples if each
    ]
    assert [text for text in texts if not is_as_the_library_says(text)] == []


@settings(max_examples=400, deadline=None)
@given(code=st.sampled_from(CODES), national=st.from_regex(r"[0-9]{1,14}", fullmatch=True))
@example(code=1, national="14155552671")
@example(code=39, national="0236618300")
@example(code=54, national="91123456789")
@example(code=52, national="15512345678")
@example(code=44, national="02079460958")
@example(code=7, national="89261234567")
@example(code=800, national="12345678")
def test_digits_behind_any_country_code_are_read_as_the_library_reads_them(code: int, national: str) -> None:
    assert is_as_the_library_says(f"+{code}{national}")


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"\+[0-9]{1,18}", fullmatch=True) | st.text(max_size=12))
@example("")
@example("+")
@example("+999123456789")
@example("+1415555267١")
@example("+14155552671\n")
@example("14155552671")
def test_any_text_is_read_as_the_library_reads_it(text: str) -> None:
    assert is_as_the_library_says(text)


@pytest.mark.parametrize(
    ("text", "is_short"),
    [
        ("+14155552671", True),
        ("+4930901820", True),
        ("+442079460958", True),
        ("+4402079460958", False),
        ("+390236618300", False),
        ("+1 415 555 2671", False),
        ("(415) 555-2671", False),
        ("+1415555267", True),
    ],
)
def test_most_numbers_go_the_short_way(text: str, is_short: bool) -> None:
    assert (_read_e164(text) is not None) is is_short


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("+14155552671", "+14155552671"),
        ("+4402079460958", "+442079460958"),
        ("+390236618300", "+390236618300"),
        ("(415) 555-2671", "+14155552671"),
        ("+1415555267", None),
        ("+99912345678", None),
    ],
)
def test_both_ways_end_in_the_same_number(text: str, e164: str | None) -> None:
    parsed = parse_number(text)
    assert (parsed.e164 if parsed else None) == e164
