"""How tests report usage."""

import json
from typing import Any

from rest_framework.test import APIClient

from billing.models import BillingItem
from marketplace.models import InstalledAddOn
from publishers.models import Listing


def make_item(listing: Listing, **changes: Any) -> BillingItem:
    values = {"listing": listing, "name": "Messages", "unit": "message", "unit_price_micros": 7_500}
    return BillingItem.objects.create(**{**values, **changes})


def send(api: APIClient, installed: InstalledAddOn | str, body: Any, **headers: str) -> Any:
    sid = installed if isinstance(installed, str) else installed.sid
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    path = f"/v1/InstalledAddOns/{sid}/Usage"
    return api.post(path, text, content_type="application/json", headers=headers)


def report(api: APIClient, installed: InstalledAddOn | str, *items: tuple[str, Any], **headers: str) -> Any:
    return send(
        api, installed, {"billable_items": [{"sid": sid, "quantity": n} for sid, n in items]}, **headers
    )


def error_of(answer: Any) -> tuple[int, int, str]:
    return answer.status_code, answer.json()["code"], answer.json()["message"]
