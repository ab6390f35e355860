"""Results in XML and CSV (contract 4.6)."""

import csv
import io
import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from results.models import AddOnResult
from tests.factories import make_payload, make_recording, make_result


@pytest.fixture
def result(account: Account) -> AddOnResult:
    return make_result(make_recording(account))


@pytest.fixture
def results(result: AddOnResult) -> str:
    recording = result.recording
    return f"/2010-04-01/Accounts/{recording.account.sid}/Recordings/{recording.sid}/AddOnResults"


def xml_of(api: APIClient, path: str) -> ET.Element:
    answer = api.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml")
    return ET.fromstring(answer.content)


def csv_of(api: APIClient, path: str) -> list[dict[str, str]]:
    answer = api.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def flat(row: dict[str, Any], extension: str) -> dict[str, str]:
    """A JSON row as the other formats tell it, without what is nested."""
    return {
        pascal(name): (value or "").replace(".json", extension)
        for name, value in row.items()
        if name != "subresource_uris"
    }


def test_a_path_without_extension_is_xml(api: APIClient, result: AddOnResult, results: str) -> None:
    plain, named = api.get(f"{results}/{result.sid}"), api.get(f"{results}/{result.sid}.xml")
    assert plain.content == named.content
    assert plain.content.startswith(
        b"<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse><AddOnResult><Sid>"
    )


def test_the_lists_of_results_say_the_same_in_every_format(
    api: APIClient, result: AddOnResult, results: str
) -> None:
    make_result(result.recording, status="failed")
    rows = api.get(f"{results}.json").json()["add_on_results"]
    (listed,) = xml_of(api, results)
    assert (listed.tag, listed.get("pagesize"), listed.get("nextpageuri")) == ("AddOnResults", "50", "")
    assert listed.get("uri") == f"{results}?PageSize=50&Page=0"
    for row, element, line in zip(rows, listed, csv_of(api, f"{results}.csv"), strict=True):
        assert element.tag == "AddOnResult"
        assert {each.tag: each.text or "" for each in element if not len(each)} == flat(row, "")
        assert element.findtext("SubresourceUris/Payloads") == f"{results}/{row['sid']}/Payloads"
        assert json.loads(line.pop("SubresourceUris")) == {"payloads": f"{results}/{row['sid']}/Payloads.csv"}
        assert line == flat(row, ".csv")


def test_the_lists_of_payloads_say_the_same_in_every_format(
    api: APIClient, result: AddOnResult, results: str
) -> None:
    make_payload(result, label='Übersicht, "kurz" & <gut>', content_type="text/plain; charset=utf-8")
    payload = make_payload(result)
    path = f"{results}/{result.sid}/Payloads"
    rows = api.get(f"{path}.json").json()["payloads"]
    (listed,) = xml_of(api, path)
    for row, element, line in zip(rows, listed, csv_of(api, f"{path}.csv"), strict=True):
        assert element.tag == "Payload"
        assert {each.tag: each.text or "" for each in element if not len(each)} == flat(row, "")
        assert element.findtext("SubresourceUris/Data") == f"{path}/{row['sid']}/Data"
        assert json.loads(line.pop("SubresourceUris")) == {"data": f"{path}/{row['sid']}/Data.csv"}
        assert line == flat(row, ".csv")
    assert xml_of(api, f"{path}/{payload.sid}")[0].tag == "Payload"


def test_a_label_is_no_formula_in_a_spreadsheet(api: APIClient, result: AddOnResult, results: str) -> None:
    make_payload(result, label='=HYPERLINK("http://evil.example")')
    (row,) = csv_of(api, f"{results}/{result.sid}/Payloads.csv")
    assert row["Label"].startswith("'=HYPERLINK")


@pytest.mark.parametrize(
    ("extension", "start"), [("", b"<?xml"), (".xml", b"<?xml"), (".csv", b"Code,Message")]
)
def test_an_error_has_the_format_of_its_path(
    api: APIClient, results: str, extension: str, start: bytes
) -> None:
    answer = api.get(f"{results}/XR{'0' * 32}{extension}")
    assert (answer.status_code, answer.content[: len(start)]) == (404, start)
    assert (
        f"The requested resource {results}/XR{'0' * 32}{extension} was not found" in answer.content.decode()
    )
