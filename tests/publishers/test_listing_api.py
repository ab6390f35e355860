"""Listings by REST (contract 3.6, 3.7)."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import AuditEntry
from publishers.blocks import PARAMETERS
from publishers.listing_files import BadListingFile, store
from publishers.models import Listing, Publisher
from tests.conftest import api_of
from tests.factories import make_account, make_listing, make_listing_document, make_publisher
from tests.publishers.publishing import BASE, NAMED, create_listing, error_of, update_listing


@pytest.fixture
def listing(publisher: Publisher) -> Listing:
    return make_listing(publisher=publisher)


# --- Listings --------------------------------------------------------------------------------


def test_a_new_listing_answers_200_with_the_contracts_keys(api: APIClient) -> None:
    answer = create_listing(api, Configuration='{"buttons": []}')
    listing = Listing.objects.get()
    assert answer.status_code == 200
    assert list(answer.json().items()) == [
        ("sid", listing.sid),
        ("url", f"{BASE}/Listing/{listing.sid}"),
        ("description", None),
        ("support", None),
        ("policies", None),
        ("module_info", NAMED),
        ("documentation", None),
        ("pricing", None),
        ("configuration", {"buttons": []}),
    ]
    assert (listing.unique_name, listing.availability) == ("number_facts", "draft")
    assert api.get(f"/v1/Listing/{listing.sid}").json() == answer.json()


def test_the_list_holds_the_callers_listings_with_their_sids_and_no_pages(api: APIClient) -> None:
    first, second = (create_listing(api, {"name": name}).json()["sid"] for name in ("One", "Two"))
    make_listing()
    assert api.get("/v1/Listings?PageSize=1").json() == {
        "listings": [{"sid": second, "name": "Two"}, {"sid": first, "name": "One"}]
    }


def test_the_list_costs_the_same_queries_however_long_it_is(
    api: APIClient, django_assert_num_queries: Any
) -> None:
    for _ in range(2):
        create_listing(api)
        create_listing(api)
        with django_assert_num_queries(2):
            assert api.get("/v1/Listings").status_code == 200


def test_an_account_without_a_publisher_lists_nothing_and_is_told_what_to_do(db: None) -> None:
    api = api_of(make_account())
    assert api.get("/v1/Listings").json() == {"listings": []}
    status, code, message = error_of(create_listing(api))
    assert (status, code) == (403, 20403)
    assert message.startswith(
        "Forbidden: this account is not a publisher yet: an owner applies in the console"
    )
    assert not Listing.objects.exists()


@pytest.mark.parametrize("sent", [{}, {"ModuleInfo": ""}])
def test_a_new_listing_needs_its_module_info(api: APIClient, sent: dict[str, str]) -> None:
    assert error_of(api.post("/v1/Listings", sent)) == (
        400,
        20001,
        "Missing required parameter ModuleInfo in the post body",
    )


@pytest.mark.parametrize(
    ("module_info", "message"),
    [
        ({"tagline": "x"}, "/name Add this: it is required."),
        ({"name": ""}, "/name Fill this in."),
        ({"name": " "}, "/name Fill this in."),
        ({"name": "a\0b"}, "/name Remove the invisible NUL character"),
        ({"name": 7}, "/name Give text."),
        ({"name": "x" * 61}, "/name Use at most 60 characters."),
        ({"name": "x", "sid": "XB"}, "/sid Remove this: it is not known here."),
    ],
)
def test_a_new_listing_needs_a_name_that_is_one(
    api: APIClient, module_info: dict[str, Any], message: str
) -> None:
    status, code, text = error_of(create_listing(api, module_info))
    assert (status, code) == (400, 20001)
    assert text.startswith(f"Invalid ModuleInfo: {message}"), text
    assert not Listing.objects.exists()


@pytest.mark.parametrize(
    ("name", "unique_name"),
    [
        ("Number Facts", "number_facts"),
        ("  Größe & Wärme!  ", "groe_warme"),
        ("天気", "acme"),
        ("-_-", "acme"),
        ("x" * 60, "x" * 60),
    ],
)
def test_the_unique_name_comes_from_the_name(api: APIClient, name: str, unique_name: str) -> None:
    create_listing(api, {"name": name})
    listing = Listing.objects.get()
    assert listing.unique_name == unique_name
    listing.clean_fields()


def test_a_name_that_is_taken_gets_a_number(api: APIClient) -> None:
    for _ in range(3):
        create_listing(api)
    create_listing(api_of(make_publisher().account))
    names = Listing.objects.order_by("pk").values_list("unique_name", flat=True)
    assert list(names) == ["number_facts", "number_facts_1", "number_facts_2", "number_facts_3"]


def test_a_numbered_name_keeps_within_the_length(api: APIClient, publisher: Publisher) -> None:
    Publisher.objects.filter(pk=publisher.pk).update(slug="y" * 64)
    for _ in range(2):
        create_listing(api, {"name": "天気"})
    names = Listing.objects.order_by("pk").values_list("unique_name", flat=True)
    assert list(names) == ["y" * 64, "y" * 62 + "_1"]


# --- Listing/{XB} ----------------------------------------------------------------------------

BLOCKS = {
    "ModuleInfo": {
        **NAMED,
        "tagline": "All about it",
        "logo_url": "https://acme.example/logo.png",
        "logo_bg_color_hex": "#ff5722",
        "provider_name": "Acme",
        "provider_web_url": "https://acme.example",
        "tag": "Numbers",
    },
    "Description": {
        "body": "Long",
        "highlights": [{"title": "One", "description": "First"}],
        "code_samples": [{"title": "Curl", "description": "Ask", "code": "curl https://acme.example"}],
    },
    "Documentation": {"body": "### Read"},
    "Policies": {"privacy": "[Ours](https://acme.example/privacy)", "legal": "https://acme.example/terms"},
    "Support": {"billing_email": "billing@acme.example", "technical_phone": "+1 888-888-8888"},
    "Configuration": {
        "buttons": [{"url": "https://acme.example/start", "label": "Start", "help_text": "Begin here"}],
        "notification_configuration": {
            "callback_url": "https://acme.example/notices",
            "notification_events": ["module_install"],
        },
    },
    "Pricing": {"body": "$15 a month"},
}


@pytest.mark.parametrize("parameter", BLOCKS)
def test_a_posted_block_replaces_its_block_and_the_others_stay(
    api: APIClient, listing: Listing, parameter: str
) -> None:
    before = api.get(f"/v1/Listing/{listing.sid}").json()
    answer = update_listing(api, listing, **{parameter: BLOCKS[parameter]})
    assert (answer.status_code, answer.json()) == (200, {**before, PARAMETERS[parameter]: BLOCKS[parameter]})
    assert api.get(f"/v1/Listing/{listing.sid}").json() == answer.json()


def test_all_seven_can_be_posted_at_once_and_a_block_is_replaced_not_merged(
    api: APIClient, listing: Listing
) -> None:
    assert update_listing(api, listing, **BLOCKS).status_code == 200
    body = update_listing(api, listing, Support={"support_description": "Call."}).json()
    assert body["support"] == {"support_description": "Call."}
    assert body["pricing"] == BLOCKS["Pricing"]


@pytest.mark.parametrize("sent", [{}, {"Pricing": ""}, {"Unknown": "x"}])
def test_nothing_posted_is_200_and_changes_nothing(
    api: APIClient, listing: Listing, sent: dict[str, str]
) -> None:
    before = api.get(f"/v1/Listing/{listing.sid}").json()
    answer = api.post(f"/v1/Listing/{listing.sid}", sent)
    assert (answer.status_code, answer.json()) == (200, before)


def test_an_empty_object_empties_a_block(api: APIClient, listing: Listing) -> None:
    assert update_listing(api, listing, Policies={}).json()["policies"] is None


FAULTS: list[tuple[str, Any, str]] = [
    ("Description", "[]", "must be a JSON object"),
    ("Description", "null", "must be a JSON object"),
    ("Description", "{", "must be a JSON object"),
    ("Description", '{"body": NaN}', "must be a JSON object"),
    ("Description", '{"body": "\\ud800"}', "must be a JSON object"),
    ("Description", '{"body": "a", "body": "b"}', "must name every key of an object once"),
    ("Description", '{"a":' * 65 + "1" + "}" * 65, "must have at most 64 levels"),
    ("Description", {"body": "\0"}, "/body Remove the invisible NUL character"),
    ("Description", {"body": "x" * 10_241}, "/body Use at most 10240 characters."),
    ("Description", {"code_samples": [{"title": "x"}]}, "/code_samples/0/code Add this: it is required."),
    ("Description", {"highlights": [0] * 20_000}, "Remove most of this: it has far more entries"),
    ("Pricing", {"text": "x"}, "/text Remove this: it is not known here."),
    ("ModuleInfo", {"name": "x"}, "/short_description Add this: it is required."),
    ("ModuleInfo", {**NAMED, "logo_bg_color_hex": "red"}, "/logo_bg_color_hex write a colour such as"),
    ("Configuration", {"notification_configuration": {}}, "/notification_configuration/callback_url Add"),
    (
        "Configuration",
        {"notification_configuration": {"callback_url": "https://a.example", "notification_events": ["x"]}},
        "/notification_configuration/notification_events/0 Choose one of module_install, module_uninstall.",
    ),
]


@pytest.mark.parametrize(("parameter", "block", "message"), FAULTS)
def test_a_bad_block_is_told_by_its_place_and_nothing_is_stored(
    api: APIClient, listing: Listing, parameter: str, block: Any, message: str
) -> None:
    before = api.get(f"/v1/Listing/{listing.sid}").json()
    others = {name: good for name, good in BLOCKS.items() if name != parameter}
    status, code, text = error_of(update_listing(api, listing, **{parameter: block}, **others))
    assert (status, code) == (400, 20001)
    assert text.startswith(f"Invalid {parameter}: {message}"), text
    assert api.get(f"/v1/Listing/{listing.sid}").json() == before


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//acme.example",
        "https://",
        "https://u:p@acme.example/",
        "https://acme.example/a b",
        "https://acme.example/\n",
        " https://acme.example/",
        "https:\\\\acme.example",
        "",
    ],
)
@pytest.mark.parametrize(
    ("parameter", "place", "block"),
    [
        ("ModuleInfo", "/logo_url", lambda url: {**NAMED, "logo_url": url}),
        ("ModuleInfo", "/provider_web_url", lambda url: {**NAMED, "provider_web_url": url}),
        ("Configuration", "/buttons/0/url", lambda url: {"buttons": [{"url": url, "label": "Start"}]}),
        (
            "Configuration",
            "/notification_configuration/callback_url",
            lambda url: {"notification_configuration": {"callback_url": url}},
        ),
    ],
)
def test_a_link_leads_to_the_web(
    api: APIClient, listing: Listing, parameter: str, place: str, block: Any, url: str
) -> None:
    message = f"Invalid {parameter}: {place} Write a URL such as https://example.com/page."
    answer = update_listing(api, listing, **{parameter: block(url)})
    assert error_of(answer) == (400, 20001, message)
    assert answer.json()["params"] == {place: ["Write a URL such as https://example.com/page."]}


@pytest.mark.parametrize(
    "url", ["HTTP://acme.example", "https://[::1]:8443/x?y=z#w", "https://größe.example/ß"]
)
def test_every_web_address_is_a_link(api: APIClient, listing: Listing, url: str) -> None:
    assert update_listing(api, listing, ModuleInfo={**NAMED, "logo_url": url}).status_code == 200


def test_policies_may_be_long_until_the_request_is_too_large(api: APIClient, listing: Listing) -> None:
    """The contract says 5 MB; a request of ours holds 1 MiB."""
    long = {"legal": "x" * 500_000, "privacy": "y" * 500_000}
    assert update_listing(api, listing, Policies=long).json()["policies"] == long
    path, form = f"/v1/Listing/{listing.sid}", "application/x-www-form-urlencoded"
    answer = api.post(path, "Policies=" + "x" * 1_048_576, content_type=form)
    assert error_of(answer) == (413, 20413, "Request Entity Too Large")


def test_a_listing_file_is_held_to_the_same_links(publisher: Publisher) -> None:
    document = make_listing_document(module_info={**NAMED, "logo_url": "javascript:alert(1)"})
    with pytest.raises(BadListingFile, match="/module_info/logo_url: Write a URL"):
        store(document, credentials={}, publish=True)


def test_what_is_changed_in_a_published_listing_is_kept_in_the_audit_log(
    api: APIClient, publisher: Publisher
) -> None:
    listing = make_listing(publisher=publisher)
    before = listing.policies
    terms = {"legal": "Pay us more."}
    assert update_listing(api, listing, Policies=terms).status_code == 200
    entry = AuditEntry.objects.get(action="listing.changed")
    assert (entry.before, entry.after) == ({"policies": before}, {"policies": terms})
    assert entry.credential == publisher.account.sid
    assert update_listing(api, listing, Policies=terms).status_code == 200
    assert AuditEntry.objects.filter(action="listing.changed").count() == 1
