"""IncomingPhoneNumbers (contract 4.1), in the formats and with the errors of the 2010 API."""

import csv
import io
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from marketplace.models import IncomingPhoneNumber
from tests.conftest import api_of
from tests.factories import make_account, make_install, make_listing

NUMBER = "+18089255327"


@pytest.fixture
def base(account: Account) -> str:
    return f"/2010-04-01/Accounts/{account.sid}/IncomingPhoneNumbers"


@pytest.fixture
def number(api: APIClient, base: str) -> dict[str, Any]:
    return dict(api.post(f"{base}.json", {"PhoneNumber": NUMBER}).json())


def error_of(answer: Any) -> tuple[int, int, str]:
    assert list(answer.json()) == ["code", "message", "more_info", "status"]
    return answer.status_code, answer.json()["code"], answer.json()["message"]


def names_in(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["friendly_name"] for row in answer.json()["incoming_phone_numbers"]]


# --- Create, read, update, delete ------------------------------------------------------------


def test_a_new_number_has_the_contracts_fields_in_order(api: APIClient, account: Account, base: str) -> None:
    answer = api.post(f"{base}.json", {"PhoneNumber": NUMBER})
    body = answer.json()
    own = f"{base}/{body['sid']}"
    assert answer.status_code == 201
    assert list(body.items()) == [
        ("account_sid", account.sid),
        ("address_requirements", "none"),
        ("address_sid", None),
        ("api_version", "2010-04-01"),
        ("beta", False),
        ("capabilities", {"voice": True, "sms": True, "mms": False, "fax": False}),
        ("date_created", body["date_created"]),
        ("date_updated", body["date_created"]),
        ("emergency_status", "Inactive"),
        ("emergency_address_sid", None),
        ("emergency_address_status", "unregistered"),
        ("friendly_name", "(808) 925-5327"),
        ("identity_sid", None),
        ("origin", "hosted"),
        ("phone_number", NUMBER),
        ("sid", body["sid"]),
        ("sms_application_sid", ""),
        ("sms_fallback_method", "POST"),
        ("sms_fallback_url", ""),
        ("sms_method", "POST"),
        ("sms_url", ""),
        ("status_callback", ""),
        ("status_callback_method", "POST"),
        ("trunk_sid", None),
        ("uri", f"{own}.json"),
        ("voice_application_sid", ""),
        ("voice_caller_id_lookup", False),
        ("voice_fallback_method", "POST"),
        ("voice_fallback_url", None),
        ("voice_method", "POST"),
        ("voice_url", None),
        ("voice_receive_mode", "voice"),
        ("status", "in-use"),
        ("bundle_sid", None),
        ("type", "local"),
        ("subresource_uris", {"assigned_add_ons": f"{own}/AssignedAddOns.json"}),
    ]
    assert body["date_created"].endswith(" +0000")
    assert api.get(body["uri"]).json() == body


@pytest.mark.parametrize(
    ("phone_number", "kind", "friendly_name"),
    [
        ("+18005550123", "toll-free", "(800) 555-0123"),
        ("+4915112345678", "mobile", "01511 2345678"),
        ("+493012345678", "local", "030 12345678"),
    ],
)
def test_a_numbers_type_and_name_come_from_its_country(
    api: APIClient, base: str, phone_number: str, kind: str, friendly_name: str
) -> None:
    body = api.post(f"{base}.json", {"PhoneNumber": phone_number}).json()
    assert (body["type"], body["friendly_name"]) == (kind, friendly_name)


def test_every_writable_parameter_is_written_and_cleared(api: APIClient, base: str, number: Any) -> None:
    urls = ["SmsUrl", "SmsFallbackUrl", "VoiceUrl", "VoiceFallbackUrl", "StatusCallback"]
    methods = ["SmsMethod", "SmsFallbackMethod", "VoiceMethod", "VoiceFallbackMethod", "StatusCallbackMethod"]
    given = {name: f"https://x.example/{name}?a=1" for name in urls} | dict.fromkeys(methods, "get")
    body = api.post(number["uri"], {**given, "FriendlyName": "Desk"}).json()
    shown = [
        (body[f"{key}_url"], body[f"{key}_method"])
        for key in ("sms", "sms_fallback", "voice", "voice_fallback")
    ]
    assert shown == [(f"https://x.example/{name}?a=1", "GET") for name in urls[:4]]
    assert (body["status_callback"], body["status_callback_method"]) == (given["StatusCallback"], "GET")
    assert body["friendly_name"] == "Desk"
    cleared = api.post(number["uri"], dict.fromkeys([*urls, "FriendlyName"], "")).json()
    assert (cleared["sms_url"], cleared["voice_url"], cleared["status_callback"]) == ("", None, "")
    assert (cleared["sms_method"], cleared["friendly_name"]) == ("GET", "(808) 925-5327")


