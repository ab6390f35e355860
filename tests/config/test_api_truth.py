"""Every operation is executed once, and its answer compared with what the OpenAPI document says."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Account
from billing.models import BillingItem
from config import api_description
from marketplace.models import InstalledAddOn
from publishers import checklist
from publishers.models import ListingVersion
from rest.sids import new_sid
from tests.config.described import matching, schema_of
from tests.conftest import api_of
from tests.deliveries.rows import make_attempt, make_delivery
from tests.factories import (
    NOBODY,
    make_account,
    make_definition,
    make_install,
    make_listing,
    make_payload,
    make_publisher,
    make_recording,
    make_report,
    make_result,
)
from tests.marketplace.test_upgrades import LANGUAGE, make_outdated, make_schema
from tests.publishers.publishing import operator_api
from tests.publishers.reviewing import submitted

Done = set[tuple[str, str]]
JSON = "application/json"
REPORT = {"checks": [{"id": "M01"}]}


class Walker:
    """Executes operations, and holds each answer against the document."""

    def __init__(self, api: APIClient) -> None:
        self.api = api
        self.document = api_description.document()
        self.done: Done = set()

    def get(self, path: str) -> Any:
        return self._check("get", path, self.api.get(path))

    def post(self, path: str, data: Any = None, **options: Any) -> Any:
        return self._check("post", path, self.api.post(path, data, **options))

    def delete(self, path: str) -> None:
        self._check("delete", path, self.api.delete(path))

    def _check(self, method: str, path: str, answer: Any) -> Any:
        template = matching(path.partition("?")[0], self.document["paths"])
        described = self.document["paths"][template][method]["responses"]
        assert str(answer.status_code) in described, (path, answer.content)
        assert answer.status_code < 400, (path, answer.content)
        headers = set(described[str(answer.status_code)].get("headers", {})) - {"Idempotent-Replayed"}
        assert headers <= set(answer.headers), path
        self.done.add((method, template))
        if not answer.content:
            assert "content" not in described[str(answer.status_code)], path
            return None
        body = json.loads(answer.content)
        schema_of(self.document, template, method, str(answer.status_code)).validate(body)
        self._check_order(described[str(answer.status_code)], body)
        return body

    def _check_order(self, answer: Any, body: dict[str, Any]) -> None:
        reference = answer["content"][JSON]["schema"]["$ref"]
        component = self.document["components"]["schemas"][reference.rpartition("/")[2]]
        assert list(body) == list(component["properties"])


@pytest.fixture
def walker(db: None) -> Walker:
    """The publisher of a listing, who is also its customer."""
    publisher = make_publisher("acme")
    return Walker(api_of(publisher.account))


def walk_marketplace(walker: Walker, root: str, listing_sid: str) -> str:
    """All of the shelf. Returns an installed add-on's SID."""
    walker.get(f"{root}/AvailableAddOns")
    walker.get(f"{root}/AvailableAddOns/{listing_sid}")
    points = walker.get(f"{root}/AvailableAddOns/{listing_sid}/Extensions")["extensions"]
    walker.get(f"{root}/AvailableAddOns/{listing_sid}/Extensions/{points[0]['sid']}")
    wanted = {"AvailableAddOnSid": listing_sid, "AcceptTermsOfService": "true", "Configuration": "{}"}
    gone = walker.post(f"{root}/InstalledAddOns", wanted)["sid"]
    walker.delete(f"{root}/InstalledAddOns/{gone}")
    sid = walker.post(f"{root}/InstalledAddOns", wanted)["sid"]
    walker.post(f"{root}/InstalledAddOns/{sid}", {"UniqueName": f"facts_{root.strip('/')}"})
    walker.get(f"{root}/InstalledAddOns?PageSize=1")
    walker.get(f"{root}/InstalledAddOns/{sid}")
    switches = walker.get(f"{root}/InstalledAddOns/{sid}/Extensions")["extensions"]
    walker.get(f"{root}/InstalledAddOns/{sid}/Extensions/{switches[0]['sid']}")
    for switch in switches:
        walker.post(f"{root}/InstalledAddOns/{sid}/Extensions/{switch['sid']}", {"Enabled": "true"})
    return str(sid)


