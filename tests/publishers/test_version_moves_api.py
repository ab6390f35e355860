"""Versions by REST: their way along the state table, and the credentials that go with them."""

import json
import logging

import pytest
from rest_framework.test import APIClient

from accounts.models import AuditEntry
from publishers.models import Listing, ListingVersion, Publisher, VersionMove
from tests.conftest import api_of
from tests.factories import make_account, make_listing
from tests.publishers.publishing import (
    QUICK,
    WITH_SECRET,
    create_version,
    error_of,
    operator_api,
    path_of,
    submit,
    update_version,
)


def test_a_version_goes_all_the_way_and_can_be_installed(
    api: APIClient, operator: APIClient, listing: Listing
) -> None:
    version = create_version(api, listing).json()
    assert submit(api, version).json()["status"] == "submitted"
    assert update_version(operator, version, Status="approved").json()["status"] == "approved"
    body = update_version(operator, version, Status="published", Availability="beta").json()
    assert body["status"] == "published"
    assert len(body["date_published"]) == len("2016-04-07T23:52:28Z")
    consumer = api_of(make_account())
    assert consumer.get(f"/v1/AvailableAddOns/{listing.sid}").status_code == 200
    sent = {"AvailableAddOnSid": listing.sid, "AcceptTermsOfService": "true"}
    assert consumer.post("/v1/InstalledAddOns", sent).status_code == 201
    assert [step.credential[:2] for step in VersionMove.objects.all()] == ["SK", "SK", "AC"]


def test_a_refused_move_names_the_allowed_ones(api: APIClient, operator: APIClient, listing: Listing) -> None:
    version = create_version(api, listing).json()
    assert error_of(update_version(api, version, Status="withdrawn")) == (
        400,
        20001,
        "Invalid Status: a draft version can become submitted",
    )
    submit(api, version)
    assert error_of(update_version(operator, version, Status="published", Reason="x")) == (
        400,
        20001,
        "Invalid Status: a submitted version can become changes_requested, approved or rejected",
    )


@pytest.mark.parametrize("status", ["changes_requested", "approved", "rejected", "published"])
def test_a_publisher_does_not_decide(api: APIClient, listing: Listing, status: str) -> None:
    version = create_version(api, listing).json()
    submit(api, version)
    told, code, message = error_of(update_version(api, version, Status=status, Reason="x"))
    assert (told, code) == (403, 20403)
    assert "an operator's key" in message
    assert message.endswith("a submitted version can become withdrawn")


def test_an_operator_does_not_decide_on_a_version_of_his_own(publisher: Publisher, listing: Listing) -> None:
    version = create_version(api_of(publisher.account), listing).json()
    own = operator_api(publisher.account)
    for wanted in ("submitted", "approved"):
        assert error_of(update_version(own, version, Status=wanted)) == (
            403,
            20403,
            "Forbidden: the listing is your own, and this API key lacks the scope publishing",
        )


def test_an_operator_changes_nothing_of_what_a_version_says(
    api: APIClient, operator: APIClient, listing: Listing
) -> None:
    version = create_version(api, listing).json()
    for answer in (
        update_version(operator, version, Definition=QUICK),
        update_version(operator, version, Credentials={"a": "b"}),
        operator.delete(path_of(version)),
        create_version(operator, listing),
    ):
        assert error_of(answer) == (
            403,
            20403,
            "Forbidden: only its publisher can change what a version says",
        )
    assert operator.get(path_of(version)).json() == version
    assert operator.get(f"/v1/Listing/{listing.sid}/Versions").json()["versions"] == [version]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"Reason": "x"}, "Invalid Reason: it is given together with a Status"),
        ({"Availability": "ga"}, "Invalid Availability: it is given together with a Status"),
        ({"Status": "approved", "Availability": "ga"}, "Invalid Availability: it is given only with what"),
        (
            {"Status": "rejected", "Reason": "x", "PublishAtOnce": "true"},
            "Invalid PublishAtOnce: it is given only with",
        ),
        ({"PublishAtOnce": "true"}, "Invalid PublishAtOnce: it is given together with a Status"),
        (
            {"Status": "published", "Availability": "retired"},
            "Invalid Availability: must be developer_preview or beta",
        ),
        ({"Status": "published", "Availability": ""}, "Invalid Availability: must be developer_preview"),
        ({"Status": ""}, "Invalid Status: must not be empty"),
        ({"Status": "rejected"}, "Missing required parameter Reason in the post body"),
        ({"Status": "rejected", "Reason": "  "}, "Missing required parameter Reason in the post body"),
        ({"Status": "rejected", "Reason": "x" * 2001}, "Invalid Reason: "),
        ({"Status": "rejected", "Reason": "a\0b"}, "Invalid Reason: "),
        ({"Status": "a\0b"}, "Invalid Status: "),
        ({"Status": "Approved"}, "Invalid Status: a submitted version can become"),
    ],
)
def test_what_goes_with_a_status_is_checked(
    api: APIClient, operator: APIClient, listing: Listing, parameters: dict[str, str], message: str
) -> None:
    version = create_version(api, listing).json()
    submit(api, version)
    told, code, text = error_of(update_version(operator, version, **parameters))
    assert (told, code) == (400, 20001)
    assert text.startswith(message), text
    assert ListingVersion.objects.get().status == "submitted"


