"""Marketplace API v1 (contract 3.1 to 3.4)."""

import json
from typing import Any

import pytest
from django.db import OperationalError
from rest_framework.test import APIClient

from accounts.models import Account
from marketplace.models import InstalledAddOn, SavedConfiguration, TermsAcceptance
from publishers.models import Availability, Listing
from tests.factories import make_definition, make_listing, make_publisher

BASE = "http://127.0.0.1:8000/v1"
SCHEMA = {
    "type": "object",
    "properties": {
        "language": {"type": "string", "name": "Language", "enum": ["en", "de"]},
        "key": {"type": "string", "name": "Key", "_secret": True},
    },
    "required": ["language"],
}


@pytest.fixture
def listing(db: None) -> Listing:
    return make_listing(definition=make_definition(configuration_schema=SCHEMA))


def install(api: APIClient, listing: Listing, **parameters: Any) -> Any:
    given = {
        "AvailableAddOnSid": listing.sid,
        "AcceptTermsOfService": "true",
        "Configuration": '{"language": "en"}',
        **parameters,
    }
    return api.post(
        "/v1/InstalledAddOns", {name: value for name, value in given.items() if value is not None}
    )


def error_of(answer: Any) -> tuple[int, int, str]:
    return answer.status_code, answer.json()["code"], answer.json()["message"]


# --- AvailableAddOns -------------------------------------------------------------------------


def test_a_listing_has_the_contracts_fields_in_order(api: APIClient, listing: Listing) -> None:
    answer = api.get(f"/v1/AvailableAddOns/{listing.sid}")
    assert list(answer.json().items()) == [
        ("sid", listing.sid),
        ("friendly_name", listing.name),
        ("description", "Facts about a number."),
        ("pricing_type", "free"),
        ("configuration_schema", SCHEMA),
        ("url", f"{BASE}/AvailableAddOns/{listing.sid}"),
        ("links", {"extensions": f"{BASE}/AvailableAddOns/{listing.sid}/Extensions"}),
    ]


def test_the_catalogue_lists_beta_and_ga_only(api: APIClient, db: None) -> None:
    shown = {make_listing(availability=state).sid for state in ("beta", "ga")}
    hidden = [
        make_listing(availability=state) for state in ("coming_soon", "developer_preview", "retired", "draft")
    ]
    rows = api.get("/v1/AvailableAddOns").json()["available_add_ons"]
    assert {row["sid"] for row in rows} == shown
    for each in hidden:
        path = f"/AvailableAddOns/{each.sid}"
        expected = (404, 20404, f"The requested resource {path} was not found")
        assert error_of(api.get(f"/v1{path}")) == expected
        assert error_of(install(api, each)) == expected
        assert api.get(f"/v1{path}/Extensions").status_code == 404


def test_the_extensions_of_a_listing_stand_in_the_contracts_order(api: APIClient, listing: Listing) -> None:
    rows = api.get(f"/v1/AvailableAddOns/{listing.sid}/Extensions").json()["extensions"]
    assert [row["unique_name"] for row in rows] == ["lookup-api", "voice-incoming"]
    assert list(rows[0].items()) == [
        ("sid", rows[0]["sid"]),
        ("available_add_on_sid", listing.sid),
        ("friendly_name", "Lookups"),
        ("product_name", "Lookup"),
        ("unique_name", "lookup-api"),
        ("url", f"{BASE}/AvailableAddOns/{listing.sid}/Extensions/{rows[0]['sid']}"),
    ]
    assert api.get(f"/v1/AvailableAddOns/{listing.sid}/Extensions/{rows[0]['sid']}").json() == rows[0]


# --- Install ---------------------------------------------------------------------------------


def test_an_install_answers_201_with_the_contracts_fields_in_order(
    api: APIClient, account: Account, listing: Listing
) -> None:
    answer = install(api, listing)
    body = answer.json()
    assert answer.status_code == 201
    url = f"{BASE}/InstalledAddOns/{body['sid']}"
    assert list(body.items()) == [
        ("sid", body["sid"]),
        ("account_sid", account.sid),
        ("friendly_name", listing.name),
        ("description", "Facts about a number."),
        ("configuration", {"language": "en"}),
        ("unique_name", listing.unique_name),
        ("date_created", body["date_created"]),
        ("date_updated", body["date_created"]),
        ("url", url),
        (
            "links",
            {"extensions": f"{url}/Extensions", "available_add_on": f"{BASE}/AvailableAddOns/{listing.sid}"},
        ),
    ]
    assert len(body["date_created"]) == len("2016-04-07T23:52:28Z")
    assert api.get(f"/v1/InstalledAddOns/{body['sid']}").json() == body


