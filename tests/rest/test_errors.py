"""Error bodies (contract 2.7)."""

import csv
import io
import json
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.test import Client
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.parsers import FormParser
from rest_framework.test import APIClient

from accounts.models import Account
from marketplace import services
from rest.errors import handle
from rest.negotiation import CountedStream, Limited
from tests.factories import make_install

KEYS = ["code", "message", "more_info", "status"]


def error_of(answer: Any) -> tuple[int, int, str]:
    body = answer.json()
    assert list(body) == KEYS
    assert (body["status"], body["more_info"]) == (
        answer.status_code,
        f"https://www.twilio.com/docs/errors/{body['code']}",
    )
    return answer.status_code, body["code"], body["message"]


@pytest.fixture
def numbers(account: Account) -> str:
    """The path of a list of the 2010 API, without extension."""
    return f"/2010-04-01/Accounts/{account.sid}/IncomingPhoneNumbers"


def read(answer: Any) -> dict[str, str]:
    """An error in any format, its keys as they are written there and its values as text."""
    kind = answer["Content-Type"]
    if kind == "application/xml":
        root = ET.fromstring(answer.content)
        assert [root.tag, *(each.tag for each in root)] == ["TwilioResponse", "RestException"]
        return {each.tag: each.text or "" for each in root[0]}
    if kind == "text/csv; charset=utf-8":
        (row,) = csv.DictReader(io.StringIO(answer.content.decode(), newline=""))
        return row
    assert kind == "application/json"
    return {name: str(value) for name, value in answer.json().items()}


PASCAL = ["Code", "Message", "MoreInfo", "Status"]
FORMATS = {"": PASCAL, ".xml": PASCAL, ".csv": PASCAL, ".json": KEYS}
TYPES = {
    "": "application/xml",
    ".xml": "application/xml",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
}


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/v1/Nothing", "/Nothing"),
        ("/v1/", "/"),
        ("/v1", "/v1"),
        ("/v1/InstalledAddOns/", "/InstalledAddOns/"),
        ("/v1//InstalledAddOns", "//InstalledAddOns"),
        ("/v1/InstalledAddOns.json", "/InstalledAddOns.json"),
        ("/marketplace/Nothing", "/Nothing"),
        ("/2010-04-01/Accounts.json", "/2010-04-01/Accounts.json"),
    ],
)
def test_an_unknown_path_is_404_as_json(api: APIClient, path: str, named: str) -> None:
    assert error_of(api.get(path)) == (404, 20404, f"The requested resource {named} was not found")


def test_an_unknown_path_with_two_slashes_before_it_is_404_as_json(api: APIClient) -> None:
    answer = api.get("/", PATH_INFO="//v1/InstalledAddOns")
    assert error_of(answer) == (404, 20404, "The requested resource //v1/InstalledAddOns was not found")


