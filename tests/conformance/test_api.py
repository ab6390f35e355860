"""Contract reports by REST: for the publisher and for operators, and nobody else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from publishers.models import ContractReport, ListingVersion
from tests.conformance.services import publishing, version_at
from tests.conftest import api_of
from tests.factories import make_account, make_publisher, make_report
from tests.publishers.publishing import operator_api

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> ListingVersion:
    return version_at()


@pytest.fixture
def publisher_api(version: ListingVersion) -> APIClient:
    return api_of(version.listing.publisher.account)


def path_of(version: ListingVersion, report: str = "") -> str:
    return f"/v1/Listing/{version.listing.sid}/Versions/{version.sid}/Reports{report and f'/{report}'}"


def test_a_publisher_asks_for_a_report_and_reads_it(
    publisher_api: APIClient, version: ListingVersion
) -> None:
    made = publisher_api.post(path_of(version))
    assert made.status_code == 201
    assert (made.json()["status"], made.json()["verdict"], made.json()["checks"]) == ("queued", None, [])
    assert made.json()["definition_sha256"] == version.definition_sha256
    read = publisher_api.get(path_of(version, made.json()["sid"]))
    assert read.json() == made.json()
    row = ContractReport.objects.get()
    assert (row.credential, row.is_operators) == (version.listing.publisher.account.sid, False)


def test_a_finished_report_has_its_checks_and_a_list_has_none(
    publisher_api: APIClient, version: ListingVersion
) -> None:
    report = make_report(version, document={"checks": [{"id": "M01"}]})
    assert publisher_api.get(path_of(version, report.sid)).json()["checks"] == [{"id": "M01"}]
    (listed,) = publisher_api.get(path_of(version)).json()["reports"]
    assert (listed["sid"], listed["checks"], listed["verdict"]) == (report.sid, None, "green")


def test_a_broken_report_says_why(publisher_api: APIClient, version: ListingVersion) -> None:
    report = make_report(version, status="broken", verdict="", document={"error": "Interrupted."})
    assert publisher_api.get(path_of(version, report.sid)).json()["error"] == "Interrupted."


def test_a_second_one_at_once_is_a_conflict(publisher_api: APIClient, version: ListingVersion) -> None:
    publisher_api.post(path_of(version))
    refused = publisher_api.post(path_of(version))
    assert (refused.status_code, refused.json()["code"]) == (409, 20409)


def test_the_same_key_asks_once(publisher_api: APIClient, version: ListingVersion) -> None:
    made = [publisher_api.post(path_of(version), headers={"idempotency-key": "k"}) for _ in range(2)]
    assert made[0].json() == made[1].json()
    assert ContractReport.objects.count() == 1


def test_an_operator_runs_it_again(version: ListingVersion) -> None:
    made = operator_api().post(path_of(version))
    assert made.status_code == 201
    assert ContractReport.objects.get().is_operators


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_else_sees_that_there_is_one(version: ListingVersion, method: str) -> None:
    report = make_report(version)
    other = make_publisher()
    for account in (make_account(), other.account):
        assert getattr(api_of(account), method)(path_of(version)).status_code == 404
        assert api_of(account).get(path_of(version, report.sid)).status_code == 404


def test_a_report_of_another_version_is_not_found(publisher_api: APIClient, version: ListingVersion) -> None:
    draft = version.listing.versions.create(number=2, definition=version.definition)
    report = make_report(draft)
    assert publisher_api.get(path_of(version, report.sid)).status_code == 404


def test_a_list_takes_the_same_queries_however_long_it_is(
    publisher_api: APIClient, version: ListingVersion
) -> None:
    def queries() -> int:
        publisher_api.get(path_of(version))
        with CaptureQueriesContext(connection) as captured:
            assert publisher_api.get(path_of(version)).status_code == 200
        return len(captured)

    make_report(version)
    one = queries()
    for _ in range(2):
        make_report(version)
    assert queries() == one


def test_an_account_that_publishes_nothing_has_no_reports() -> None:
    account = make_account()
    publishing(account)
    assert api_of(account).get(path_of(version_at())).status_code == 404
