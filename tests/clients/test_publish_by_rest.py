"""The publisher's story by REST alone, against a system that was started as a user starts it.

The demo's developer becomes a publisher with a service of its own, the demo's operator reviews by an API key,
and the demo's publisher is the customer. The worker of `manage.py up` runs the contract tester.
"""

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.demo_processes import ExampleService
from config.supervisor import wait_until_ready
from examples.lookup_with_twilio import client_for
from tests.config.test_up import PORTS, READY, facts, running
from tests.live import example_process
from tests.ports import free_ports

NUMBER = "+14155552671"
KEY = "a key of our own"
PATIENCE = 60
MODULE_INFO = {
    "name": "Classic Echo",
    "short_description": "Says a number back.",
    "tagline": "See what is sent.",
}
POLICIES = {"legal": "Be nice.", "privacy": "We keep nothing."}
LISTING = json.loads((ExampleService("echo", "", 0).folder / "listing.json").read_text(encoding="utf-8"))
BLOCKS = {"Support": LISTING["support"], "Pricing": {"body": "Free."}}


class Caller:
    """Somebody with credentials. Answers a refusal with its code and message."""

    def __init__(self, base: str, user: str, password: str) -> None:
        self._base = base
        self._headers = {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}

    def get(self, path: str) -> Any:
        return self._answer(urllib.request.Request(self._base + path, headers=self._headers))

    def post(self, path: str, **parameters: Any) -> Any:
        texts = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()
        }
        data = urllib.parse.urlencode(texts).encode()
        return self._answer(urllib.request.Request(self._base + path, data, self._headers, method="POST"))

    @staticmethod
    def _answer(request: urllib.request.Request) -> Any:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            return json.load(refusal)


class People:
    """The three parts."""

    def __init__(self, demo: dict[str, Any]) -> None:
        base, operator, customer = demo["base_url"], demo["operator_api_key"], demo["publisher"]
        self.publisher = Caller(base, demo["account_sid"], demo["auth_token"])
        self.operator = Caller(base, operator["sid"], operator["secret"])
        self.customer = Caller(base, customer["account_sid"], customer["auth_token"])


@pytest.fixture
def port() -> int:
    return free_ports(1)


