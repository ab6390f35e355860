"""Naughty strings, NULs and payloads as text parameters of the APIs: no crash, and our error body."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from marketplace.models import InstalledAddOn
from tests.conftest import basic
from tests.corpora.reading import LONE_SURROGATE, hostile_texts
from tests.factories import make_definition, make_install, make_listing
from tests.fake_publisher import Answer, FakePublisher

pytestmark = pytest.mark.corpora

NUMBER = "/v1/PhoneNumbers/+14155552671"

Ask = Callable[[APIClient, InstalledAddOn, str], Any]


@pytest.fixture
def client(api: APIClient) -> APIClient:
    """Answers 500 as a server would, instead of raising."""
    api.raise_request_exception = False
    return api


@pytest.fixture
def installed(account: Account) -> Iterator[InstalledAddOn]:
    """An add-on that takes text as a setting and with each lookup."""
    with FakePublisher(lambda request: Answer(200, {"asked": request.query})).in_thread() as service:
        query = [{"name": name, "value": f"{{{{{name}}}}}"} for name in ("text", "note")]
        definition = make_definition(
            request={"method": "GET", "url": service.url("/"), "query": query},
            runtime_parameters=[{"name": "text"}],
            configuration_schema={"type": "object", "properties": {"note": {"type": "string"}}},
        )
        yield make_install(account, make_listing(definition=definition), enabled=["lookup-api"])


def fault(answer: Any) -> str:
    """What is wrong with an answer: a crash, or a refusal that has not the platform's shape."""
    status = answer.status_code
    if status in {200, 201, 204}:
        return ""
    if not 400 <= status < 500 or answer.headers["Content-Type"] != "application/json":
        return f"{status} {answer.headers.get('Content-Type')}"
    body = answer.json()
    is_ours = [*body][:4] == ["code", "message", "more_info", "status"] and body["status"] == status
    return "" if is_ours else f"{status} {body}"


def path(text: str) -> str:
    return quote(text, safe="")


def settings(text: str) -> str:
    return json.dumps({"note": text, text: "x"})


def create(client: APIClient, installed: InstalledAddOn, **parameters: str) -> Any:
    """Install, and uninstall again what was installed."""
    given = {"AvailableAddOnSid": installed.listing.sid, "AcceptTermsOfService": "true", **parameters}
    answer = client.post("/v1/InstalledAddOns", given)
    if answer.status_code == 201:
        assert client.delete(f"/v1/InstalledAddOns/{answer.json()['sid']}").status_code == 204
    return answer


def update(client: APIClient, installed: InstalledAddOn, **parameters: str) -> Any:
    return client.post(f"/v1/InstalledAddOns/{installed.sid}", parameters)


def switch(client: APIClient, installed: InstalledAddOn, text: str) -> Any:
    sid = installed.switches.values_list("extension__sid", flat=True)[0]
    return client.post(f"/v1/InstalledAddOns/{installed.sid}/Extensions/{sid}", {"Enabled": text})


PLACES: dict[str, Ask] = {
    "UniqueName": lambda client, installed, text: update(client, installed, UniqueName=text),
    "Configuration": lambda client, installed, text: update(client, installed, Configuration=settings(text)),
    "AvailableAddOnSid": lambda client, installed, text: create(client, installed, AvailableAddOnSid=text),
    "PageToken": lambda client, _, text: client.get("/v1/InstalledAddOns", {"PageToken": text}),
    "a path": lambda client, _, text: client.get(f"/v1/{path(text)}"),
    "a SID of the catalogue": lambda client, _, text: client.get(f"/v1/AvailableAddOns/{path(text)}"),
    "a SID of an install": lambda client, _, text: client.delete(f"/v1/InstalledAddOns/{path(text)}"),
    "a SID in the middle": lambda client, _, text: client.get(f"/v1/InstalledAddOns/{path(text)}/Extensions"),
    "a SID at the end": lambda client, installed, text: client.get(
        f"/v1/InstalledAddOns/{installed.sid}/Extensions/{path(text)}"
    ),
    "a phone number": lambda client, _, text: client.get(f"/v1/PhoneNumbers/{path(text)}"),
    "CountryCode": lambda client, _, text: client.get(NUMBER, {"CountryCode": text}),
    "AddOns": lambda client, _, text: client.get(
        NUMBER, {"AddOns": [text, "x"], f"AddOns.{text}.{text}": text}
    ),
}
# Slower, or much like one of the places above: for every fourth text.
MORE_PLACES: dict[str, Ask] = {
    "UniqueName at first": lambda client, installed, text: create(client, installed, UniqueName=text),
    "Configuration at first": lambda client, installed, text: create(
        client, installed, Configuration=settings(text)
    ),
    "Configuration as text": lambda client, installed, text: update(client, installed, Configuration=text),
    "AcceptTermsOfService": lambda client, installed, text: create(
        client, installed, AcceptTermsOfService=text
    ),
    "Enabled": switch,
    "a parameter's name": lambda client, installed, text: update(client, installed, **{text: text}),
    "Page": lambda client, _, text: client.get("/v1/AvailableAddOns", {"Page": text}),
    "PageSize": lambda client, _, text: client.get("/v1/AvailableAddOns", {"PageSize": text}),
    "a phone number with a slash": lambda client, _, text: client.get(f"/v1/PhoneNumbers/{path(text)}/"),
    "Type": lambda client, _, text: client.get(NUMBER, {"Type": text}),
}


@pytest.mark.parametrize("place", PLACES)
def test_no_text_breaks_a_parameter(client: APIClient, installed: InstalledAddOn, place: str) -> None:
    texts = hostile_texts()
    assert len(texts) > 1_600
    faults = [(text, fault(PLACES[place](client, installed, text))) for text in texts]
    assert [row for row in faults if row[1]] == []


@pytest.mark.parametrize("place", MORE_PLACES)
def test_no_text_breaks_another_parameter(client: APIClient, installed: InstalledAddOn, place: str) -> None:
    faults = [(text, fault(MORE_PLACES[place](client, installed, text))) for text in hostile_texts(every=4)]
    assert [row for row in faults if row[1]] == []


def test_no_text_breaks_a_run_time_parameter(client: APIClient, installed: InstalledAddOn) -> None:
    """Asks the publisher each time, so for every fourth text only: what it receives is another test's."""
    wrong = []
    for text in hostile_texts(every=4):
        name = installed.unique_name
        answer = client.get(
            NUMBER, {"AddOns": name, f"AddOns.{name}.text": text, f"AddOns.{name}.{text}": "x"}
        )
        result = answer.json()["add_ons"]["results"][name]
        if result.get("result") != {"asked": [["text", text]]}:
            wrong.append((text, answer.status_code, result))
    assert wrong == []


def test_no_text_breaks_the_credentials(client: APIClient) -> None:
    wrong = []
    for text in hostile_texts(every=4):
        for user, password in [(text, "x"), ("x", text)]:
            client.credentials(HTTP_AUTHORIZATION=basic(user, password))
            answer = client.get("/v1/InstalledAddOns")
            if answer.status_code != 401 or fault(answer):
                wrong.append((text, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("document", [{"note": LONE_SURROGATE}, {LONE_SURROGATE: "x"}], ids=["value", "name"])
def test_half_a_character_in_a_configuration_is_refused(
    client: APIClient, installed: InstalledAddOn, document: dict[str, str]
) -> None:
    answer = update(client, installed, Configuration=json.dumps(document))
    assert (answer.status_code, fault(answer)) == (400, "")
    assert client.get("/v1/InstalledAddOns").status_code == 200
