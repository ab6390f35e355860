"""How much of the answers is kept: KEPT_ANSWERS of a hundred, and always size and hash."""

import hashlib
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Account
from rest.sids import new_sid
from results.models import Invocation
from results.services import is_kept
from tests.fake_publisher import FakePublisher
from tests.invocations.test_lookup_api import URL, install_for

ANSWER = b'{"answer": 42}'


def asked(api: APIClient, account: Account) -> Invocation:
    """The record of a lookup that was answered."""
    with FakePublisher(ANSWER).in_thread() as service:
        name = install_for(account, service).unique_name
        results = api.get(URL, {"AddOns": name}).json()["add_ons"]["results"]
    assert results[name]["result"] == {"answer": 42}
    return Invocation.objects.get()


@pytest.mark.parametrize(("share", "kept"), [(100, ANSWER), (0, b"")])
def test_size_and_hash_of_an_answer_are_kept_in_any_case(
    api: APIClient, account: Account, settings: Any, share: int, kept: bytes
) -> None:
    settings.KEPT_ANSWERS = share
    row = asked(api, account)
    assert (bytes(row.answer), row.answer_bytes) == (kept, len(ANSWER))
    assert row.answer_sha256 == hashlib.sha256(ANSWER).hexdigest()


def test_a_share_is_a_share_of_the_requests(settings: Any) -> None:
    settings.KEPT_ANSWERS = 25
    kept = sum(is_kept(new_sid("XR")) for _ in range(4_000))
    assert 800 < kept < 1_200


def test_the_page_of_an_answer_that_is_not_kept_says_so(
    api: APIClient, account: Account, console: Client, settings: Any
) -> None:
    settings.KEPT_ANSWERS = 0
    row = asked(api, account)
    page = console.get(f"/console/results/{row.sid}/").content.decode()
    assert "It was delivered, but is not kept" in page
    assert row.answer_sha256 in page
    assert "Nothing was delivered" not in page