def walk_numbers(walker: Walker, account_sid: str, installed_sid: str) -> None:
    numbers = f"/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers"
    sid = walker.post(f"{numbers}.json", {"PhoneNumber": "+14155552671"})["sid"]
    walker.get(f"{numbers}.json?PhoneNumber=415")
    walker.get(f"{numbers}/{sid}.json")
    walker.post(f"{numbers}/{sid}.json", {"VoiceUrl": "https://voice.example/answer"})
    assigned = f"{numbers}/{sid}/AssignedAddOns"
    walker.post(f"{assigned}.json", {"InstalledAddOnSid": installed_sid})
    walker.get(f"{assigned}.json")
    walker.get(f"{assigned}/{installed_sid}.json")
    switches = walker.get(f"{assigned}/{installed_sid}/Extensions.json")["extensions"]
    walker.get(f"{assigned}/{installed_sid}/Extensions/{switches[0]['sid']}.json")
    walker.delete(f"{assigned}/{installed_sid}.json")
    walker.delete(f"{numbers}/{sid}.json")


def walk_results(walker: Walker, account: Account) -> None:
    recording = make_recording(account)
    payload = make_payload(make_result(recording, status="completed", date_completed=timezone.now()))
    recordings = f"/2010-04-01/Accounts/{account.sid}/Recordings"
    walker.get(f"{recordings}.json?DateCreated%3E=2026-01-01&IncludeSoftDeleted=true")
    walker.get(f"{recordings}/{recording.sid}.json")
    walker.delete(f"{recordings}/{make_recording(account).sid}.json")
    results = f"{recordings}/{recording.sid}/AddOnResults"
    sid = walker.get(f"{results}.json")["add_on_results"][0]["sid"]
    walker.get(f"{results}/{sid}.json")
    walker.get(f"{results}/{sid}/Payloads.json")
    walker.get(f"{results}/{sid}/Payloads/{payload.sid}.json")
    walker.get(f"{results}/{sid}/Payloads/{payload.sid}/Data.json")
    walker.delete(f"{results}/{sid}/Payloads/{payload.sid}.json")
    walker.delete(f"{results}/{sid}.json")


def walk_publishing(walker: Walker) -> None:
    named = json.dumps({"name": "Number Facts", "short_description": "Facts about a number."})
    listing = walker.post("/v1/Listings", {"ModuleInfo": named})["sid"]
    walker.get("/v1/Listings")
    walker.get(f"/v1/Listing/{listing}")
    walker.post(f"/v1/Listing/{listing}", {"Pricing": json.dumps({"body": "Free."})})
    walker.get(f"/v1/Listing/{listing}/Availability")
    versions = f"/v1/Listing/{listing}/Versions"
    version = walker.post(versions, {"Definition": json.dumps(make_definition())})["sid"]
    walker.get(versions)
    walker.get(f"{versions}/{version}")
    walker.post(f"{versions}/{version}", {"Definition": json.dumps(make_definition())})
    walk_reports(walker, f"{versions}/{version}/Reports")
    walker.delete(f"{versions}/{version}")


def walk_reports(publisher: Walker, reports: str) -> None:
    """Of a report that nobody has made yet, and of one that has its checks."""
    waiting = publisher.post(reports)["sid"]
    publisher.get(f"{reports}/{waiting}")
    make_report(ListingVersion.objects.get(sid=reports.split("/")[5]), document=REPORT)
    finished = publisher.get(reports)["reports"][0]["sid"]
    assert publisher.get(f"{reports}/{finished}")["checks"] == REPORT["checks"]


def walk_availability(publisher: Walker, listing_sid: str, replacement_sid: str) -> None:
    path = f"/v1/Listing/{listing_sid}/Availability"
    publisher.get(path)
    publisher.post(path, {"Availability": "beta", "Reason": "Not quite done."})
    until = (timezone.now() + timedelta(days=3)).date().isoformat()
    publisher.post(path, {"DeprecatedUntil": until, "Replacement": replacement_sid})
    publisher.get(path)
    publisher.post(path, {"DeprecatedUntil": ""})


