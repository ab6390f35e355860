"""Amounts of money as people read them. Stored in millionths of the currency unit."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from billing.pricing import MICROS, to_micros

MIN_DECIMALS: Final = 4
MAX_DECIMALS: Final = 6
# A narrow no-break space groups thousands: it is no comma to one reader and no point to another.
GROUP: Final = "\N{NARROW NO-BREAK SPACE}"
_UNITS: Final = {"per_use": "per use", "per_minute": "per started minute"}


def amount(micros: int) -> str:
    """An amount with four to six decimals, thousands grouped: 100 millionths are 0.0001."""
    return _trimmed(f"{Decimal(micros) / MICROS:,.{MAX_DECIMALS}f}".replace(",", GROUP))


def plain(micros: int) -> str:
    """The same for programs: nothing groups thousands."""
    return _trimmed(f"{Decimal(micros) / MICROS:.{MAX_DECIMALS}f}")


def _trimmed(text: str) -> str:
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(MIN_DECIMALS, '0')}"


def price_of(pricing: Mapping[str, Any]) -> str:
    """The pricing section of a definition in a few words: `Free`, or `USD 0.0020 per use`."""
    if pricing["model"] == "free":
        return "Free"
    price = amount(to_micros(Decimal(pricing.get("price", "0"))))
    return f"{pricing.get('currency', 'USD')} {price} {_UNITS[pricing['model']]}"
