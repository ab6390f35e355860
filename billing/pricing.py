"""What one use costs (contract section 14). Pure: decided on the checked reply, before cleaning.

A failed use is free: the customer pays for answers, not for attempts.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from publishers.contract.definition import Pricing
from publishers.contract.limits import MAX_CALLBACK_PATH_NODES, MAX_PATH_NODES
from publishers.contract.paths import Path, first_present

MICROS: Final = 1_000_000
MINUTE_MS: Final = 60_000
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


FREE: Final = not_billed("this add-on is free.")
FAILED: Final = not_billed("failed uses are free.")


def charge_for_use(pricing: Pricing, *, http_status: int, document: Any, cap: int = MAX_PATH_NODES) -> Charge:
    """The charge for one successful synchronous use. `document` is the parsed reply."""
    if pricing.model == "free":
        return FREE
    if http_status not in pricing.billable_status:
        return not_billed(f"the service answered HTTP {http_status}.")
    present = first_present(document, pricing.unbilled_if_present, cap=cap)
    if present is not None:
        return not_billed(f"{_shown(present)} was present in the answer.")
    return _one_use(pricing.price, pricing.currency)


@lru_cache
def _one_use(price: Decimal, currency: str) -> Charge:
    return Charge(1, to_micros(price), currency, "Billed: one successful use.")


def charge_for_recording(pricing: Pricing, *, http_status: int, document: Any, duration_ms: int) -> Charge:
    """The charge for one result of a recording: `http_status` is the callback's, `document` its JSON."""
    charge = charge_for_use(pricing, http_status=http_status, document=document, cap=MAX_CALLBACK_PATH_NODES)
    if not charge.quantity or pricing.model != "per_minute":
        return charge
    minutes = -(-duration_ms // MINUTE_MS)
    if not minutes:
        return not_billed("the recording has no length.")
    words = "one started minute" if minutes == 1 else f"{minutes} started minutes"
    return Charge(minutes, charge.unit_price_micros, charge.currency, f"Billed: {words}.")


def _shown(path: Path) -> str:
    return path.text if len(path.text) <= _PATH_CHARS else f"{path.text[:_PATH_CHARS]}…"