def walk_upgrade(customer: Walker, installed: InstalledAddOn) -> None:
    """Of an install with an offer, and without one after it was taken."""
    path = f"/v1/InstalledAddOns/{installed.sid}/Upgrade"
    assert customer.get(path)["changes"]
    customer.post(path, {"Configuration": json.dumps({"language": "en"})})
    customer.get(path)


def walk_review(publisher: Walker, operator: Walker, account: Account) -> None:
    version = submitted(account.publisher)
    item = checklist.add(entry=checklist.Entry(text="Terms"), actor=NOBODY)
    path = f"/v1/Listing/{version.listing.sid}/Versions/{version.sid}"
    publisher.get(f"{path}/Differences")
    comment = operator.post(f"{path}/Comments", {"Section": "request", "Text": "Hm.", "Request": "true"})[
        "sid"
    ]
    publisher.get(f"{path}/Comments")
    publisher.get(f"{path}/Comments/{comment}")
    publisher.post(f"{path}/Comments/{comment}", {"Resolved": "true"})
    operator.get(f"{path}/Checklist")
    operator.post(f"{path}/Checklist", {"Item": item.sid})


def walk_publishers(publisher: Walker, operator: Walker, account_sid: str) -> None:
    profile = {
        "FriendlyName": "Acme",
        "About": "Facts.",
        "ContactName": "Ana",
        "ContactEmail": "ana@acme.example",
    }
    publisher.post("/v1/Publisher", profile)
    publisher.get("/v1/Publisher")
    operator.get("/v1/Publishers?PageSize=1")
    operator.get(f"/v1/Publishers/{account_sid}")
    operator.post(f"/v1/Publishers/{account_sid}", {"Status": "approved"})


def walk_deliveries(walker: Walker, account: Account) -> None:
    delivery = make_delivery(account)
    make_attempt(delivery)
    walker.get("/v1/Deliveries?Status=pending")
    walker.get(f"/v1/Deliveries/{delivery.sid}")
    walker.post(f"/v1/Deliveries/{delivery.sid}/Replay")


def test_every_operation_answers_as_described(walker: Walker) -> None:
    listing = make_listing(publisher=make_publisher("northwind"))
    owner = Walker(api_of(listing.publisher.account))
    account = make_account("Customer")
    customer = Walker(api_of(account))
    sid = walk_marketplace(customer, "/v1", listing.sid)
    walk_marketplace(customer, "/marketplace", listing.sid)
    walk_numbers(customer, account.sid, sid)
    walk_results(customer, account)
    customer.get("/v1/PhoneNumbers/+14155552671?Type=carrier&Type=caller-name&AddOns=nobody")
    customer.post(f"/v1/Workspaces/{new_sid('WS')}/Tasks", {"Attributes": "{}", "WorkflowSid": new_sid("WW")})
    referral = {"referral_account_sid": make_account().sid}
    customer.post("/v1/ReferralConversion", json.dumps(referral), content_type=JSON)
    item = BillingItem.objects.create(listing=listing, name="Use", unit="use", unit_price_micros=1)
    usage = {"billable_items": [{"sid": item.sid, "quantity": 1.5}]}
    owner.post(
        f"/v1/InstalledAddOns/{make_install(account, listing).sid}/Usage",
        json.dumps(usage),
        content_type=JSON,
    )
    owner.get(f"/v1/Listing/{listing.sid}/BillingItems")
    walk_availability(owner, listing.sid, make_listing().sid)
    asking = {"configuration_schema": make_schema("language", language=LANGUAGE)}
    walk_upgrade(customer, make_outdated(account, after=asking))
    walk_publishing(walker)
    walk_deliveries(customer, account)
    operator = Walker(operator_api())
    walk_publishers(customer, operator, account.sid)
    walk_review(owner, operator, listing.publisher.account)
    everything = {
        (method, path) for path, item in api_description.document()["paths"].items() for method in item
    }
    assert customer.done | owner.done | walker.done | operator.done == everything
