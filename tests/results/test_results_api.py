"""AddOnResults, Payloads and Data (contract 4.5), in the formats and with the errors of the 2010 API."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Account
from recordings.models import Recording
from rest.sids import new_sid
from results.models import AddOnResult, Payload
from tests.conftest import api_of
from tests.factories import make_account, make_payload, make_recording, make_result

RFC_2822 = "%a, %d %b %Y %H:%M:%S +0000"


@pytest.fixture
def result(account: Account) -> AddOnResult:
    """One that is complete."""
    return make_result(make_recording(account), status="completed", date_completed=timezone.now())


@pytest.fixture
def payload(result: AddOnResult) -> Payload:
    return make_payload(result)


@pytest.fixture
def results(result: AddOnResult) -> str:
    """The path of the recording's results, without extension."""
    return path_of(result.recording)


def path_of(recording: Recording) -> str:
    return f"/2010-04-01/Accounts/{recording.account.sid}/Recordings/{recording.sid}/AddOnResults"


def error_of(answer: Any) -> tuple[int, int, str]:
    assert list(answer.json()) == ["code", "message", "more_info", "status"]
    return answer.status_code, answer.json()["code"], answer.json()["message"]


def assert_gone(api: APIClient, path: str) -> None:
    assert error_of(api.get(path)) == (404, 20404, f"The requested resource {path} was not found")


# --- Results ---------------------------------------------------------------------------------


def test_a_result_has_the_contracts_fields_in_order(
    api: APIClient, account: Account, result: AddOnResult, results: str
) -> None:
    body = api.get(f"{results}/{result.sid}.json").json()
    assert result.date_completed is not None
    assert list(body.items()) == [
        ("sid", result.sid),
        ("account_sid", account.sid),
        ("reference_sid", result.recording.sid),
        ("status", "completed"),
        ("add_on_sid", result.version.listing.sid),
        ("add_on_configuration_sid", result.installed_add_on.sid),
        ("date_created", result.date_created.strftime(RFC_2822)),
        ("date_updated", result.date_updated.strftime(RFC_2822)),
        ("date_completed", result.date_completed.strftime(RFC_2822)),
        ("subresource_uris", {"payloads": f"{results}/{result.sid}/Payloads.json"}),
    ]
    assert api.get(f"{results}.json").json()["add_on_results"] == [body]


def test_a_result_that_has_not_ended_has_no_date_of_it(api: APIClient, account: Account) -> None:
    result = make_result(make_recording(account), status="in-progress")
    body = api.get(f"{path_of(result.recording)}/{result.sid}.json").json()
    assert (body["status"], body["date_completed"]) == ("in-progress", None)


def test_a_recordings_results_are_listed_newest_first_and_paged(
    api: APIClient, account: Account, result: AddOnResult, results: str
) -> None:
    others = [make_result(result.recording).sid for _ in range(2)]
    make_result(make_recording(account))
    newest_first = [*reversed(others), result.sid]
    page = api.get(f"{results}.json", {"PageSize": 2}).json()
    assert [row["sid"] for row in page["add_on_results"]] == newest_first[:2]
    last = api.get(page["next_page_uri"]).json()
    assert [row["sid"] for row in last["add_on_results"]] == newest_first[2:]
    assert (last["next_page_uri"], last["start"], last["end"]) == (None, 2, 2)


def test_a_recording_that_no_add_on_ran_for_has_an_empty_list(api: APIClient, account: Account) -> None:
    body = api.get(f"{path_of(make_recording(account))}.json").json()
    assert (body["add_on_results"], body["start"], body["end"]) == ([], 0, 0)


# --- Payloads and their data -----------------------------------------------------------------


def test_a_payload_has_the_contracts_fields_in_order(
    api: APIClient, account: Account, result: AddOnResult, payload: Payload, results: str
) -> None:
    own = f"{results}/{result.sid}/Payloads"
    body = api.get(f"{own}/{payload.sid}.json").json()
    assert list(body.items()) == [
        ("sid", payload.sid),
        ("reference_sid", result.recording.sid),
        ("add_on_sid", result.version.listing.sid),
        ("add_on_configuration_sid", result.installed_add_on.sid),
        ("add_on_result_sid", result.sid),
        ("account_sid", account.sid),
        ("label", payload.sid),
        ("content_type", "application/json"),
        ("date_created", payload.date_created.strftime(RFC_2822)),
        ("date_updated", payload.date_updated.strftime(RFC_2822)),
        ("subresource_uris", {"data": f"{own}/{payload.sid}/Data.json"}),
    ]
    assert api.get(f"{own}.json").json()["payloads"] == [body]


