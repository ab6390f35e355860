"""Deliveries of the API: read, filtered, paged, sent once more."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Account
from accounts.scopes import Scope
from accounts.services import create_api_key
from deliveries import services
from deliveries.models import Delivery
from tests.conftest import basic
from tests.deliveries.rows import make_attempt, make_delivery
from tests.factories import make_account

LIST = "/v1/Deliveries"


def test_one_tells_where_it_stands(api: APIClient, account: Account) -> None:
    delivery = make_delivery(account, due_at=timezone.now() + timedelta(minutes=5))
    make_attempt(delivery, http_status=None, error="The connection was not accepted.")
    body = api.get(f"{LIST}/{delivery.sid}").json()
    attempts, next_attempt = body.pop("attempts"), body.pop("date_next_attempt")
    assert [{**each, "date_created": ""} for each in attempts] == [
        {
            "date_created": "",
            "http_status": None,
            "duration_ms": 12,
            "error": "The connection was not accepted.",
            "by_hand": False,
        }
    ]
    assert next_attempt.endswith("Z")
    assert {**body, "date_created": ""} == {
        "sid": delivery.sid,
        "account_sid": account.sid,
        "kind": "result",
        "reference_sid": delivery.reference_sid,
        "status": "pending",
        "callback_url": "https://hooks.acme.example/results",
        "callback_method": "POST",
        "date_created": "",
        "date_completed": None,
        "url": f"http://127.0.0.1:8000{LIST}/{delivery.sid}",
        "links": {"replay": f"http://127.0.0.1:8000{LIST}/{delivery.sid}/Replay"},
    }


def test_the_list_is_newest_first_and_filtered_by_status(api: APIClient, account: Account) -> None:
    given_up = make_delivery(account, status="given-up", due_at=None)
    pending = make_delivery(account)
    assert sids(api.get(LIST)) == [pending.sid, given_up.sid]
    assert sids(api.get(LIST, {"Status": "Given-Up"})) == [given_up.sid]
    first = api.get(LIST, {"Status": "pending", "PageSize": "1"}).json()
    assert "Status=pending" in first["meta"]["first_page_url"]


def sids(answer: Any) -> list[str]:
    return [each["sid"] for each in answer.json()["deliveries"]]


def test_a_status_that_there_is_not_is_refused(api: APIClient) -> None:
    answer = api.get(LIST, {"Status": "odd"})
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert answer.json()["message"].startswith("Invalid Status: must be pending or delivered or")


def test_a_list_of_four_takes_as_many_queries_as_one_of_one(api: APIClient, account: Account) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api.get(LIST).status_code == 200
        return len(captured)

    make_attempt(make_delivery(account))
    count()
    before = count()
    for _ in range(3):
        delivery = make_delivery(account)
        make_attempt(delivery)
        make_attempt(delivery)
    assert count() == before


def test_one_is_sent_once_more(
    api: APIClient, account: Account, django_capture_on_commit_callbacks: Any
) -> None:
    delivery = make_delivery(account, status="delivered", due_at=None, failures=3)
    with django_capture_on_commit_callbacks() as hints:
        answer = api.post(f"{LIST}/{delivery.sid}/Replay")
    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["date_completed"]) == ("pending", None)
    assert answer.json()["date_next_attempt"] is not None
    delivery.refresh_from_db()
    assert (delivery.failures, delivery.by_hand, len(hints)) == (0, True, 1)


def test_the_same_request_again_sends_nothing_more(
    api: APIClient, account: Account, django_capture_on_commit_callbacks: Any
) -> None:
    delivery = make_delivery(account)
    key: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": "once"}
    with django_capture_on_commit_callbacks() as hints:
        first = api.post(f"{LIST}/{delivery.sid}/Replay", **key)
        again = api.post(f"{LIST}/{delivery.sid}/Replay", **key)
    assert (first.json(), len(hints)) == (again.json(), 1)


@pytest.mark.parametrize("prepare", ["claim", "withdraw"])
def test_one_that_cannot_be_sent_is_refused(api: APIClient, account: Account, prepare: str) -> None:
    delivery = make_delivery(account)
    if prepare == "claim":
        services.claim(delivery.sid)
    else:
        services.withdraw(kind="result", reference_sids=[delivery.reference_sid])
    answer = api.post(f"{LIST}/{delivery.sid}/Replay")
    assert (answer.status_code, answer.json()["code"]) == (409, 20409)


def test_another_accounts_is_not_found(api: APIClient) -> None:
    theirs = make_delivery(make_account(), status="given-up")
    assert sids(api.get(LIST)) == []
    assert api.get(f"{LIST}/{theirs.sid}").status_code == 404
    assert api.post(f"{LIST}/{theirs.sid}/Replay").status_code == 404
    assert Delivery.objects.get().status == "given-up"


@pytest.mark.parametrize(
    ("scope", "status"), [(Scope.READ, 403), (Scope.PUBLISHING, 403), (Scope.MARKETPLACE, 202)]
)
def test_a_key_needs_the_scope_of_the_marketplace(account: Account, scope: Scope, status: int) -> None:
    key, secret = create_api_key(account=account, friendly_name="k", scope=scope)
    caller = APIClient()
    caller.credentials(HTTP_AUTHORIZATION=basic(key.sid, secret))
    delivery = make_delivery(account)
    assert caller.post(f"{LIST}/{delivery.sid}/Replay").status_code == status


def test_nothing_is_told_without_credentials(account: Account) -> None:
    delivery = make_delivery(account)
    assert APIClient().get(f"{LIST}/{delivery.sid}").status_code == 401


def test_it_cannot_be_made_or_deleted_here(api: APIClient, account: Account) -> None:
    delivery = make_delivery(account)
    assert api.post(LIST).status_code == 405
    assert api.delete(f"{LIST}/{delivery.sid}").status_code == 405
