"""Requests an account may make in a minute."""

from typing import Any

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as RedisIsDown
from rest_framework.test import APIClient

from accounts.models import Account
from tests.conftest import api_of
from tests.factories import make_account

URL = "/v1/InstalledAddOns"


@pytest.fixture(autouse=True)
def limit(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    settings.REQUESTS_PER_MINUTE = 3
    monkeypatch.setattr("accounts.throttling.time.time", lambda: 1_000_045.5)  # 25 s into a minute


def test_one_more_than_the_limit_is_429_and_says_when_to_come_back(api: APIClient) -> None:
    assert [api.get(URL).status_code for _ in range(3)] == [200, 200, 200]
    answer = api.get(URL)
    assert list(answer.json().items()) == [
        ("code", 20429),
        ("message", "Too Many Requests"),
        ("more_info", "https://www.twilio.com/docs/errors/20429"),
        ("status", 429),
    ]
    assert answer["Retry-After"] == "35"


def test_the_next_minute_counts_anew(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [api.get(URL).status_code for _ in range(4)][-1] == 429
    monkeypatch.setattr("accounts.throttling.time.time", lambda: 1_000_080.0)
    assert api.get(URL).status_code == 200


def test_other_accounts_are_counted_by_themselves(api: APIClient) -> None:
    assert [api.get(URL).status_code for _ in range(4)][-1] == 429
    assert api_of(make_account()).get(URL).status_code == 200


def test_wrong_credentials_are_401_and_count_against_nobody(api: APIClient) -> None:
    stranger = APIClient()
    assert {stranger.get(URL).status_code for _ in range(5)} == {401}
    assert api.get(URL).status_code == 200


def test_zero_is_no_limit(api: APIClient, settings: Any) -> None:
    settings.REQUESTS_PER_MINUTE = 0
    assert {api.get(URL).status_code for _ in range(5)} == {200}


def test_a_cache_that_is_down_does_not_take_the_api_with_it(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> None:
        raise RedisIsDown

    monkeypatch.setattr("accounts.throttling.cache.add", down)
    assert {api.get(URL).status_code for _ in range(5)} == {200}


def test_a_refused_request_counts_too(api: APIClient, account: Account) -> None:
    foreign = f"/2010-04-01/Accounts/{make_account().sid}/IncomingPhoneNumbers.json"
    assert [api.get(foreign).status_code for _ in range(4)] == [404, 404, 404, 429]
