"""Our bodies beside the sample bodies of the specification: the same keys, in the same order."""

import json
import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Account
from billing.models import BillingItem
from marketplace.models import InstalledAddOn
from publishers.blocks import PARAMETERS
from publishers.contract.errors import ContractError
from publishers.contract.points import POINTS
from recordings.models import Recording
from rest.renderers import Csv, Xml
from results.models import AddOnResult
from tests.conftest import api_of
from tests.factories import (
    make_definition,
    make_install,
    make_listing,
    make_payload,
    make_publisher,
    make_recording,
    make_result,
)
from tests.fake_publisher import FakePublisher

pytestmark = pytest.mark.fixtures


def sample(name: str) -> Any:
    return json.loads((Path(os.environ["FIXTURES"]) / name).read_text())


def shape(body: Any) -> Any:
    """Keys in order, rows by their first one; free-form values are left out."""
    if isinstance(body, dict):
        free = {"configuration", "configuration_schema", "result"}
        return [(key, None if key in free else shape(value)) for key, value in body.items()]
    if isinstance(body, list):
        return [shape(body[0])] if body else []
    return None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("AvailableAddOns", "available_add_ons_list.json"),
        ("AvailableAddOns/{XB}", "available_add_on.json"),
        ("AvailableAddOns/{XB}/Extensions", "available_extensions_list.json"),
        ("AvailableAddOns/{XB}/Extensions/{XF}", "available_extension.json"),
        ("InstalledAddOns", "installed_list.json"),
        ("InstalledAddOns/{XE}", "installed_create_201.json"),
        ("InstalledAddOns/{XE}/Extensions", "installed_extensions_list.json"),
        ("InstalledAddOns/{XE}/Extensions/{XF}", "installed_extension.json"),
    ],
)
def test_a_marketplace_body_has_the_samples_shape(
    api: APIClient, account: Account, path: str, name: str
) -> None:
    installed = make_install(account)
    switch = installed.switches.select_related("extension").get(extension__unique_name="lookup-api")
    sids = {"XB": installed.listing.sid, "XE": installed.sid, "XF": switch.extension.sid}
    body = api.get("/v1/" + path.format(**sids)).json()
    assert shape(body) == shape(sample(f"marketplace/{name}"))


def test_an_empty_list_has_the_samples_shape(api: APIClient) -> None:
    assert shape(api.get("/v1/InstalledAddOns").json()) == shape(
        sample("marketplace/installed_list_empty.json")
    )


@pytest.fixture
def number(api: APIClient, account: Account) -> str:
    """The path of a phone number that one add-on is assigned to, without extension."""
    numbers = f"/2010-04-01/Accounts/{account.sid}/IncomingPhoneNumbers"
    sid = api.post(f"{numbers}.json", {"PhoneNumber": "+18089255327"}).json()["sid"]
    installed = make_install(account, make_listing(definition=make_definition(extensions=["voice-incoming"])))
    api.post(f"{numbers}/{sid}/AssignedAddOns.json", {"InstalledAddOnSid": installed.sid})
    return f"{numbers}/{sid}"


def test_a_phone_number_has_the_samples_shape(api: APIClient, number: str) -> None:
    expected = sample("api2010/incoming_phone_number.json") | {"subresource_uris": {"assigned_add_ons": ""}}
    assert shape(api.get(f"{number}.json").json()) == shape(expected)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("AssignedAddOns", "assigned_add_ons_list.json"),
        ("AssignedAddOns/{XE}", "assigned_add_on.json"),
        ("AssignedAddOns/{XE}/Extensions", "assigned_extensions_list.json"),
    ],
)
def test_an_assignment_has_the_samples_shape(api: APIClient, number: str, path: str, name: str) -> None:
    (installed,) = InstalledAddOn.objects.all()
    body = api.get(f"{number}/{path.format(XE=installed.sid)}.json").json()
    assert shape(body) == shape(sample(f"api2010/{name}"))