def test_a_body_above_the_limit_is_413(api: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = api.post("/v1/InstalledAddOns", {"Configuration": "x" * 2000})
    assert error_of(answer) == (413, 20413, "Request Entity Too Large")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", "Name=" + "x" * 1000),
        (
            "multipart/form-data; boundary=x",
            '--x\r\nContent-Disposition: form-data; name="File"; filename="f"\r\n\r\n'
            + "x" * 1000
            + "\r\n--x--\r\n",
        ),
    ],
)
def test_no_kind_of_body_is_read_above_the_limit(
    api: APIClient, settings: Any, content_type: str, body: str
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(body) - 1
    answer = api.generic("POST", "/v1/InstalledAddOns", body, content_type=content_type)
    assert error_of(answer) == (413, 20413, "Request Entity Too Large")
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(body)
    answer = api.generic("POST", "/v1/InstalledAddOns", body, content_type=content_type)
    assert error_of(answer)[0] == 400


def test_a_body_that_announces_too_much_is_not_read_at_all(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 99
    request = SimpleNamespace(META={"CONTENT_LENGTH": "100"})
    with pytest.raises(RequestDataTooBig):
        Limited(FormParser()).parse(None, None, {"request": request})  # type: ignore[arg-type]


def test_a_body_that_is_longer_than_announced_is_counted_while_it_is_read() -> None:
    stream = CountedStream(io.BytesIO(b"x" * 100), limit=99)
    assert stream.read(60) == b"x" * 60
    with pytest.raises(RequestDataTooBig):
        stream.read(60)
    with pytest.raises(RequestDataTooBig):
        CountedStream(io.BytesIO(b"x" * 100), limit=99).read()
    assert CountedStream(io.BytesIO(b"x" * 99), limit=99).read() == b"x" * 99


def test_too_many_fields_are_400(api: APIClient) -> None:
    answer = api.post("/v1/InstalledAddOns", {f"Field{number}": "x" for number in range(1200)})
    assert error_of(answer) == (400, 20001, "Invalid request: at most 1000 parameters are read")


def test_too_many_files_are_400(api: APIClient) -> None:
    files = {f"File{number}": io.BytesIO(b"x") for number in range(120)}
    answer = api.post("/v1/InstalledAddOns", files)
    assert error_of(answer) == (400, 20001, "Invalid request: at most 100 files are read")


@pytest.mark.parametrize("path", ["/v1/InstalledAddOns", "{numbers}.json"])
def test_too_many_parameters_of_a_query_are_400(api: APIClient, numbers: str, path: str) -> None:
    query = "&".join(f"a{number}=" for number in range(1200))
    answer = api.get(f"{path.format(numbers=numbers)}?{query}")
    assert error_of(answer) == (400, 20001, "Invalid request: at most 1000 parameters are read")


@pytest.mark.parametrize("body", ["rubbish", "--x\r\nrubbish", ""])
def test_a_broken_multipart_body_is_400(api: APIClient, body: str) -> None:
    answer = api.generic("POST", "/v1/InstalledAddOns", body, content_type="multipart/form-data; boundary=x")
    assert error_of(answer)[:2] == (400, 20001)


@pytest.mark.parametrize("content_type", ["application/json", "text/xml", "nonsense", "multipart/form-data"])
def test_a_content_type_we_do_not_read_is_refused(api: APIClient, content_type: str) -> None:
    answer = api.generic("POST", "/v1/InstalledAddOns", "{}", content_type=content_type)
    status, code, _ = error_of(answer)
    assert (status in (400, 415), code) == (True, 20001)


def test_a_refused_content_type_names_the_one_to_send(api: APIClient) -> None:
    answer = api.generic("POST", "/v1/InstalledAddOns", "<a/>", content_type="text/xml")
    message = 'Unsupported media type "text/xml" in request. Send application/x-www-form-urlencoded.'
    assert error_of(answer) == (415, 20001, message)


@pytest.mark.parametrize(
    ("details", "message"),
    [
        ({"Name": [ErrorDetail("This field may not be blank.", "blank")]}, "Invalid Name: must not be empty"),
        ({"Name": [ErrorDetail("This field may not be null.", "null")]}, "Invalid Name: must not be null"),
        ({"Name": [ErrorDetail("Not a valid string.", "invalid")]}, "Invalid Name: must be a text"),
        (
            {"Name": [ErrorDetail("Surrogate…", "surrogate_characters_not_allowed")]},
            "Invalid Name: must not contain half of a character (a lone surrogate)",
        ),
        (
            {"items": [{}, {"sid": [ErrorDetail("x", "required")]}]},
            "Missing required parameter items[1].sid in the post body",
        ),
        ({"items": {"non_field_errors": ["must be a list"]}}, "Invalid items: must be a list"),
        (["it is wrong"], "Invalid request: it is wrong"),
    ],
)
def test_a_fault_is_named_and_told_in_our_words(details: Any, message: str) -> None:
    answer = handle(ValidationError(details), {"request": SimpleNamespace(path="/")})
    assert answer is not None
    assert (answer.status_code, answer.data["message"]) == (400, message)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"])
def test_a_method_that_is_not_offered_is_405(api: APIClient, method: str) -> None:
    answer = api.generic(method, "/v1/InstalledAddOns")
    assert error_of(answer) == (405, 20004, "Method not allowed")
    assert answer["Allow"] == "GET, POST, HEAD"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (PermissionDenied("no"), (403, 20403, "Forbidden: no")),
        (SuspiciousOperation("odd"), (400, 20001, "Invalid request: it cannot be read")),
    ],
)
def test_djangos_own_refusals_have_the_platforms_shape(
    api: APIClient, account: Account, monkeypatch: Any, error: Exception, expected: tuple[int, int, str]
) -> None:
    def refuse(**_: object) -> None:
        raise error

    monkeypatch.setattr(services, "uninstall", refuse)
    answer = api.delete(f"/v1/InstalledAddOns/{make_install(account).sid}")
    assert error_of(answer) == expected


