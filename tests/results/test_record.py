"""The record of an event: all of it, or nothing."""

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from billing.models import LedgerEntry
from rest.bulk import Tables, insert
from results import services
from results.models import Invocation
from tests.fake_publisher import FakePublisher
from tests.invocations.test_lookup_api import URL, install_for


def test_without_its_charge_no_answer_is_kept_or_given_away(
    api: APIClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(tables: Tables) -> None:
        if tables[LedgerEntry]:
            raise OSError("disk full")
        insert(tables)

    monkeypatch.setattr(services, "insert", full)
    with FakePublisher({"answer": 42}).in_thread() as service:
        answer = api.get(URL, {"AddOns": install_for(account, service).unique_name})
    assert (answer.status_code, answer.json()["add_ons"]["results"]) == (200, {})
    assert not Invocation.objects.exists()
