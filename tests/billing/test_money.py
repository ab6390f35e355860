"""Amounts as people read them."""

from typing import Any

import pytest
from django.template import engines

from billing.money import amount, price_of


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "0.0000"),
        (1, "0.000001"),
        (100, "0.0001"),
        (1_500, "0.0015"),
        (125_550, "0.12555"),
        (20_000_000, "20.0000"),
        (1_234_567_890_000, "1 234 567.8900"),
    ],
)
def test_an_amount_has_four_to_six_decimals_and_groups(micros: int, text: str) -> None:
    assert amount(micros).replace("\N{NARROW NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("pricing", "text"),
    [
        ({"model": "free"}, "Free"),
        ({"model": "per_use", "price": "0.002", "currency": "USD"}, "USD 0.0020 per use"),
        ({"model": "per_minute", "price": "0.02"}, "USD 0.0200 per started minute"),
    ],
)
def test_a_price_says_for_what(pricing: dict[str, Any], text: str) -> None:
    assert price_of(pricing) == text


def test_templates_have_both() -> None:
    template = engines["django"].from_string("{% load money %}{{ cost|micros }} {{ pricing|price }}")
    assert template.render({"cost": 100, "pricing": {"model": "free"}}) == "0.0001 Free"
