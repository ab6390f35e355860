"""`Idempotency-Key` on POST."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.idempotency import KEPT_FOR
from accounts.models import Account, IdempotentAnswer
from accounts.tasks import forget_idempotent_answers
from billing.models import BillingItem, LedgerEntry
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from tests.conftest import api_of
from tests.factories import make_account, make_definition, make_install, make_listing, make_publisher

SCHEMA = {"type": "object", "properties": {"key": {"type": "string"}}}


@pytest.fixture
def listing(db: None) -> Listing:
    return make_listing(definition=make_definition(configuration_schema=SCHEMA))


def install(api: APIClient, listing: Listing, key: str = "one", **parameters: Any) -> Any:
    given = {"AvailableAddOnSid": listing.sid, "AcceptTermsOfService": "true", **parameters}
    return api.post("/v1/InstalledAddOns", given, headers={"Idempotency-Key": key})


def test_the_same_request_again_does_nothing_and_answers_the_same(api: APIClient, listing: Listing) -> None:
    first, again = install(api, listing), install(api, listing)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    assert InstalledAddOn.objects.count() == 1


def test_the_order_of_the_parameters_does_not_matter(api: APIClient, listing: Listing) -> None:
    install(api, listing, UniqueName="x", Configuration="{}")
    assert install(api, listing, Configuration="{}", UniqueName="x").status_code == 201


def test_another_body_or_path_under_the_same_key_is_409(api: APIClient, listing: Listing) -> None:
    made = install(api, listing).json()
    reused = install(api, listing, UniqueName="other")
    assert (reused.status_code, reused.json()["code"]) == (409, 20409)
    assert "make a new key" in reused.json()["message"]
    elsewhere = api.post(f"/v1/InstalledAddOns/{made['sid']}", {}, headers={"Idempotency-Key": "one"})
    assert elsewhere.status_code == 409
    assert InstalledAddOn.objects.count() == 1


def test_a_refused_request_is_not_kept_and_may_be_mended(api: APIClient, listing: Listing) -> None:
    assert install(api, listing, AcceptTermsOfService="false").status_code == 400
    assert not IdempotentAnswer.objects.exists()
    assert install(api, listing).status_code == 201


def test_keys_of_other_accounts_are_other_keys(api: APIClient, listing: Listing) -> None:
    install(api, listing)
    assert install(api_of(make_account()), listing).status_code == 201
    assert InstalledAddOn.objects.count() == 2


@pytest.mark.parametrize("key", ["", "two words", "ä", "x" * 256])
def test_a_key_that_cannot_be_one_is_400(api: APIClient, listing: Listing, key: str) -> None:
    answer = install(api, listing, key)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert answer.json()["message"].startswith("Invalid Idempotency-Key: use 1 to 255")


def test_the_kept_answer_is_sealed(api: APIClient, listing: Listing) -> None:
    install(api, listing, Configuration=json.dumps({"key": "kiwi-canary"}))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_idempotentanswer")
        assert "kiwi-canary" not in str(cursor.fetchall())


def test_answers_are_forgotten_after_a_day(api: APIClient, listing: Listing) -> None:
    install(api, listing)
    assert forget_idempotent_answers() == 0
    kept = IdempotentAnswer.objects.get()
    IdempotentAnswer.objects.update(date_created=kept.date_created - KEPT_FOR - timedelta(seconds=1))
    assert forget_idempotent_answers() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_installs_and_both_answer_the_same(account: Account) -> None:
    listing = make_listing()
    together, answers = threading.Barrier(4), []

    def request() -> None:
        together.wait()
        answers.append(install(api_of(account), listing))
        connection.close()

    threads = [threading.Thread(target=request) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert InstalledAddOn.objects.count() == 1


def test_a_request_written_in_another_way_is_the_same_request(api: APIClient, account: Account) -> None:
    sid = make_install(account).sid
    for path in (sid, sid[:2] + sid[2:].upper()):
        answer = api.post(
            f"/v1/InstalledAddOns/{path}", {"UniqueName": "x"}, headers={"Idempotency-Key": "one"}
        )
        assert answer.status_code == 200


def test_numbers_of_a_json_body_are_compared_by_their_value(api: APIClient) -> None:
    listing = make_listing(publisher=make_publisher())
    item = BillingItem.objects.create(listing=listing, name="Seat", unit="seat", unit_price_micros=1)
    installed = make_install(make_account(), listing)
    publisher = api_of(listing.publisher.account)
    bodies = [
        f'{{"billable_items": [{{"sid": "{item.sid}", "quantity": 1.5}}]}}',
        f'{{"billable_items": [{{"quantity": 1.50, "sid": "{item.sid}"}}]}}',
    ]
    for body in bodies:
        answer = publisher.post(
            f"/v1/InstalledAddOns/{installed.sid}/Usage",
            body,
            content_type="application/json",
            headers={"Idempotency-Key": "one"},
        )
        assert answer.status_code == 202
    assert LedgerEntry.objects.count() == 1
