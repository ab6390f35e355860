"""Number Facts: what the public numbering plan tells about a phone number.

The data is libphonenumber's, inside the `phonenumbers` package; nothing is asked of any network.
"""

import time

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, carrier, geocoder, timezone

from examples.publishers.desk import Service
from examples.publishers.question import JSON, Question
from examples.publishers.verification import bearer_token

LANGUAGES = ("en", "de", "fr", "es", "it")
TIME_ZONE_COUNTS = range(1, 9)
NOT_VALID: JSON = {"valid": False, "error": "this is not a valid phone number"}


def answer(question: Question) -> JSON:
    """Facts about the number, or an error the customer does not pay for."""
    started = time.perf_counter()
    number = question.text("number")
    language = question.choice("language", LANGUAGES, default="en")
    wanted = question.integer("max_time_zones", TIME_ZONE_COUNTS, default=3)
    if not question.switch("time_zones", default=True):
        wanted = 0
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return NOT_VALID
    if not phonenumbers.is_valid_number(parsed):
        return NOT_VALID
    return {**facts(parsed, language), "time_zones": time_zones(parsed)[:wanted], "debug": debug(started)}


def facts(number: PhoneNumber, language: str) -> JSON:
    """Null where the numbering plan says nothing."""
    return {
        "number": phonenumbers.format_number(number, PhoneNumberFormat.E164),
        "valid": True,
        "line_type": PhoneNumberType.to_string(phonenumbers.number_type(number)).lower(),
        "carrier": carrier.name_for_number(number, language) or None,
        "region": geocoder.description_for_valid_number(number, language) or None,
        "country_code": phonenumbers.region_code_for_number(number),
        "calling_code": number.country_code,
        "national_format": phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
        "international_format": phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
    }


def time_zones(number: PhoneNumber) -> list[str]:
    return [zone for zone in timezone.time_zones_for_number(number) if zone != timezone.UNKNOWN_TIMEZONE]


def debug(started: float) -> JSON:
    """For ourselves. The listing asks the platform to remove it (`$.debug`), and its trace shows that."""
    took = round((time.perf_counter() - started) * 1000, 2)
    return {"library": f"phonenumbers {phonenumbers.__version__}", "took_ms": took}


SERVICE = Service(name="Number Facts", method="GET", path="/v1/facts", credential=bearer_token, answer=answer)
