"""What the official Python client makes of a refusal."""

from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from accounts.models import Account
from examples.lookup_with_twilio import client_for
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from tests.factories import make_listing

UNKNOWN = "XB" + "0" * 32


def refusal_of(add_ons: Any, **parameters: Any) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as refused:
        add_ons.create(**parameters)
    return refused.value


@pytest.mark.parametrize(
    ("changes", "status", "code", "message"),
    [
        (
            {"available_add_on_sid": None},
            400,
            20001,
            "Missing required parameter AvailableAddOnSid in the post body",
        ),
        (
            {"accept_terms_of_service": False},
            400,
            20001,
            "Invalid AcceptTermsOfService: terms of service must be accepted",
        ),
        ({"accept_terms_of_service": "maybe"}, 400, 20001, "Invalid AcceptTermsOfService: "),
        ({"available_add_on_sid": "XB12"}, 400, 20001, "Invalid AvailableAddOnSid: "),
        (
            {"available_add_on_sid": UNKNOWN},
            404,
            20404,
            f"The requested resource /AvailableAddOns/{UNKNOWN} was not found",
        ),
        ({"configuration": "no object"}, 400, 20001, "Invalid Configuration: must be a JSON object"),
        ({"configuration": [1]}, 400, 20001, "Invalid Configuration: must be a JSON object"),
        ({"configuration": {"shortest_word": 99}}, 400, 20001, "Invalid Configuration: /shortest_word "),
        ({"unique_name": "a.b"}, 400, 20001, "Invalid UniqueName: "),
        ({"unique_name": "northwind_facts"}, 409, 20409, ""),
    ],
)
def test_a_refused_install(
    client: Client,
    listing: Listing,
    installed: InstalledAddOn,
    changes: dict[str, Any],
    status: int,
    code: int,
    message: str,
) -> None:
    given = {"available_add_on_sid": listing.sid, "accept_terms_of_service": True, **changes}
    refused = refusal_of(client.marketplace.v1.installed_add_ons, **given)
    assert (refused.status, refused.code) == (status, code)
    assert refused.msg.startswith(f"Unable to create record: {message}")
    assert (refused.method, refused.uri) == ("POST", "/InstalledAddOns")
    assert len(client.marketplace.v1.installed_add_ons.list()) == 1


@pytest.mark.parametrize("availability", ["coming_soon", "developer_preview", "draft"])
def test_a_hidden_listing_is_unknown(client: Client, base_url: str, availability: str) -> None:
    hidden = make_listing(availability=availability)
    refused = refusal_of(
        client.marketplace.v1.installed_add_ons, available_add_on_sid=hidden.sid, accept_terms_of_service=True
    )
    assert (refused.status, refused.code) == (404, 20404)
    assert hidden.name not in refused.msg


def test_a_deleted_install_is_gone(client: Client, installed: InstalledAddOn) -> None:
    mine = client.marketplace.v1.installed_add_ons(installed.sid)
    extension = mine.extensions.list()[0]
    assert mine.delete()
    for call in (mine.fetch, mine.update, mine.delete, mine.extensions(extension.sid).fetch):
        with pytest.raises(TwilioRestException) as refused:
            call()
        assert (refused.value.status, refused.value.code) == (404, 20404)
    with pytest.raises(TwilioException, match="404"):  # the client reads no code from a refused list
        mine.extensions.list()


@pytest.mark.parametrize("api", ["marketplace", "preview", "lookups", "api"])
def test_wrong_credentials_are_401_everywhere(base_url: str, account: Account, api: str) -> None:
    client = client_for(base_url, account.sid, "wrong")
    calls = {
        "marketplace": client.marketplace.v1.available_add_ons(UNKNOWN).fetch,
        "preview": client.preview.marketplace.available_add_ons(UNKNOWN).fetch,
        "lookups": client.lookups.v1.phone_numbers("+14155552671").fetch,
        "api": client.incoming_phone_numbers("PN" + "0" * 32).fetch,
    }
    with pytest.raises(TwilioRestException) as refused:
        calls[api]()
    assert (refused.value.status, refused.value.code) == (401, 20003)
    assert refused.value.msg == "Unable to fetch record: Authenticate"


def test_a_malformed_sid_is_not_found(client: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.marketplace.v1.installed_add_ons("XE12").fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)
    assert refused.value.details is None
    assert "/InstalledAddOns/XE12" in refused.value.msg
