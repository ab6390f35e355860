"""Publishers by REST: an account's own, and all of them for operators."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Account, Role
from accounts.scopes import Scope
from accounts.services import create_api_key
from publishers.models import Publisher
from tests.conftest import api_of, basic
from tests.factories import make_account, make_publisher, make_user
from tests.publishers.publishing import BASE, create_listing, error_of, operator_api

OWN, ALL = "/v1/Publisher", "/v1/Publishers"
ACME = {
    "FriendlyName": "Acme Facts",
    "About": "Facts about numbers.",
    "ContactName": "Ana",
    "ContactEmail": "ana@acme.example",
}


@pytest.fixture
def account(db: None) -> Account:
    """One that has not applied."""
    return make_account()


@pytest.fixture
def api(account: Account) -> APIClient:
    return api_of(account)


def key_of(account: Account, scope: str, role: str = Role.OWNER) -> APIClient:
    key, secret = create_api_key(
        account=account, friendly_name="key", scope=scope, created_by=make_user(account, role=role)
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=basic(key.sid, secret))
    return client


# --- Its own ---------------------------------------------------------------------------------


def test_an_account_applies_and_reads_how_that_went(api: APIClient, account: Account) -> None:
    answer = api.post(OWN, ACME)
    body = answer.json()
    assert answer.status_code == 200
    assert list(body.items()) == [
        ("account_sid", account.sid),
        ("unique_name", "acme-facts"),
        ("friendly_name", "Acme Facts"),
        ("status", "applied"),
        ("reason", None),
        ("website", ""),
        ("about", "Facts about numbers."),
        ("contact_name", "Ana"),
        ("contact_email", "ana@acme.example"),
        ("contact_phone", ""),
        ("date_created", body["date_created"]),
        ("date_decided", None),
        ("url", f"{BASE}/Publisher"),
    ]
    assert api.get(OWN).json() == body


def test_before_that_there_is_nothing(api: APIClient) -> None:
    status, code, message = error_of(api.get(OWN))
    assert (status, code) == (404, 20404)
    assert "an owner applies with a POST to it" in message


@pytest.mark.parametrize("name", list(ACME))
def test_an_application_is_complete(api: APIClient, name: str) -> None:
    sent = {key: value for key, value in ACME.items() if key != name}
    assert error_of(api.post(OWN, sent)) == (
        400,
        20001,
        f"Missing required parameter {name} in the post body",
    )
    assert not Publisher.objects.exists()


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("Website", "javascript:alert(1)", "must be an absolute http or https URL"),
        ("ContactEmail", "nobody", "must be an e-mail address"),
        ("About", "a\0b", "must not contain NUL characters"),
        ("FriendlyName", "x" * 121, "must have at most 120 characters"),
        ("FriendlyName", "", "must not be empty"),
        ("ContactPhone", "1" * 41, "must have at most 40 characters"),
    ],
)
def test_a_bad_parameter_is_named(api: APIClient, name: str, value: str, reason: str) -> None:
    assert error_of(api.post(OWN, {**ACME, name: value})) == (400, 20001, f"Invalid {name}: {reason}")


def test_a_change_keeps_what_is_not_sent(api: APIClient) -> None:
    api.post(OWN, ACME)
    body = api.post(OWN, {"ContactName": "Bo"}).json()
    assert (body["contact_name"], body["about"], body["status"]) == ("Bo", ACME["About"], "applied")


def test_an_approved_one_keeps_its_name(api: APIClient, account: Account) -> None:
    api.post(OWN, ACME)
    Publisher.objects.update(status="approved")
    status, _, message = error_of(api.post(OWN, {"FriendlyName": "Google"}))
    assert (status, message.partition(":")[0]) == (400, "Invalid FriendlyName")


def test_a_declined_one_applies_again_with_what_it_changes(api: APIClient) -> None:
    api.post(OWN, ACME)
    Publisher.objects.update(status="declined", reason="No.")
    body = api.post(OWN, {"About": "From the regulator."}).json()
    assert (body["status"], body["reason"], body["friendly_name"]) == ("applied", None, "Acme Facts")


@pytest.mark.parametrize(("scope", "status"), [(Scope.PUBLISHING, 200), (Scope.FULL, 200), (Scope.READ, 403)])
def test_a_key_of_an_owner_applies_within_its_scope(account: Account, scope: str, status: int) -> None:
    assert key_of(account, scope).post(OWN, ACME).status_code == status


def test_a_key_of_a_developer_does_not_apply(account: Account) -> None:
    status, _, message = error_of(key_of(account, Scope.PUBLISHING, Role.DEVELOPER).post(OWN, ACME))
    assert (status, message[:35]) == (403, "Forbidden: an owner of the account ")
    assert not Publisher.objects.exists()


def test_an_application_sent_twice_with_one_key_is_made_once(api: APIClient) -> None:
    first = api.post(OWN, ACME, headers={"Idempotency-Key": "k"})
    assert api.post(OWN, ACME, headers={"Idempotency-Key": "k"}).json() == first.json()
    assert Publisher.objects.count() == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("declined", "the application as a publisher was declined"),
        ("suspended", "this publisher is suspended"),
    ],
)
def test_who_was_turned_down_makes_no_listing(api: APIClient, status: str, words: str) -> None:
    api.post(OWN, ACME)
    assert create_listing(api).status_code == 200  # a draft may be written while it waits
    Publisher.objects.update(status=status)
    answer = create_listing(api)
    assert (answer.status_code, words in answer.json()["message"]) == (403, True)


# --- All of them -----------------------------------------------------------------------------


def test_an_operator_reads_the_list_newest_first(db: None) -> None:
    accounts = [make_publisher().account.sid for _ in range(3)]
    make_account("publishes nothing")
    page = operator_api().get(f"{ALL}?PageSize=2").json()
    assert [row["account_sid"] for row in page["publishers"]] == [accounts[2], accounts[1]]
    assert page["publishers"][0]["url"] == f"{BASE}/Publishers/{accounts[2]}"
    assert page["meta"]["next_page_url"]


def test_the_list_costs_the_same_queries_however_long_it_is(db: None, django_assert_num_queries: Any) -> None:
    operator = operator_api()
    operator.get(ALL)
    for count in (1, 3):
        while Publisher.objects.count() < count:
            make_publisher()
        with django_assert_num_queries(3):
            assert len(operator.get(ALL).json()["publishers"]) == count


def test_an_operator_decides(db: None) -> None:
    publisher = make_publisher()
    Publisher.objects.update(status="applied")
    body = (
        operator_api().post(f"{ALL}/{publisher.account.sid}", {"Status": "Declined", "Reason": "No."}).json()
    )
    assert (body["status"], body["reason"]) == ("declined", "No.")


@pytest.mark.parametrize(
    ("sent", "status", "message"),
    [
        ({}, 400, "Missing required parameter Status in the post body"),
        ({"Status": "applied"}, 400, "Invalid Status: must be approved or declined or suspended"),
        ({"Status": "suspended"}, 400, "Missing required parameter Reason in the post body"),
        (
            {"Status": "declined", "Reason": "x"},
            409,
            "Invalid Status: the publisher is approved: it can become",
        ),
    ],
)
def test_a_decision_that_cannot_be_is_refused(
    db: None, sent: dict[str, str], status: int, message: str
) -> None:
    answer = operator_api().post(f"{ALL}/{make_publisher().account.sid}", sent)
    assert (answer.status_code, answer.json()["message"][: len(message)]) == (status, message)


def test_an_operator_does_not_decide_on_the_own_publisher(db: None) -> None:
    publisher = make_publisher()
    answer = operator_api(publisher.account).post(
        f"{ALL}/{publisher.account.sid}", {"Status": "suspended", "Reason": "x"}
    )
    assert answer.status_code == 403
    publisher.refresh_from_db()
    assert publisher.is_approved


def test_nor_does_a_key_made_by_one_of_its_people_for_another_account(db: None) -> None:
    publisher = make_publisher()
    person = make_user(publisher.account, is_staff=True)
    key, secret = create_api_key(
        account=make_account(), friendly_name="key", scope=Scope.OPERATE, created_by=person
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=basic(key.sid, secret))
    sent = {"Status": "suspended", "Reason": "x"}
    assert client.post(f"{ALL}/{publisher.account.sid}", sent).status_code == 403


def test_an_account_that_publishes_nothing_is_not_found(db: None) -> None:
    assert operator_api().get(f"{ALL}/{make_account().sid}").status_code == 404


def test_everybody_else_is_refused_alike(db: None) -> None:
    publisher = make_publisher()
    own = api_of(publisher.account)
    for path in (ALL, f"{ALL}/{publisher.account.sid}", f"{ALL}/AC{'0' * 32}"):
        assert error_of(own.get(path)) == (403, 20403, "Forbidden: an operator’s key is needed for this")