def test_everything_is_off_after_an_install(api: APIClient, listing: Listing) -> None:
    sid = install(api, listing).json()["sid"]
    rows = api.get(f"/v1/InstalledAddOns/{sid}/Extensions").json()["extensions"]
    assert [(row["unique_name"], row["enabled"]) for row in rows] == [
        ("lookup-api", False),
        ("voice-incoming", False),
    ]


def test_later_installs_of_the_same_add_on_get_numbered_names(api: APIClient, listing: Listing) -> None:
    names = [install(api, listing).json()["unique_name"] for _ in range(3)]
    assert names == [listing.unique_name, f"{listing.unique_name}_1", f"{listing.unique_name}_2"]


def test_a_name_is_free_again_after_an_uninstall(api: APIClient, listing: Listing) -> None:
    sid = install(api, listing, UniqueName="mine").json()["sid"]
    assert install(api, listing, UniqueName="mine").status_code == 409
    assert api.delete(f"/v1/InstalledAddOns/{sid}").status_code == 204
    assert install(api, listing, UniqueName="mine").status_code == 201


def test_the_acceptance_of_the_terms_is_kept(api: APIClient, account: Account, listing: Listing) -> None:
    install(api, listing)
    kept = TermsAcceptance.objects.get()
    assert (kept.account, kept.credential, kept.ip_address) == (account, account.sid, "127.0.0.1")
    assert "Be nice." in kept.text.text
    Listing.objects.filter(pk=listing.pk).update(policies={"legal": "Changed."})
    assert "Be nice." in TermsAcceptance.objects.get().text.text


def test_an_empty_name_is_a_name_that_does_not_do(api: APIClient, listing: Listing) -> None:
    assert error_of(install(api, listing, UniqueName="")) == (
        400,
        20001,
        "Invalid UniqueName: must not be empty",
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"AvailableAddOnSid": None}, "Missing required parameter AvailableAddOnSid in the post body"),
        ({"AcceptTermsOfService": None}, "Missing required parameter AcceptTermsOfService in the post body"),
        (
            {"AcceptTermsOfService": "false"},
            "Invalid AcceptTermsOfService: terms of service must be accepted",
        ),
        ({"AcceptTermsOfService": "yes"}, "Invalid AcceptTermsOfService: must be true or false"),
        ({"AvailableAddOnSid": "XB1"}, "Invalid AvailableAddOnSid: must be a SID: XB and 32 hex digits"),
        ({"Configuration": "[]"}, "Invalid Configuration: must be a JSON object, such as {}"),
        ({"Configuration": "{"}, "Invalid Configuration: must be a JSON object, such as {}"),
        ({"Configuration": '{"a": NaN}'}, "Invalid Configuration: must be a JSON object, such as {}"),
        (
            {"Configuration": '{"language": "en", "a": "\\u0000"}'},
            "Invalid Configuration: /a Remove the invisible NUL character.",
        ),
        (
            {"Configuration": '{"a": ' * 65 + "1" + "}" * 65},
            "Invalid Configuration: must have at most 64 levels",
        ),
        ({"Configuration": "{}"}, "Invalid Configuration: /language Choose Language."),
        ({"Configuration": None}, "Invalid Configuration: /language Choose Language."),
        ({"Configuration": ""}, "Invalid Configuration: /language Choose Language."),
        (
            {"UniqueName": "a.b"},
            "Invalid UniqueName: use 1 to 128 letters, digits, hyphens and underscores",
        ),
        (
            {"UniqueName": "x" * 129},
            "Invalid UniqueName: use 1 to 128 letters, digits, hyphens and underscores",
        ),
    ],
)
def test_a_bad_parameter_is_400_and_stores_nothing(
    api: APIClient, listing: Listing, changes: dict[str, Any], message: str
) -> None:
    assert error_of(install(api, listing, **changes)) == (400, 20001, message)
    assert not InstalledAddOn.objects.exists()
    assert not TermsAcceptance.objects.exists()


def test_a_configuration_fault_names_its_field_in_params(api: APIClient, listing: Listing) -> None:
    body = install(api, listing, Configuration='{"language": "fr"}').json()
    assert list(body) == ["code", "message", "more_info", "status", "params"]
    assert list(body["params"]) == ["/language"]


