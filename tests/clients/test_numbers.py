"""The official Python client: phone numbers, what is assigned to them, and lookups."""

from datetime import UTC, datetime
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from accounts.models import Account
from examples.lookup_with_twilio import client_for
from marketplace.models import InstalledAddOn
from tests.clients.conftest import NUMBER
from tests.factories import make_account
from tests.fake_publisher import FakePublisher


@pytest.fixture
def number(client: Client) -> Any:
    return client.incoming_phone_numbers.create(phone_number=NUMBER, friendly_name="Front desk")


def test_incoming_phone_numbers_from_create_to_delete(client: Client, account: Account, number: Any) -> None:
    assert (number.account_sid, number.phone_number) == (account.sid, NUMBER)
    assert number.friendly_name == "Front desk"
    assert number.capabilities["voice"] in {True, False}
    assert number.sms_method == "POST"
    assert abs(datetime.now(UTC) - number.date_created).total_seconds() < 60
    assert number.uri == f"/2010-04-01/Accounts/{account.sid}/IncomingPhoneNumbers/{number.sid}.json"
    changed = client.incoming_phone_numbers(number.sid).update(
        friendly_name="Back door", voice_url="https://acme.example/voice", voice_method="GET"
    )
    assert (changed.friendly_name, changed.voice_url) == ("Back door", "https://acme.example/voice")
    assert (changed.voice_method, changed.sms_method) == ("GET", "POST")
    assert client.incoming_phone_numbers(number.sid).fetch().friendly_name == "Back door"
    assert [row.sid for row in client.incoming_phone_numbers.list()] == [number.sid]
    assert client.incoming_phone_numbers(number.sid).delete() is True
    assert client.incoming_phone_numbers.list() == []
    with pytest.raises(TwilioRestException) as refused:
        client.incoming_phone_numbers(number.sid).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_incoming_phone_numbers_are_filtered_and_paged(client: Client) -> None:
    numbers = client.incoming_phone_numbers
    made = [
        numbers.create(phone_number=f"+1415555{last}", friendly_name=f"Desk {last}")
        for last in range(2600, 2607)
    ]
    newest_first = [row.sid for row in reversed(made)]
    assert [row.sid for row in numbers.list(page_size=2)] == newest_first
    assert [row.sid for row in numbers.stream(limit=5, page_size=2)] == newest_first[:5]
    first = numbers.page(page_size=3)
    assert [row.sid for row in first.next_page()] == newest_first[3:6]
    assert [row.sid for row in first.next_page().previous_page()] == newest_first[:3]
    assert [row.phone_number for row in numbers.list(phone_number="2603")] == ["+14155552603"]
    assert [row.friendly_name for row in numbers.list(friendly_name="Desk 2605")] == ["Desk 2605"]


def test_a_number_needs_a_number(client: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.incoming_phone_numbers.create(friendly_name="Nameless")
    assert (refused.value.status, refused.value.code) == (400, 20001)


def test_assigned_add_ons(client: Client, number: Any, installed: InstalledAddOn) -> None:
    assigned = client.incoming_phone_numbers(number.sid).assigned_add_ons
    made = assigned.create(installed_add_on_sid=installed.sid)
    assert (made.sid, made.resource_sid, made.unique_name) == (installed.sid, number.sid, "northwind_facts")
    assert (made.friendly_name, made.configuration) == ("Facts", {"shortest_word": 4})
    assert abs(datetime.now(UTC) - made.date_created).total_seconds() < 60
    assert [row.sid for row in assigned.list()] == [installed.sid]
    assert [row.sid for row in assigned.stream()] == [row.sid for row in assigned.page()]
    for name in (installed.sid, installed.unique_name):
        assert assigned(name).fetch().sid == installed.sid
    with pytest.raises(TwilioRestException) as refused:
        assigned.create(installed_add_on_sid=installed.sid)
    assert (refused.value.status, refused.value.code) == (409, 20409)
    assert assigned(installed.sid).delete() is True
    assert assigned.list() == []
    with pytest.raises(TwilioRestException) as refused:
        assigned(installed.sid).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_extensions_of_an_assigned_add_on(client: Client, number: Any, installed: InstalledAddOn) -> None:
    assigned = client.incoming_phone_numbers(number.sid).assigned_add_ons
    assigned.create(installed_add_on_sid=installed.sid)
    extensions = assigned(installed.sid).extensions
    listed = {row.unique_name: row for row in extensions.list()}
    assert {name: row.enabled for name, row in listed.items()} == {
        "lookup-api": True,
        "voice-incoming": False,
    }
    fetched = extensions(listed["lookup-api"].sid).fetch()
    assert (fetched.assigned_add_on_sid, fetched.resource_sid) == (installed.sid, number.sid)
    assert (fetched.product_name, fetched.enabled) == (listed["lookup-api"].product_name, True)
    assert [row.sid for row in extensions.stream()] == [row.sid for row in extensions.page()]


def test_an_assigned_add_on_cannot_be_uninstalled(
    client: Client, number: Any, installed: InstalledAddOn
) -> None:
    assigned = client.incoming_phone_numbers(number.sid).assigned_add_ons
    assigned.create(installed_add_on_sid=installed.sid)
    with pytest.raises(TwilioRestException) as refused:
        client.marketplace.v1.installed_add_ons(installed.sid).delete()
    assert (refused.value.status, refused.value.code) == (400, 20001)
    assert number.delete()
    assert client.marketplace.v1.installed_add_ons(installed.sid).delete()


def test_another_accounts_numbers_are_unknown(client: Client, base_url: str, number: Any) -> None:
    stranger = make_account()
    theirs = client_for(base_url, stranger.sid, stranger.auth_token)
    for sid, path in ((stranger.sid, number.sid), (number.account_sid, number.sid)):
        with pytest.raises(TwilioRestException) as refused:
            theirs.api.v2010.accounts(sid).incoming_phone_numbers(path).fetch()
        assert (refused.value.status, refused.value.code) == (404, 20404)


def test_a_lookup_runs_the_add_ons_it_names(
    client: Client, installed: InstalledAddOn, service: FakePublisher
) -> None:
    phone_numbers = client.lookups.v1.phone_numbers
    assert phone_numbers(NUMBER).fetch().add_ons is None
    plain = phone_numbers("(415) 555-2671").fetch(country_code="US", type=["carrier", "caller-name"])
    assert (plain.phone_number, plain.country_code, plain.national_format) == (NUMBER, "US", "(415) 555-2671")
    assert set(plain.carrier) >= {"mobile_country_code", "name", "type", "error_code"}
    answer = phone_numbers(NUMBER).fetch(
        add_ons=[installed.unique_name, "unknown"], add_ons_data={installed.unique_name: {"language": "en"}}
    )
    (entry,) = answer.add_ons["results"].values()
    assert (entry["status"], entry["result"]) == ("successful", {"line_type": "mobile"})
    assert [request.query for request in service.requests] == [[("number", NUMBER)]]


def test_no_number_is_not_found(client: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.lookups.v1.phone_numbers("0764709712").fetch(add_ons="any")
    assert (refused.value.status, refused.value.code) == (404, 20404)
    assert refused.value.msg.endswith("The requested resource /PhoneNumbers/0764709712 was not found")
