"""A page of a long list is found by its key: no sorting, no counting, no reading of what lies before."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from accounts.models import Account
from marketplace.models import IncomingPhoneNumber, InstalledAddOn


def plan_of(rows: QuerySet[Any, Any]) -> str:
    """How the database would fetch one page. PostgreSQL must not think an empty table is worth a scan."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    return rows.order_by("-sid")[:51].explain()


@pytest.mark.parametrize("token", ["", "XE" + "5" * 32])
def test_a_page_of_installs_walks_the_index_of_its_account(account: Account, token: str) -> None:
    rows = InstalledAddOn.objects.of(account).in_api().as_rows()
    plan = plan_of(rows.filter(sid__lt=token) if token else rows)
    assert "installed_in_list_order" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


def test_a_page_of_numbers_walks_the_index_of_its_account(account: Account) -> None:
    plan = plan_of(IncomingPhoneNumber.objects.of(account))
    assert "numbers_in_list_order" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