def test_an_unknown_listing_is_404(api: APIClient, listing: Listing) -> None:
    sid = "XB" + "0" * 32
    answer = install(api, listing, AvailableAddOnSid=sid)
    assert error_of(answer) == (404, 20404, f"The requested resource /AvailableAddOns/{sid} was not found")


def test_a_json_body_is_415(api: APIClient) -> None:
    answer = api.post("/v1/InstalledAddOns", json.dumps({}), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (415, 20001)


def test_a_multipart_body_is_accepted(api: APIClient, listing: Listing) -> None:
    body = {
        "AvailableAddOnSid": listing.sid,
        "AcceptTermsOfService": "TRUE",
        "Configuration": '{"language":"de"}',
    }
    assert api.post("/v1/InstalledAddOns", body, format="multipart").status_code == 201


def test_a_method_we_do_not_offer_is_405_with_those_we_do(api: APIClient, listing: Listing) -> None:
    answer = api.delete(f"/v1/AvailableAddOns/{listing.sid}")
    assert error_of(answer) == (405, 20004, "Method not allowed")
    assert answer["Allow"] == "GET, HEAD"


# --- Update, switch, uninstall ---------------------------------------------------------------


def test_an_update_replaces_the_configuration_as_a_whole(api: APIClient, listing: Listing) -> None:
    sid = install(api, listing, Configuration='{"language": "en", "extra": 1}').json()["sid"]
    answer = api.post(f"/v1/InstalledAddOns/{sid}", {"Configuration": '{"language": "de"}'})
    assert (answer.status_code, answer.json()["configuration"]) == (200, {"language": "de"})
    assert answer.json()["unique_name"] == listing.unique_name
    assert SavedConfiguration.objects.count() == 2


def test_an_update_of_the_name_keeps_the_configuration(api: APIClient, listing: Listing) -> None:
    sid = install(api, listing).json()["sid"]
    body = api.post(f"/v1/InstalledAddOns/{sid}", {"UniqueName": "facts"}).json()
    assert (body["unique_name"], body["configuration"]) == ("facts", {"language": "en"})


def test_an_update_to_a_name_in_use_is_409_and_changes_nothing(api: APIClient, listing: Listing) -> None:
    install(api, listing, UniqueName="first")
    sid = install(api, listing, UniqueName="second").json()["sid"]
    parameters = {"UniqueName": "first", "Configuration": '{"language": "de"}'}
    assert api.post(f"/v1/InstalledAddOns/{sid}", parameters).json()["code"] == 20409
    body = api.get(f"/v1/InstalledAddOns/{sid}").json()
    assert (body["unique_name"], body["configuration"]) == ("second", {"language": "en"})


def test_an_invalid_update_changes_nothing(api: APIClient, listing: Listing) -> None:
    sid = install(api, listing).json()["sid"]
    parameters = {"UniqueName": "new", "Configuration": '{"language": "fr"}'}
    assert api.post(f"/v1/InstalledAddOns/{sid}", parameters).status_code == 400
    assert api.get(f"/v1/InstalledAddOns/{sid}").json()["unique_name"] == listing.unique_name


def test_a_secret_is_shown_as_a_mask_and_survives_a_round_trip(api: APIClient, listing: Listing) -> None:
    sid = install(api, listing, Configuration='{"language": "en", "key": "hidden"}').json()["sid"]
    shown = api.get(f"/v1/InstalledAddOns/{sid}").json()["configuration"]
    assert shown == {"language": "en", "key": "********"}
    api.post(f"/v1/InstalledAddOns/{sid}", {"Configuration": json.dumps({**shown, "language": "de"})})
    assert InstalledAddOn.objects.get(sid=sid).configuration == {"language": "de", "key": "hidden"}


def test_a_switch_is_turned_on_and_off(api: APIClient, listing: Listing) -> None:
    sid = install(api, listing).json()["sid"]
    row = api.get(f"/v1/InstalledAddOns/{sid}/Extensions").json()["extensions"][0]
    url = f"/v1/InstalledAddOns/{sid}/Extensions/{row['sid']}"
    for text, value in (("true", True), ("True", True), ("false", False)):
        answer = api.post(url, {"Enabled": text})
        assert (answer.status_code, answer.json()["enabled"]) == (200, value)
        assert api.get(url).json() == answer.json()
    assert list(row) == [
        "sid",
        "installed_add_on_sid",
        "friendly_name",
        "product_name",
        "unique_name",
        "enabled",
        "url",
    ]


def test_a_switch_needs_its_parameter(api: APIClient, listing: Listing) -> None:
    sid = install(api, listing).json()["sid"]
    row = api.get(f"/v1/InstalledAddOns/{sid}/Extensions").json()["extensions"][0]
    url = f"/v1/InstalledAddOns/{sid}/Extensions/{row['sid']}"
    assert api.post(url).json()["message"] == "Missing required parameter Enabled in the post body"
    assert api.post(url, {"Enabled": "on"}).json()["message"] == "Invalid Enabled: must be true or false"
    assert api.delete(url).status_code == 405


def test_an_uninstalled_add_on_is_gone(api: APIClient, listing: Listing) -> None:
    sid = install(api, listing).json()["sid"]
    answer = api.delete(f"/v1/InstalledAddOns/{sid}")
    assert (answer.status_code, answer.content) == (204, b"")
    for path in ("", "/Extensions"):
        assert api.get(f"/v1/InstalledAddOns/{sid}{path}").status_code == 404
    assert api.delete(f"/v1/InstalledAddOns/{sid}").status_code == 404
    assert api.get("/v1/InstalledAddOns").json()["installed_add_ons"] == []


def test_an_install_of_a_listing_that_left_the_api_is_hidden(api: APIClient, listing: Listing) -> None:
    sid = install(api, listing).json()["sid"]
    Listing.objects.filter(pk=listing.pk).update(availability=Availability.SUSPENDED)
    assert api.get(f"/v1/InstalledAddOns/{sid}").status_code == 404


def test_an_install_of_a_retired_listing_can_still_be_read_and_removed(
    api: APIClient, listing: Listing
) -> None:
    sid = install(api, listing).json()["sid"]
    Listing.objects.filter(pk=listing.pk).update(availability=Availability.RETIRED)
    assert api.get(f"/v1/InstalledAddOns/{sid}").status_code == 200
    assert api.delete(f"/v1/InstalledAddOns/{sid}").status_code == 204


def test_a_mask_is_not_taken_for_a_secret_that_was_never_given(api: APIClient, listing: Listing) -> None:
    answer = install(api, listing, Configuration='{"language": "en", "key": "********"}')
    assert error_of(answer) == (
        400,
        20001,
        "Invalid Configuration: /key Give the secret itself: this is only its mask.",
    )
    assert not InstalledAddOn.objects.exists()


def test_a_default_name_is_found_without_trying_every_one(
    api: APIClient, account: Account, django_assert_max_num_queries: Any
) -> None:
    listing = make_listing()
    made = [install(api, listing, Configuration=None).json()["unique_name"] for _ in range(12)]
    assert made[-1] == f"{listing.unique_name}_11"
    with django_assert_max_num_queries(25):
        install(api, listing, Configuration=None)


def test_a_configuration_is_bounded_as_a_whole(api: APIClient, listing: Listing) -> None:
    document = json.dumps({"language": "en", "key": "k" * 16_384})
    assert error_of(install(api, listing, Configuration=document)) == (
        400,
        20001,
        "Invalid Configuration: Use at most 16384 characters in all.",
    )


def test_an_update_with_nothing_in_it_changes_nothing(api: APIClient, listing: Listing) -> None:
    made = install(api, listing).json()
    before = InstalledAddOn.objects.get().date_updated
    assert api.post(f"/v1/InstalledAddOns/{made['sid']}").json() == made
    assert InstalledAddOn.objects.get().date_updated == before


def test_the_catalogue_shows_the_points_of_the_version_that_is_installed(api: APIClient) -> None:
    publisher, name = make_publisher(), "northwind_less"
    make_listing(publisher=publisher, unique_name=name)
    listing = make_listing(
        publisher=publisher, unique_name=name, definition=make_definition(extensions=["lookup-api"])
    )
    path = f"/v1/AvailableAddOns/{listing.sid}/Extensions"
    assert [row["unique_name"] for row in api.get(path).json()["extensions"]] == ["lookup-api"]
    gone = listing.extensions.get(unique_name="voice-incoming")
    assert api.get(f"{path}/{gone.sid}").status_code == 404


def test_a_compressed_body_is_415_not_read_as_it_stands(api: APIClient) -> None:
    answer = api.post("/v1/InstalledAddOns", {}, headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (415, 20001)


def test_a_database_that_is_locked_is_503_and_may_be_tried_again(
    api: APIClient, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(**_: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("marketplace.services.install", locked)
    answer = install(api, listing)
    assert error_of(answer) == (503, 20503, "Service unavailable")
    assert answer["Retry-After"] == "1"
