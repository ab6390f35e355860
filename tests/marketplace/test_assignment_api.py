"""AssignedAddOns and their Extensions (contract 4.2 and 4.3), and what an assignment forbids."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from accounts.models import Account
from marketplace.models import AssignedAddOn, InstalledAddOn
from publishers.models import Listing
from rest.sids import new_sid
from tests.conftest import api_of
from tests.factories import make_account, make_definition, make_install, make_listing

SCHEMA = {
    "type": "object",
    "properties": {
        "bad_words": {"type": "boolean", "name": "Bad words"},
        "key": {"type": "string", "name": "Key", "_secret": True},
    },
}
TASKS = "taskrouter-create-task"


def number_of(account: Account, phone_number: str = "+18089255327") -> str:
    """The path of a new number, without extension."""
    path = f"/2010-04-01/Accounts/{account.sid}/IncomingPhoneNumbers"
    sid = api_of(account).post(f"{path}.json", {"PhoneNumber": phone_number}).json()["sid"]
    return f"{path}/{sid}"


@pytest.fixture
def number(account: Account) -> str:
    return number_of(account)


@pytest.fixture
def listing(db: None) -> Listing:
    extensions = ["lookup-api", "voice-incoming", TASKS]
    return make_listing(definition=make_definition(extensions=extensions, configuration_schema=SCHEMA))


@pytest.fixture
def installed(account: Account, listing: Listing) -> InstalledAddOn:
    return make_install(account, listing, configuration={"bad_words": True, "key": "s3cret"})


def assign(api: Any, number: str, sid: str, extension: str = ".json") -> Any:
    return api.post(f"{number}/AssignedAddOns{extension}", {"InstalledAddOnSid": sid})


def error_of(answer: Any) -> tuple[int, int, str]:
    assert list(answer.json()) == ["code", "message", "more_info", "status"]
    return answer.status_code, answer.json()["code"], answer.json()["message"]


def not_found(path: str) -> tuple[int, int, str]:
    return (404, 20404, f"The requested resource {path} was not found")


def switch(api: Any, installed: InstalledAddOn, point: str, *, on: bool) -> Any:
    sid = installed.switches.get(extension__unique_name=point).extension.sid
    return api.post(f"/v1/InstalledAddOns/{installed.sid}/Extensions/{sid}", {"Enabled": str(on)})


# --- The resource ----------------------------------------------------------------------------


def test_an_assignment_has_the_contracts_fields_in_order(
    api: Any, account: Account, number: str, listing: Listing, installed: InstalledAddOn
) -> None:
    answer = assign(api, number, installed.sid)
    body = answer.json()
    own = f"{number}/AssignedAddOns/{installed.sid}"
    assert answer.status_code == 201
    assert list(body.items()) == [
        ("sid", installed.sid),
        ("account_sid", account.sid),
        ("resource_sid", number.rpartition("/")[2]),
        ("friendly_name", listing.name),
        ("description", "Facts about a number."),
        ("configuration", {"bad_words": True, "key": "********"}),
        ("unique_name", listing.unique_name),
        ("date_created", body["date_created"]),
        ("date_updated", body["date_created"]),
        ("uri", f"{own}.json"),
        ("subresource_uris", {"extensions": f"{own}/Extensions.json"}),
    ]
    assert body["date_created"].endswith(" +0000")
    assert api.get(f"{own}.json").json() == body
    assert api.get(f"{number}/AssignedAddOns/{installed.unique_name}.json").json() == body
    assert api.get(f"{own[:-32]}{own[-32:].upper()}.json").json() == body


def test_the_list_shows_what_is_assigned_to_this_number_only(
    api: Any, account: Account, number: str, installed: InstalledAddOn
) -> None:
    other = number_of(account, "+18005550123")
    assert assign(api, number, installed.sid).status_code == 201
    path = f"{number}/AssignedAddOns.json"
    page = api.get(path).json()
    assert list(page) == [
        *("end", "first_page_uri", "next_page_uri", "page", "page_size", "previous_page_uri"),
        *("assigned_add_ons", "start", "uri"),
    ]
    assert [row["sid"] for row in page["assigned_add_ons"]] == [installed.sid]
    assert (page["start"], page["end"], page["next_page_uri"]) == (0, 0, None)
    assert page["uri"] == page["first_page_uri"] == f"{path}?PageSize=50&Page=0"
    assert api.get(f"{other}/AssignedAddOns.json").json()["assigned_add_ons"] == []
    assert api.get(f"{other}/AssignedAddOns/{installed.sid}.json").status_code == 404


def test_the_extensions_of_an_assignment_have_the_contracts_fields_in_order(
    api: Any, account: Account, number: str, installed: InstalledAddOn
) -> None:
    assign(api, number, installed.sid)
    switch(api, installed, "voice-incoming", on=True)
    own = f"{number}/AssignedAddOns/{installed.sid}/Extensions"
    rows = {row["unique_name"]: row for row in api.get(f"{own}.json").json()["extensions"]}
    row = rows["voice-incoming"]
    assert list(row.items()) == [
        ("sid", row["sid"]),
        ("assigned_add_on_sid", installed.sid),
        ("resource_sid", number.rpartition("/")[2]),
        ("account_sid", account.sid),
        ("friendly_name", "Incoming Voice Call"),
        ("product_name", "Programmable Voice"),
        ("unique_name", "voice-incoming"),
        ("enabled", True),
        ("uri", f"{own}/{row['sid']}.json"),
    ]
    assert (set(rows), rows["lookup-api"]["enabled"]) == ({"lookup-api", "voice-incoming", TASKS}, False)
    assert api.get(row["uri"]).json() == row
    by_name = row["uri"].replace(installed.sid, installed.unique_name)
    assert api.get(by_name).json() == row
    assert api.get(row["uri"].replace(row["sid"], new_sid("XF"))).status_code == 404


def test_a_configuration_is_json_text_in_xml_and_csv(
    api: Any, number: str, installed: InstalledAddOn
) -> None:
    answer = assign(api, number, installed.sid, extension="")
    root = ET.fromstring(answer.content)
    assert (answer.status_code, [each.tag for each in root]) == (201, ["AssignedAddOn"])
    assert root[0].findtext("Configuration") == '{"bad_words":true,"key":"********"}'
    assert root[0].findtext("Uri") == f"{number}/AssignedAddOns/{installed.sid}"
    listed = ET.fromstring(api.get(f"{number}/AssignedAddOns").content)[0]
    assert (listed.tag, listed.get("pagesize"), listed.get("nextpageuri")) == ("AssignedAddOns", "50", "")
    assert ET.tostring(listed[0]) == ET.tostring(root[0])
    table = api.get(f"{number}/AssignedAddOns.csv").content.decode()
    assert '"{""bad_words"":true,""key"":""********""}"' in table


def test_removing_an_assignment_removes_the_binding_only(
    api: Any, number: str, installed: InstalledAddOn
) -> None:
    for name in (installed.sid, installed.unique_name):
        assign(api, number, installed.sid)
        path = f"{number}/AssignedAddOns/{name}.json"
        answer = api.delete(path)
        assert (answer.status_code, answer.content) == (204, b"")
        assert error_of(api.delete(path)) == not_found(path)
    assert api.get(f"/v1/InstalledAddOns/{installed.sid}").status_code == 200


def test_deleting_a_number_removes_its_assignments(api: Any, number: str, installed: InstalledAddOn) -> None:
    assign(api, number, installed.sid)
    assert api.delete(f"{number}.json").status_code == 204
    assert not AssignedAddOn.objects.exists()
    assert api.delete(f"/v1/InstalledAddOns/{installed.sid}").status_code == 204


def test_lists_cost_the_same_queries_however_long_they_are(
    api: Any, account: Account, number: str, django_assert_num_queries: Any
) -> None:
    for count in (1, 3):
        while AssignedAddOn.objects.count() < count:
            last = make_install(account)
            assign(api, number, last.sid)
        with django_assert_num_queries(3):
            rows = api.get(f"{number}/AssignedAddOns.json").json()["assigned_add_ons"]
        assert len(rows) == count
        with django_assert_num_queries(4):
            api.get(f"{number}/AssignedAddOns/{last.sid}/Extensions.json")


# --- Refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["post", "put", "patch", "options"])
def test_an_assignment_and_its_extensions_cannot_be_changed_here(
    api: Any, number: str, installed: InstalledAddOn, method: str
) -> None:
    assign(api, number, installed.sid)
    own = f"{number}/AssignedAddOns/{installed.sid}"
    extension = api.get(f"{own}/Extensions.json").json()["extensions"][0]["uri"]
    allowed = {
        f"{own}.json": "GET, DELETE, HEAD",
        f"{own}/Extensions.json": "GET, HEAD",
        extension: "GET, HEAD",
    }
    for path, allow in allowed.items():
        answer = getattr(api, method)(path)
        assert error_of(answer) == (405, 20004, "Method not allowed")
        assert answer["Allow"] == allow


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "Missing required parameter InstalledAddOnSid in the post body"),
        ({"InstalledAddOnSid": ""}, "Invalid InstalledAddOnSid: must not be empty"),
        ({"InstalledAddOnSid": "XE123"}, "Invalid InstalledAddOnSid: must be a SID: XE and 32 hex digits"),
        ({"InstalledAddOnSid": "XE\x00"}, "Invalid InstalledAddOnSid: must be a SID: XE and 32 hex digits"),
    ],
)
def test_the_add_on_must_be_named_by_its_sid(api: Any, number: str, parameters: Any, message: str) -> None:
    assert error_of(api.post(f"{number}/AssignedAddOns.json", parameters)) == (400, 20001, message)


def test_an_add_on_that_is_not_the_accounts_to_see_is_404(
    api: Any, account: Account, number: str, installed: InstalledAddOn
) -> None:
    theirs = make_install(make_account())
    gone = make_install(account)
    api.delete(f"/v1/InstalledAddOns/{gone.sid}")
    hidden = make_install(account, make_listing(availability="developer_preview"))
    for sid in (new_sid("XE"), theirs.sid, gone.sid, hidden.sid):
        assert error_of(assign(api, number, sid)) == not_found(f"/InstalledAddOns/{sid}")


def test_an_assignment_whose_listing_leaves_the_api_is_hidden(
    api: Any, number: str, installed: InstalledAddOn, listing: Listing
) -> None:
    assign(api, number, installed.sid)
    for availability, shown in (("retired", 200), ("suspended", 404), ("developer_preview", 404)):
        Listing.objects.filter(pk=listing.pk).update(availability=availability)
        assert api.get(f"{number}/AssignedAddOns/{installed.sid}.json").status_code == shown
        assert api.get(f"{number}/AssignedAddOns/{installed.sid}/Extensions.json").status_code == shown
        rows = api.get(f"{number}/AssignedAddOns.json").json()["assigned_add_ons"]
        assert len(rows) == (1 if shown == 200 else 0)


def test_a_second_assignment_to_the_same_number_is_409(
    api: Any, account: Account, number: str, installed: InstalledAddOn
) -> None:
    assert assign(api, number, installed.sid).status_code == 201
    message = f"Conflict: {installed.unique_name} is already assigned to +18089255327"
    assert error_of(assign(api, number, installed.sid)) == (409, 20409, message)
    assert assign(api, number_of(account, "+18005550123"), installed.sid).status_code == 201


def test_an_add_on_without_a_point_that_goes_by_number_is_400(
    api: Any, account: Account, number: str
) -> None:
    listing = make_listing(definition=make_definition(extensions=["lookup-api", TASKS]))
    status, code, message = error_of(assign(api, number, make_install(account, listing).sid))
    assert (status, code) == (400, 20001)
    assert "runs neither for incoming messages nor for incoming calls" in message


def test_an_add_on_that_runs_for_tasks_cannot_be_assigned_until_that_is_off(
    api: Any, number: str, installed: InstalledAddOn
) -> None:
    switch(api, installed, TASKS, on=True)
    status, code, message = error_of(assign(api, number, installed.sid))
    assert (status, code) == (400, 20001)
    assert "is switched on for Create TaskRouter Tasks" in message
    switch(api, installed, TASKS, on=False)
    assert assign(api, number, installed.sid).status_code == 201


def test_an_assigned_add_on_cannot_be_switched_on_for_tasks(
    api: Any, number: str, installed: InstalledAddOn
) -> None:
    assign(api, number, installed.sid)
    status, code, message = error_of(switch(api, installed, TASKS, on=True))
    assert (status, code) == (400, 20001)
    assert message.startswith("Invalid Enabled: Create TaskRouter Tasks cannot be restricted")
    assert "assigned to 1 phone number:" in message
    assert switch(api, installed, TASKS, on=False).status_code == 200
    assert switch(api, installed, "voice-incoming", on=True).status_code == 200
    assert not installed.switches.get(extension__unique_name=TASKS).enabled


def test_an_assigned_add_on_cannot_be_uninstalled(
    api: Any, account: Account, number: str, installed: InstalledAddOn
) -> None:
    second = number_of(account, "+18005550123")
    for path in (number, second):
        assign(api, path, installed.sid)
    own = f"/v1/InstalledAddOns/{installed.sid}"
    status, code, message = error_of(api.delete(own))
    assert (status, code) == (400, 20001)
    assert message.startswith(f"{installed.unique_name} is assigned to 2 phone numbers: remove")
    assert api.get(own).status_code == 200
    for path in (number, second):
        api.delete(f"{path}/AssignedAddOns/{installed.sid}.json")
    assert api.delete(own).status_code == 204


def test_another_account_sees_and_changes_no_assignment(
    api: Any, account: Account, number: str, installed: InstalledAddOn
) -> None:
    assign(api, number, installed.sid)
    stranger = make_account()
    theirs = api_of(stranger)
    own = f"{number}/AssignedAddOns/{installed.sid}"
    extension = api.get(f"{own}/Extensions.json").json()["extensions"][0]["uri"]
    for path in (f"{number}/AssignedAddOns.json", f"{own}.json", f"{own}/Extensions.json", extension):
        for asked in (path, path.replace(account.sid, stranger.sid)):
            assert error_of(theirs.get(asked)) == not_found(asked)
    assert theirs.delete(f"{own}.json").status_code == 404
    assert assign(theirs, number, make_install(stranger).sid).status_code == 404
    assert AssignedAddOn.objects.count() == 1


# --- Console ---------------------------------------------------------------------------------


def test_the_uninstall_page_names_the_numbers_that_hold_the_add_on(
    console: Client, api: Any, number: str, installed: InstalledAddOn
) -> None:
    assign(api, number, installed.sid)
    page = f"/console/installed/{installed.sid}/uninstall/"
    shown = console.get(page).content.decode()
    assert "It is assigned to 1 phone number" in shown
    assert "+18089255327" in shown
    assert f"{number}/AssignedAddOns/{installed.sid}.json" in shown
    assert "Uninstalling…" not in shown
    refused = console.post(page)
    assert (refused.status_code, InstalledAddOn.objects.live().count()) == (200, 1)
    assert "is assigned to 1 phone number: remove" in refused.content.decode()
    api.delete(f"{number}/AssignedAddOns/{installed.sid}.json")
    assert "Uninstalling…" in console.get(page).content.decode()
    assert console.post(page).status_code == 302


@pytest.mark.parametrize("htmx", [True, False])
def test_a_refused_switch_leads_back_to_the_page_that_says_why(
    console: Client, api: Any, number: str, installed: InstalledAddOn, htmx: bool
) -> None:
    assign(api, number, installed.sid)
    sid = installed.switches.get(extension__unique_name=TASKS).extension.sid
    page = f"/console/installed/{installed.sid}/"
    headers = {"HX-Request": "true"} if htmx else {}
    answer = console.post(f"{page}extensions/{sid}/", {"enabled": "true"}, headers=headers)
    assert answer.headers["HX-Redirect" if htmx else "Location"] == page
    assert "cannot be restricted to phone numbers" in console.get(page).content.decode()


def test_the_list_is_in_the_order_of_assigning(api: Any, account: Account) -> None:
    path = number_of(account)
    older, newer = make_install(account), make_install(account)
    for installed in (newer, older):
        assert assign(api, path, installed.sid).status_code == 201
    rows = api.get(f"{path}/AssignedAddOns.json").json()["assigned_add_ons"]
    assert [row["sid"] for row in rows] == [older.sid, newer.sid]
