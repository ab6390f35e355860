"""`{{ result.charge_micros|micros }}` and `{{ definition.pricing|price }}`."""

from collections.abc import Mapping
from typing import Any

from django import template

from billing import money

register = template.Library()


@register.filter
def micros(amount: int) -> str:
    """Millionths of a currency unit as an amount; the currency stands beside it."""
    return money.amount(amount)


@register.filter
def price(pricing: Mapping[str, Any]) -> str:
    """The price of a definition in words."""
    return money.price_of(pricing)