def test_an_assigned_extension_has_the_samples_keys_in_the_order_of_the_list(
    api: APIClient, number: str
) -> None:
    (installed,) = InstalledAddOn.objects.all()
    path = f"{number}/AssignedAddOns/{installed.sid}/Extensions"
    (row,) = api.get(f"{path}.json").json()["extensions"]
    body = api.get(row["uri"]).json()
    assert list(body) == list(sample("api2010/assigned_extensions_list.json")["extensions"][0])
    assert set(body) == set(sample("api2010/assigned_extension.json"))


def test_an_empty_list_of_assignments_has_the_samples_shape(api: APIClient, number: str) -> None:
    (installed,) = InstalledAddOn.objects.all()
    api.delete(f"{number}/AssignedAddOns/{installed.sid}.json")
    body = api.get(f"{number}/AssignedAddOns.json").json()
    expected = sample("api2010/assigned_add_ons_empty.json")
    assert shape(body) == shape(expected)
    values = {name: body[name] for name in ("start", "end", "page", "page_size", "next_page_uri")}
    assert values == {name: expected[name] for name in values}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("", "add_on_results_list"),
        ("/{XR}", "add_on_result"),
        ("/{XR}/Payloads", "payloads_list"),
        ("/{XR}/Payloads/{XH}", "payload"),
        ("/{XR}/Payloads/{XH}/Data", "payload_data_307"),
    ],
)
def test_a_result_has_the_samples_shape(api: APIClient, account: Account, path: str, name: str) -> None:
    payload = make_payload(make_result(make_recording(account), status="completed"))
    sids = {"XR": payload.result.sid, "XH": payload.sid}
    body = api.get(f"{results_of(payload.result.recording)}{path.format(**sids)}.json").json()
    assert shape(body) == shape(sample(f"api2010/{name}.json"))


def test_a_list_of_results_is_the_sample_in_every_format(api: APIClient, account: Account) -> None:
    recording = make_recording(account)
    empty = api.get(f"{results_of(recording)}.json").json()
    assert known(json.dumps(empty)) == known(json.dumps(sample("api2010/add_on_results_empty.json")))
    result = make_result(recording, status="completed", date_completed=timezone.now())
    json_list = known(json.dumps(api.get(f"{results_of(recording)}.json").json()))
    assert json_list == known(json.dumps(sample("api2010/add_on_results_list.json")))
    csv = known(api.get(f"{results_of(recording)}.csv").content.decode().replace("\r\n", "\n"))
    assert csv == known(text_of("api2010/add_on_results_list.csv"))
    AddOnResult.objects.filter(sid=result.sid).update(status="in-progress", date_completed=None)
    xml = known(api.get(results_of(recording)).content.decode())
    assert xml == known(text_of("api2010/add_on_results_list.xml"))


def results_of(recording: Recording) -> str:
    return f"/2010-04-01/Accounts/{recording.account.sid}/Recordings/{recording.sid}/AddOnResults"