def test_payloads_are_paged(api: APIClient, result: AddOnResult, results: str) -> None:
    made = [make_payload(result, label=f"part {number}").sid for number in range(3)]
    page = api.get(f"{results}/{result.sid}/Payloads.json", {"PageSize": 2}).json()
    assert [row["sid"] for row in page["payloads"]] == [made[2], made[1]]
    assert [row["sid"] for row in api.get(page["next_page_uri"]).json()["payloads"]] == [made[0]]


@pytest.mark.parametrize("extension", ["", ".json", ".xml", ".csv"])
def test_data_leads_to_a_signed_link(
    api: APIClient, result: AddOnResult, payload: Payload, results: str, extension: str
) -> None:
    answer = api.get(f"{results}/{result.sid}/Payloads/{payload.sid}/Data{extension}")
    assert answer.status_code == 307
    link = answer["Location"]
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    as_xml = link.replace("&", "&amp;")
    bodies = {
        "xml": "<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse><Data>"
        f"<RedirectTo>{as_xml}</RedirectTo></Data></TwilioResponse>\n",
        "json": f'{{"redirect_to":"{link}"}}',
        "csv": f"RedirectTo\r\n{link}\r\n",
    }
    assert answer.content.decode() == bodies[extension[1:] or "xml"]
    data = APIClient().get(link)
    assert (data.status_code, data.getvalue()) == (200, b'{"text": "hello"}')


def test_the_link_is_of_the_apis_public_address(
    api: APIClient, result: AddOnResult, payload: Payload, results: str, settings: Any
) -> None:
    settings.API_URLS = {**settings.API_URLS, "api": "https://api.acme.example/base"}
    link = urlsplit(api.get(f"{results}/{result.sid}/Payloads/{payload.sid}/Data")["Location"])
    assert (link.scheme, link.netloc) == ("https", "api.acme.example")
    assert link.path == f"/base/2010-04-01/Payloads/{payload.sid}"


# --- Deleting --------------------------------------------------------------------------------


def test_a_deleted_result_is_gone_with_everything_below_it(
    api: APIClient, result: AddOnResult, payload: Payload, results: str
) -> None:
    link = api.get(f"{results}/{result.sid}/Payloads/{payload.sid}/Data")["Location"]
    answer = api.delete(f"{results}/{result.sid}.json")
    assert (answer.status_code, answer.content) == (204, b"")
    below = f"{results}/{result.sid}/Payloads"
    for path in (f"{results}/{result.sid}", below, f"{below}/{payload.sid}", f"{below}/{payload.sid}/Data"):
        assert_gone(api, f"{path}.json")
    assert api.get(f"{results}.json").json()["add_on_results"] == []
    assert APIClient().get(link).status_code == 404
    assert api.delete(f"{results}/{result.sid}.json").status_code == 404


def test_a_deleted_payload_is_gone_and_its_result_is_not(
    api: APIClient, result: AddOnResult, payload: Payload, results: str
) -> None:
    other, below = make_payload(result), f"{results}/{result.sid}/Payloads"
    link = api.get(f"{below}/{payload.sid}/Data")["Location"]
    assert api.delete(f"{below}/{payload.sid}.json").status_code == 204
    for path in (f"{below}/{payload.sid}", f"{below}/{payload.sid}/Data"):
        assert_gone(api, f"{path}.json")
    assert [row["sid"] for row in api.get(f"{below}.json").json()["payloads"]] == [other.sid]
    assert APIClient().get(link).status_code == 404
    assert api.get(f"{results}/{result.sid}.json").status_code == 200


def test_what_is_kept_no_longer_is_gone_before_anybody_removed_it(
    api: APIClient, result: AddOnResult, payload: Payload, results: str
) -> None:
    link = api.get(f"{results}/{result.sid}/Payloads/{payload.sid}/Data")["Location"]
    for age, status in ((timedelta(days=30, minutes=-1), 200), (timedelta(days=30, minutes=1), 404)):
        AddOnResult.objects.update(date_created=timezone.now() - age)
        below = f"{results}/{result.sid}/Payloads"
        for path in (f"{results}/{result.sid}", below, f"{below}/{payload.sid}"):
            assert api.get(f"{path}.json").status_code == status, path
        assert api.get(f"{below}/{payload.sid}/Data.json").status_code == (307 if status == 200 else 404)
        assert len(api.get(f"{results}.json").json()["add_on_results"]) == (1 if status == 200 else 0)
        assert APIClient().get(link).status_code == status
    assert api.delete(f"{results}/{result.sid}.json").status_code == 404