def test_a_bug_is_500_in_the_platforms_shape_and_tells_nothing(api: APIClient, monkeypatch: Any) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("internal detail")

    monkeypatch.setattr("marketplace.api.account_of", broken)
    api.raise_request_exception = False
    answer = api.get("/v1/InstalledAddOns")
    assert error_of(answer) == (500, 20500, "Internal Server Error")


@pytest.mark.parametrize("extension", FORMATS)
def test_the_2010_api_answers_every_error_in_the_format_asked_for(
    api: APIClient, numbers: str, settings: Any, monkeypatch: Any, extension: str
) -> None:
    path, unknown = f"{numbers}{extension}", f"{numbers}/Nothing{extension}"
    missing = f"{numbers}/PN{'0' * 32}{extension}"

    def not_found(named: str) -> str:
        return f"The requested resource {named} was not found"

    def is_error(answer: Any, status: int, code: int, message: str) -> None:
        more_info = f"https://www.twilio.com/docs/errors/{code}"
        expected = dict(zip(FORMATS[extension], [str(code), message, more_info, str(status)], strict=True))
        assert (answer.status_code, answer["Content-Type"]) == (status, TYPES[extension])
        assert list(read(answer).items()) == list(expected.items())

    is_error(APIClient().get(path), 401, 20003, "Authenticate")
    is_error(api.get(unknown), 404, 20404, not_found(unknown))
    is_error(api.get(missing), 404, 20404, not_found(missing))
    is_error(api.post(path), 400, 20001, "Missing required parameter PhoneNumber in the post body")
    is_error(api.put(path), 405, 20004, "Method not allowed")
    wrong = api.generic("POST", path, "{}", content_type="application/json")
    message = 'Unsupported media type "application/json" in request. Send application/x-www-form-urlencoded.'
    is_error(wrong, 415, 20001, message)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    is_error(api.post(path, {"FriendlyName": "x" * 100}), 413, 20413, "Request Entity Too Large")
    settings.REQUESTS_PER_MINUTE = 1
    api.get(path)
    is_error(api.get(path), 429, 20429, "Too Many Requests")
    settings.REQUESTS_PER_MINUTE = 0
    monkeypatch.setattr("marketplace.number_api.account_of", None)
    api.raise_request_exception = False
    is_error(api.get(path), 500, 20500, "Internal Server Error")


def test_a_json_error_has_one_shape_whether_a_view_was_reached_or_not(api: APIClient, numbers: str) -> None:
    for path in (f"/v1/InstalledAddOns/XE{'0' * 32}", "/v1/Nothing", f"{numbers}/Nothing.json"):
        answer = api.get(path)
        assert answer.content == json.dumps(answer.json(), separators=(",", ":")).encode()
        assert answer["Content-Type"] == "application/json"


def test_a_path_may_hold_what_xml_may_not(api: APIClient, numbers: str) -> None:
    answer = api.get(f"{numbers}/%00%EF%BF%BE%3Cb%3E")
    message = f"The requested resource {numbers}/\ufffd\ufffd<b> was not found"
    assert (answer.status_code, read(answer)["Message"]) == (404, message)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "OPTIONS", "DELETE"])
def test_the_2010_api_says_which_methods_it_offers(api: APIClient, numbers: str, method: str) -> None:
    answer = api.generic(method, numbers)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST, HEAD")


def test_a_browser_gets_a_page_and_not_json(console: Client) -> None:
    answer = console.get("/console/nothing-here/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
