"""What a usage report may look like (contract 3.5)."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from billing.models import BillingItem, LedgerEntry
from marketplace.models import InstalledAddOn
from tests.billing.reporting import error_of, send

QUANTITY_FAULT = "Invalid billable_items: item 1: quantity must be a number greater than 0"
ARRAY_FAULT = "Invalid billable_items: must be an array of 1 to 100 items"


@pytest.mark.parametrize(
    ("quantity", "message"),
    [
        ("null", QUANTITY_FAULT),
        ('""', QUANTITY_FAULT),
        ('"1"', QUANTITY_FAULT),
        ("true", QUANTITY_FAULT),
        ("[1]", QUANTITY_FAULT),
        ("0", QUANTITY_FAULT),
        ("0.0", QUANTITY_FAULT),
        ("-0", QUANTITY_FAULT),
        ("-1.5", QUANTITY_FAULT),
        ("-1e-99999999", QUANTITY_FAULT),
        ("1000000.000001", "Invalid billable_items: item 1: quantity must be at most 1000000"),
        ("1e300", "Invalid billable_items: item 1: quantity must be at most 1000000"),
        ("0.0000001", "Invalid billable_items: item 1: quantity must have at most 6 decimals"),
        ("12.3550001", "Invalid billable_items: item 1: quantity must have at most 6 decimals"),
        ("1e-99999999", "Invalid billable_items: item 1: quantity must have at most 6 decimals"),
        ("1." + "0" * 30_000 + "1", "Invalid billable_items: item 1: quantity must have at most 6 decimals"),
        ("NaN", "Invalid request body: must be JSON in UTF-8"),
        ("Infinity", "Invalid request body: must be JSON in UTF-8"),
        ("1e999", "Invalid request body: must be JSON in UTF-8"),
        ("1e-9999999999999999999999", "Invalid request body: must be JSON in UTF-8"),
        ("01", "Invalid request body: must be JSON in UTF-8"),
    ],
)
def test_a_bad_quantity_is_400_and_stores_nothing(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem, quantity: str, message: str
) -> None:
    good = f'{{"sid": "{item.sid}", "quantity": 1}}'
    body = f'{{"billable_items": [{{"sid": "{item.sid}", "quantity": {quantity}}}, {good}]}}'
    assert error_of(send(publisher, installed, body)) == (400, 20001, message)
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "Missing required parameter billable_items in the post body"),
        ("{}", "Missing required parameter billable_items in the post body"),
        ('{"billable_items": null}', "Invalid billable_items: must not be null"),
        ('{"billable_items": {}}', ARRAY_FAULT),
        ('{"billable_items": "[]"}', ARRAY_FAULT),
        ('{"billable_items": []}', ARRAY_FAULT),
        (json.dumps({"billable_items": [1] * 101}), ARRAY_FAULT),
        (
            '{"billable_items": [[]]}',
            "Invalid billable_items: item 1: must be an object with sid and quantity",
        ),
        (
            '{"billable_items": [{"quantity": 1}]}',
            "Invalid billable_items: item 1: sid must be a SID: BI and 32 hex digits",
        ),
        (
            '{"billable_items": [{"sid": "BI1\\u0000", "quantity": 1}]}',
            "Invalid billable_items: item 1: sid must be a SID: BI and 32 hex digits",
        ),
        ('{"billable_items": [{"sid": "BI%s"}]}' % ("a" * 32), QUANTITY_FAULT),
        ("[]", "Invalid request body: must be a JSON object"),
        ("1", "Invalid request body: must be a JSON object"),
        ("{", "Invalid request body: must be JSON in UTF-8"),
        (b'{"a": "\xff"}', "Invalid request body: must be JSON in UTF-8"),
        ('{"a": "\\ud800"}', "Invalid request body: must be JSON in UTF-8"),
        ('{"billable_items": [], "billable_items": []}', "Invalid request body: must not repeat a key"),
        ('{"a": {"sid": 1, "s\\u0069d": 2}}', "Invalid request body: must not repeat a key"),
        ('{"a": ' + "[" * 16 + "]" * 16 + "}", "Invalid request body: must have at most 16 levels"),
        ("[" * 900 + "]" * 900, "Invalid request body: must have at most 16 levels"),
        ("[" * 20_000, "Invalid request body: must be JSON in UTF-8"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "1"}], ids=["plain", "with a key"])
def test_a_body_that_is_no_report_is_400(
    publisher: APIClient, installed: InstalledAddOn, body: Any, message: str, headers: dict[str, str]
) -> None:
    assert error_of(send(publisher, installed, body, **headers)) == (400, 20001, message)


def test_a_body_of_more_than_64_kilobytes_is_413(publisher: APIClient, installed: InstalledAddOn) -> None:
    assert error_of(send(publisher, installed, " " * 65_537))[:2] == (413, 20413)


@pytest.mark.parametrize("form", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_is_415_and_says_what_to_send(
    publisher: APIClient, installed: InstalledAddOn, form: str
) -> None:
    answer = publisher.post(
        f"/v1/InstalledAddOns/{installed.sid}/Usage", "billable_items=1", content_type=form
    )
    assert error_of(answer)[:2] == (415, 20001)
    assert answer.json()["message"].endswith("Send application/json.")


def test_a_charset_beside_the_type_is_no_other_type(
    publisher: APIClient, installed: InstalledAddOn, item: BillingItem
) -> None:
    body = json.dumps({"billable_items": [{"sid": item.sid, "quantity": 1}]})
    path = f"/v1/InstalledAddOns/{installed.sid}/Usage"
    assert publisher.post(path, body, content_type="application/json; charset=utf-8").status_code == 202


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_another_method_is_405(publisher: APIClient, installed: InstalledAddOn, method: str) -> None:
    answer = getattr(publisher, method)(f"/v1/InstalledAddOns/{installed.sid}/Usage")
    assert (error_of(answer)[:2], answer["Allow"]) == ((405, 20004), "POST")