def test_with_its_recording_everything_below_it_is_gone(
    api: APIClient, result: AddOnResult, payload: Payload, results: str
) -> None:
    link = api.get(f"{results}/{result.sid}/Payloads/{payload.sid}/Data")["Location"]
    Recording.objects.update(status=Recording.Status.DELETED)
    for path in (results, f"{results}/{result.sid}", f"{results}/{result.sid}/Payloads/{payload.sid}/Data"):
        assert_gone(api, f"{path}.json")
    assert APIClient().get(link).status_code == 404


# --- Who and how -----------------------------------------------------------------------------


def test_a_result_is_found_under_its_own_recording_only(
    api: APIClient, account: Account, result: AddOnResult, payload: Payload
) -> None:
    other = make_result(make_recording(account))
    elsewhere = path_of(other.recording)
    assert_gone(api, f"{elsewhere}/{result.sid}.json")
    assert_gone(api, f"{elsewhere}/{result.sid}/Payloads.json")
    assert_gone(api, f"{elsewhere}/{other.sid}/Payloads/{payload.sid}.json")
    assert_gone(api, f"{elsewhere}/{other.sid}/Payloads/{payload.sid}/Data.json")
    for path in (f"{elsewhere}/{result.sid}.json", f"{elsewhere}/{other.sid}/Payloads/{payload.sid}.json"):
        assert api.delete(path).status_code == 404
    assert Payload.objects.kept().filter(sid=payload.sid).exists()


def test_another_account_finds_nothing(result: AddOnResult, payload: Payload, results: str) -> None:
    stranger = make_account("Stranger")
    below = f"{result.sid}/Payloads/{payload.sid}"
    for base in (results, results.replace(result.account.sid, stranger.sid)):
        paths = (base, f"{base}/{result.sid}", f"{base}/{result.sid}/Payloads", f"{base}/{below}")
        for path in (*paths, f"{base}/{below}/Data"):
            assert_gone(api_of(stranger), f"{path}.json")
        assert api_of(stranger).delete(f"{base}/{result.sid}.json").status_code == 404
        assert api_of(stranger).delete(f"{base}/{below}.json").status_code == 404
    assert Payload.objects.kept().filter(sid=payload.sid).exists()


def test_unknown_sids_are_not_found(api: APIClient, result: AddOnResult, results: str) -> None:
    for path in (
        results.replace(result.recording.sid, new_sid("RE")),
        f"{results}/{new_sid('XR')}",
        f"{results}/{new_sid('XR')}/Payloads",
        f"{results}/{result.sid}/Payloads/{new_sid('XH')}",
        f"{results}/{result.sid}/Payloads/{new_sid('XH')}/Data",
        f"{results}/XR123",
    ):
        assert_gone(api, f"{path}.json")


@pytest.mark.parametrize(
    ("below", "refused"),
    [
        ("", ["post", "delete"]),
        ("/{XR}", ["post"]),
        ("/{XR}/Payloads", ["post", "delete"]),
        ("/{XR}/Payloads/{XH}", ["post"]),
        ("/{XR}/Payloads/{XH}/Data", ["post", "delete"]),
    ],
)
def test_what_is_not_offered_is_405(
    api: APIClient, result: AddOnResult, payload: Payload, results: str, below: str, refused: list[str]
) -> None:
    path = f"{results}{below.format(XR=result.sid, XH=payload.sid)}.json"
    for method in refused:
        answer = getattr(api, method)(path)
        assert error_of(answer) == (405, 20004, "Method not allowed")
        assert method.upper() not in answer["Allow"]


def test_without_credentials_nobody_is_let_in(result: AddOnResult, payload: Payload, results: str) -> None:
    answer = APIClient().get(f"{results}/{result.sid}/Payloads/{payload.sid}/Data.json")
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert "Location" not in answer


def test_every_list_asks_the_same_number_of_queries_however_long_it_is(
    api: APIClient, result: AddOnResult, results: str, django_assert_num_queries: Any
) -> None:
    # The account, the recording, and (for payloads) the result come before the rows.
    for _ in range(4):
        make_payload(make_result(result.recording))
        payload = make_payload(result)
    with django_assert_num_queries(3):
        assert len(api.get(f"{results}.json").json()["add_on_results"]) == 5
    with django_assert_num_queries(4):
        assert len(api.get(f"{results}/{result.sid}/Payloads.json").json()["payloads"]) == 4
    with django_assert_num_queries(4):
        assert api.get(f"{results}/{result.sid}/Payloads/{payload.sid}/Data.json").status_code == 307
