"""Quantities of reported usage, and what they cost."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.quantities import MAX_ITEMS, MAX_QUANTITY, amount_micros, as_number, is_exact, parts

LARGEST_TOTAL = MAX_ITEMS * MAX_QUANTITY
PRICES = st.integers(min_value=1, max_value=10_000_000_000)


def quantities(most: int) -> st.SearchStrategy[Decimal]:
    return st.integers(min_value=0, max_value=most * 10**6).map(
        lambda millionths: Decimal(millionths).scaleb(-6)
    )


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [
        ("1", 7_500, 7_500),
        ("44.02", 7_500, 330_150),
        ("0.5", 1, 1),
        ("0.499999", 1, 0),
        ("2.5", 1, 3),
        ("0.000001", 499_999, 0),
        ("0.000001", 500_000, 1),
        ("999999.999999", 10_000_000_000, 9_999_999_999_990_000),
        ("1000000", 10_000_000_000, 10**16),
    ],
)
def test_an_amount_is_rounded_half_up_to_a_millionth(quantity: str, price: int, amount: int) -> None:
    assert amount_micros(Decimal(quantity), price) == amount


@given(quantities(MAX_QUANTITY), PRICES)
def test_an_amount_is_the_rounded_product_and_fits_64_bits(quantity: Decimal, price: int) -> None:
    expected = (quantity * price).quantize(Decimal(1), ROUND_HALF_UP)
    assert amount_micros(quantity, price) == expected < 2**63
    whole, millionths = parts(quantity)
    assert millionths * price + 500_000 < 2**63
    assert whole + Decimal(millionths).scaleb(-6) == quantity


@given(quantities(LARGEST_TOTAL))
def test_a_json_number_keeps_every_digit_of_the_largest_total(quantity: Decimal) -> None:
    written: Any = orjson.dumps(as_number(quantity)).decode()
    assert Decimal(written) == quantity


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("0.000001", True),
        ("1.5000000000", True),
        ("0.0000005", False),
        ("1.0000001", False),
        ("1e-999999", False),
    ],
)
def test_a_quantity_has_at_most_six_decimals(text: str, *, exact: bool) -> None:
    assert is_exact(Decimal(text)) is exact
