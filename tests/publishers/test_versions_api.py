"""Versions by REST, our own extension of the Listing API: made, read, changed and deleted."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from publishers.models import Listing, ListingVersion, Publisher, VersionMove
from tests.conftest import api_of
from tests.factories import make_definition, make_install, make_listing, make_publisher, make_report
from tests.publishers.publishing import (
    BASE,
    QUICK,
    WITH_SECRET,
    create_version,
    error_of,
    path_of,
    submit,
    update_version,
)

# --- Create and read -------------------------------------------------------------------------


def test_a_draft_answers_201_with_its_fields_in_order(
    api: APIClient, listing: Listing, publisher: Publisher
) -> None:
    answer = create_version(api, listing)
    body = answer.json()
    assert answer.status_code == 201
    assert list(body.items()) == [
        ("sid", body["sid"]),
        ("listing_sid", listing.sid),
        ("account_sid", publisher.account.sid),
        ("number", 1),
        ("status", "draft"),
        ("definition", make_definition()),
        ("reason", None),
        ("notes", ""),
        ("publish_on_approval", True),
        ("date_created", body["date_created"]),
        ("date_updated", body["date_updated"]),
        ("date_published", None),
        ("url", url := f"{BASE}/Listing/{listing.sid}/Versions/{body['sid']}"),
        (
            "links",
            {
                "listing": f"{BASE}/Listing/{listing.sid}",
                "differences": f"{url}/Differences",
                "comments": f"{url}/Comments",
            },
        ),
    ]
    assert len(body["date_updated"]) == len("2016-04-07T23:52:28Z")
    assert api.get(path_of(body)).json() == body


def test_a_draft_may_begin_with_what_is_new_in_it(api: APIClient, listing: Listing) -> None:
    made = create_version(api, listing, Notes="It is quicker.").json()
    assert ListingVersion.objects.get(sid=made["sid"]).notes == "It is quicker."


def test_the_list_is_paged_newest_first(api: APIClient, listing: Listing) -> None:
    for _ in range(3):
        version = create_version(api, listing).json()
        submit(api, version)
        update_version(api, version, Status="withdrawn")
    page = api.get(f"/v1/Listing/{listing.sid}/Versions?PageSize=2").json()
    assert [row["number"] for row in page["versions"]] == [3, 2]
    assert page["meta"]["key"] == "versions"
    rest = api.get(page["meta"]["next_page_url"].removeprefix("http://127.0.0.1:8000")).json()
    assert [row["number"] for row in rest["versions"]] == [1]


def test_a_list_costs_the_same_queries_however_long_it_is(
    api: APIClient, listing: Listing, django_assert_num_queries: Any
) -> None:
    for number in (1, 2):
        listing.versions.create(number=number, definition=make_definition(), status="withdrawn")
        with django_assert_num_queries(3):
            rows = api.get(f"/v1/Listing/{listing.sid}/Versions").json()["versions"]
        assert len(rows) == number


def test_a_definition_goes_out_as_it_came_in(api: APIClient, listing: Listing) -> None:
    """The order of the properties is the order of the form."""
    names = ["zebra", "apple", "mango"]
    schema = {"type": "object", "properties": {name: {"type": "string", "name": name} for name in names}}
    version = create_version(api, listing, make_definition(configuration_schema=schema)).json()
    shown = api.get(path_of(version)).json()["definition"]["configuration_schema"]["properties"]
    assert list(shown) == names


@pytest.mark.parametrize("sent", [{}, {"Definition": ""}])
def test_a_draft_needs_a_definition(api: APIClient, listing: Listing, sent: dict[str, str]) -> None:
    answer = api.post(f"/v1/Listing/{listing.sid}/Versions", sent)
    assert error_of(answer) == (400, 20001, "Missing required parameter Definition in the post body")


def test_every_fault_of_a_definition_is_told(api: APIClient, listing: Listing) -> None:
    answer = create_version(
        api, listing, make_definition(type="phone", pricing={"model": "per_use"}, colour="red")
    )
    status, code, message = error_of(answer)
    assert (status, code) == (400, 20001)
    first = next(iter(answer.json()["params"].items()))
    assert message == f"Invalid Definition: {first[0]} {first[1][0]}"
    assert {"/type", "/colour"} <= answer.json()["params"].keys()
    assert not ListingVersion.objects.exists()


def test_a_definition_of_endless_entries_is_refused_unread(api: APIClient, listing: Listing) -> None:
    request = {"method": "GET", "url": "https://service.example.com", "query": [{}] * 20_000}
    assert error_of(create_version(api, listing, make_definition(request=request))) == (
        400,
        20001,
        "Invalid Definition: Use fewer entries: it is far too large.",
    )


BAD_JSON = {
    "a list": ("[]", "must be a JSON object"),
    "nothing": ("null", "must be a JSON object"),
    "half": ("{", "must be a JSON object"),
    "not a number": ('{"a": NaN}', "must be a JSON object"),
    "infinity": ('{"a": 1e999}', "must be a JSON object"),
    "half a character": ('{"a": "\\ud800"}', "must be a JSON object"),
    "a key twice": ('{"type": "phone-number", "type": "x"}', "must name every key of an object once"),
    "a key twice below": ('{"request": {"url": "a", "url": "b"}}', "must name every key of an object once"),
    "deep": ('{"a":' * 65 + "1" + "}" * 65, "must have at most 64 levels"),
    "endless": ("[" * 100_000, "must be a JSON object"),
    "huge": ('{"a": "' + "x" * 262_144 + '"}', "must have at most 262144 characters"),
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_what_is_no_json_object_is_told_so(api: APIClient, listing: Listing, name: str) -> None:
    text, message = BAD_JSON[name]
    status, code, told = error_of(create_version(api, listing, text))
    assert (status, code) == (400, 20001)
    assert told.startswith(f"Invalid Definition: {message}"), told


# --- One at a time ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["draft", "submitted", "changes_requested", "approved"])
def test_a_second_version_waits_until_the_first_is_decided(
    api: APIClient, listing: Listing, status: str
) -> None:
    first = create_version(api, listing).json()
    ListingVersion.objects.update(status=status)
    told_status, code, message = error_of(create_version(api, listing))
    assert (told_status, code) == (409, 20409)
    assert message.startswith(f"Conflict: version 1 ({first['sid']}) is {status}: ")
    assert ListingVersion.objects.count() == 1


@pytest.mark.parametrize("status", ["published", "rejected", "withdrawn"])
def test_a_decided_version_leaves_room_for_the_next(api: APIClient, listing: Listing, status: str) -> None:
    create_version(api, listing)
    ListingVersion.objects.update(status=status)
    assert create_version(api, listing).json()["number"] == 2


def test_the_database_has_the_last_word_on_who_was_first(
    api: APIClient, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_version(api, listing)
    monkeypatch.setattr("publishers.drafts._check_none_is_open", lambda listing: None)
    assert error_of(create_version(api, listing))[:2] == (409, 20409)


# --- Change ----------------------------------------------------------------------------------


def test_a_draft_takes_a_new_definition(api: APIClient, listing: Listing) -> None:
    version = create_version(api, listing).json()
    answer = update_version(api, version, Definition=QUICK)
    assert (answer.status_code, answer.json()["definition"]) == (200, QUICK)
    assert api.get(path_of(version)).json() == answer.json()


def test_nothing_posted_changes_nothing(api: APIClient, listing: Listing) -> None:
    version = create_version(api, listing).json()
    answer = update_version(api, version, Reason="", Definition="", Unknown="x")
    assert (answer.status_code, answer.json()) == (200, version)


def test_requested_changes_are_made_and_submitted_in_one_call(
    api: APIClient, operator: APIClient, listing: Listing
) -> None:
    version = create_version(api, listing).json()
    submit(api, version)
    asked = update_version(operator, version, Status="changes_requested", Reason=" Answer quicker. ").json()
    assert (asked["status"], asked["reason"]) == ("changes_requested", "Answer quicker.")
    make_report(
        ListingVersion.objects.get(), definition_sha256=ListingVersion(definition=QUICK).definition_sha256
    )
    body = update_version(api, version, Definition=QUICK, Status="submitted").json()
    assert (body["definition"], body["status"], body["reason"]) == (QUICK, "submitted", None)


def test_a_call_that_fails_at_its_status_leaves_the_definition_alone(
    api: APIClient, listing: Listing
) -> None:
    version = create_version(api, listing).json()
    answer = update_version(
        api, version, Definition=WITH_SECRET, Credentials={"other": "x"}, Status="submitted"
    )
    assert error_of(answer)[2].startswith("Invalid Status: the definition uses service_key")
    assert api.get(path_of(version)).json() == version
    listing.refresh_from_db()
    assert listing.credentials == {}


@pytest.mark.parametrize("status", ["submitted", "approved", "published", "rejected", "withdrawn"])
def test_a_version_never_changes_once_submitted(api: APIClient, listing: Listing, status: str) -> None:
    version = create_version(api, listing).json()
    ListingVersion.objects.update(status=status)
    told, code, message = error_of(update_version(api, version, Definition=QUICK))
    assert (told, code) == (400, 20001)
    assert message == (
        "Invalid Definition: a version never changes once submitted, and this one is "
        f"{status}: create a new version"
    )
    assert ListingVersion.objects.get().definition == make_definition()


def test_a_bad_definition_changes_nothing(api: APIClient, listing: Listing) -> None:
    version = create_version(api, listing).json()
    answer = update_version(api, version, Definition={"type": "phone-number"})
    assert error_of(answer)[2] == "Invalid Definition: /extensions Add this: it is required."
    assert api.get(path_of(version)).json() == version


def test_a_draft_is_deleted_and_nothing_else(api: APIClient, listing: Listing) -> None:
    version = create_version(api, listing).json()
    submit(api, version)
    assert error_of(api.delete(path_of(version))) == (
        400,
        20001,
        "Only a draft can be deleted: this version is submitted",
    )
    update_version(api, version, Status="withdrawn")
    draft = create_version(api, listing).json()
    answer = api.delete(path_of(draft))
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.get(path_of(draft)).status_code == api.delete(path_of(draft)).status_code == 404


# --- Whose it is -----------------------------------------------------------------------------


@pytest.mark.parametrize("availability", ["ga", "coming_soon", "draft"])
def test_the_versions_of_others_are_unknown_even_when_the_listing_is_public(
    account: Account, availability: str
) -> None:
    theirs = make_listing(availability=availability)
    version, none = theirs.versions.get(), "XB" + "0" * 32
    if availability == "ga":
        make_install(account, theirs)
    for api in (api_of(account), api_of(make_publisher().account)):
        for method, path in (
            ("get", "Versions"),
            ("post", "Versions"),
            ("get", f"Versions/{version.sid}"),
            ("post", f"Versions/{version.sid}"),
            ("delete", f"Versions/{version.sid}"),
        ):
            foreign = getattr(api, method)(f"/v1/Listing/{theirs.sid}/{path}")
            unknown = getattr(api, method)(f"/v1/Listing/{none}/{path}")
            assert foreign.status_code == unknown.status_code == 404
            assert foreign.content == unknown.content.replace(none.encode(), theirs.sid.encode())


def test_a_version_of_another_listing_is_not_found_under_this_one(
    api: APIClient, listing: Listing, publisher: Publisher
) -> None:
    other = make_listing(publisher=publisher).versions.get()
    for method in ("get", "post", "delete"):
        answer = getattr(api, method)(f"/v1/Listing/{listing.sid}/Versions/{other.sid}")
        assert (answer.status_code, answer.json()["code"]) == (404, 20404)


def test_sids_in_capitals_are_the_same(api: APIClient, listing: Listing) -> None:
    version = create_version(api, listing).json()
    path = f"/v1/Listing/XB{listing.sid[2:].upper()}/Versions/XC{version['sid'][2:].upper()}"
    assert api.get(path).json() == version


@pytest.mark.parametrize(("path", "allowed"), [("", "GET, POST"), ("/{sid}", "GET, POST, DELETE")])
def test_other_methods_are_405(api: APIClient, listing: Listing, path: str, allowed: str) -> None:
    version = create_version(api, listing).json()
    answer = api.put(f"/v1/Listing/{listing.sid}/Versions" + path.format(**version))
    assert (answer.status_code, answer.json()["code"]) == (405, 20004)
    assert set(allowed.split(", ")) <= {name.strip() for name in answer.headers["Allow"].split(",")}


def test_a_key_makes_a_move_happen_once(api: APIClient, listing: Listing) -> None:
    version = create_version(api, listing).json()
    make_report(ListingVersion.objects.get())
    first, again = (
        api.post(path_of(version), {"Status": "submitted"}, HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2)
    )
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert VersionMove.objects.count() == 1
