"""The billing resources, keys in the contract's order (3.5, 3.8), and their JSON bodies."""

from decimal import Decimal
from typing import Any, TypedDict

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.models import BillingItem, Referral
from billing.quantities import MAX_ITEMS, MAX_QUANTITY, QUANTITY_DECIMALS, as_number, is_exact
from billing.services import Report, Usage
from rest.openapi_parts import sid_pattern
from rest.parameters import Sid
from rest.representation import IsoDate, Out
from rest.sids import is_sid

BILLABLE_ITEMS = {
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_ITEMS,
    "items": {
        "type": "object",
        "required": ["sid", "quantity"],
        "properties": {
            "sid": {"type": "string", "pattern": sid_pattern("BI")},
            "quantity": {
                "type": "number",
                "exclusiveMinimum": 0,
                "maximum": MAX_QUANTITY,
                "description": f"At most {QUANTITY_DECIMALS} decimals.",
            },
        },
    },
}


@extend_schema_field(BILLABLE_ITEMS)
class BillableItems(serializers.Field[list[Usage], Any, Any, Any]):
    """What was used: items of a price list, each with how much of it."""

    default_error_messages = {
        "invalid": f"must be an array of 1 to {MAX_ITEMS} items",
        "item": "item {number}: must be an object with sid and quantity",
        "sid": "item {number}: sid must be a SID: BI and 32 hex digits",
        "quantity": "item {number}: quantity must be a number greater than 0",
        "too_many": f"item {{number}}: quantity must be at most {MAX_QUANTITY}",
        "too_fine": f"item {{number}}: quantity must have at most {QUANTITY_DECIMALS} decimals",
    }

    def to_internal_value(self, data: Any) -> list[Usage]:
        if not isinstance(data, list) or not 1 <= len(data) <= MAX_ITEMS:
            self.fail("invalid")
        return [self._usage(number, item) for number, item in enumerate(data, start=1)]

    def _usage(self, number: int, item: Any) -> Usage:
        if not isinstance(item, dict):
            self.fail("item", number=number)
        sid, quantity = item.get("sid"), item.get("quantity")
        if not isinstance(sid, str) or not is_sid(sid, "BI"):
            self.fail("sid", number=number)
        # Numbers of a body are decimals; a text that looks like one is none.
        if not isinstance(quantity, Decimal) or quantity <= 0:
            self.fail("quantity", number=number)
        if quantity > MAX_QUANTITY:
            self.fail("too_many", number=number)
        if not is_exact(quantity):
            self.fail("too_fine", number=number)
        return Usage(sid[:2] + sid[2:].lower(), quantity)


class UsageIn(serializers.Serializer[None]):
    """The body of a usage report."""

    billable_items = BillableItems(source="usages")


class BillableItem(TypedDict):
    """One item of a usage report, and whether it is charged."""

    sid: str
    quantity: float
    submitted: bool


class UsageOut(Out[Report]):
    """What became of a usage report."""

    total_submitted = serializers.SerializerMethodField()
    billable_items = serializers.SerializerMethodField()

    def get_total_submitted(self, report: Report) -> float:
        return as_number(report.total_submitted)

    def get_billable_items(self, report: Report) -> list[BillableItem]:
        return [
            {"sid": usage.sid, "quantity": as_number(usage.quantity), "submitted": submitted}
            for usage, submitted in report.items
        ]


class BillingItemOut(Out[BillingItem]):
    """A line of a listing's price list."""

    sid = serializers.CharField()
    listing_sid = serializers.CharField(source="listing.sid")
    friendly_name = serializers.CharField(source="name")
    unit = serializers.CharField()
    unit_price = serializers.CharField()
    currency = serializers.CharField()
    date_created = IsoDate()


class ReferralIn(serializers.Serializer[None]):
    """The body of a referral's conversion."""

    referral_account_sid = Sid(
        prefix="AC",
        source="referred_sid",
        error_messages={"invalid": "must be a SID: AC and 32 hex digits"},
    )


class ReferralOut(Out[Referral]):
    """The account that was converted."""

    converted_account_sid = serializers.CharField(source="referred.sid")
