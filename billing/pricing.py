"""What one use costs (contract section 14). Pure: decided on the checked reply, before cleaning.

A failed use is free: the customer pays for answers, not for attempts.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from publishers.contract.definition import Pricing
from publishers.contract.paths import Path, first_present

MICROS: Final = 1_000_000
# Of a path in a reason, which the database keeps in 200 characters.
_PATH_CHARS: Final = 140


@dataclass(frozen=True)
class Charge:
    """What is owed, in millionths of the currency unit, and why, in words."""

    quantity: int
    unit_price_micros: int
    currency: str
    reason: str

    @property
    def amount_micros(self) -> int:
        return self.quantity * self.unit_price_micros


def to_micros(price: Decimal) -> int:
    """Millionths of the currency unit. Prices have at most six decimals, so this is exact."""
    return int(price * MICROS)


def not_billed(reason: str) -> Charge:
    """No charge, and why."""
    return Charge(quantity=0, unit_price_micros=0, currency="", reason=f"Not billed: {reason}")


def charge_for_use(pricing: Pricing, *, http_status: int, document: Any) -> Charge:
    """The charge for one successful synchronous use. `document` is the parsed reply."""
    if pricing.model == "free":
        return not_billed("this add-on is free.")
    if http_status not in pricing.billable_status:
        return not_billed(f"the service answered HTTP {http_status}.")
    present = first_present(document, pricing.unbilled_if_present)
    if present is not None:
        return not_billed(f"{_shown(present)} was present in the answer.")
    return Charge(1, to_micros(pricing.price), pricing.currency, "Billed: one successful use.")


def _shown(path: Path) -> str:
    return path.text if len(path.text) <= _PATH_CHARS else f"{path.text[:_PATH_CHARS]}…"
