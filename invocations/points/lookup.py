"""Lookups: a number is asked about, on request (contract section 5)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import phonenumbers

from accounts.models import Account
from invocations import events
from marketplace import services
from marketplace.models import InstalledAddOn
from results.outcomes import Outcome
from results.services import Happening

POINT = "lookup-api"
DEFAULT_COUNTRY = "US"
# A prefix and a name before the parameter: `AddOns.{unique_name}.{parameter}`.
PARAMETER_PARTS = 3


@dataclass(frozen=True)
class Number:
    """A valid telephone number in the forms a lookup answers with."""

    e164: str
    national_format: str
    country_code: str


@dataclass(frozen=True)
class AddOnsAsked:
    """Which installed add-ons a lookup names, and their run-time parameters. None: none were asked for."""

    names: tuple[str, ...]
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def parse_number(text: str, country: str = DEFAULT_COUNTRY) -> Number | None:
    """The number, or None when it is not a valid one. National numbers are read in the given country."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    number.extension = None  # nobody can look up an extension
    return Number(
        e164=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        national_format=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL),
        country_code=phonenumbers.region_code_for_number(number) or "",
    )


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


def run(*, account: Account, number: Number, asked: AddOnsAsked, purpose: str = "live") -> list[Outcome]:
    """Ask every named add-on that is installed and switched on for lookups; others are left out."""
    own = InstalledAddOn.objects.of(account).enabled_for(POINT).with_listing()
    # A text that can be nobody's name, such as one with a NUL, is not for the database.
    names = {name for name in asked.names if services.UNIQUE_NAME_PATTERN.fullmatch(name)}
    installed = {each.unique_name: each for each in own.filter(unique_name__in=names)}
    chosen = [installed[name] for name in dict.fromkeys(asked.names) if name in installed]
    return events.run(
        chosen,
        happening=Happening(extension=POINT, purpose=purpose, primary_address=number.e164),
        event={"primary_address": number.e164},
        runtime=asked.parameters,
    )