def known(text: str) -> str:
    """The text with the same SIDs and dates as every other."""
    dated = re.sub(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000", "DATE", text)
    return re.sub(r"([A-Z]{2})[0-9a-f]{32}", r"\1", dated)


def test_xml_and_csv_are_written_as_in_the_samples() -> None:
    page = sample("api2010/add_on_results_list.json")
    (row,) = page["add_on_results"]
    from_xml = {**page, "add_on_results": [{**row, "status": "in-progress", "date_completed": None}]}
    assert rendered(Xml, as_in(from_xml, "")) == text_of("api2010/add_on_results_list.xml")
    assert rendered(Csv, as_in(page, ".csv")) == text_of("api2010/add_on_results_list.csv")


def as_in(body: Any, extension: str) -> Any:
    """The body with the extension its links have in another format."""
    return json.loads(json.dumps(body).replace(".json", extension))


def rendered(kind: Any, data: Any) -> str:
    view = SimpleNamespace(collection_key="add_on_results", resource_name="add_on_result", free_form=())
    context = {"view": view, "response": SimpleNamespace(exception=False)}
    return str(kind().render(data, None, context).decode()).replace("\r\n", "\n")


def text_of(name: str) -> str:
    return (Path(os.environ["FIXTURES"]) / name).read_text()


def test_an_xml_error_is_the_sample(api: APIClient, account: Account) -> None:
    expected = text_of("errors/rest_exception.xml")
    theirs = expected.partition("resource ")[2].partition(" was")[0]
    path = f"/2010-04-01/Accounts/{account.sid}/Recordings/RE{'a' * 32}/AddOnResults"
    assert api.get(path).content.decode() == expected.replace(theirs, path)


def test_a_lookup_has_the_samples_shape(api: APIClient, account: Account) -> None:
    with FakePublisher({"score": 1}).in_thread() as service:
        request = {"method": "GET", "url": service.url("/")}
        installed = make_install(
            account, make_listing(definition=make_definition(request=request)), enabled=["lookup-api"]
        )
        body = api.get(
            "/v1/PhoneNumbers/+14155552671", {"AddOns": installed.unique_name, "Type": "carrier"}
        ).json()
    expected = sample("lookups/fetchAddonsNomorobo.json")
    expected["add_ons"]["results"] = {
        installed.unique_name: expected["add_ons"]["results"]["nomorobo_spamscore"]
    }
    assert shape(body) == shape(expected)


def test_a_listing_the_listings_usage_and_a_referral_have_the_samples_shape(account: Account) -> None:
    publisher = make_publisher()
    blocks = sample("marketplace/listing_update_request.json")
    listing = make_listing(publisher=publisher)
    own = api_of(publisher.account)
    posted = own.post(
        f"/v1/Listing/{listing.sid}", {name: json.dumps(block) for name, block in blocks.items()}
    )
    assert posted.status_code == 200
    assert list(posted.json()) == list(sample("marketplace/listing_200.json"))
    assert {name: posted.json()[PARAMETERS[name]] for name in blocks} == blocks
    assert list(own.get("/v1/Listings").json()) == list(sample("marketplace/listings_get.json"))
    item = BillingItem.objects.create(listing=listing, name="Seat", unit="seat", unit_price_micros=1)
    report = json.dumps({"billable_items": [{"sid": item.sid, "quantity": 12.355}]})
    path = f"/v1/InstalledAddOns/{make_install(account, listing).sid}/Usage"
    usage = own.post(path, report, content_type="application/json").json()
    assert shape(usage) == shape(sample("marketplace/usage_202.json"))
    referred = json.dumps({"referral_account_sid": account.sid})
    answer = own.post("/v1/ReferralConversion", referred, content_type="application/json").json()
    assert shape(answer) == shape(sample("marketplace/referral_200.json"))


def test_a_task_has_the_samples_shape(api: APIClient) -> None:
    body = api.post(f"/v1/Workspaces/WS{'0' * 32}/Tasks", {"Attributes": "{}"}).json()
    expected = sample("taskrouter/task_201.json")
    assert list(body) == list(expected)
    assert list(body["links"]) == list(expected["links"])


def test_errors_are_the_samples(api: APIClient) -> None:
    samples = sample("errors/rest_errors.json")
    missing = api.post("/v1/InstalledAddOns").json()
    assert list(missing.items()) == list(samples["missing_parameter"].items())
    assert list(api.delete("/v1/AvailableAddOns").json().items()) == list(
        samples["method_not_allowed"].items()
    )
    stranger = APIClient().get("/v1/InstalledAddOns").json()
    assert list(stranger.items()) == list(samples["unauthenticated"].items())
    path = f"/2010-04-01/Accounts/AC{'a' * 32}/Recordings/RE{'a' * 32}.json"
    unknown = api.get(path).json()
    assert list(unknown.items()) == list(samples["not_found_2010"].items())


def test_the_codes_and_messages_of_failed_entries_are_the_samples() -> None:
    ours = {kind.code: (kind.level.upper(), kind.message) for kind in ContractError.__subclasses__()}
    theirs = {row["code"]: (row["level"], row["wire_message"]) for row in sample("errors/add_on_errors.json")}
    assert ours == {code: row for code, row in theirs.items() if row[1]}


def test_the_extension_points_are_the_samples() -> None:
    names = ("product_name", "friendly_name", "unique_name", "mode", "number_scoped")
    ours = [{name: getattr(point, name) for name in names} for point in POINTS.values()]
    assert ours == sample("extensions.json")