def test_an_update_changes_what_is_given_and_nothing_else(api: APIClient, number: Any) -> None:
    body = api.post(number["uri"], {"SmsUrl": "http://x.example/", "PhoneNumber": "+18005550123"}).json()
    assert {**body, "sms_url": "", "date_updated": number["date_updated"]} == number
    answer = api.post(number["uri"], {"SmsMethod": ""})
    assert error_of(answer) == (400, 20001, "Invalid SmsMethod: must be GET or POST")


def test_a_second_creation_of_a_number_is_409(api: APIClient, base: str, number: Any) -> None:
    answer = api.post(f"{base}.json", {"PhoneNumber": NUMBER})
    assert error_of(answer) == (409, 20409, f"Conflict: {NUMBER} is already one of your numbers")
    theirs = make_account()
    path = f"/2010-04-01/Accounts/{theirs.sid}/IncomingPhoneNumbers.json"
    assert api_of(theirs).post(path, {"PhoneNumber": NUMBER}).status_code == 201


def test_a_deleted_number_is_gone_and_may_be_added_again(api: APIClient, base: str, number: Any) -> None:
    answer = api.delete(number["uri"])
    assert (answer.status_code, answer.content) == (204, b"")
    for gone in (api.get(number["uri"]), api.post(number["uri"]), api.delete(number["uri"])):
        assert error_of(gone) == (404, 20404, f"The requested resource {number['uri']} was not found")
    assert api.post(f"{base}.json", {"PhoneNumber": NUMBER}).status_code == 201


def test_a_repeated_creation_with_one_idempotency_key_is_one_number(api: APIClient, base: str) -> None:
    answers = [
        api.post(f"{base}.json", {"PhoneNumber": NUMBER}, headers={"Idempotency-Key": "k1"}) for _ in "12"
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content


# --- Refused parameters ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "Missing required parameter PhoneNumber in the post body"),
        ({"PhoneNumber": ""}, "Invalid PhoneNumber: must not be empty"),
        (
            {"AreaCode": "808"},
            "Invalid AreaCode: there are no numbers to choose from: send the number itself as PhoneNumber",
        ),
    ],
)
def test_a_number_must_be_named(api: APIClient, base: str, parameters: Any, message: str) -> None:
    assert error_of(api.post(f"{base}.json", parameters)) == (400, 20001, message)


@pytest.mark.parametrize(
    "text",
    ["8089255327", " 18089255327", "+1808925", "+1 808 925 5327", "+1800FLOWERS", "+", "+٤٩٣٠", "+" * 99],
)
def test_what_is_no_e164_number_is_400(api: APIClient, base: str, text: str) -> None:
    status, code, message = error_of(api.post(f"{base}.json", {"PhoneNumber": text}))
    assert (status, code) == (400, 20001)
    assert message.startswith("Invalid PhoneNumber: must be a valid number in E.164 form")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("FriendlyName", "x" * 65, "must have at most 64 characters"),
        ("FriendlyName", "a\x00b", "must not contain NUL characters"),
        ("SmsUrl", "https://x.example/" + "a" * 2048, "must have at most 2048 characters"),
        ("SmsUrl", "https://x.example/\r\nHost: y", "must not contain spaces or control characters"),
        ("SmsUrl", "\thttps://x.example/", "must not contain spaces or control characters"),
        ("SmsUrl", "https://x.example/\x00", "must not contain spaces or control characters"),
        ("VoiceUrl", "ftp://x.example/", "must be an absolute http or https URL"),
        ("VoiceUrl", "javascript:alert(1)", "must be an absolute http or https URL"),
        ("VoiceUrl", "/relative", "must be an absolute http or https URL"),
        ("VoiceUrl", "https://[::1", "must be an absolute http or https URL"),
        ("VoiceUrl", "https://x.example:port/", "must be an absolute http or https URL"),
        ("StatusCallback", "https://", "must be an absolute http or https URL"),
        ("SmsMethod", "PUT", "must be GET or POST"),
        ("VoiceMethod", "GETS", "must be GET or POST"),
    ],
)
def test_a_bad_setting_is_400_with_its_name(
    api: APIClient, base: str, number: Any, name: str, value: str, reason: str
) -> None:
    expected = (400, 20001, f"Invalid {name}: {reason}")
    assert error_of(api.post(number["uri"], {name: value})) == expected
    assert error_of(api.post(f"{base}.json", {"PhoneNumber": "+18005550123", name: value})) == expected
    assert api.get(number["uri"]).json() == number


