"""ReferralConversion (contract 3.8)."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from billing.models import Referral
from tests.conftest import api_of
from tests.factories import make_account


def convert(api: APIClient, body: Any, **headers: str) -> Any:
    return api.post(
        "/v1/ReferralConversion", json.dumps(body), content_type="application/json", headers=headers
    )


def error_of(answer: Any) -> tuple[int, int, str]:
    return answer.status_code, answer.json()["code"], answer.json()["message"]


def test_a_conversion_is_200_and_recorded(api: APIClient, account: Account) -> None:
    referred = make_account()
    answer = convert(api, {"referral_account_sid": referred.sid})
    assert (answer.status_code, answer.json()) == (200, {"converted_account_sid": referred.sid})
    kept = Referral.objects.get()
    assert (kept.account, kept.referred) == (account, referred)


def test_a_second_conversion_is_the_first(api: APIClient) -> None:
    referred = make_account()
    spellings = [referred.sid, "AC" + referred.sid[2:].upper()]
    answers = [convert(api, {"referral_account_sid": each}) for each in spellings]
    assert [(each.status_code, each.content) for each in answers] == [(200, answers[0].content)] * 2
    assert Referral.objects.count() == 1


def test_two_accounts_may_have_brought_the_same_one(api: APIClient) -> None:
    referred = make_account()
    for client in (api, api_of(make_account())):
        assert convert(client, {"referral_account_sid": referred.sid}).status_code == 200
    assert Referral.objects.count() == 2


def test_an_idempotency_key_is_honoured(api: APIClient) -> None:
    body = {"referral_account_sid": make_account().sid}
    first, again = (convert(api, body, **{"Idempotency-Key": "1"}) for _ in range(2))
    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (200, first.content, "true")


SHAPE = "Invalid referral_account_sid: must be a SID: AC and 32 hex digits"
UNKNOWN = "AC" + "0" * 32


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Missing required parameter referral_account_sid in the post body"),
        ({"referral_account_sid": None}, "Invalid referral_account_sid: must not be null"),
        ({"referral_account_sid": ""}, "Invalid referral_account_sid: must not be empty"),
        ({"referral_account_sid": 1}, SHAPE),
        ({"referral_account_sid": True}, SHAPE),
        ({"referral_account_sid": ["AC"]}, SHAPE),
        ({"referral_account_sid": "AC1"}, SHAPE),
        ({"referral_account_sid": "XE" + "0" * 32}, SHAPE),
        ({"referral_account_sid": "AC\x00" + "0" * 31}, SHAPE),
        (
            {"referral_account_sid": UNKNOWN},
            f"Invalid referral_account_sid: the account {UNKNOWN} was not found",
        ),
        ([], "Invalid request body: must be a JSON object"),
    ],
)
def test_what_is_no_known_account_is_400(api: APIClient, body: Any, message: str) -> None:
    assert error_of(convert(api, body)) == (400, 20001, message)
    assert not Referral.objects.exists()


def test_the_own_account_is_400(api: APIClient, account: Account) -> None:
    message = "Invalid referral_account_sid: must be another account than your own"
    assert error_of(convert(api, {"referral_account_sid": account.sid})) == (400, 20001, message)
    assert not Referral.objects.exists()


def test_a_form_is_415(api: APIClient) -> None:
    answer = api.post("/v1/ReferralConversion", {"referral_account_sid": UNKNOWN})
    assert error_of(answer)[:2] == (415, 20001)


def test_another_method_is_405(api: APIClient) -> None:
    answer = api.get("/v1/ReferralConversion")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_without_credentials_it_is_401(db: None) -> None:
    assert convert(APIClient(), {"referral_account_sid": UNKNOWN}).status_code == 401
