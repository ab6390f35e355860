"""Quantities a publisher reports, and what they cost. Pure, and without floating point.

A quantity is kept as whole units and millionths, because SQLite knows no decimals and counts with 64
bits; these bounds keep every product below that.
"""

from decimal import Decimal
from typing import Final

MILLIONTHS: Final = 1_000_000
QUANTITY_DECIMALS: Final = 6
QUANTITY_STEP: Final = Decimal(1).scaleb(-QUANTITY_DECIMALS)
# A hundred items of a million each have 15 digits together: so many a JSON number of any reader keeps.
MAX_QUANTITY: Final = 1_000_000
MAX_ITEMS: Final = 100
# 10,000 currency units. With a quantity of MAX_QUANTITY that is 10^16 millionths; 64 bits hold 9 * 10^18.
MAX_UNIT_PRICE_MICROS: Final = 10_000 * MILLIONTHS


def is_exact(quantity: Decimal) -> bool:
    """Whether a quantity of at most MAX_QUANTITY has no more decimals than we count."""
    return quantity >= QUANTITY_STEP and quantity.quantize(QUANTITY_STEP) == quantity


def parts(quantity: Decimal) -> tuple[int, int]:
    """Whole units and millionths of an exact quantity."""
    return divmod(int(quantity * MILLIONTHS), MILLIONTHS)


def amount_micros(quantity: Decimal, unit_price_micros: int) -> int:
    """Quantity times price in millionths of the currency unit, rounded half up, once for each item."""
    whole, millionths = parts(quantity)
    return whole * unit_price_micros + (millionths * unit_price_micros + MILLIONTHS // 2) // MILLIONTHS


def as_number(quantity: Decimal) -> int | float:
    """The quantity as JSON writes it. Nobody calculates with it, and 15 digits pass unchanged."""
    whole, millionths = parts(quantity)
    return float(quantity) if millionths else whole