def test_a_file_is_no_text(api: APIClient, number: Any) -> None:
    answer = api.post(number["uri"], {"FriendlyName": io.BytesIO(b"desk")})
    assert error_of(answer) == (400, 20001, "Invalid FriendlyName: must be a text")


# --- Lists and filters -----------------------------------------------------------------------


@pytest.fixture
def three(api: APIClient, base: str) -> None:
    for phone_number in ("+14155552671", "+14155552672", "+442071838750"):
        api.post(f"{base}.json", {"PhoneNumber": phone_number, "FriendlyName": phone_number[1:]})


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("415", "14155552672 14155552671"),
        ("%2B1415", "14155552672 14155552671"),
        ("+1415", "14155552672 14155552671"),
        ("%2B44 20", "442071838750"),
        ("+1 (415) 555-2671", "14155552671"),
        ("%2B1*2671", "14155552671"),
        ("415***2671", "14155552671"),
        ("*", "442071838750 14155552672 14155552671"),
        ("", "442071838750 14155552672 14155552671"),
        ("%2B415", ""),
        ("1%25", ""),
        ("1_1", ""),
        ("abc", ""),
        ("1*" * 40, ""),
        ("1" * 4000, ""),
        ("1%2B4", ""),
    ],
)
def test_numbers_are_found_by_a_part(
    api: APIClient, base: str, three: None, pattern: str, found: str
) -> None:
    assert names_in(api.get(f"{base}.json?PhoneNumber={pattern}")) == found.split()


def test_numbers_are_found_by_their_whole_name(api: APIClient, base: str, three: None) -> None:
    assert names_in(api.get(f"{base}.json", {"FriendlyName": "442071838750"})) == ["442071838750"]
    assert names_in(api.get(f"{base}.json", {"FriendlyName": "4420"})) == []


@pytest.mark.parametrize(
    ("name", "value", "count"),
    [
        ("Beta", "true", 3),
        ("Beta", "False", 3),
        ("Origin", "hosted", 3),
        ("Origin", "twilio", 0),
        ("Nothing", "x", 3),
    ],
)
def test_ours_are_hosted_and_none_is_beta(
    api: APIClient, base: str, three: None, name: str, value: str, count: int
) -> None:
    assert len(names_in(api.get(f"{base}.json", {name: value}))) == count


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("Beta", "maybe", "must be true or false"),
        ("Origin", "mars", "must be twilio or hosted"),
        ("PhoneNumber", "1\x00", "must not contain NUL characters"),
        ("FriendlyName", "\x00", "must not contain NUL characters"),
    ],
)
def test_a_bad_filter_is_400(api: APIClient, base: str, name: str, value: str, reason: str) -> None:
    assert error_of(api.get(f"{base}.json", {name: value})) == (400, 20001, f"Invalid {name}: {reason}")


@pytest.mark.parametrize(
    ("extension", "shown"), [("", ""), (".json", ".json"), (".xml", ""), (".csv", ".csv")]
)
def test_page_links_repeat_the_filters_and_the_extension(
    api: APIClient, base: str, three: None, extension: str, shown: str
) -> None:
    answer = api.get(f"{base}{extension}?PhoneNumber=%2B1&PageSize=1&FriendlyName=14155552671")
    start = f"{base}{shown}?PhoneNumber=%2B1&FriendlyName=14155552671&PageSize=1&Page=0"
    assert answer.data["first_page_uri"] == start
    uri = f"{base}/{answer.data['incoming_phone_numbers'][0]['sid']}{shown}"
    assert answer.data["incoming_phone_numbers"][0]["uri"] == uri


def test_links_lead_through_every_number_and_back(api: APIClient, base: str, three: None) -> None:
    first = api.get(f"{base}.json?PageSize=2").json()
    second = api.get(first["next_page_uri"]).json()
    assert list(first) == [
        *("end", "first_page_uri", "next_page_uri", "page", "page_size", "previous_page_uri"),
        *("incoming_phone_numbers", "start", "uri"),
    ]
    assert (first["start"], first["end"], second["start"], second["end"]) == (0, 1, 2, 2)
    assert second["next_page_uri"] is None
    assert (
        api.get(second["previous_page_uri"]).json()["incoming_phone_numbers"]
        == first["incoming_phone_numbers"]
    )