@pytest.fixture
def demo(port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What `var/demo.json` says of a running system that may reach the publisher's service."""
    monkeypatch.setenv("OUTBOUND_ALLOWED_HOSTS", f"127.0.0.1:{port}")
    with running(tmp_path, free_ports(PORTS)) as run:
        run.wait_for(READY)
        known = facts(run)
        environment = {
            "PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PUBLISHER_ACCOUNT_SID": known["account_sid"],
            "PUBLISHER_AUTH_TOKEN": known["auth_token"],
            "SERVICE_KEY": KEY,
        }
        with example_process("examples.publishers.echo", environment):
            assert wait_until_ready(f"http://127.0.0.1:{port}/health")
            yield known


def test_from_an_application_to_an_upgrade(demo: dict[str, Any], port: int) -> None:
    people = People(demo)
    becomes_a_publisher(people, demo["account_sid"])
    listing, version = describes(people, port)
    passes_the_tester(people, version)
    assert people.publisher.post(version, Status="submitted")["status"] == "submitted"
    is_reviewed(people, version)
    client = client_for(demo["base_url"], demo["publisher"]["account_sid"], demo["publisher"]["auth_token"])
    installed = client.marketplace.v1.installed_add_ons.create(
        available_add_on_sid=listing, accept_terms_of_service=True, configuration={"language": "es"}
    )
    (point,) = (each for each in installed.extensions.list() if each.unique_name == "lookup-api")
    point.update(enabled=True)
    assert args_of(client) == {"e164": NUMBER, "language": "es"}
    second = ships_another(people, listing, version)
    assert args_of(client) == {"e164": NUMBER, "language": "es"}
    assert [each["version"] for each in is_offered(people, installed.sid)["notes"]] == [2]
    upgrade = f"/v1/InstalledAddOns/{installed.sid}/Upgrade"
    assert people.customer.post(upgrade)["sid"] == installed.sid
    assert people.customer.get(upgrade)["version"] == 2
    assert args_of(client) == {"e164": NUMBER, "language": "es", "words": "none"}
    assert people.publisher.get(second)["status"] == "published"


def becomes_a_publisher(people: People, account_sid: str) -> None:
    applied = people.publisher.post(
        "/v1/Publisher",
        FriendlyName="Classic Ltd",
        About="It says back what it was asked.",
        ContactName="Ada",
        ContactEmail="ada@classic.example",
    )
    assert applied["status"] == "applied", applied
    assert people.customer.post(f"/v1/Publishers/{account_sid}", Status="approved")["code"] == 20403
    decided = people.operator.post(f"/v1/Publishers/{account_sid}", Status="approved")
    assert decided["status"] == "approved", decided


def describes(people: People, port: int) -> tuple[str, str]:
    """The SID of the listing, and the path of its first version."""
    listing = people.publisher.post("/v1/Listings", ModuleInfo=MODULE_INFO)
    people.publisher.post(f"/v1/Listing/{listing['sid']}", Policies=POLICIES, **BLOCKS)
    definition = LISTING["definition"]
    request = {**definition["request"], "url": f"http://127.0.0.1:{port}/v1/echo"}
    made = people.publisher.post(
        f"/v1/Listing/{listing['sid']}/Versions",
        Definition={**definition, "request": request},
        Credentials={"service_key": KEY},
    )
    assert made["status"] == "draft", made
    path = f"/v1/Listing/{listing['sid']}/Versions/{made['sid']}"
    refused = people.publisher.post(path, Status="submitted")
    assert (refused["status"], "contract tester" in refused["message"]) == (400, True), refused
    return str(listing["sid"]), path


def passes_the_tester(people: People, version: str) -> None:
    """A real worker runs it."""
    report = people.publisher.post(f"{version}/Reports")
    end = time.monotonic() + PATIENCE
    while report["status"] in ("queued", "running"):
        assert time.monotonic() < end, report
        time.sleep(0.2)
        report = people.publisher.get(f"{version}/Reports/{report['sid']}")
    told = [each for each in report["checks"] if each["outcome"] in ("failed", "warned")]
    assert (report["verdict"], told) == ("green", [])


def is_reviewed(people: People, version: str) -> None:
    """One round with a requested change, then approval, and publishing as the second step."""
    asked = people.operator.post(f"{version}/Comments", Section="policies", Text="How long?", Request="true")
    assert asked["sid"].startswith("RC"), asked
    assert people.publisher.post(version, Status="approved")["code"] == 20403
    back = people.operator.post(version, Status="changes_requested", Reason="One text is too short.")
    assert back["status"] == "changes_requested", back
    listing = version.split("/Versions")[0]
    people.publisher.post(listing, Policies={**POLICIES, "privacy": "For as long as the answer takes."})
    again = people.publisher.post(version, Status="submitted", PublishOnApproval="false")
    assert again["status"] == "submitted", again
    assert people.operator.post(version, Status="approved")["status"] == "approved"
    assert people.operator.post(version, Status="published")["status"] == "published"


def ships_another(people: People, listing: str, first: str) -> str:
    """Version 2 sends one value more, and costs a cent."""
    definition = people.publisher.get(first)["definition"]
    more = {"name": "words", "value": "none"}
    request = {**definition["request"], "query": [*definition["request"]["query"], more]}
    price = {"model": "per_use", "price": "0.01", "currency": "USD"}
    made = people.publisher.post(
        f"/v1/Listing/{listing}/Versions",
        Definition={**definition, "request": request, "pricing": price},
        Notes="It costs a cent.",
    )
    path = f"/v1/Listing/{listing}/Versions/{made['sid']}"
    found = people.operator.get(f"{path}/Differences")
    assert any("0.01" in each["sentence"] for each in found["differences"]), found
    passes_the_tester(people, path)
    assert people.publisher.post(path, Status="submitted")["status"] == "submitted"
    assert people.operator.post(path, Status="approved")["status"] == "published"
    return path


def is_offered(people: People, installed_sid: str) -> Any:
    offer = people.customer.get(f"/v1/InstalledAddOns/{installed_sid}/Upgrade")
    assert offer["available_version"] == 2, offer
    assert any("0.01" in each["sentence"] for each in offer["changes"]), offer
    return offer


def args_of(client: Any) -> Any:
    number = client.lookups.v1.phone_numbers(NUMBER).fetch(add_ons=["classic_echo"])
    entry = number.add_ons["results"]["classic_echo"]
    assert entry["status"] == "successful", entry
    return entry["result"]["args"]
