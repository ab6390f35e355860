"""Lookups: a number is asked about, on request (contract section 5)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, NamedTuple

import orjson
import phonenumbers
from django.http import QueryDict

from accounts.models import Account
from invocations import events
from invocations.plans import Wanted, plans
from rest.errors import NotFound, Refused, not_found_message
from rest.representation import api_url
from results.envelope import envelope
from results.outcomes import Outcome
from results.services import Happening

# A number is matched with some twenty patterns, and the cache of `re` cannot hold those of all countries.
phonenumbers.enable_pattern_cache()

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_ENDS_OF_COUNTRY_CODES: Final = (2, 3, 4)

POINT = "lookup-api"
# "Unprovisioned or out of coverage": what the platform says when it has no source for carrier data.
NO_SOURCE: Final = 60600
DEFAULT_COUNTRY = "US"
# A prefix and a name before the parameter: `AddOns.{unique_name}.{parameter}`.
PARAMETER_PARTS = 3


class BadCountry(Refused):
    """400: `CountryCode` is no country we can read national numbers of."""


class Number(NamedTuple):
    """A valid telephone number in the forms a lookup answers with."""

    e164: str
    national_format: str
    country_code: str


@dataclass(frozen=True)
class AddOnsAsked:
    """Which installed add-ons a lookup names, and their run-time parameters."""

    names: tuple[str, ...]
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """What a query asks of a number. `asked` is None when it names no add-ons at all."""

    country: str
    types: frozenset[str]
    asked: AddOnsAsked | None

    @classmethod
    def of(cls, query: QueryDict) -> "Question":
        """Read a query. Its country may be none."""
        country = query.get("CountryCode") or DEFAULT_COUNTRY
        return cls(country, frozenset(query.getlist("Type")), read_add_ons(query.lists()))


class Lookup(NamedTuple):
    """A number, and what is asked of it."""

    number: Number
    question: Question


def read(number: str, question: Question) -> Lookup:
    """The lookup of a path's number. Raises BadCountry, NotFound."""
    if not is_country(question.country):
        raise BadCountry("Invalid CountryCode: use a two-letter country code such as US")
    parsed = parse_number(number, question.country.upper())
    if parsed is None:
        raise NotFound(not_found_message(f"/PhoneNumbers/{number}"))
    return Lookup(parsed, question)


def parse_number(text: str, country: str = DEFAULT_COUNTRY) -> Number | None:
    """The number, or None when it is not a valid one. National numbers are read in the given country."""
    try:
        number = _read_e164(text) or phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(number)
    if region is None or not phonenumbers.is_valid_number_for_region(number, region):
        return None
    number.extension = None  # nobody can look up an extension
    return Number(
        e164=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        national_format=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL),
        country_code=region,
    )


def _read_e164(text: str) -> phonenumbers.PhoneNumber | None:
    """What `phonenumbers.parse` makes of a number as programs write it, in a fifth of the time.

    None when it is written in another way, or when more is to be judged than where its country code ends: a
    trunk prefix that was left in, or zeros that belong to the number.
    """
    if not _E164.fullmatch(text):
        return None
    for end in _ENDS_OF_COUNTRY_CODES:
        code, national = int(text[1:end]), text[end:]
        if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            trunk = _trunk_prefix(code)
            is_plain = national[0] != "0" and not (trunk and trunk.match(national))
            return phonenumbers.PhoneNumber(code, int(national)) if is_plain else None
    return None


@cache
def _trunk_prefix(code: int) -> re.Pattern[str] | None:
    """What callers at home dial before the numbers of a country code."""
    region = phonenumbers.region_code_for_country_code(code)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    prefix = metadata.national_prefix_for_parsing if metadata else None
    return re.compile(prefix) if prefix else None


def is_country(code: str) -> bool:
    """Whether this is a country code whose national numbers can be read (ISO 3166 alpha-2)."""
    return code.upper() in phonenumbers.SUPPORTED_REGIONS


def read_add_ons(query: Iterable[tuple[str, list[str]]]) -> AddOnsAsked | None:
    """`AddOns` (repeated) and `AddOns.{unique_name}.{parameter}` of a query; None when `AddOns` is absent.

    The parameter's name is everything behind the second dot, dots included. Of a repeated parameter the
    last value counts.
    """
    names: tuple[str, ...] | None = None
    parameters: dict[str, dict[str, str]] = defaultdict(dict)
    for key, values in query:
        parts = key.split(".", PARAMETER_PARTS - 1)
        if key == "AddOns":
            names = tuple(values)
        elif parts[0] == "AddOns" and len(parts) == PARAMETER_PARTS:
            parameters[parts[1]][parts[2]] = values[-1]
    return None if names is None else AddOnsAsked(names, dict(parameters))


def run(
    *, account: Account, number: Number, asked: AddOnsAsked | None, purpose: str = "live"
) -> list[Outcome]:
    """Ask every named add-on that is installed and switched on for lookups; others are left out.

    Raises EngineFailed.
    """
    if asked is None:
        return []
    return events.run(
        plans(POINT, Wanted(account.sid, asked.names)),
        happening=happening_of(number, purpose),
        event=event_of(number),
        runtime=asked.parameters,
    )


def happening_of(number: Number, purpose: str = "live") -> Happening:
    """What the record says of a lookup."""
    return Happening(extension=POINT, purpose=purpose, primary_address=number.e164)


def event_of(number: Number) -> dict[str, str]:
    """The template fields of a lookup."""
    return {"primary_address": number.e164}


def resource(lookup: Lookup, outcomes: Iterable[Outcome]) -> bytes:
    """The resource as JSON."""
    return _written(lookup, None if lookup.question.asked is None else envelope(outcomes))


def resource_without_answers(lookup: Lookup) -> bytes:
    """The same when the engine itself failed."""
    return _written(lookup, events.ENGINE_FAILED)


def _written(lookup: Lookup, add_ons: Mapping[str, Any] | None) -> bytes:
    """Keys in the contract's order. Carrier and name data have no source here."""
    number, types = lookup.number, lookup.question.types
    caller_name = {"caller_name": None, "caller_type": None, "error_code": NO_SOURCE}
    carrier = {
        "mobile_country_code": None,
        "mobile_network_code": None,
        "name": None,
        "type": None,
        "error_code": NO_SOURCE,
    }
    document = {
        "caller_name": caller_name if "caller-name" in types else None,
        "country_code": number.country_code,
        "phone_number": number.e164,
        "national_format": number.national_format,
        "carrier": carrier if "carrier" in types else None,
        "add_ons": add_ons,
        "url": api_url("lookups", "lookup-number", number.e164),
    }
    return orjson.dumps(document)