def test_a_list_costs_the_same_queries_however_long_it_is(
    api: APIClient, base: str, three: None, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        assert len(names_in(api.get(f"{base}.json"))) == 3


# --- Whose numbers they are ------------------------------------------------------------------


def test_another_account_sees_and_changes_nothing(account: Account, base: str, number: Any) -> None:
    stranger = make_account()
    theirs = api_of(stranger)
    for prefix in (base, base.replace(account.sid, stranger.sid)):
        paths = [f"{prefix}/{number['sid']}{end}.json" for end in ("", "/AssignedAddOns")]
        unknown = [path.replace(number["sid"], "PN" + "0" * 32) for path in paths]
        for path, missing in zip(paths, unknown, strict=True):
            seen = theirs.get(path)
            assert error_of(seen) == (404, 20404, f"The requested resource {path} was not found")
            expected = theirs.get(missing).content.replace(b"PN" + b"0" * 32, number["sid"].encode())
            assert seen.content == expected
        assert error_of(theirs.post(paths[0], {"FriendlyName": "mine"}))[0] == 404
        assert error_of(theirs.delete(paths[0]))[0] == 404
    assert theirs.post(f"{base}.json", {"PhoneNumber": "+18005550123"}).status_code == 404
    assert theirs.get(f"{base}.json").status_code == 404
    assert IncomingPhoneNumber.objects.get().friendly_name == number["friendly_name"]


def test_nobody_is_told_anything_without_credentials(base: str, number: Any) -> None:
    answer = APIClient().get(number["uri"])
    assert error_of(answer) == (401, 20003, "Authenticate")
    assert answer["WWW-Authenticate"] == 'Basic realm="Twilio API"'


# --- Formats ---------------------------------------------------------------------------------


def test_without_extension_the_answer_is_xml_whatever_is_accepted(
    api: APIClient, base: str, number: Any
) -> None:
    own = f"{base}/{number['sid']}"
    answers = [api.get(path, headers={"Accept": "application/json"}) for path in (own, f"{own}.xml")]
    for answer in answers:
        assert (answer["Content-Type"], "Accept" in answer.get("Vary", "")) == ("application/xml", False)
        resource = ET.fromstring(answer.content)[0]
        assert (resource.tag, resource.findtext("Uri")) == ("IncomingPhoneNumber", own)
        assert resource.findtext("SubresourceUris/AssignedAddOns") == f"{own}/AssignedAddOns"
        assert resource.findtext("Capabilities/Voice") == "true"
    assert answers[0].content == answers[1].content


def test_csv_has_the_same_columns_with_and_without_rows(api: APIClient, base: str) -> None:
    empty = api.get(f"{base}.csv")
    assert empty["Content-Type"] == "text/csv; charset=utf-8"
    body = api.post(f"{base}.csv", {"PhoneNumber": NUMBER, "FriendlyName": "=1+1"})
    rows = list(csv.DictReader(io.StringIO(body.content.decode(), newline="")))
    assert empty.content.decode().strip().split(",") == list(rows[0])
    assert (rows[0]["PhoneNumber"], rows[0]["FriendlyName"], rows[0]["VoiceUrl"]) == (NUMBER, "'=1+1", "")
    assert rows[0]["Uri"].endswith(".csv")
    assert api.get(f"{base}.csv").content == body.content


@pytest.mark.parametrize("end", [".yaml", ".JSON", ".json.xml", "/", ".json/", "."])
def test_an_extension_we_do_not_have_is_404(api: APIClient, base: str, end: str) -> None:
    answer = api.get(f"{base}{end}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/xml")
    message = ET.fromstring(answer.content).findtext("RestException/Message")
    assert message == f"The requested resource {base}{end} was not found"


@pytest.mark.parametrize("end", ["", ".json", ".csv"])
def test_a_deletion_answers_nothing_in_every_format(api: APIClient, base: str, number: Any, end: str) -> None:
    answer = api.delete(f"{base}/{number['sid']}{end}")
    assert (answer.status_code, answer.content) == (204, b"")


def test_an_install_of_another_account_is_no_part_of_a_number(api: APIClient, number: Any) -> None:
    theirs = make_install(make_account(), make_listing())
    answer = api.post(number["subresource_uris"]["assigned_add_ons"], {"InstalledAddOnSid": theirs.sid})
    assert error_of(answer)[0] == 404