def test_a_reason_may_have_2000_characters(api: APIClient, operator: APIClient, listing: Listing) -> None:
    version = create_version(api, listing).json()
    submit(api, version)
    body = update_version(operator, version, Status="rejected", Reason="ß" * 2000).json()
    assert body["reason"] == "ß" * 2000


def test_a_suspended_listing_is_not_published_on(
    api: APIClient, operator: APIClient, listing: Listing
) -> None:
    version = create_version(api, listing).json()
    submit(api, version)
    update_version(operator, version, Status="approved")
    Listing.objects.update(availability="suspended")
    told, code, message = error_of(update_version(operator, version, Status="published"))
    assert (told, code) == (400, 20001)
    assert message == "Invalid Status: the listing is suspended: lift that before you publish"


# --- Credentials -----------------------------------------------------------------------------


def test_credentials_are_merged_and_never_shown(
    api: APIClient, operator: APIClient, listing: Listing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    version = create_version(
        api, listing, WITH_SECRET, Credentials={"service_key": "canary-1", "old": "canary-2"}
    ).json()
    answers = [
        update_version(api, version, Credentials={"old": None, "other": "canary-3"}),
        submit(api, version, Credentials={"other": ""}),
        api.get(path_of(version)),
        operator.get(path_of(version)),
        api.get(f"/v1/Listing/{listing.sid}"),
    ]
    listing.refresh_from_db()
    assert listing.credentials == {"service_key": "canary-1"}
    assert all(answer.status_code == 200 and b"canary" not in answer.content for answer in answers)
    assert "canary" not in caplog.text
    assert "canary" not in str(Listing.objects.values().get())


def test_each_change_of_credentials_is_in_the_audit_by_name_only(
    api: APIClient, publisher: Publisher, listing: Listing
) -> None:
    given = {"service_key": "canary-1", "old": "canary-2"}
    version = create_version(api, listing, WITH_SECRET, Credentials=given).json()
    update_version(api, version, Credentials={"old": None, "never": None, "service_key": "canary-3"})
    update_version(api, version, Credentials={})
    entries = AuditEntry.objects.filter(action="credentials.changed").newest_first()
    assert [entry.after for entry in entries] == [
        {"set": ["service_key"], "removed": ["old"]},
        {"set": ["old", "service_key"], "removed": []},
    ]
    assert {(entry.credential, entry.subject_sid) for entry in entries} == {
        (publisher.account.sid, listing.sid)
    }
    assert "canary" not in str(list(AuditEntry.objects.values()))


def test_credentials_that_are_refused_leave_no_trace_in_the_audit(api: APIClient, listing: Listing) -> None:
    refused = create_version(api, listing, {"type": "?"}, Credentials={"service_key": "canary"})
    version = create_version(api, listing).json()
    late = update_version(api, version, Credentials={"service_key": "canary"}, Status="published")
    assert (refused.status_code, late.status_code) == (400, 403)
    assert not AuditEntry.objects.filter(action="credentials.changed").exists()


BAD_CREDENTIALS = {
    "a list": '["canary"]',
    "half": '{"service_key": "canary"',
    "twice": '{"a": "canary", "a": "canary"}',
    "a number": '{"service_key": 7, "other": "canary"}',
    "a list of one": '{"service_key": ["canary"]}',
    "name and value exchanged": '{"Canary": "service_key"}',
    "NUL": '{"service_key": "canary\\u0000"}',
    "long": json.dumps({"service_key": "canary" * 1000}),
    "a name with a line break": '{"canary\\n": "canary"}',
    "too many": json.dumps({f"key_{number}": "canary" for number in range(11)}),
}


@pytest.mark.parametrize("name", BAD_CREDENTIALS)
def test_a_fault_in_credentials_never_repeats_them(api: APIClient, listing: Listing, name: str) -> None:
    sent = BAD_CREDENTIALS[name]
    version = create_version(api, listing).json()
    for answer in (
        create_version(api, listing, Credentials=sent),
        update_version(api, version, Credentials=sent),
    ):
        assert answer.status_code in {400, 409}
        assert b"canary" not in answer.content.lower()
    assert error_of(update_version(api, version, Credentials=sent))[2].startswith("Invalid Credentials: ")
    listing.refresh_from_db()
    assert listing.credentials == {}


def test_a_secret_can_be_renewed_at_any_time_but_not_taken_from_what_runs(publisher: Publisher) -> None:
    listing = make_listing(
        publisher=publisher, definition=WITH_SECRET, credentials={"service_key": "one", "spare": "two"}
    )
    api = api_of(publisher.account)
    version = api.get(f"/v1/Listing/{listing.sid}/Versions").json()["versions"][0]
    assert update_version(api, version, Credentials={"service_key": "new", "spare": ""}).status_code == 200
    listing.refresh_from_db()
    assert listing.credentials == {"service_key": "new"}
    assert error_of(update_version(api, version, Credentials={"service_key": None})) == (
        400,
        20001,
        "Invalid Credentials: the published version uses service_key: give a new value instead",
    )
