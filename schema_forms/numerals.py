"""Numbers as people type them, read exactly: "1,5" is 1.5, and nothing becomes Infinity."""

import math
import re
from decimal import Decimal

from schema_forms.limits import INTEGER_MAX, NUMBER_TEXT_MAX
from schema_forms.messages import DECIMAL_NUMBER, WHOLE_NUMBER
from schema_forms.properties import EXACT_MAX

INTEGER = re.compile(r"[+-]?[0-9]+")
NUMBER = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]{1,4})?")
# "1,234" is over a thousand to some readers and a little over one to others.
AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
TOO_LARGE = "Enter a number with fewer digits: this one is too large to be kept exactly."
TOO_SMALL = "Enter 0 or a number farther from 0: this one is too small to be kept."


def read_integer(text: str) -> int:
    """A whole number. Raises ValueError with a sentence."""
    if not INTEGER.fullmatch(text):
        raise ValueError(WHOLE_NUMBER)
    if len(text) > NUMBER_TEXT_MAX or abs(int(text)) > INTEGER_MAX:
        raise ValueError(TOO_LARGE)
    return int(text)


def read_number(text: str) -> int | float:
    """A number: an int when it is whole and exact, else a float. Raises ValueError with a sentence."""
    if INTEGER.fullmatch(text):
        return read_integer(text)
    if not NUMBER.fullmatch(text):
        raise ValueError(DECIMAL_NUMBER)
    if AMBIGUOUS.fullmatch(text):
        whole, fraction = text.split(",")
        raise ValueError(f"Write {whole}{fraction} or {whole}.{fraction}: the comma could mean either.")
    if len(text) > NUMBER_TEXT_MAX:
        raise ValueError(TOO_LARGE)
    return _kept(Decimal(text.replace(",", ".")))


def _kept(value: Decimal) -> int | float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(TOO_LARGE)
    if value and not number:
        raise ValueError(TOO_SMALL)
    is_exact = abs(number) < EXACT_MAX and value == int(number)
    return int(number) if is_exact else number
